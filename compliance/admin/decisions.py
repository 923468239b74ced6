from __future__ import annotations

from django.contrib import admin

from compliance.models import Approval, Extension, Pause
from seats.admin.base import ReadOnlyAdmin


class OfRequestAdmin(ReadOnlyAdmin):
    """Rows of a request: found by its reference."""

    list_select_related = ("request",)
    search_fields = ("request__reference__iexact",)
    search_help_text = "EXP-2026-000123"
    ordering = ("-pk",)


@admin.register(Approval)
class ApprovalAdmin(OfRequestAdmin):
    list_display = ("request", "round", "actor", "role", "at")


@admin.register(Pause)
class PauseAdmin(OfRequestAdmin):
    list_display = ("request", "kind", "asked_at", "answered_at")
    list_filter = ("kind",)


@admin.register(Extension)
class ExtensionAdmin(OfRequestAdmin):
    list_display = ("request", "until", "announced_at")
