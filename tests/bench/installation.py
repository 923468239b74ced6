"""An installation to measure: InMails in the product, one contract each, and requests on them."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.bench.measuring import Stuck
from tests.desk import Desk

CATEGORY = "inmails-messages"
SEED_SECONDS = 7_200
PATIENCE = 1_800.0  # seconds for one request
GLANCE = 0.05  # seconds between two looks at a request's status
QUIET = {"LOG_LEVEL": "WARNING"}


@dataclass(frozen=True, slots=True)
class Filled:
    """A contract with `rows` InMails."""

    number: str
    rows: int


@dataclass(frozen=True, slots=True)
class Erasing:
    """What the product's rows took: `erased` of them, announced, deleted and counted again."""

    erased: int
    seconds: float


@contextmanager
def installed(settings: dict[str, str] | None = None) -> Iterator[Desk]:
    """Empty, on the cluster this runs under, else on SQLite; nothing of it is left afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="rightsdesk-bench-") as folder,
        Desk(Path(folder, "desk"), cluster_url(), settings={**QUIET, **(settings or {})}) as desk,
    ):
        desk.prepare()
        yield desk


def cluster_url() -> str | None:
    """CLUSTER_URL is what `python -m tests.cluster` sets, with both databases' URLs."""
    return os.environ.get("CLUSTER_URL")


def database() -> str:
    return "PostgreSQL" if cluster_url() else "SQLite"


def fill(desk: Desk, contract: int, rows: int, *, seats: int) -> Filled:
    """At least one row a seat; the rest of a division is left out."""
    seats = min(seats, rows)
    return Filled(**run(desk, f"stage.fill({contract}, {seats}, {rows // seats})"))


def settle(desk: Desk) -> None:
    run(desk, "stage.settle()")


def run(desk: Desk, call: str) -> Any:
    """A function of this package's, called in the installation's own process; what it printed."""
    command = f"from tests.bench import {call.partition('.')[0]} as module; module."
    done = desk.manage(
        *("shell", "--verbosity", 0, "--command", command + call.partition(".")[2]),
        timeout=SEED_SECONDS,
    )
    return json.loads(done.stdout or "null")


def asked(desk: Desk, kind: str, contract: str, *approvers: str) -> str:
    """A request on a whole contract, as support files and reviews it; its reference."""
    filed = desk.manage(
        *("open_request", "--kind", kind, "--contract", contract),
        *("--categories", CATEGORY, "--as", "staff:ana"),
        json=True,
    )
    reference: str = filed["reference"]
    for action in ("verify", "submit"):
        desk.manage("take", reference, action, "--as", "staff:ana")
    for approver in approvers:
        approve(desk, reference, approver)
    return reference


def approve(desk: Desk, reference: str, approver: str) -> None:
    desk.manage("take", reference, "approve", "--as", f"staff:{approver}")


class Book:
    """Our own database, read past Django on one connection."""

    def __init__(self, desk: Desk) -> None:
        url = desk.database_url()
        self.connection: Any = (
            sqlite3.connect(urlsplit(url).path[1:], timeout=20, isolation_level=None)
            if url.startswith("sqlite")
            else psycopg.connect(url, autocommit=True)
        )
        self.mark = "?" if url.startswith("sqlite") else "%s"

    def rows(self, query: str, *params: Any) -> list[tuple[Any, ...]]:
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(query.replace("?", self.mark), params)
            return list(cursor.fetchall())

    def moment(self, column: str, reference: str) -> float:
        """When a request came to be something, in seconds since the epoch."""
        ((found,),) = self.rows(
            f"SELECT {column} FROM compliance_privacyrequest WHERE reference = ?", reference
        )
        return seconds(found)

    def completed(self, reference: str) -> float:
        """Wait until everybody can see that a request is completed; that moment.

        Raises Stuck.
        """
        until = time.monotonic() + PATIENCE
        while True:
            ((status,),) = self.rows(
                "SELECT status FROM compliance_privacyrequest WHERE reference = ?", reference
            )
            now = time.time()
            if status == "completed":
                return now
            if status == "attention" or time.monotonic() > until:
                raise Stuck(f"{reference} is “{status}”: {self.items(reference)}")
            time.sleep(GLANCE)

    def items(self, reference: str) -> list[tuple[Any, ...]]:
        return self.rows(
            "SELECT i.work, i.resource, i.part, i.state, i.attempts, i.error "
            "FROM compliance_requestitem i JOIN compliance_privacyrequest r ON r.id = i.request_id "
            "WHERE r.reference = ? ORDER BY i.stage, i.resource, i.part",
            reference,
        )

    def erasing(self, reference: str) -> Erasing:
        """From the first item's start to the last recount."""
        ((erased, began, ended),) = self.rows(
            "SELECT sum(CASE WHEN i.work = 'erase' THEN i.erased ELSE 0 END), min(i.started_at), "
            "max(i.finished_at) FROM compliance_requestitem i "
            "JOIN compliance_privacyrequest r ON r.id = i.request_id "
            "WHERE r.reference = ? AND i.work IN ('erase', 'recount')",
            reference,
        )
        return Erasing(int(erased), seconds(ended) - seconds(began))

    def close(self) -> None:
        self.connection.close()


def seconds(moment: datetime | str) -> float:
    """SQLite holds moments as texts, in UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return moment.timestamp()
