"""The register an authority asks for: what was received in a time, what became of it, how fast."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance import deadlines
from compliance.enums import RequestKind, Status
from compliance.models import PrivacyRequest

WITHDRAWN = (Status.CANCELLED, Status.EXPIRED)


@dataclass
class Line:
    """Of the requests of one kind received in one month: how each ended, and when.

    `in_time` counts what was answered before it was overdue, `late` what was not, answered or not;
    what is open and not yet due is in neither.
    """

    month: date | None
    kind: str
    received: int = 0
    completed: int = 0
    refused: int = 0
    withdrawn: int = 0
    extended: int = 0
    in_time: int = 0
    late: int = 0
    days: list[int] = field(default_factory=list)

    @property
    def open(self) -> int:
        return self.received - self.completed - self.refused - self.withdrawn

    @property
    def median(self) -> int | None:
        """Days from receipt to the end, of what was completed or refused."""
        return round(median(self.days)) if self.days else None

    @property
    def share(self) -> int | None:
        """On-time share in percent, rounded down: 100 means every one."""
        asked = self.in_time + self.late
        return 100 * self.in_time // asked if asked else None


@dataclass
class Register:
    since: date
    until: date
    lines: list[Line]
    totals: list[Line]


def of(since: date, until: date) -> Register:
    """Of what was received from one day to another, both included, where the company is."""
    zone = settings.CONTROLLER["time_zone"]
    rows = PrivacyRequest.objects.filter(
        received_at__gte=deadlines.due_at(since - timedelta(days=1), time_zone=zone),
        received_at__lt=deadlines.due_at(until, time_zone=zone),
    ).order_by()
    asked = ("kind", "status", "received_at", "closed_at", "due_at", "extension__id")
    totals = {kind.value: Line(None, kind) for kind in RequestKind}
    lines = {
        (month, kind.value): Line(month, kind)
        for month in _months(since, until)
        for kind in RequestKind
    }
    now = timezone.now()
    for kind, status, received_at, closed_at, due_at, extension in rows.values_list(
        *asked
    ).iterator(chunk_size=2_000):
        month = received_at.astimezone(ZoneInfo(zone)).date().replace(day=1)
        for line in (lines[month, kind], totals[kind]):
            _count(line, status, received_at, closed_at or None)
            line.extended += extension is not None
            line.in_time += closed_at is not None and closed_at < due_at
            line.late += (closed_at or now) >= due_at
    return Register(since, until, list(lines.values()), list(totals.values()))


def _count(line: Line, status: str, received_at: datetime, closed_at: datetime | None) -> None:
    line.received += 1
    line.completed += status == Status.COMPLETED
    line.refused += status == Status.REJECTED
    line.withdrawn += status in WITHDRAWN
    if closed_at and status not in WITHDRAWN:
        line.days.append((closed_at - received_at).days)


def _months(since: date, until: date) -> Iterator[date]:
    month = since.replace(day=1)
    while month <= until:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)


def header() -> list[str]:
    return [
        *(_("Month"), _("Kind"), _("Received"), _("Completed"), _("Refused"), _("Ended otherwise")),
        *(
            _("Open"),
            _("Extended"),
            _("Median days"),
            _("In time"),
            _("Late"),
            _("In time, percent"),
        ),
    ]


def cells(line: Line) -> list[object]:
    month = f"{line.month:%Y-%m}" if line.month else _("All")
    return [
        *(month, RequestKind(line.kind).label, line.received, line.completed, line.refused),
        *(line.withdrawn, line.open, line.extended, line.median, line.in_time, line.late),
        line.share,
    ]
