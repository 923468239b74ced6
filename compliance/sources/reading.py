"""Rows as bytes of CSV or JSON Lines, streamed: by COPY where there is one, by ourselves elsewhere.

Both write the same bytes. What they share, and the tests compare: the cells of `cells.py`, the
order of rows (owner, then key), UTF-8, LF.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice

from django.db import connections

from compliance.sources import cells
from compliance.sources.base import Format, Stream
from compliance.sources.clauses import Clause, joined
from compliance.sources.columns import Mask
from compliance.sources.declared import Declared
from compliance.sources.live import here
from compliance.sources.postgresql import PostgreSQL
from compliance.sources.product import ALIAS, fetched
from compliance.sources.selecting import Selection

CHUNK, LARGEST = 256 * 1024, 1024 * 1024  # bytes: at least, but for the last; at most
LINES = 32  # taken at a time: one by one, looking at each costs a tenth of an export
ROWS = 100  # fetched at a time: more is slower
COPY = {
    Format.CSV: "FORMAT csv",
    # JSON escapes these two, so that COPY, which would double quotes, finds nothing to do.
    Format.JSONL: "FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02'",
}


class _Rows:
    """How many rows a stream had, once it is exhausted."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> int:
        return self.count


def copied(selection: Selection, fmt: Format) -> Stream:
    """The selection as PostgreSQL's COPY writes it. Needs an open transaction."""
    rows = _Rows()
    return Stream(f"{selection.table.name}.{fmt}", _copied(selection, fmt, rows), rows)


def rendered(selection: Selection, fmt: Format) -> Stream:
    """The selection as we write it, on any database. Needs an open transaction."""
    rows = _Rows()
    return Stream(f"{selection.table.name}.{fmt}", _rendered(selection, fmt, rows), rows)


def _copied(selection: Selection, fmt: Format, rows: _Rows) -> Iterator[bytes]:
    _settle()
    connection = connections[ALIAS]
    sql = Clause("COPY (") + _copy_query(selection, fmt) + f") TO STDOUT ({COPY[fmt]})"
    pending, size = _heading(selection.table, fmt)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        with cursor.copy(sql.text, sql.params) as copy:
            lines = iter(copy)
            while some := list(islice(lines, LINES)):
                pending += some
                size += sum(map(len, some))
                if size >= CHUNK:
                    yield from _cut(b"".join(pending))
                    pending, size = [], 0
        rows.count = cursor.rowcount
    yield from _cut(b"".join(pending))


def _heading(table: Declared, fmt: Format) -> tuple[list[bytes], int]:
    if fmt is Format.JSONL:
        return [], 0
    # A column's name is not what a user wrote: quoted where it must be, and never guarded.
    names = (
        f'"{name}"' if any(sign in name for sign in ",\r\n") else name for name in table.columns
    )
    line = f"{','.join(names)}\n".encode()
    return [line], len(line)


def _settle() -> None:
    """Moments in UTC, dates as ISO 8601 has them, whatever the session's or server's defaults."""
    connection = connections[ALIAS]
    if not connection.in_atomic_block:
        raise RuntimeError("Reading needs an open transaction: `with product_snapshot():`.")
    if connection.vendor == "postgresql":
        settings = "set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true)"
        fetched(Clause(f"SELECT {settings}, set_config('jit', 'off', true)"))


def _copy_query(selection: Selection, fmt: Format) -> Clause:
    table, live = selection.table, selection.live
    dialect = PostgreSQL()
    masks = masks_of(table)
    columns = [
        Clause(
            dialect.exported(live.column(name), kind, masks.get(name), fmt)
            + " AS "
            + live.bare(name)
        )
        for name, kind in table.columns.items()
    ]
    rows = _ordered(selection, columns)
    if fmt is Format.CSV:
        return rows
    return Clause("SELECT row_to_json(rows) FROM (") + rows + ") AS rows"


def _ordered(selection: Selection, columns: list[Clause]) -> Clause:
    """SELECT of a whole selection. Owner by owner, so that an index gives the order."""
    select = Clause("SELECT") + joined(", ", columns)
    if selection.shared or not selection.owners:
        return select + selection.rows() + _order(selection)
    owned = select + selection.of_owner(Clause("o.seat"), Clause("o.member")) + _order(selection)
    owners = here().owners(selection.owners, selection.types)
    return Clause("SELECT one.* FROM") + owners + "AS o CROSS JOIN LATERAL (" + owned + ") AS one"


def _order(selection: Selection) -> str:
    return f"ORDER BY {', '.join(selection.ordered_key)}"


def _rendered(selection: Selection, fmt: Format, rows: _Rows) -> Iterator[bytes]:
    _settle()
    table = selection.table
    write = _line_writer(table, fmt)
    pending, size = _heading(table, fmt)
    for statement in _statements(selection):
        with connections[ALIAS].chunked_cursor() as cursor:
            cursor.execute(statement.text, statement.params)
            at_once = ROWS
            while batch := cursor.fetchmany(at_once):
                rows.count += len(batch)
                lines = write(batch).encode()
                # Rows with very long cells come in smaller batches: memory stays the same.
                at_once = max(1, min(ROWS, CHUNK * len(batch) // len(lines)))
                pending.append(lines)
                size += len(lines)
                if size >= CHUNK:
                    yield from _cut(b"".join(pending))
                    pending, size = [], 0
    yield from _cut(b"".join(pending))


def _cut(lines: bytes) -> Iterator[bytes]:
    """Whole, but for what a very long cell makes too large for one chunk."""
    return (lines[start : start + LARGEST] for start in range(0, len(lines), LARGEST))


def _statements(selection: Selection) -> Iterator[Clause]:
    """Plain SELECTs of cells as text; where there is no LATERAL, one an owner."""
    table, live, dialect = selection.table, selection.live, selection.here
    columns = [
        Clause(f"{dialect.cell(live.column(name), kind)} AS {live.bare(name)}")
        for name, kind in table.columns.items()
    ]
    if dialect.copies or selection.shared or not selection.owners:
        yield _ordered(selection, columns)
        return
    for key in selection.owners:
        seat, member = (
            dialect.value(part, type_)
            for part, type_ in zip((key.seat, key.member), selection.types, strict=True)
        )
        rows = selection.of_owner(seat, member)
        yield Clause("SELECT") + joined(", ", columns) + rows + _order(selection)


def _line_writer(table: Declared, fmt: Format) -> Callable[[list[tuple[cells.Cell, ...]]], str]:
    """Turns rows of texts into lines, a column at a time."""
    masks = masks_of(table)
    writer = cells.csv_writer if fmt is Format.CSV else cells.json_writer
    writers = [writer(kind.form, masks.get(name)) for name, kind in table.columns.items()]

    def columns(rows: list[tuple[cells.Cell, ...]]) -> Iterator[tuple[str, ...]]:
        return zip(*map(_apply, writers, zip(*rows, strict=True)), strict=True)

    if fmt is Format.CSV:
        return lambda rows: "\n".join(map(",".join, columns(rows))) + "\n"
    names = (json.dumps(name, ensure_ascii=False) for name in table.columns)
    template = "{" + ",".join(f"{name}:%s" for name in names) + "}\n"
    return lambda rows: "".join([template % row for row in columns(rows)])


def _apply(writer: cells.Writer, column: tuple[cells.Cell, ...]) -> list[str]:
    return writer(column)


def masks_of(table: Declared) -> dict[str, Mask]:
    """Raises ValueError: a mask of the declaration is unknown, and nothing is shown in clear."""
    return {name: Mask(mask) for name, mask in table.masks.items()}
