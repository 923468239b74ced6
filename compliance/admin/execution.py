"""The work on requests as it stands. Keys have no page: they open archives, and their rows are
what is destroyed when an archive's time is over."""

from __future__ import annotations

from django.contrib import admin

from compliance.admin.decisions import OfRequestAdmin
from compliance.models import Archive, ExecutionLock, Heartbeat, RequestItem, Round
from seats.admin.base import ReadOnlyAdmin


@admin.register(RequestItem)
class RequestItemAdmin(OfRequestAdmin):
    list_display = (
        *("request", "work", "category", "resource", "part", "state", "attempts"),
        *("found", "exported", "erased", "remaining"),
    )
    list_filter = ("state", "work")
    fields = (
        *("request", "work", "stage", "category", "resource", "part", "state"),
        *("attempts", "error", "holder", "lease_until", "not_before", "started_at", "finished_at"),
        *("found", "exported", "erased", "retained", "remaining", "later", "recounted_at"),
    )


@admin.register(Archive)
class ArchiveAdmin(OfRequestAdmin):
    """That there is a copy; it is opened on the request's page, where that is recorded."""

    list_display = ("request", "size", "created_at", "expires_at", "opened", "destroyed_at")
    fields = (
        *("request", "size", "sha256", "created_at", "expires_at", "opened"),
        *("destroyed_at", "destroyed_because"),
    )


@admin.register(ExecutionLock)
class ExecutionLockAdmin(ReadOnlyAdmin):
    """Which seats and contracts are being worked on: for superusers, when something hangs."""

    of_no_customer = True
    list_display = ("request", "seat", "contract")
    list_select_related = ("request", "seat", "contract")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    of_no_customer = True
    list_display = ("name", "workers", "started_at", "at")
    ordering = ("-at",)


@admin.register(Round)
class RoundAdmin(ReadOnlyAdmin):
    of_no_customer = True
    list_display = ("chore", "every", "done_at", "failed_at", "error")
