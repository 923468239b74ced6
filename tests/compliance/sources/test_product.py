from __future__ import annotations

import sqlite3
import threading
import time
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, ProgrammingError, connections

from compliance.sources.base import Format, Reach, Scope, SeatKey
from compliance.sources.navigator import NOTES
from compliance.sources.product import (
    ProductUnavailable,
    product_snapshot,
    product_transaction,
)
from tests.compliance.sources.specimens import run, stored

pytestmark = pytest.mark.django_db(transaction=True)
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def add(id: int) -> None:
    run("INSERT INTO conversations VALUES (%s, %s)", id, stored(MOMENT))


def ids() -> list[int]:
    return [id for (id,) in run("SELECT id FROM conversations ORDER BY id")]


def vendor() -> str:
    return connections["product"].vendor


def elsewhere(sql: str) -> list[tuple[object, ...]]:
    """Asked by another connection, in a thread of its own."""
    found: list[tuple[object, ...]] = []

    def ask() -> None:
        found.extend(run(sql))
        connections.close_all()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return found


def test_what_is_committed_stays_and_is_seen_at_once() -> None:
    with product_transaction(60) as product:
        add(1)
        product.commit()
        assert elsewhere("SELECT id FROM conversations") == [(1,)]
    assert ids() == [1]


def test_what_is_not_committed_is_gone() -> None:
    with product_transaction(60):
        add(1)
    assert ids() == []


def test_what_fails_is_gone() -> None:
    with pytest.raises(ZeroDivisionError):
        add_and_fail(commit=False)
    assert ids() == []
    add(2)
    assert ids() == [2]


def test_what_fails_after_the_commit_stays() -> None:
    with pytest.raises(ZeroDivisionError):
        add_and_fail(commit=True)
    assert ids() == [1]


def add_and_fail(*, commit: bool) -> None:
    with product_transaction(60) as product:
        add(1)
        if commit:
            product.commit()
        raise ZeroDivisionError


def test_a_snapshot_sees_one_moment() -> None:
    add(1)
    with product_snapshot():
        assert ids() == [1]
        if vendor() == "postgresql":
            elsewhere("INSERT INTO conversations VALUES (2, now()) RETURNING id")
            assert ids() == [1]
            with pytest.raises(Exception, match="read-only"):
                add(3)
            return
        thread = threading.Thread(target=lambda: (add(2), connections.close_all()))
        thread.start()
        thread.join()
        assert ids() == [1]
    assert ids() == [1, 2]


def test_a_mistake_is_not_an_outage() -> None:
    kind = ProgrammingError if vendor() == "postgresql" else OperationalError
    with pytest.raises(kind), product_transaction(60):
        run("SELECT * FROM no_such_table")
    with pytest.raises(kind), product_snapshot():
        run("SELECT * FROM no_such_table")


def test_a_locked_database_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connections["product"]
    if vendor() == "sqlite":
        other = sqlite3.connect(str(connection.settings_dict["NAME"]))
        other.execute("BEGIN IMMEDIATE")
        # A transaction opens a connection of its own.
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
        with pytest.raises(ProductUnavailable, match="OperationalError"), product_transaction(60):
            pytest.fail("SQLite lets one write at a time.")
        other.rollback()
        other.close()
    else:
        locked, over = threading.Event(), threading.Event()

        def hold() -> None:
            with product_transaction(60):
                run("LOCK TABLE conversations")
                locked.set()
                over.wait(5)
            connections.close_all()

        thread = threading.Thread(target=hold)
        thread.start()
        locked.wait(5)
        with pytest.raises(ProductUnavailable, match="LockNotAvailable"), product_transaction(1):
            add(1)
        over.set()
        thread.join()
    with product_transaction(60) as product:
        add(5)
        product.commit()
    assert ids() == [5]


@pytest.mark.parametrize("pause", ["in a statement", "between two"])
def test_a_transaction_ends_well_before_the_lease(pause: str) -> None:
    if vendor() != "postgresql":
        pytest.skip("SQLite has no such limits: its file lock ends with the process.")
    with pytest.raises(ProductUnavailable):
        add_slowly(pause)
    assert ids() == []


def add_slowly(pause: str) -> None:
    with product_transaction(1) as product:
        add(1)
        if pause == "in a statement":
            run("SELECT pg_sleep(0.9)")
        else:
            time.sleep(0.6)
        add(2)
        product.commit()


def test_a_server_that_hangs_up_is_an_outage_and_the_next_try_works() -> None:
    if vendor() != "postgresql":
        pytest.skip("SQLite has no server.")
    with pytest.raises(ProductUnavailable) as caught, product_snapshot():
        hang_up()
    assert str(caught.value) == "The product's database cannot be used: AdminShutdown."
    with product_snapshot():
        assert ids() == []


def test_a_stream_that_is_cut_off_is_an_outage() -> None:
    if vendor() != "postgresql":
        pytest.skip("SQLite has no server.")
    run("INSERT INTO contracts VALUES (1, 'C', 'Acme', 'core', now())")
    run("INSERT INTO members VALUES (1, 'x', 'x', 'en', now())")
    run("INSERT INTO seats VALUES (1, 1, now())")
    run(
        "INSERT INTO notes (id, seat_id, member_id, body, created_at) "
        "SELECT n, 1, 1, repeat('x', 2000), '2026-01-01' FROM generate_series(1, 20000) AS n"
    )
    scope = Scope(Reach.SEATS, "1", (SeatKey("1", "1"),), MOMENT)
    with pytest.raises(ProductUnavailable), product_snapshot():
        read_on_after_the_server_hung_up(scope)
    assert NOTES.count(scope) == 20_000


def hang_up() -> None:
    ((pid,),) = run("SELECT pg_backend_pid()")
    elsewhere(f"SELECT pg_terminate_backend({pid})")
    run("SELECT 1")


def read_on_after_the_server_hung_up(scope: Scope) -> None:
    ((pid,),) = run("SELECT pg_backend_pid()")
    (stream,) = NOTES.read(scope, Format.CSV)
    next(stream.chunks)
    elsewhere(f"SELECT pg_terminate_backend({pid})")
    for _ in stream.chunks:
        pass


def test_a_database_that_is_not_there_is_an_outage() -> None:
    connection = connections["product"]
    connection.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connection.settings_dict, "NAME", "/no/such/folder/product")
        with pytest.raises(ProductUnavailable), product_transaction(60):
            pytest.fail("There is nothing to connect to.")
        with pytest.raises(ProductUnavailable), product_snapshot():
            pytest.fail("There is nothing to connect to.")
    assert ids() == []
