"""The product's tables as they are: the only names that get into SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from compliance.sources.dialects import Dialect
from compliance.sources.postgresql import PostgreSQL
from compliance.sources.product import ALIAS
from compliance.sources.sqlite import SQLite

DIALECTS: dict[str, Dialect] = {"postgresql": PostgreSQL(), "sqlite": SQLite()}


class SchemaMismatch(Exception):
    """The data map names a table or column that the product's database does not have."""


class LiveColumn(NamedTuple):
    type: str  # as the database spells it
    nullable: bool


@dataclass(frozen=True, slots=True)
class LiveTable:
    name: str
    columns: Mapping[str, LiveColumn]

    @property
    def sql(self) -> str:
        return _quoted(self.name)

    def column(self, name: str, alias: str = "t") -> str:
        """`alias."name"`. Raises SchemaMismatch: there is no such column."""
        return f"{alias}.{self.bare(name)}"

    def bare(self, name: str) -> str:
        """`"name"`, where an alias is not allowed."""
        self._live(name)
        return _quoted(name)

    def type(self, name: str) -> str:
        return self._live(name).type

    def nullable(self, name: str) -> bool:
        return self._live(name).nullable

    def _live(self, name: str) -> LiveColumn:
        if name not in self.columns:
            raise SchemaMismatch(f"{self.name}.{name}: the product has no such column.")
        return self.columns[name]


def _quoted(name: str) -> str:
    # Django's quote_name would let a quote through, and its cursors would read a % as theirs.
    if '"' in name or "%" in name:
        raise SchemaMismatch(f"{name}: a name with a quote or a percent sign cannot be used.")
    return f'"{name}"'


_known: dict[tuple[str, str], LiveTable] = {}


def live(table: str) -> LiveTable:
    """The table as first seen by this process. Raises SchemaMismatch: there is none."""
    key = (str(connections[ALIAS].settings_dict["NAME"]), table)
    if key not in _known:
        _known[key] = look(table)
    return _known[key]


def look(table: str) -> LiveTable:
    """The table as it is now."""
    connection = connections[ALIAS]
    with connection.cursor() as cursor:
        cursor.execute(*here().columns_of(table))
        columns = {name: LiveColumn(kind, bool(null)) for name, kind, null in cursor.fetchall()}
    if not columns:
        raise SchemaMismatch(f"{table}: the product has no such table.")
    return LiveTable(table, MappingProxyType(columns))


def forget() -> None:
    """Look again from now on: the product's tables changed."""
    _known.clear()


def here() -> Dialect:
    """The dialect of the product's database. Raises ImproperlyConfigured: there is none for it."""
    vendor = connections[ALIAS].vendor
    if vendor not in DIALECTS:
        raise ImproperlyConfigured(
            f"The product's database is {vendor}: only {', '.join(DIALECTS)}."
        )
    return DIALECTS[vendor]
