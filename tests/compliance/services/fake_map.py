"""A data map without a database: two tables whose rows are counted as a test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from compliance.sources.base import Reach, Scope, SeatKey


@dataclass
class Table:
    """A source of rows. `counted` gives a scope's rows, `shared` those kept on purpose."""

    name: str
    category: str
    reach: tuple[Reach, ...] = (Reach.SEATS,)
    editions: frozenset[str] = frozenset()
    carries: frozenset[str] = frozenset()
    clears: frozenset[str] = frozenset()
    shape: str = "rows"
    fields: list[dict[str, Any]] = field(default_factory=list)
    counted: Callable[[Scope], int] = lambda scope: 0
    shared: Callable[[Scope], dict[str, int]] = lambda scope: {}
    rows: dict[SeatKey, int] = field(default_factory=dict)

    def reaches(self, *, whole_contract: bool) -> tuple[Reach, ...]:
        return self.reach if whole_contract else (Reach.SEATS,)

    def count(self, scope: Scope) -> int:
        return self.counted(scope)

    def counts_by_seat(self, scope: Scope) -> dict[SeatKey, int]:
        return {key: rows for key, rows in self.rows.items() if key in scope.seats}

    def split(self, scope: Scope, size: int) -> list[tuple[str | None, str | None]]:
        if scope.reach != Reach.SEATS:
            return [(None, None)]
        cuts = [str(cut) for cut in range(size, sum(self.counts_by_seat(scope).values()), size)]
        return list(zip([None, *cuts], [*cuts, None], strict=True))

    def retained(self, scope: Scope) -> dict[str, int]:
        return self.shared(scope)


NOTES = Table("notes", "notes", (Reach.SEATS, Reach.REST))
CRM = Table("crm", "crm-sync", (Reach.CONTRACT,), editions=frozenset({"advanced_plus"}))
SOURCES = (NOTES, CRM)
EDITIONS = {"core": "Core", "advanced_plus": "Advanced Plus"}
GROUNDS = {"shared": "Another seat of the contract holds them too."}
