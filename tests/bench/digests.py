"""Order-free digests of rows: equal when the same rows are there, in whatever order and parts."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sqlite3
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.bench.measuring import Mismatch

COLUMNS = (
    "id", "seat_id", "member_id", "conversation_id", "direction", "counterpart_name",
    "counterpart_email", "subject", "body", "is_read", "sent_at",
)  # fmt: skip
TEXTS = {"direction", "counterpart_name", "counterpart_email", "subject", "body"}
FLAGS, MOMENTS, MASKED = {"is_read"}, {"sent_at"}, "counterpart_email"
# What a spreadsheet may take for a formula, however it is led in (OWASP, CSV injection).
FORMULA = re.compile("[ \\t\\r\\n\u00a0\u200b\ufeff;,|\"']*[=+@\uff1d\uff0b\uff0d\uff20-]|[\\t\\r]")
FETCHED = 5_000
csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows, and the sum of their SHA-256 modulo 2²⁵⁶."""

    rows: int = 0
    sum: int = 0

    def __add__(self, other: Digest) -> Digest:
        return Digest(self.rows + other.rows, (self.sum + other.sum) % (1 << 256))


def of_rows(rows: Iterable[Sequence[str]]) -> Digest:
    count = total = 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.sha256("\0".join(row).encode()).digest(), "big")
    return Digest(count, total % (1 << 256))


class Archives:
    """The rows of archives; an entry whose bytes were read before is not parsed again."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.known: dict[str, Digest] = {}

    def digest(self, path: Path) -> Digest:
        """Raises Mismatch for an entry that is no CSV of the expected columns, or broken."""
        total = Digest()
        try:
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.startswith(self.folder):
                        total += self._entry(archive, name)
        except zipfile.BadZipFile as broken:
            raise Mismatch(f"{path.name} is no sound ZIP file: {broken}") from broken
        return total

    def _entry(self, archive: zipfile.ZipFile, name: str) -> Digest:
        with archive.open(name) as entry:
            content = hashlib.file_digest(entry, "sha256").hexdigest()
        if content not in self.known:
            with (
                archive.open(name) as entry,
                io.TextIOWrapper(entry, encoding="utf-8", newline="") as text,
            ):
                reader = csv.reader(text, strict=True)
                if next(reader, None) != list(COLUMNS):
                    raise Mismatch(f"{name} does not have the columns of the table.")
                self.known[content] = of_rows(reader)
        return self.known[content]


def of_source(url: str, *, below: int | None = None, above: int | None = None) -> Digest:
    """What an export of `inmails` should hold, from the table itself; of some seats' ids only."""
    rows = _source(url, f"seat_id <= {below or 1 << 62} AND seat_id > {above or 0}")
    return of_rows([_expected(name, cell) for name, cell in named] for named in rows)


def _source(url: str, where: str) -> Iterator[list[tuple[str, Any]]]:
    query = f"SELECT {', '.join(COLUMNS)} FROM inmails WHERE {where}"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(urlsplit(url).path[1:])) as connection:
            for row in connection.execute(query):
                yield list(zip(COLUMNS, row, strict=True))
        return
    with psycopg.connect(url) as connection, connection.cursor("source") as cursor:
        cursor.itersize = FETCHED
        for row in cursor.execute(query):
            yield list(zip(COLUMNS, row, strict=True))


def _expected(name: str, cell: Any) -> str:
    """The cell as CSV readers see it: NULL and the empty text are alike to them."""
    if cell is None:
        return ""
    if name in FLAGS:
        return "true" if cell else "false"
    if name in MOMENTS:
        return cell if isinstance(cell, str) else _iso(cell)
    if name in TEXTS:
        text = _masked(cell) if name == MASKED else cell
        return f"'{text}" if FORMULA.match(text) else text
    return str(cell)


def _masked(address: str) -> str:
    at = address.rfind("@")
    return "***" if at < 0 else address[: min(at, 1)] + "***" + address[at:]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
