"""Many rows into the product's database: COPY on PostgreSQL, batches of INSERT on SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from compliance.sample.book import Row

INSERTED_AT_ONCE = 1_000
UPSERTED_AT_ONCE = 200
# synchronous=NORMAL loses at most the last commits when the machine falls over, and corrupts
# nothing; the cache holds the inner pages of the indexes.
BULK_PRAGMAS = {"synchronous": 1, "cache_size": -65_536, "wal_autocheckpoint": 10_000}


def product() -> BaseDatabaseWrapper:
    return connections["product"]


def chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    rows = iter(rows)
    while chunk := list(islice(rows, size)):
        yield chunk


def insert(cursor: CursorWrapper, table: str, rows: Iterable[Row]) -> None:
    """Add rows of all columns, in the order of the schema.  Memory does not grow with them."""
    if product().vendor == "postgresql":
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    # In chunks, because Django looks at the first row with `tee`, which then keeps all others.
    for chunk in chunks(rows, INSERTED_AT_ONCE):
        places = ", ".join(["%s"] * len(chunk[0]))
        cursor.executemany(f"INSERT INTO {table} VALUES ({places})", chunk)  # noqa: S608


def insert_missing(cursor: CursorWrapper, table: str, rows: Iterable[Row]) -> int:
    """Add the rows that are not there yet, by primary key.  Returns how many those were."""
    added = 0
    for chunk in chunks(rows, UPSERTED_AT_ONCE):
        row = f"({', '.join(['%s'] * len(chunk[0]))})"
        values = ", ".join([row] * len(chunk))
        cursor.execute(
            f"INSERT INTO {table} VALUES {values} ON CONFLICT DO NOTHING",  # noqa: S608
            [value for row in chunk for value in row],
        )
        added += cursor.rowcount
    return added


@contextmanager
def bulk_loading() -> Iterator[None]:
    """SQLite's pragmas for a bulk load, put back afterwards; nothing inside a transaction, where
    they cannot be changed, nor on PostgreSQL."""
    connection = product()
    connection.ensure_connection()
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        before = {}
        for name, value in BULK_PRAGMAS.items():
            before[name] = cursor.execute(f"PRAGMA {name}").fetchone()[0]
            cursor.execute(f"PRAGMA {name} = {value}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for name, value in before.items():
                cursor.execute(f"PRAGMA {name} = {value}")


def analyze(tables: Iterable[str]) -> None:
    """Tell PostgreSQL's planner what has just been loaded, before autovacuum finds out."""
    if product().vendor == "postgresql":
        with product().cursor() as cursor:
            for table in tables:
                cursor.execute(f"ANALYZE {table}")
