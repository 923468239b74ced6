"""Who is who among the processes of a running installation, as /proc tells."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Cluster:
    """The processes of one `manage.py work`."""

    WORKERS: ClassVar[int] = 2

    supervisor: int
    main: int
    sentinel: int
    workers: tuple[int, ...]
    monitor: int
    pusher: int

    @classmethod
    def of(cls, supervisor: int) -> Cluster | None:
        """None while it is starting."""
        for main in children(supervisor):
            for sentinel in children(main):
                # In the order in which django-q2 starts them.
                found = children(sentinel)
                if len(found) == cls.WORKERS + 2:
                    return cls(supervisor, main, sentinel, tuple(found[:-2]), *found[-2:])
        return None

    def all(self) -> set[int]:
        rest = {self.supervisor, self.main, self.sentinel, self.monitor, self.pusher}
        return rest | set(self.workers)


def children(parent: int) -> list[int]:
    """Ids of the processes started by one, the first started first."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields and int(fields[1]) == parent and fields[0] != "Z":
            found.append((int(fields[19]), int(folder.name)))
    return [pid for _started, pid in sorted(found)]


def lives(pid: int) -> bool:
    fields = _stat(pid)
    return bool(fields) and fields[0] not in "ZX"


def stopped(pid: int) -> bool:
    fields = _stat(pid)
    return bool(fields) and fields[0] == "T"


@contextmanager
def paused(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _stat(pid: int) -> list[str]:
    """What proc(5) counts from field 3 on: state, parent, …; nothing of one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
