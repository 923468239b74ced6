"""A deletion of a contract's InMails, announced and recounted, against the same by hand.

The baseline does the same job as whoever knows the tables would: seat by seat until a batch has
some ten thousand rows, as ours commit at once, its mail in one statement, then in one more the
conversations that are empty now, then a commit. It needs neither cut-off, hold nor a limit to keep,
locks nothing against answers that arrive meanwhile, announces nothing and counts nothing again.

For comparison also the mail alone, by one DELETE of all its seats, which leaves the conversations
behind: two thirds of the work is theirs, because a foreign key asks once more for each of them.
"""

from __future__ import annotations

import sqlite3
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.bench import installation, memory
from tests.bench.digests import Digest, of_source
from tests.bench.installation import Book, Filled
from tests.bench.measuring import Measurement, Mismatch, Reading, in_turns
from tests.desk import Desk

ROWS = 200_000
SEATS = 100
BATCH = 20_000  # rows: ours take between 5,000 and 50,000
BAR = 1.5
AT_ONCE = {"COOLING_OFF_CONTRACT_SECONDS": "0"}
EMPTY = "NOT EXISTS (SELECT 1 FROM inmails AS m WHERE m.conversation_id = c.id)"
# Ids of the first contract's licences end here; another contract's rows must stay.
LAST_SEAT = 199_999
Batches = list[list[int]]


def measure(options: Namespace) -> Measurement:
    with installation.installed(AT_ONCE) as desk:
        contract = installation.fill(desk, 1, options.rows or ROWS, seats=SEATS)
        installation.fill(desk, 2, options.rows or ROWS, seats=SEATS)
        installation.settle(desk)
        bench = _Bench(desk, contract, _others(desk))
        in_turns(options.runs, bench.baseline, bench.product, bench.forget)
        return bench.measurement()


def _others(desk: Desk) -> Digest:
    return of_source(desk.database_url("product"), above=LAST_SEAT)


@dataclass
class _Bench:
    """Every run has a copy of `desk` of its own: databases, files and the approved request."""

    desk: Desk
    contract: Filled
    others: Digest
    baseline_seconds: list[float] = field(default_factory=list)
    mail_alone: list[float] = field(default_factory=list)
    erasing: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reference = installation.asked(self.desk, "deletion", self.contract.number, "rita")
        self.numbers = count()

    def forget(self) -> None:
        for figures in (self.baseline_seconds, self.mail_alone, self.erasing, self.seconds):
            figures.clear()

    @contextmanager
    def copied(self) -> Iterator[Desk]:
        """A copy that has been read once, as both sides find it."""
        folder = self.desk.folder / f"run-{next(self.numbers)}"
        with Desk(folder, self.desk.cluster_url, template=self.desk, settings=AT_ONCE) as copy:
            _checkpoint(copy)
            copy.sql("product", "SELECT sum(length(body)) FROM inmails")
            yield copy

    def baseline(self) -> None:
        for delete, seconds in (
            (_by_hand, self.baseline_seconds),
            (_mail_alone, self.mail_alone),
        ):
            with self.copied() as copy:
                owners = copy.sql("product", "SELECT id FROM seats WHERE id <= %s", (LAST_SEAT,))
                seats = [seat for (seat,) in owners]
                at_once = max(1, BATCH * len(seats) // self.contract.rows)
                batches = [
                    seats[start : start + at_once] for start in range(0, len(seats), at_once)
                ]
                seconds.append(delete(copy.database_url("product"), batches))
                _check(copy, self.others, conversations=delete is _by_hand)

    def product(self) -> None:
        with self.copied() as copy, copy.work("--workers", 1) as process:
            memory.at_rest(copy, process, count=4)
            with closing(Book(copy)) as book:
                installation.approve(copy, self.reference, "clara")
                done = book.completed(self.reference)
                began = book.moment("cooling_off_until", self.reference)
                erasing = book.erasing(self.reference)
            _check(copy, self.others)
            if erasing.erased != self.contract.rows:
                raise Mismatch(f"The certificate would say {erasing.erased:,} rows.")
            self.seconds.append(done - began)
            self.erasing.append(erasing.seconds)

    def measurement(self) -> Measurement:
        return Measurement(
            "erase",
            installation.database(),
            self.contract.rows,
            [
                Reading("erasing", self.baseline_seconds, self.erasing, BAR),
                Reading("completed", self.baseline_seconds, self.seconds),
                Reading("mail alone", self.mail_alone, self.erasing),
            ],
        )


def _check(copy: Desk, others: Digest, *, conversations: bool = True) -> None:
    """Nothing of the contract is left, and everything else is. Raises Mismatch."""
    ((left,),) = copy.sql(
        "product", "SELECT count(*) FROM inmails WHERE seat_id <= %s", (LAST_SEAT,)
    )
    if left:
        raise Mismatch(f"{left:,} rows of the contract are left.")
    if _others(copy) != others:
        raise Mismatch("Rows of another contract are gone or changed.")
    ((empty,),) = copy.sql("product", f"SELECT count(*) FROM conversations AS c WHERE {EMPTY}", ())
    if empty and conversations:
        raise Mismatch(f"{empty:,} conversations are left without a message.")


def _checkpoint(copy: Desk) -> None:
    """So that what was copied is not written while somebody is timed."""
    if copy.cluster_url:
        copy.sql("product", "CHECKPOINT")


def _mail_alone(url: str, batches: Batches) -> float:
    seats = [seat for batch in batches for seat in batch]
    with _connected(url) as connection:
        began = time.perf_counter()
        if url.startswith("sqlite"):
            connection.execute(f"DELETE FROM inmails WHERE seat_id IN ({_marks(seats)})", seats)
        else:
            connection.execute("DELETE FROM inmails WHERE seat_id = ANY(%s)", (seats,))
        connection.commit()
        return time.perf_counter() - began


def _by_hand(url: str, batches: Batches) -> float:
    erase = _by_hand_on_sqlite if url.startswith("sqlite") else _by_hand_on_postgresql
    with _connected(url) as connection:
        began = time.perf_counter()
        erase(connection, batches)
        return time.perf_counter() - began


def _by_hand_on_postgresql(connection: Any, batches: Batches) -> None:
    for seats in batches:
        touched = connection.execute(
            "WITH gone AS (DELETE FROM inmails WHERE seat_id = ANY(%s) RETURNING conversation_id) "
            "SELECT array_agg(DISTINCT conversation_id)::text FROM gone",
            (seats,),
        ).fetchone()
        connection.execute(
            f"DELETE FROM conversations AS c WHERE id = ANY(%s::bigint[]) AND {EMPTY}", touched
        )
        connection.commit()


def _by_hand_on_sqlite(connection: Any, batches: Batches) -> None:
    connection.execute("CREATE TEMP TABLE touched (id integer PRIMARY KEY)")
    for seats in batches:
        mail = f"FROM inmails WHERE seat_id IN ({_marks(seats)})"
        connection.execute(f"INSERT OR IGNORE INTO touched SELECT conversation_id {mail}", seats)
        connection.execute(f"DELETE {mail}", seats)
        connection.execute(
            f"DELETE FROM conversations AS c WHERE id IN (SELECT id FROM touched) AND {EMPTY}"
        )
        connection.execute("DELETE FROM touched")
        connection.commit()


def _marks(values: list[int]) -> str:
    return ", ".join("?" * len(values))


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(urlsplit(url).path[1:])) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            yield connection
        return
    with psycopg.connect(url) as connection:
        yield connection
