"""The list of requests as a file: what its page shows and nothing more, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from compliance.models import PrivacyRequest
from compliance.services import spreadsheets
from compliance.services.beside import Beside

RELATED = ("contract", "contract__representative", "seat", "assignee")


def as_csv(rows: QuerySet[PrivacyRequest]) -> Iterator[bytes]:
    """In the language active now; read from the database while it is sent."""
    language = translation.get_language()
    header = [
        *(_("Reference"), _("Kind"), _("Scope"), _("Customer"), _("Contract"), _("Seat")),
        *(_("Stage"), _("Flags"), _("Assignee"), _("Representative")),
        *(_("Received"), _("Way"), _("Decide by"), _("Due"), _("Closed")),
    ]
    found = rows.select_related(*RELATED).iterator(chunk_size=500)
    return spreadsheets.csv_bytes(
        header, (_cells(batch, language) for batch in spreadsheets.in_batches(found))
    )


def _cells(rows: list[PrivacyRequest], language: str | None) -> list[list[object]]:
    """By the time these are sent, the thread speaks whichever language came last."""
    beside = Beside(rows)
    with translation.override(language):
        return [
            [
                *(row.reference, row.get_kind_display(), row.get_scope_display()),
                *(row.contract.customer, row.contract.number, row.seat.number if row.seat else ""),
                *(row.get_status_display(), "; ".join(_flags(row, beside)), row.assignee),
                *(row.contract.representative, _local(row.received_at)),
                *(row.get_channel_display(), row.decide_by, row.due_on, _local(row.closed_at)),
            ]
            for row in rows
        ]


def _flags(row: PrivacyRequest, beside: Beside) -> list[str]:
    said = beside.of(row)
    flags = [
        (said["second"], _("Second approval")),
        (said["held"], _("Legal hold")),
        (row.linked_to_id or row.copy_first_id, _("Linked")),
        (row.escalated_at and not row.closed_at, _("Escalated")),
    ]
    return [words for is_so, words in flags if is_so]


def _local(moment: datetime | None) -> str:
    """A moment where the company is, as a spreadsheet takes it for one."""
    zone = ZoneInfo(settings.CONTROLLER["time_zone"])
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""
