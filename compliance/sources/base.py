"""What a place where the product keeps personal data must be able to do.

A source is told product keys, never our models: it can be written, and proved against a live
database (`manage.py check_data_map`), by somebody who knows only the product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any, Literal, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise

# No cut-off: rows can then be counted by an index of their owners, without looking at any of them.
FOREVER = datetime.max.replace(tzinfo=UTC)
SHARED, HELD = "shared", "hold"  # the grounds that rows of several seats know by themselves


class BadKey(ValueError):
    """A product key that cannot be one: the wrong type for its column, or not safe in a path."""


@dataclass(frozen=True, slots=True, order=True)
class SeatKey:
    """The product's licence and the person who holds or held it: rows belong to both together.

    A licence handed on keeps its id; the next holder must not inherit the last one's rows.
    """

    seat: str
    member: str


class Reach(StrEnum):
    SEATS = "seats"  # what belongs to some seats
    CONTRACT = "contract"  # all of a contract, for rows that several seats can share
    REST = "rest"  # what a contract's licences hold that belongs to no seat we know


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows: of these seats; of the contract whole; or of the contract but none of these."""

    reach: Reach
    contract: str  # the product's id
    seats: tuple[SeatKey, ...]  # SEATS: whose rows. REST: the seats we know. CONTRACT: empty
    cutoff: datetime  # aware; rows whose created column is later are not in the scope
    low: str | None = None  # exclusive and
    high: str | None = None  # inclusive end of a key range, as `split` made them
    held: tuple[SeatKey, ...] = ()  # CONTRACT: what belongs to these too stays (legal hold)


@dataclass(frozen=True, slots=True)
class Erased:
    """What one batch did."""

    erased: int = 0  # rows or files of this source that are gone
    anonymised: int = 0
    # Ground code -> rows of the scope kept on purpose; counted in the last batch only, and known
    # only while the links that say who shares them stand: keep it before erasing the next source.
    retained: Mapping[str, int] = field(default_factory=dict)
    more: bool = False  # True: call again
    carried: Mapping[str, int] = field(default_factory=dict)  # other tables' rows gone with them


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Stream:
    """One entry of an archive; `rows` is valid once `chunks` is exhausted, and 1 for a file."""

    name: str  # made of ids and of the map's own names, never of what users wrote
    chunks: Iterator[bytes]  # of bounded size
    rows: Callable[[], int]


class Source(Protocol):
    """Rows of a table, or files of a storage, in which a category's data is kept.

    Every number is counted from the live data at the moment it is asked for, inside the caller's
    transaction. With a key range in the scope, everything is about that range only.
    """

    @property
    def name(self) -> str: ...  # a table's name, or "<category>-files": unique in the map
    @property
    def category(self) -> str: ...
    @property
    def shape(self) -> Literal["rows", "files"]: ...
    @property
    def editions(self) -> frozenset[str]: ...  # editions it applies to; empty: all
    @property
    def fields(self) -> list[dict[str, Any]]: ...  # Frictionless Table Schema; of files, []
    @property
    def carries(self) -> frozenset[str]: ...  # tables whose rows go with the rows they hang on
    @property
    def clears(self) -> frozenset[str]: ...  # tables whose pointers to erased rows become NULL
    @property
    def grounds(self) -> frozenset[str]: ...  # on which it may retain rows
    @property
    def masks(self) -> Mapping[str, str]: ...  # column -> mask: shown in part only (Art. 15(4))

    def reaches(self, *, whole_contract: bool) -> tuple[Reach, ...]:
        """The scopes that together cover a seat request, or a contract request."""

    def check(self) -> list[str]:
        """What is wrong with the declaration, as sentences; [] when the live data agrees."""

    def count(self, scope: Scope) -> int: ...
    def counts_by_seat(self, scope: Scope) -> dict[SeatKey, int]:
        """Seats without any are left out; what several share counts for each; CONTRACT: {}."""

    def split(self, scope: Scope, size: int) -> list[tuple[str | None, str | None]]:
        """Key ranges of about `size` rows, without a gap, the outer ends open; at least one."""

    def read(self, scope: Scope, fmt: Format) -> Iterator[Stream]:
        """The scope's data, in an order that is the same on every database."""

    def erase(self, scope: Scope, limit: int) -> Erased:
        """One batch of at most `limit` rows, in the caller's product transaction; idempotent."""

    def remaining(self, scope: Scope) -> int:
        """What should be gone and is not: without the retained, anonymised or later."""

    def retained(self, scope: Scope) -> dict[str, int]:
        """Ground code -> what is kept on purpose; see `Erased.retained`."""

    def retained_until(self, scope: Scope) -> dict[str, date]:
        """Ground code -> the day the last of them need no longer be kept, where that is known."""

    def later(self, scope: Scope) -> int:
        """What belongs to the same seats or contract and was written after the cut-off."""


@dataclass(frozen=True, slots=True)
class DataMap:
    """The product's sources, in an order in which erasing respects its foreign keys."""

    sources: tuple[Source, ...]
    editions: Mapping[str, str | Promise]
    grounds: Mapping[str, str | Promise]

    def source(self, name: str) -> Source:
        """Raises KeyError: no source of that name."""
        for source in self.sources:
            if source.name == name:
                return source
        raise KeyError(name)

    def for_category(self, slug: str) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.category == slug)

    def check(self) -> list[str]:
        """What is wrong between the sources; each one's own `check` is asked apart."""
        wrong = []
        before: set[str] = set()
        names = {source.name for source in self.sources}
        for source in self.sources:
            if source.name in before:
                wrong.append(f"{source.name} is declared twice.")
            before.add(source.name)
            wrong += [
                f"{source.name} erases rows of {name} with its own: {name} must come before it."
                for name in sorted((source.carries & names) - before)
            ]
            wrong += [
                f"{source.name} erases rows of {name} with its own, and {name} retains some."
                for name in sorted(source.carries & names)
                if self.source(name).grounds - source.grounds - {SHARED, HELD}
            ]
            wrong += [
                f"{source.name} retains rows on the ground “{code}”, which GROUNDS does not say."
                for code in sorted(source.grounds - self.grounds.keys())
            ]
            wrong += [
                f"{source.name} applies to the edition “{code}”, which EDITIONS does not name."
                for code in sorted(source.editions - self.editions.keys())
            ]
        return wrong


def data_map() -> DataMap:
    """The map that `settings.DATA_MAP` names. Raises ImproperlyConfigured when it is none."""
    return _load(settings.DATA_MAP)


@cache
def _load(path: str) -> DataMap:
    try:
        module = import_module(path)
        return DataMap(tuple(module.SOURCES), dict(module.EDITIONS), dict(module.GROUNDS))
    except (ImportError, AttributeError) as error:
        raise ImproperlyConfigured(f"DATA_MAP is {path}, which is no data map: {error}") from error
