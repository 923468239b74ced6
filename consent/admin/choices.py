from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from consent.enums import Act
from consent.models import ConsentEvent, KeptEvidence, Preference, Suppression
from seats.admin.base import ReadOnlyAdmin


class WideAdmin(ReadOnlyAdmin):
    """Rows in which no purpose, or no channel, means every one there is."""

    @admin.display(description=_("purpose"), ordering="purpose")
    def about(self, row: ConsentEvent | Suppression) -> str:
        return row.get_purpose_display() or self.without(row, pgettext("purposes", "All"))

    @admin.display(description=_("channel"), ordering="channel")
    def by(self, row: ConsentEvent | Suppression) -> str:
        return row.get_channel_display() or self.without(row, pgettext("channels", "All"))

    def without(self, row: ConsentEvent | Suppression, every: str) -> str:
        return every


@admin.register(ConsentEvent)
class ConsentEventAdmin(WideAdmin):
    """The ledger of consent, newest first: nobody adds to it, or changes it, here."""

    list_display = ("at", "member", "about", "by", "act", "origin", "language")
    list_filter = ("act", "purpose", "channel", "origin")
    list_select_related = ("member",)
    ordering = ("-at", "-pk")
    fields = (
        *("member", "act", "about", "by", "origin", "surface", "language", "version"),
        *("text_sha256", "ip", "at", "recorded_at", "recorded_by", "remark", "key", "entry"),
    )
    readonly_fields = ("about", "by", "recorded_at")

    def without(self, row: ConsentEvent | Suppression, every: str) -> str:
        """Terms are about no messages at all."""
        terms = isinstance(row, ConsentEvent) and row.act == Act.TERMS_ACCEPTED
        return _("None") if terms else every


@admin.register(Preference)
class PreferenceAdmin(ReadOnlyAdmin):
    """What the ledger comes to for each purpose and channel."""

    list_display = ("member", "purpose", "channel", "act", "allowed", "since")
    list_filter = ("act", "purpose", "channel")
    list_select_related = ("member",)
    ordering = ("member", "purpose", "channel")


@admin.register(Suppression)
class SuppressionAdmin(WideAdmin):
    """Keyed traces of addresses that nothing promotional goes to."""

    of_no_customer = True
    list_display = ("key", "about", "by", "since")
    fields = ("key", "about", "by", "since")
    readonly_fields = ("about", "by")
    ordering = ("-since", "-pk")


@admin.register(KeptEvidence)
class KeptEvidenceAdmin(ReadOnlyAdmin):
    """What is kept of erased members, under a keyed trace, until its last day."""

    of_no_customer = True
    list_display = ("member", "ground", "since", "until", "purged_at")
    list_select_related = ("member",)
    ordering = ("until", "pk")
