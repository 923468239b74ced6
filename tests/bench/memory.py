"""What a tree of processes takes: memory at its peak, and time of the processors."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.desk import Desk, Process

INTERVAL = 0.05  # seconds between two looks
LOOK_AGAIN = 10  # looks between two searches for new processes
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Peaks:
    """In bytes; of the tree, pages that several processes share count once."""

    tree: int = 0
    tree_resident: int = 0  # the sum of what each has in memory: shared pages count for each
    processes: dict[int, int] = field(default_factory=dict)  # the kernel's own high-water mark
    worked: dict[int, float] = field(default_factory=dict)  # seconds of the processors

    @property
    def working(self) -> int:
        """Of the process that did most of the work."""
        busiest = max(self.worked, key=lambda pid: self.worked[pid])
        return self.processes[busiest]


@contextmanager
def watched(desk: Desk, process: Process) -> Iterator[Peaks]:
    """Look at a started command and all it started until the block ends."""
    peaks, over = Peaks(), threading.Event()

    def look() -> None:
        turn = 0
        pids: list[int] = []
        while not over.wait(INTERVAL):
            if turn % LOOK_AGAIN == 0:
                pids = tree(desk, process)
            turn += 1
            _take(peaks, pids)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _take(peaks: Peaks, pids: list[int]) -> None:
    shares = [share for pid in pids if (share := _share(pid)) is not None]
    peaks.tree = max(peaks.tree, sum(proportional for proportional, _ in shares))
    peaks.tree_resident = max(peaks.tree_resident, sum(resident for _, resident in shares))
    for pid in pids:
        with suppress(OSError, ValueError):
            highest = _sizes(Path(f"/proc/{pid}/status"))["VmHWM"]
            peaks.processes[pid] = max(peaks.processes.get(pid, 0), highest)
            peaks.worked[pid] = _worked(pid)


def _share(pid: int) -> tuple[int, int] | None:
    """Proportional and resident bytes; None of a process that is gone."""
    with suppress(OSError):
        sizes = _sizes(Path(f"/proc/{pid}/smaps_rollup"))
        if "Pss" in sizes:
            return sizes["Pss"], sizes["Rss"]
    return None


def _sizes(file: Path) -> dict[str, int]:
    """The lines that end in kB."""
    lines = (line.split() for line in file.read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in lines if words[-1] == "kB"}


def _worked(pid: int) -> float:
    """Of a process and its children that ended."""
    return sum(map(int, _state(pid)[11:15])) / TICKS


def _state(pid: int) -> list[str]:
    """The fields of its `stat` behind its name: state, parent …"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def worked(desk: Desk, process: Process) -> float:
    """Seconds of the processors that a started command and all it started took so far."""
    return _worked_together(tree(desk, process))


def served(desk: Desk) -> float:
    """Seconds of the processors that the desk's PostgreSQL server took so far, for whomever."""
    if not desk.cluster_url:
        return 0.0
    with psycopg.connect(desk.cluster_url) as connection:
        return _worked_together(_with_children([int(_state(connection.info.backend_pid)[1])]))


def _worked_together(pids: list[int]) -> float:
    total = 0.0
    for pid in pids:
        with suppress(OSError):
            total += _worked(pid)
    return total


def tree(desk: Desk, process: Process) -> list[int]:
    """A started command and all it started, also what was started without its environment."""
    return _with_children(desk.processes(process))


def _with_children(pids: list[int]) -> list[int]:
    found = dict.fromkeys(pids)
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                children.setdefault(int(_state(int(folder.name))[1]), []).append(int(folder.name))
    waiting = list(found)
    while waiting:
        grown = [pid for pid in children.get(waiting.pop(), ()) if pid not in found]
        found.update(dict.fromkeys(grown))
        waiting += grown
    return list(found)


def at_rest(desk: Desk, process: Process, *, count: int) -> None:
    """Wait until as many processes are there, and hardly anything is done in them."""
    for _try in range(200):
        before = worked(desk, process)
        time.sleep(0.5)
        if len(desk.processes(process)) >= count and worked(desk, process) - before < 0.1:
            return
    raise TimeoutError("The workers did not come to rest.")
