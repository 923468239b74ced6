"""Tables as CSV that a spreadsheet opens safely and reads aright."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from compliance.sources.cells import csv_text

# Without it a spreadsheet takes UTF-8 for the code page of its country.
MARK = "\ufeff"
Row = TypeVar("Row")


def csv_bytes(
    header: Sequence[str], batches: Iterable[Iterable[Sequence[object]]]
) -> Iterator[bytes]:
    """UTF-8 with a mark, RFC 4180; a chunk a batch. No cell can run as a formula."""
    yield f"{MARK}{_line(header)}".encode()
    for rows in batches:
        yield "".join(_line(row) for row in rows).encode()


def _line(cells: Sequence[object]) -> str:
    return ",".join(csv_text("" if cell is None else str(cell)) for cell in cells) + "\r\n"


def in_batches(rows: Iterable[Row], size: int = 500) -> Iterator[list[Row]]:
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch
