"""An export of InMails; against it `psql` COPY into `gzip -1`, or `sqlite3`, `csv` and `zlib`."""

from __future__ import annotations

import csv
import io
import os
import sqlite3
import subprocess
import time
import zlib
from argparse import Namespace
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.bench import installation, memory
from tests.bench.digests import Archives, Digest, of_source
from tests.bench.installation import CATEGORY, Book, Filled
from tests.bench.measuring import MB, Measurement, Mismatch, Reading, in_turns
from tests.cluster import programs
from tests.desk import Desk, Process

ROWS = {"PostgreSQL": 2_000_000, "SQLite": 200_000}
SEATS = 100
BARS = {"PostgreSQL": 0.6, "SQLite": 1.0}
SIZE_BAR = 1.1
FEW = 200_000  # rows of the smaller export whose memory is compared
FEW_CONTRACT = 4  # its contract: of the same edition as the first
LATENCY = {"DATA_MAP": "tests.bench.latency"}
LATENCY_ROWS = 200_000
LATENCY_PARTS = 16  # a whole number of parts for either number of workers


def measure(options: Namespace) -> Measurement:
    if options.workers == 2:
        return _two_workers(options.rows or LATENCY_ROWS, options.runs)
    with installation.installed() as desk:
        asked = options.rows or ROWS[installation.database()]
        contract = installation.fill(desk, 1, asked, seats=SEATS)
        installation.settle(desk)
        bench = _Bench(desk, of_source(desk.database_url("product")))
        with desk.work("--workers", 1) as process:
            memory.at_rest(desk, process, count=4)
            in_turns(
                options.runs,
                bench.baseline,
                lambda: bench.product(contract, process),
                bench.forget,
            )
        measured = bench.measurement(contract.rows)
        if options.memory:
            measured.figures |= _memory(bench, contract)
        return measured


@dataclass
class _Bench:
    desk: Desk
    expected: Digest
    baseline_seconds: list[float] = field(default_factory=list)
    baseline_bytes: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    bytes: list[float] = field(default_factory=list)
    baseline_processors: list[float] = field(default_factory=list)
    processors: list[float] = field(default_factory=list)
    archives: Archives = field(default_factory=lambda: Archives(f"data/{CATEGORY}/"))

    def forget(self) -> None:
        for figures in (
            *(self.baseline_seconds, self.baseline_bytes, self.baseline_processors),
            *(self.seconds, self.bytes, self.processors),
        ):
            figures.clear()

    def baseline(self) -> None:
        """The whole table: the measured contract is the only one in it."""
        target = self.desk.folder / "baseline.csv.gz"
        url = self.desk.database_url("product")
        before, began = self._by_hand(), time.perf_counter()
        (_by_sqlite if url.startswith("sqlite") else _by_psql)(url, target)
        self.baseline_seconds.append(time.perf_counter() - began)
        self.baseline_processors.append(self._by_hand() - before)
        self.baseline_bytes.append(target.stat().st_size / MB)
        target.unlink()

    def _by_hand(self) -> float:
        """Seconds of the processors so far: of this process, what it started, and the server."""
        return sum(os.times()[:4]) + memory.served(self.desk)

    def product(self, contract: Filled, process: Process) -> None:
        """From the last approval until everybody sees the request completed, then checked."""
        reference = installation.asked(self.desk, "export", contract.number)
        with closing(Book(self.desk)) as book:
            before = memory.worked(self.desk, process) + memory.served(self.desk)
            installation.approve(self.desk, reference, "rita")
            done = book.completed(reference)
            after = memory.worked(self.desk, process) + memory.served(self.desk)
            self.seconds.append(done - book.moment("approved_at", reference))
            self.processors.append(after - before)
        self.bytes.append(self.check(reference) / MB)

    def check(self, reference: str) -> int:
        """Compare an archive's rows with the source's; its size. Raises Mismatch."""
        file = opened(self.desk, reference)
        try:
            found = self.archives.digest(file)
            if found != self.expected:
                raise Mismatch(
                    f"{reference} holds {found.rows:,} rows where the source has "
                    f"{self.expected.rows:,}, or holds other ones."
                )
            return file.stat().st_size
        finally:
            file.unlink()
            _remove_archives(self.desk)

    def measurement(self, rows: int) -> Measurement:
        database = installation.database()
        size = Reading("size", self.baseline_bytes, self.bytes, SIZE_BAR, "MB")
        seconds = Reading("time", self.baseline_seconds, self.seconds, BARS[database])
        # Of workers and server together: what others do on the machine hardly shows in it.
        processors = Reading("processors", self.baseline_processors, self.processors)
        return Measurement("export", database, rows, [seconds, size, processors])


