"""A table of the product as a source: declare it, and it is counted, read and erased."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Literal

from compliance.sources import checking, erasing, ranges, reading
from compliance.sources.base import (
    HELD,
    SHARED,
    Erased,
    Format,
    Reach,
    Scope,
    SeatKey,
    Stream,
)
from compliance.sources.clauses import Clause
from compliance.sources.declared import (
    Anonymise,
    Child,
    Declared,
    EndOfYear,
    Retain,
    ThroughLinks,
)
from compliance.sources.linking import selection
from compliance.sources.product import counted, fetched
from compliance.sources.selecting import Cut, zone

LONGEST = 200  # characters of a range's end that a part has room for


@dataclass(frozen=True, kw_only=True, eq=False)
class Table(Declared):
    """See `base.Source` for what each method promises."""

    @property
    def shape(self) -> Literal["rows"]:
        return "rows"

    @property
    def fields(self) -> list[dict[str, Any]]:
        return [kind.field(name) for name, kind in self.columns.items()]

    @property
    def carries(self) -> frozenset[str]:
        return frozenset(_names(self.children)) | {orphan.table for orphan in self.orphans}

    @property
    def clears(self) -> frozenset[str]:
        return frozenset(reference.table for reference in self.references)

    @property
    def grounds(self) -> frozenset[str]:
        shared = {SHARED, HELD} if isinstance(self.owner, ThroughLinks) else set()
        return frozenset(shared | ({self._rule.ground} if self._rule else set()))

    @property
    def _rule(self) -> Anonymise | Retain | None:
        rule = self.keeper.erasure
        return rule if isinstance(rule, Anonymise | Retain) else None

    def reaches(self, *, whole_contract: bool) -> tuple[Reach, ...]:
        if not whole_contract:
            return (Reach.SEATS,)
        if isinstance(self.owner, ThroughLinks):
            return (Reach.CONTRACT,)
        return Reach.SEATS, Reach.REST

    def check(self) -> list[str]:
        return checking.check(self)

    def count(self, scope: Scope) -> int:
        return counted(selection(self, scope).rows())

    def counts_by_seat(self, scope: Scope) -> dict[SeatKey, int]:
        if scope.reach is Reach.CONTRACT:
            return {}
        sql = selection(self, scope).by_owner()
        return {SeatKey(str(seat), str(member)): count for seat, member, count in fetched(sql)}

    def split(self, scope: Scope, size: int) -> list[tuple[str | None, str | None]]:
        total = self.count(scope)
        if total <= size:
            return [(None, None)]
        chosen = selection(self, scope)
        columns = chosen.ordered_key
        keys = ", ".join(f"{column} AS k{place}" for place, column in enumerate(columns))
        number = f"row_number() OVER (ORDER BY {', '.join(columns)}) AS n"
        rows = Clause(f"FROM (SELECT {keys}, {number}") + chosen.rows() + ") AS numbered"
        every = Clause("WHERE n %% %s = 0 AND n < %s ORDER BY n", (size, total))
        texts = ", ".join(f"CAST(k{place} AS text)" for place in range(len(columns)))
        ends = [ranges.end(key) for key in fetched(f"SELECT {texts}" + rows + every)]
        # A larger part is better than one whose end is cut off.
        bounds = [None, *(end for end in dict.fromkeys(ends) if len(end) <= LONGEST), None]
        return list(pairwise(bounds))

    def read(self, scope: Scope, fmt: Format) -> Iterator[Stream]:
        chosen = selection(self, scope)
        yield (reading.copied if chosen.here.copies else reading.rendered)(chosen, fmt)

    def erase(self, scope: Scope, limit: int) -> Erased:
        return erasing.erase(selection(self, scope), limit)

    def remaining(self, scope: Scope) -> int:
        return counted(selection(self, scope).doomed())

    def retained(self, scope: Scope) -> dict[str, int]:
        return erasing.retained(selection(self, scope))

    def retained_until(self, scope: Scope) -> dict[str, date]:
        rule = self._rule
        if rule is None or rule.until is None:
            return {}
        chosen = selection(self, scope)
        kept = dict(chosen.kept())[rule.ground]
        newest = f"SELECT max({chosen.kept_since})"
        ((last,),) = fetched(newest + chosen.rows() + "AND" + kept)
        if last is None:
            return {}
        # SQLite keeps moments as texts.
        written = last if isinstance(last, datetime) else datetime.fromisoformat(last)
        if isinstance(rule.until, EndOfYear):
            return {rule.ground: date(written.astimezone(zone()).year + rule.until.years, 12, 31)}
        return {rule.ground: (written + rule.until).date()}

    def later(self, scope: Scope) -> int:
        return counted(selection(self, scope).rows(Cut.AFTER))


def _names(children: tuple[Child, ...]) -> Iterator[str]:
    for child in children:
        yield child.table
        yield from _names(child.children)
