from __future__ import annotations

from django.contrib import admin

from consent.models import Confirmation, DocumentVersion
from seats.admin.base import ReadOnlyAdmin


@admin.register(DocumentVersion)
class DocumentVersionAdmin(ReadOnlyAdmin):
    list_display = ("title", "document", "number", "language", "effective_on", "material")
    list_filter = ("document", "language", "material")
    list_select_related = ("document",)
    ordering = ("document", "-number", "language")


@admin.register(Confirmation)
class ConfirmationAdmin(ReadOnlyAdmin):
    """Who was shown what, where and when; the device's words stay out of the list."""

    list_display = ("member", "version", "surface", "state", "at")
    list_filter = ("surface", "state")
    list_select_related = ("member", "version")
    ordering = ("-at", "-pk")
