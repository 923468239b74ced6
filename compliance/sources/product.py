"""The connection to the product's database: transactions that end in time, and outages named."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, InterfaceError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from compliance.sources.clauses import Clause

ALIAS = "product"
# SQLite calls everything an OperationalError: these pass, the others (no such table) do not.
PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_PROTOCOL,
}
STEPS = 20_000  # of SQLite's machine between two looks at the clock
# PostgreSQL calls what it hangs up on an InternalError: an idle session, a long transaction.
TIMED_OUT = {"25P03", "25P04"}


class ProductUnavailable(Exception):
    """The product's database is down, unreachable, locked or too slow: wait, and try again.

    Its text names the kind of failure only, because a driver's message can quote data.
    """


class ProductTransaction:
    """An open transaction on the product's database, which only `commit` makes permanent."""

    def __init__(self) -> None:
        self._atomic = transaction.atomic(using=ALIAS)
        self._atomic.__enter__()
        self._open = True

    def commit(self) -> None:
        """Commit now, while the caller still holds its own locks.

        When the connection is lost in this moment, what was done may or may not have been kept:
        recount.
        """
        self._open = False
        self._atomic.__exit__(None, None, None)

    def abandon(self) -> None:
        if self._open:
            self._open = False
            transaction.set_rollback(True, using=ALIAS)
            self._atomic.__exit__(None, None, None)


@contextmanager
def product_transaction(lease_seconds: float) -> Iterator[ProductTransaction]:
    """A writing transaction in which no statement and no pause comes near the lease's end.

    So a worker that stalls loses its transaction before its item can be given to another. What is
    not committed by the block's end is rolled back. Raises ProductUnavailable.
    """
    with _outages_named():
        connection = _connection()
        opened = _open_for_writing(connection)
        try:
            if connection.vendor == "postgresql":
                _bound(connection, int(lease_seconds * 1000))
            yield opened
        finally:
            opened.abandon()


@contextmanager
def product_snapshot(seconds: float | None = None) -> Iterator[None]:
    """A reading transaction that sees one moment, however many tables it reads, and changes none.

    With `seconds`, none of its statements takes longer: for a page that somebody waits for.
    Raises ProductUnavailable.
    """
    with _outages_named():
        connection = _connection()
        nested = connection.in_atomic_block
        with transaction.atomic(using=ALIAS), _hurried(connection, seconds):
            if connection.vendor == "postgresql" and not nested:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


@contextmanager
def _hurried(connection: Any, seconds: float | None) -> Iterator[None]:
    """Let the database give up on a statement after so long; SQLite, on all of them together."""
    if seconds is None:
        yield
    elif connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Set before the first read, and gone with the transaction.
            cursor.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
        yield
    else:
        until = time.monotonic() + seconds
        connection.connection.set_progress_handler(lambda: time.monotonic() > until, STEPS)
        try:
            yield
        finally:
            connection.connection.set_progress_handler(None, 0)


def _connection() -> BaseDatabaseWrapper:
    connection = connections[ALIAS]
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    connection.ensure_connection()
    return connection


def _open_for_writing(connection: Any) -> ProductTransaction:
    """On SQLite take the write lock at once: a reader that turns writer can only fail."""
    if connection.vendor != "sqlite":
        return ProductTransaction()
    mode = connection.transaction_mode
    connection.transaction_mode = "IMMEDIATE"
    try:
        return ProductTransaction()
    finally:
        connection.transaction_mode = mode


def _bound(connection: BaseDatabaseWrapper, lease: int) -> None:
    """`lease` in milliseconds. Erasing goes by keys, so a plan without an index is a bad plan."""
    limits = {
        "statement_timeout": f"{lease // 4}ms",
        "lock_timeout": f"{lease // 8}ms",
        "idle_in_transaction_session_timeout": f"{lease // 4}ms",
        "enable_seqscan": "off",
        "enable_hashjoin": "off",
        "enable_mergejoin": "off",
        "jit": "off",
    }
    with connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        cursor.execute(
            "SELECT " + ", ".join("set_config(%s, %s, true)" for _ in limits),
            [word for limit in limits.items() for word in limit],
        )


def fetched(sql: Clause) -> list[tuple[Any, ...]]:
    """All rows of a statement that has few."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql.text, sql.params)
        return list(cursor.fetchall())


def counted(rows: Clause) -> int:
    """`rows` is FROM … WHERE …"""
    return int(fetched("SELECT count(*)" + rows)[0][0])


def executed(sql: Clause) -> int:
    """How many rows a statement changed."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql.text, sql.params)
        return int(cursor.rowcount)


@contextmanager
def _outages_named() -> Iterator[None]:
    connection = connections[ALIAS]
    try:
        yield
    except Error as error:
        if not _passes(error):
            raise
        if not connection.in_atomic_block:
            connection.close()
        kind = type(error.__cause__ or error).__name__
        raise ProductUnavailable(f"The product's database cannot be used: {kind}.") from error


def _passes(error: Error) -> bool:
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in PASSING
    if isinstance(error, (OperationalError, InterfaceError)):
        return True
    return getattr(cause, "sqlstate", "") in TIMED_OUT
