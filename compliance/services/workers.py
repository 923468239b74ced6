"""Keeps workers alive: a group of processes is replaced whole when one dies or all fall silent.

django-q2 alone does not come back from a killed worker, monitor or sentinel: it hangs, repeats
tasks or leaves orphans. So one supervisor a host watches the processes, and a heartbeat that only
work done through the queue can move.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal
import socket
import time
from contextlib import suppress
from io import BufferedReader
from multiprocessing.process import BaseProcess
from pathlib import Path

from django.db import connections
from django.utils import timezone
from django_q.cluster import Cluster, Sentinel
from django_q.conf import Conf

from compliance.models import Heartbeat
from compliance.services import leases

log = logging.getLogger(__name__)
SILENCE = 90.0  # seconds without a sign of life before a group is replaced
STOPPING = 60.0  # seconds a group gets to finish what it took from the queue
STDOUT = 1  # the file descriptor
FORK = multiprocessing.get_context("fork")  # a group need not load Django again


def beat(group: str = "") -> int:
    """A sign of life of the group this process belongs to, whoever asked for it."""
    leases.sign_of_life(at_least=0.0)
    return 1


def _run(group: str, workers: int, deaths: int, supervisor: int) -> None:
    """Be a group, in a process forked for it: a cluster that names its dead, and replaces nobody.

    Whoever dies between two looks of the supervisor, and is replaced, would not be missed.
    """
    # Until the cluster listens itself: the supervisor's own way would only note that it was told.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    _end_with_parent()
    if os.getppid() != supervisor:
        return  # it died before it could take this along
    os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)
    os.environ[leases.GROUP] = group

    def name_the_dead(sentinel: Sentinel, process: BaseProcess) -> None:
        with suppress(BlockingIOError, BrokenPipeError):
            os.write(deaths, f"{process.pid}\n".encode())

    Conf.WORKERS = workers
    Sentinel.reincarnate = name_the_dead
    Cluster().start()


class Group:
    """The processes of one django-q2 cluster, in a process group of their own.

    Every method but `kill` raises django.db.Error while the database is away, and may then be
    called again: what was done by then is remembered.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.name = ""
        self.process: BaseProcess | None = None  # none before the start and once killed
        self.deaths: BufferedReader | None = None
        self.culprit: int | None = None
        self.witnessed = True  # who was dead before the rest was ended is known
        self.started = 0.0
        self.seen: set[int] = set()

    def start(self) -> None:
        bury_the_dead()
        self.name = f"{socket.gethostname()}:{os.getpid()}:{time.time_ns():x}"
        now = timezone.now()
        Heartbeat.objects.create(name=self.name, started_at=now, at=now, workers=self.workers)
        reading, writing = os.pipe()
        for end in (reading, writing):
            os.set_blocking(end, False)
        self.deaths = os.fdopen(reading, "rb")
        connections.close_all()  # a connection must not be shared
        self.process = FORK.Process(
            target=_run, args=(self.name, self.workers, writing, os.getpid())
        )
        self.process.start()
        os.close(writing)
        self.started = time.monotonic()
        self.seen = set()
        self.witnessed = True

    def look_after(self) -> None:
        """Start the group; later replace it if a process died, or none gives a sign of life."""
        if self.process and not (self._somebody_died(self.process) or self._is_silent()):
            return
        if self.process:
            log.warning("replacing the workers %s", self.name)
            self.kill()
        self._release()
        self.start()

    def _somebody_died(self, process: BaseProcess) -> bool:
        """Also remembers who was the first."""
        alive = family(process.pid or 0)
        named = self._named()
        gone = named or self.seen - alive
        self.seen |= alive
        self.culprit = min(gone, default=None)
        self.witnessed = bool(named or alive)
        return bool(gone) or not process.is_alive()

    def _named(self) -> set[int]:
        """Whose death the group's sentinel reported since it was asked last."""
        return {int(line) for line in self.deaths.read1().split()} if self.deaths else set()

    def _is_silent(self) -> bool:
        if time.monotonic() - self.started < SILENCE:
            return False
        at = Heartbeat.objects.filter(name=self.name).values_list("at", flat=True).first()
        return at is None or (timezone.now() - at).total_seconds() > SILENCE

    def stop(self) -> None:
        """Let the group finish what it took, then end it."""
        if self.process:
            self.process.terminate()
            self.process.join(STOPPING)
        self.kill()
        self._release()

    def kill(self) -> None:
        """End every process of the group at once."""
        if self.process is None or self.process.pid is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()  # it may not have had the time to be a group
        self.process.join()
        for _try in range(50):
            if not _members(self.process.pid):
                break
            time.sleep(0.05)
        if self.deaths:
            self.deaths.close()
        self.process = self.deaths = None

    def _release(self) -> None:
        """Free what the killed group held."""
        if not self.name:
            return
        leases.release(self.name, culprit=self.culprit, witnessed=self.witnessed)
        Heartbeat.objects.filter(name=self.name).delete()


def family(main: int) -> set[int]:
    """Ids of the living processes of a cluster: its main one, the sentinel, and who that started.

    Not what a worker started: a typesetter and the tools it runs may end without harm.
    """
    members = _members(main)
    sentinels = {pid for pid, parent in members.items() if parent == main}
    return {
        pid
        for pid, parent in members.items()
        if pid == main or pid in sentinels or parent in sentinels
    }


def _members(group: int) -> dict[int, int]:
    """The living processes of a process group, id → parent; none where there is no /proc."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            state, parent, its_group, *_rest = stat.read_text().rpartition(")")[2].split()
            if int(its_group) == group and state != "Z":
                found[int(stat.parent.name)] = int(parent)
    return found


def bury_the_dead() -> int:
    """Free what groups held whose supervisor on this host was killed; returns how many groups.

    Without it their items would wait for their leases, and what they had fetched for the sweep. An
    orphan that is still at work finds its token gone, and publishes nothing.
    """
    host = f"{socket.gethostname()}:"
    gone = [
        name
        for name in Heartbeat.objects.filter(name__startswith=host).values_list("name", flat=True)
        if not _lives(int(name.removeprefix(host).partition(":")[0]))
    ]
    for name in gone:
        leases.release(name, witnessed=False)
        Heartbeat.objects.filter(name=name).delete()
    return len(gone)


def _lives(supervisor: int) -> bool:
    """Whether another process has that id; in a container every supervisor has the same one."""
    if supervisor == os.getpid():
        return False
    try:
        os.kill(supervisor, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end_with_parent() -> None:
    """A supervisor that is killed takes its cluster along (Linux)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
