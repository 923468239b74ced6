"""Files of the product as a source: what lies below a seat's folder of a storage."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import Any, ClassVar, Literal

from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.utils.timezone import is_naive

from compliance.sources.base import Erased, Format, Reach, Scope, SeatKey, Stream
from compliance.sources.clauses import Clause
from compliance.sources.declared import LicenceTable
from compliance.sources.folders import (
    Found,
    entry_name,
    in_folder,
    listed,
    remove_if_empty,
    safe,
    walk,
)
from compliance.sources.live import SchemaMismatch, here, live, look
from compliance.sources.product import fetched

CHUNK = 256 * 1024
SECONDS = 0.5  # after which a batch ends: a remote storage may take long for each file
TEMPLATE = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)*/\{seat\}/\{member\}/")
ONE = 1  # what a file counts for


@dataclass(frozen=True, kw_only=True, eq=False)
class Files:
    """See `base.Source` for what each method promises.

    `folder` is `some/path/{seat}/{member}/`: what lies in it, however deep, is the seat's. A
    file's moment is that of its last change.
    """

    category: str
    folder: str
    storage: str = "product_files"
    licences: LicenceTable = field(default_factory=LicenceTable)
    stems: frozenset[str] = frozenset()  # names the product gives itself: kept in the archive
    editions: frozenset[str] = frozenset()

    carries = clears = grounds = frozenset[str]()
    masks: ClassVar[Mapping[str, str]] = {}

    @property
    def name(self) -> str:
        return f"{self.category}-files"

    @property
    def shape(self) -> Literal["files"]:
        return "files"

    @property
    def fields(self) -> list[dict[str, Any]]:
        return []

    def reaches(self, *, whole_contract: bool) -> tuple[Reach, ...]:
        return (Reach.SEATS, Reach.REST) if whole_contract else (Reach.SEATS,)

    def check(self) -> list[str]:
        wrong = []
        if not TEMPLATE.fullmatch(self.folder):
            wrong.append(f"{self.name}: the folder must be like some/path/{{seat}}/{{member}}/.")
        if self.storage not in storages.backends:
            wrong.append(f"{self.name}: there is no storage {self.storage}.")
        try:
            licences = look(self.licences.table)
            licences.type(self.licences.key)
            licences.type(self.licences.contract)
        except SchemaMismatch as mismatch:
            wrong.append(f"{self.name}: {mismatch}")
        return wrong

    def count(self, scope: Scope) -> int:
        return sum(1 for _ in self._found(scope))

    def counts_by_seat(self, scope: Scope) -> dict[SeatKey, int]:
        return dict(Counter(found.owner for found in self._found(scope)))

    def split(self, scope: Scope, size: int) -> list[tuple[str | None, str | None]]:
        """Between folders: their names are ids, a file's may say something about a person."""
        bounds: list[str | None] = [None]
        count, last = 0, None
        for found in self._found(scope):
            if count >= size and found.folder != last:
                bounds.append(last)
                count = 0
            count, last = count + 1, found.folder
        return list(zip(bounds, [*bounds[1:], None], strict=True))

    def read(self, scope: Scope, fmt: Format) -> Iterator[Stream]:
        """One stream a file, to be exhausted before the next is asked for."""
        for found in self._found(scope):
            try:
                file = self._storage.open(found.path)
            except FileNotFoundError:
                continue  # the product removed it since it was listed
            with file:
                yield Stream(entry_name(found, self.stems), _chunks(file), lambda: ONE)

    def erase(self, scope: Scope, limit: int) -> Erased:
        began, gone = time.monotonic(), 0
        for found in self._found(scope):
            if gone and (gone >= limit or time.monotonic() - began > SECONDS):
                return Erased(erased=gone, more=True)
            self._storage.delete(found.path)
            remove_if_empty(self._storage, found.folder, above=self._base)
            gone += 1
        return Erased(erased=gone)

    def remaining(self, scope: Scope) -> int:
        return self.count(scope)

    def retained(self, scope: Scope) -> dict[str, int]:
        return {}

    def retained_until(self, scope: Scope) -> dict[str, date]:
        return {}

    def later(self, scope: Scope) -> int:
        return sum(later for _, later in self._dated(scope))

    @property
    def _storage(self) -> Storage:
        return storages[self.storage]

    @property
    def _base(self) -> str:
        """What comes before a seat's own folder: "smartlinks"."""
        return self.folder.partition("/{seat}")[0]

    def _found(self, scope: Scope) -> Iterator[Found]:
        return (found for found, later in self._dated(scope) if not later)

    def _dated(self, scope: Scope) -> Iterator[tuple[Found, bool]]:
        """Each file, and whether it changed after the cut-off."""
        for found in self._all(scope):
            try:
                changed = self._storage.get_modified_time(found.path)
            except FileNotFoundError:
                continue  # the product removed it since it was listed
            aware = changed.replace(tzinfo=UTC) if is_naive(changed) else changed
            yield found, aware > scope.cutoff

    def _all(self, scope: Scope) -> Iterator[Found]:
        """The files of the scope's seats or rest and key range, folder by folder."""
        low, high = (end and tuple(end.split("/")) for end in (scope.low, scope.high))
        for found in self._of_seats(scope) if scope.reach is Reach.SEATS else self._rest(scope):
            if (not low or found.place > low) and (not high or found.place <= high):
                yield found

    def _of_seats(self, scope: Scope) -> Iterator[Found]:
        for key in sorted(set(scope.seats)):
            folder = f"{self._base}/{safe(key.seat)}/{safe(key.member)}"
            yield from walk(self._storage, self._base, folder, key, self.stems)

    def _rest(self, scope: Scope) -> Iterator[Found]:
        """What lies in the folders of the contract's licences, but in none of the known seats'."""
        if scope.reach is Reach.CONTRACT:
            raise ValueError(f"{self.name} is reached by seats and rest, not by the contract.")
        known = set(scope.seats)
        for seat in sorted(self._licences(scope.contract)):
            folder = f"{self._base}/{safe(seat)}"
            members, strays = listed(self._storage, folder)
            yield from in_folder(self._base, folder, strays, SeatKey(seat, ""), self.stems)
            for member in members:
                key = SeatKey(seat, member)
                if key not in known:
                    below = f"{folder}/{member}"
                    yield from walk(self._storage, self._base, below, key, self.stems)

    def _licences(self, contract: str) -> list[str]:
        names = live(self.licences.table)
        key, column = names.column(self.licences.key), names.column(self.licences.contract)
        value = here().value(contract, names.type(self.licences.contract))
        sql = Clause(f"SELECT {key}") + f"FROM {names.sql} AS t WHERE {column} =" + value
        return [str(seat) for (seat,) in fetched(sql)]


def _chunks(file: File[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