def opened(desk: Desk, reference: str) -> Path:
    """The decrypted archive, as the product gives it out."""
    file = desk.folder / f"{reference}.zip"
    desk.manage("open_archive", reference, "--to", file, "--as", "staff:ana")
    return file


def _remove_archives(desk: Desk) -> None:
    """They would fill the disk, run by run."""
    for file in desk.exports.rglob("*.zip"):
        file.unlink()


def _by_psql(url: str, target: Path) -> None:
    command = "COPY inmails TO STDOUT WITH (FORMAT csv, HEADER)"
    with target.open("wb") as file:
        with (
            subprocess.Popen(
                [programs() / "psql", "--no-psqlrc", "--command", command, url],
                stdout=subprocess.PIPE,
            ) as psql,
            subprocess.Popen(["gzip", "-1"], stdin=psql.stdout, stdout=file) as gzip,
        ):
            if psql.stdout:
                psql.stdout.close()
        if psql.returncode or gzip.returncode:
            raise Mismatch("The baseline failed.")
        os.fsync(file.fileno())


def _by_sqlite(url: str, target: Path) -> None:
    compressor = zlib.compressobj(1, zlib.DEFLATED, 31)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    with closing(sqlite3.connect(urlsplit(url).path[1:])) as connection, target.open("wb") as file:
        cursor = connection.execute("SELECT * FROM inmails")
        writer.writerow([column[0] for column in cursor.description])
        while rows := cursor.fetchmany(1_000):
            writer.writerows(rows)
            file.write(compressor.compress(text.getvalue().encode()))
            text.seek(0)
            text.truncate()
        file.write(compressor.flush())
        file.flush()
        os.fsync(file.fileno())


def _memory(bench: _Bench, many: Filled) -> dict[str, Any]:
    """Peaks of workers that just started, at few rows and at many; bytes in MB."""
    few = installation.fill(bench.desk, FEW_CONTRACT, min(FEW, many.rows), seats=SEATS)
    installation.settle(bench.desk)
    peaks = []
    for contract in (few, many):
        with bench.desk.work("--workers", 1) as process:
            memory.at_rest(bench.desk, process, count=4)
            reference = installation.asked(bench.desk, "export", contract.number)
            with (
                memory.watched(bench.desk, process) as seen,
                closing(Book(bench.desk)) as book,
            ):
                installation.approve(bench.desk, reference, "rita")
                book.completed(reference)
            peaks.append(seen)
        _remove_archives(bench.desk)
    small, large = peaks
    return {
        "memory_rows": [few.rows, many.rows],
        "working_process_mb": [round(seen.working / MB, 1) for seen in peaks],
        "tree_mb": [round(seen.tree / MB, 1) for seen in peaks],
        "tree_resident_mb": [round(seen.tree_resident / MB, 1) for seen in peaks],
        "working_process_memory_ratio": round(large.working / small.working, 3),
        "tree_memory_ratio": round(large.tree / small.tree, 3),
    }


def _two_workers(rows: int, runs: int) -> Measurement:
    """One worker is the baseline, on a product that answers slowly; bars: 1.6 times as fast."""
    settings = {**LATENCY, "PART_ROWS": str(max(rows // LATENCY_PARTS, 1))}
    seconds: dict[int, list[float]] = {1: [], 2: []}
    processors: dict[int, list[float]] = {1: [], 2: []}
    with installation.installed(settings) as desk:
        contract = installation.fill(desk, 1, rows, seats=SEATS)
        installation.settle(desk)
        bench = _Bench(desk, of_source(desk.database_url("product")))

        def with_workers(count: int) -> None:
            with desk.work("--workers", count) as process:
                memory.at_rest(desk, process, count=3 + count)
                before = memory.worked(desk, process)
                bench.product(contract, process)
                processors[count].append(memory.worked(desk, process) - before)
                seconds[count].append(bench.seconds[-1])

        def forget() -> None:
            for figures in (*seconds.values(), *processors.values()):
                figures.clear()

        in_turns(runs, lambda: with_workers(1), lambda: with_workers(2), forget)
    return Measurement(
        "export",
        installation.database(),
        contract.rows,
        [
            Reading("time", seconds[1], seconds[2], round(1 / 1.6, 3)),
            Reading("processors", processors[1], processors[2], 1.1),
        ],
        {"workers": 2},
    )
