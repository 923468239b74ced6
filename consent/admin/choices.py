from __future__ import annotations

from django.contrib import admin

from consent.models import ConsentEvent, KeptEvidence, Preference, Suppression
from seats.admin.base import ReadOnlyAdmin


@admin.register(ConsentEvent)
class ConsentEventAdmin(ReadOnlyAdmin):
    """The ledger of consent, newest first: nobody adds to it, or changes it, here."""

    list_display = ("at", "member", "purpose", "channel", "act", "origin", "language")
    list_filter = ("act", "purpose", "channel", "origin")
    list_select_related = ("member",)
    ordering = ("-at", "-pk")


@admin.register(Preference)
class PreferenceAdmin(ReadOnlyAdmin):
    """What the ledger comes to for each purpose and channel."""

    list_display = ("member", "purpose", "channel", "act", "allowed", "since")
    list_filter = ("act", "purpose", "channel")
    list_select_related = ("member",)
    ordering = ("member", "purpose", "channel")


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    """Keyed traces of addresses that nothing promotional goes to."""

    of_no_customer = True
    list_display = ("key", "purpose", "channel", "since")
    ordering = ("-since", "-pk")


@admin.register(KeptEvidence)
class KeptEvidenceAdmin(ReadOnlyAdmin):
    """What is kept of erased members, under a keyed trace, until its last day."""

    of_no_customer = True
    list_display = ("member", "ground", "since", "until", "purged_at")
    list_select_related = ("member",)
    ordering = ("until", "pk")
