"""Whether this process can serve: what `/readyz` answers, to whoever asks.

Names and numbers of ours only, never an error's text: it may quote data, hosts or passwords.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error, connection
from django.utils import timezone

from compliance.models import Heartbeat
from compliance.services import health
from seats import ledger


@dataclass(frozen=True, slots=True)
class Check:
    """`is_needed`: whether nothing can be served while it is not well."""

    name: str
    is_well: bool
    said: str
    is_needed: bool = True


def look() -> list[Check]:
    """Every check; those that need the database are not tried while it is away.

    Silent workers are told and keep nobody from the pages: withdrawals and requests are taken in
    without them. `worker_heartbeat_age_seconds` of the metrics is there to wake somebody.
    """
    checks = [_of("database", _database)]
    probes: tuple[tuple[str, Callable[[], str], bool], ...] = (
        ("migrations", _migrations, True),
        ("ledger", _ledger, True),
        ("workers", _workers, False),
    )
    for name, probe, is_needed in probes:
        if checks[0].is_well:
            checks.append(_of(name, probe, is_needed))
        else:
            checks.append(Check(name, False, "not known without the database", is_needed))
    return checks


def _of(name: str, probe: Callable[[], str], is_needed: bool = True) -> Check:
    try:
        wrong = probe()
    except (Error, OSError, ledger.LedgerBroken) as error:
        wrong = type(error).__name__
    return Check(name, not wrong, wrong or "well", is_needed)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _migrations() -> str:
    waiting = health.migrations_waiting()
    return f"{waiting} wait" if waiting else ""


def _ledger() -> str:
    return "newer than the database, which was restored" if ledger.behind() else ""


def _workers() -> str:
    last = Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()
    if last is None:
        return "none was ever seen"
    age = timezone.now() - last
    return f"silent for {age.total_seconds():.0f} s" if age > health.SILENT else ""


class Recently:
    """The checks as they were at most `lasting` seconds ago: asking often costs nothing.

    While one thread looks, which takes its time when a database does not answer, the others tell
    what was found before.
    """

    def __init__(self, lasting: float) -> None:
        self.lasting = lasting
        self._looking = threading.Lock()
        self._found: list[Check] = []
        self._at = 0.0

    def __call__(self) -> list[Check]:
        if self._found and time.monotonic() - self._at < self.lasting:
            return self._found
        if not self._looking.acquire(blocking=not self._found):
            return self._found
        try:
            self._found = look()
            self._at = time.monotonic()
        finally:
            self._looking.release()
        return self._found


recently = Recently(lasting=3)
