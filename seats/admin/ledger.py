from __future__ import annotations

from django.contrib import admin

from seats.admin.base import ReadOnlyAdmin
from seats.models import LedgerHead, Tombstone


@admin.register(LedgerHead)
class LedgerHeadAdmin(ReadOnlyAdmin):
    of_no_customer = True
    list_display = ("entry", "confirmed")
    ordering = ("-entry",)


@admin.register(Tombstone)
class TombstoneAdmin(ReadOnlyAdmin):
    """Keyed traces of what was erased: whom they are of cannot be read from them."""

    of_no_customer = True
    list_display = ("kind", "key", "erased_at")
    list_filter = ("kind",)
    ordering = ("-erased_at", "pk")
