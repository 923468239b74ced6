"""One stream of what was done, whoever did it and wherever it is kept, newest first."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance import deadlines
from compliance.models import DeskEvent, Seal
from compliance.services import audited, clock, telling
from compliance.services.audited import SOURCES, Entry, Kept
from seats.models import StaffUser

PAGE = 50
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Narrow:
    """What to leave in: one source, one colleague, one subject by its number, days inclusive."""

    source: str = ""
    who: str = ""
    about: str = ""
    since: date | None = None
    until: date | None = None

    def as_data(self) -> dict[str, str]:
        """For the record of a download: codes, numbers and days."""
        said = {"source": self.source, "who": self.who, "about": self.about}
        said |= {"since": str(self.since or ""), "until": str(self.until or "")}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the stream ended: everything older comes after it."""

    at: datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{self.rank}-{self.pk}"

    @classmethod
    def parse(cls, text: str) -> Place | None:
        """None for what `str` never wrote."""
        try:
            moment, rank, pk = text.split("-")
            at = datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
            return cls(at, int(rank), int(pk)) if len(rank) < 3 and len(pk) < 19 else None
        except ValueError:
            return None


def offered(user: StaffUser) -> list[Kept]:
    """The sources somebody may read."""
    return [one for one in SOURCES if user.has_perm(one.permission)]


def entries(
    user: StaffUser, narrow: Narrow, *, after: Place | None = None, size: int = PAGE
) -> list[Entry]:
    """At most `size` entries of what somebody may see; one query a source, and one for names."""
    asked = [one for one in offered(user) if narrow.source in ("", one.name)]
    found = [_rows(one, user, narrow, after)[:size] for one in asked]
    told = [
        [(_place(one, row), one, row) for row in rows]
        for one, rows in zip(asked, found, strict=True)
    ]
    merged = heapq.merge(*told, key=lambda each: each[0], reverse=True)
    latest = [(one, row) for _at, one, row in islice(merged, size)]
    drafts = [one.entry(row) for one, row in latest]
    names = telling.people(
        {entry.actor for entry in drafts}
        | {f"staff:{entry.data['to']}" for entry in drafts if entry.data.get("to")}
    )
    return [
        replace(
            entry,
            who=names[entry.actor],
            detail=entry.detail or telling.detail(entry.action, entry.data, names),
            place=str(Place(entry.at, SOURCES.index(one), row.pk)),
        )
        for entry, (one, row) in zip(drafts, latest, strict=True)
    ]


def everything(user: StaffUser, narrow: Narrow) -> Iterator[list[Entry]]:
    """The whole stream in pieces, each read when it is asked for."""
    after: Place | None = None
    while piece := entries(user, narrow, after=after, size=CHUNK):
        yield piece
        after = Place.parse(piece[-1].place)


def _rows(one: Kept, user: StaffUser, narrow: Narrow, after: Place | None) -> QuerySet[Any]:
    rows = one.rows(user).exclude(**{f"{one.at}": None})
    if narrow.who:
        rows = rows.filter(one.by(narrow.who))
    if narrow.about:
        rows = rows.filter(one.about(narrow.about))
    zone = clock.calendar()["time_zone"]
    if narrow.since:
        begins = deadlines.due_at(narrow.since - timedelta(days=1), time_zone=zone)
        rows = rows.filter(**{f"{one.at}__gte": begins})
    if narrow.until:
        ends = deadlines.due_at(narrow.until, time_zone=zone)
        rows = rows.filter(**{f"{one.at}__lt": ends})
    if after:
        rows = rows.filter(_older(one, after))
    return rows.order_by(f"-{one.at}", "-pk")


def _older(one: Kept, than: Place) -> Q:
    rank = SOURCES.index(one)
    before = Q(**{f"{one.at}__lt": than.at})
    if rank > than.rank:
        return before
    same = Q(**{one.at: than.at})
    return before | (same & Q(pk__lt=than.pk) if rank == than.rank else same)


def _place(one: Kept, row: Any) -> tuple[datetime, int, int]:
    return getattr(row, one.at), SOURCES.index(one), row.pk


@dataclass(frozen=True, slots=True)
class Chain:
    """How far the chains are known to hold: by the last verification, and by the last seal."""

    verified: DeskEvent | None
    sealed: Seal | None

    @property
    def faults(self) -> int:
        return int(self.verified.data.get("faults", 0)) if self.verified else 0


def chain() -> Chain:
    return Chain(
        DeskEvent.objects.filter(action="verified").first(),
        Seal.objects.order_by("-number").first(),
    )


def header() -> list[str]:
    return [
        *(_("At (UTC)"), _("Source"), _("Who"), _("Actor"), _("What"), _("Code"), _("About")),
        *(_("Detail"), _("Number"), _("Digest")),
    ]


def cells(entry: Entry) -> list[object]:
    labels = {one.name: str(one.label) for one in audited.SOURCES}
    at = f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    return [
        *(at, labels[entry.source], entry.who, entry.actor, entry.said, entry.action),
        *(entry.subject, entry.detail, entry.number or "", entry.digest),
    ]


def as_object(entry: Entry) -> dict[str, Any]:
    """An entry for a machine: codes as they are kept, words left out."""
    return {
        "at": f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "source": entry.source,
        "actor": entry.actor,
        "action": entry.action,
        "about": entry.subject,
        "data": entry.data,
        "number": entry.number,
        "digest": entry.digest,
    }
