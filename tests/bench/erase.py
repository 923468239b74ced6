"""A deletion of a contract's InMails, announced and recounted: one bare DELETE of the same rows."""

from __future__ import annotations

import sqlite3
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

import psycopg

from tests.bench import installation, memory
from tests.bench.digests import Digest, of_source
from tests.bench.installation import Book, Filled
from tests.bench.measuring import Measurement, Mismatch, Reading, in_turns
from tests.desk import Desk

ROWS = 200_000
SEATS = 100
BAR = 1.5
AT_ONCE = {"COOLING_OFF_CONTRACT_SECONDS": "0"}
# Ids of the first contract's licences end here; another contract's rows must stay.
LAST_SEAT = 199_999


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
    erasing: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reference = installation.asked(self.desk, "deletion", self.contract.number, "rita")
        self.numbers = count()

    def forget(self) -> None:
        for figures in (self.baseline_seconds, self.erasing, self.seconds):
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
        with self.copied() as copy:
            seats = [
                row[0]
                for row in copy.sql("product", "SELECT id FROM seats WHERE id <= %s", (LAST_SEAT,))
            ]
            self.baseline_seconds.append(_delete(copy.database_url("product"), seats))
            _check(copy, self.others)

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
            ],
        )


def _check(copy: Desk, others: Digest) -> None:
    """Nothing of the contract is left, and everything else is. Raises Mismatch."""
    ((left,),) = copy.sql(
        "product", "SELECT count(*) FROM inmails WHERE seat_id <= %s", (LAST_SEAT,)
    )
    if left:
        raise Mismatch(f"{left:,} rows of the contract are left.")
    if _others(copy) != others:
        raise Mismatch("Rows of another contract are gone or changed.")


def _checkpoint(copy: Desk) -> None:
    """So that what was copied is not written while somebody is timed."""
    if copy.cluster_url:
        copy.sql("product", "CHECKPOINT")


def _delete(url: str, seats: list[int]) -> float:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(urlsplit(url).path[1:])) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            began = time.perf_counter()
            marks = ", ".join("?" * len(seats))
            connection.execute(f"DELETE FROM inmails WHERE seat_id IN ({marks})", seats)
            connection.commit()
            return time.perf_counter() - began
    with psycopg.connect(url) as connection:
        began = time.perf_counter()
        connection.execute("DELETE FROM inmails WHERE seat_id = ANY(%s)", (seats,))
        connection.commit()
        return time.perf_counter() - began
