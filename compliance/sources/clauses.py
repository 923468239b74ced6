"""SQL in pieces, each with its own parameters, so that no value is ever put into the text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Clause:
    """Text of declared or introspected names only; every value is a parameter (`%s`)."""

    text: str
    params: tuple[Any, ...] = ()

    def __add__(self, other: Clause | str) -> Clause:
        other = other if isinstance(other, Clause) else Clause(other)
        return Clause(f"{self.text} {other.text}", self.params + other.params)

    def __radd__(self, other: str) -> Clause:
        return Clause(other) + self

    def enclosed(self) -> Clause:
        return Clause(f"({self.text})", self.params)

    def negated(self) -> Clause:
        return Clause(f"({self.text}) IS NOT TRUE", self.params)


def joined(separator: str, clauses: Iterable[Clause]) -> Clause:
    listed = list(clauses)
    return Clause(
        separator.join(clause.text for clause in listed),
        tuple(param for clause in listed for param in clause.params),
    )


def all_of(clauses: Iterable[Clause]) -> Clause:
    return joined(" AND ", clauses)
