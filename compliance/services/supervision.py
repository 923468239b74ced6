"""The supervisor's round: watch the workers, sweep up, and do what the clock asks for."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from types import FrameType

from django.db import Error, close_old_connections, connections
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from compliance.enums import Channel, Chore, MailState, Status
from compliance.models import EmailMessage, PrivacyRequest, RequestItem
from compliance.services import (
    archives,
    execution,
    exports,
    jobs,
    mails,
    punctuality,
    retention,
    seals,
    sweeping,
)
from compliance.services.workers import Group
from seats import ledger

log = logging.getLogger(__name__)
SOON = timedelta(seconds=60)
TELLING = 10.0  # seconds between two notes that a chore was done, however often it is


class RestoredDatabase(Exception):
    """The ledger is ahead of the database: nothing may run before `manage.py replay` did."""


def refuse_restored() -> None:
    """Raises RestoredDatabase when this database was restored and not replayed."""
    ledger.settle()
    entry = ledger.behind()
    if entry is not None:
        raise RestoredDatabase(
            _("The database is older than the ledger (%(entry)s). Run “manage.py replay” first.")
            % {"entry": entry.id}
        )


class Rounds:
    """What is done how often: a function runs when its time has come, and only then."""

    def __init__(self) -> None:
        self.jobs: dict[Chore, tuple[int, Callable[[], object]]] = {
            Chore.SWEEP: (1, sweeping.sweep),
            Chore.BEAT: (5, lambda: async_task("compliance.tasks.beat", "")),
            Chore.MAILS: (10, mails.send_due),
            Chore.EXPIRE: (30, archives.expire),
            Chore.SEAL: (60, seals.seal),
            Chore.PARTS: (60, exports.sweep_parts),
            Chore.REMIND: (60, punctuality.sweep),
            Chore.RETAIN: (300, retention.sweep),
            Chore.FILES: (300, archives.sweep_files),
        }
        self.last: dict[Chore, float] = {}
        self.told: dict[Chore, float] = {}

    def __call__(self) -> None:
        for chore, (every, job) in self.jobs.items():
            if time.monotonic() - self.last.get(chore, -every) >= every:
                self.last[chore] = time.monotonic()
                self._do(chore, every, job)

    def _do(self, chore: Chore, every: int, job: Callable[[], object]) -> None:
        """A job that fails is tried again in its next round; the others, and the workers, go on."""
        try:
            job()
        except Error:
            raise
        except Exception as error:
            log.exception("a round failed: %s", type(error).__name__)
            self.told.pop(chore, None)  # when it works again, that is to be seen at once
            jobs.failed(chore, every, error)
        else:
            if time.monotonic() - self.told.get(chore, -TELLING) >= TELLING:
                self.told[chore] = time.monotonic()
                jobs.done(chore, every)


def supervise(workers: int, *, until_idle: bool = False) -> int:
    """Run a group of workers until told to stop, or until nothing is left to do; exit code.

    A database that is away is waited for. Raises RestoredDatabase.
    """
    stopping: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    group, rounds, calm, replayed = Group(workers), Rounds(), 0, False
    try:
        while not stopping:
            time.sleep(0.25)
            try:
                if not replayed:
                    refuse_restored()
                    replayed = True
                group.look_after()
                rounds()
                calm = calm + 1 if until_idle and is_idle() else 0
            except Error as error:
                log.warning("the database is away: %s", type(error).__name__)
                calm = 0
                connections.close_all()
                time.sleep(1)
            close_old_connections()
            if calm > 1:
                break
    finally:
        _stop(group)
    return 0


def _stop(group: Group) -> None:
    """Without the database as well: the next supervisor on this host frees what they held."""
    try:
        group.stop()
    except Error as error:
        log.warning("the workers ended without the database: %s", type(error).__name__)


def is_idle() -> bool:
    """Nothing runs, and nothing will start or be sent within a minute.

    Asked of our rows: the queue still holds what a killed worker never acknowledged.
    """
    soon = timezone.now() + SOON
    running = PrivacyRequest.objects.filter(status=Status.RUNNING)
    if RequestItem.objects.unfinished().filter(request__status=Status.RUNNING).exists():
        return False
    if running.exists():
        return False
    if EmailMessage.objects.filter(state=MailState.WAITING, attempts=0).exists():
        return False
    if PrivacyRequest.objects.filter(status=Status.RECEIVED, channel=Channel.SELF_SERVICE).exists():
        return False
    waiting = PrivacyRequest.objects.filter(
        Q(status=Status.APPROVED) | Q(status=Status.COOLING_OFF, cooling_off_until__lte=soon)
    ).select_related("contract", "seat", "copy_first")
    return not any(execution.can_go_on(request) for request in waiting)
