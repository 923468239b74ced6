"""What proves what was done. Its files are opened on the request's page, where that is recorded."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from compliance.admin import audit
from compliance.admin.decisions import OfRequestAdmin
from compliance.models import (
    DeskEvent,
    EmailMessage,
    Evidence,
    InternalNote,
    Message,
    NumberSeries,
    Receipt,
    RequestEvent,
    Seal,
)
from seats.admin.base import ReadOnlyAdmin
from seats.models import masked


@admin.register(RequestEvent)
class RequestEventAdmin(OfRequestAdmin):
    """The chains, link by link; what people wrote stands beside them and can be erased."""

    list_display = ("at", "request", "sequence", "action", "actor")
    list_display_links = ("at",)
    fields = (
        *("request", "sequence", "at", "action", "actor", "data", "remark_text"),
        *("text_digest", "previous", "digest"),
    )
    readonly_fields = ("remark_text",)

    def get_urls(self) -> list[Any]:
        return [*audit.stream_urls(self), *super().get_urls()]

    @admin.display(description=_("remark"))
    def remark_text(self, event: RequestEvent) -> str:
        return event.remark.text if hasattr(event, "remark") else _("None")


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    of_no_customer = True
    list_display = ("number", "at", "heads", "last_event", "entry")
    ordering = ("-number",)


@admin.register(DeskEvent)
class DeskEventAdmin(ReadOnlyAdmin):
    of_no_customer = True
    list_display = ("at", "action", "actor", "data")
    list_filter = ("action",)


@admin.register(Message)
class MessageAdmin(OfRequestAdmin):
    list_display = ("at", "request", "author_kind", "author")
    list_filter = ("author_kind",)


@admin.register(InternalNote)
class InternalNoteAdmin(OfRequestAdmin):
    list_display = ("at", "request", "author")
    list_select_related = ("request", "author")


@admin.register(Evidence)
class EvidenceAdmin(OfRequestAdmin):
    """That there was evidence, and when it was destroyed; never where it lies."""

    list_display = ("added_at", "request", "what", "size", "added_by", "purged_at")
    fields = ("request", "what", "size", "sha256", "added_by", "added_at", "purged_at")


@admin.register(Receipt)
class ReceiptAdmin(OfRequestAdmin):
    list_display = ("number", "request", "member", "kind", "language", "issued_at", "superseded_by")
    list_select_related = ("request", "member", "superseded_by")
    list_filter = ("kind",)
    search_fields = ("number__iexact", "request__reference__iexact")
    search_help_text = _("Receipt number or reference")
    fields = (
        *("request", "member", "kind", "number", "code", "language", "issued_at", "key_id"),
        *("record_sha256", "pdf_size", "pdf_sha256", "superseded_by"),
    )


@admin.register(EmailMessage)
class EmailMessageAdmin(OfRequestAdmin):
    """The outbox. Who it went to is masked, and what it said stands in the request's events."""

    list_display = ("queued_at", "request", "member", "template", "state", "attempts", "sent_at")
    list_display_links = ("queued_at",)
    list_select_related = ("request", "member")
    list_filter = ("state",)
    fields = (
        *("request", "member", "template", "address", "language", "document", "receipt", "state"),
        *("attempts", "queued_at", "next_try_at", "sent_at", "error"),
    )
    readonly_fields = ("address",)

    @admin.display(description=_("to"))
    def address(self, mail: EmailMessage) -> str:
        return masked(mail.to) or _("None")


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    of_no_customer = True
    list_display = ("name", "last")
    ordering = ("name",)
