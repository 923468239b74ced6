"""The words in which the databases differ: everything else is plain SQL for both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from compliance.sources.base import BadKey, SeatKey
from compliance.sources.clauses import Clause
from compliance.sources.columns import Kind

Statement = tuple[str, tuple[Any, ...]]
Types = tuple[str, str]  # of an owner's two columns
WHOLE = {"smallint", "integer", "bigint", "int", "int2", "int4", "int8"}


class Dialect(Protocol):
    copies: bool  # has COPY
    deletes_joined: bool  # has DELETE … USING, also within a SELECT
    lock: str  # what makes a SELECT of `t` lock its rows

    def columns_of(self, table: str) -> Statement:
        """SELECT of name, type, nullable; no rows when there is no such table."""

    def references_to(self, table: str) -> Statement:
        """SELECT of the foreign keys that point at this table, a row a column in the key's order:
        their table, a name or number of the key there, the column, and the one it points at (NULL:
        the primary key's)."""

    def fits(self, kind: Kind, type_: str) -> bool:
        """Whether a column of that type holds what the kind says."""

    def owners(self, keys: Sequence[SeatKey], types: Types) -> Clause:
        """A FROM item of two columns, seat and member, with their columns' own types."""

    def moment(self, when: datetime, type_: str) -> Clause:
        """A value to compare a column of that type with."""

    def value(self, key: str, type_: str) -> Clause:
        """A key given as text, as a value of that type."""

    def cell(self, column: str, kind: Kind) -> str:
        """A column as text: neither masked nor guarded."""

    def ordered(self, column: str, type_: str) -> str:
        """A column to sort or compare by, alike on every database."""

    def listed(self, columns: Sequence[str]) -> str:
        """Aggregates that collect the rows' columns in the database's own notation."""

    def among(self, columns: Sequence[str], types: Sequence[str], lists: Sequence[str]) -> Clause:
        """Whether the columns are one of those that `listed` collected."""

    def differs(self, column: str, type_: str, value: object) -> Clause:
        """Whether a column is not this value, NULL being one."""

    def given(self, type_: str, value: object) -> Clause:
        """A value of the map, as one of that type."""


def whole(key: str) -> int:
    """A key of an integer column. "007" is not 7: each key has one spelling only."""
    number = int(key) if key.lstrip("-").isdecimal() else None
    if str(number) != key:
        raise BadKey("A key of the product is no whole number, but its column is one of those.")
    assert number is not None  # noqa: S101 for mypy: "None" is no decimal
    return number
