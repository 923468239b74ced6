from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from compliance.services import workers

# Each prints its id and starts the next: a cluster, its sentinel, a worker, and a tool it runs.
NESTED = """
import os, sys, time
for depth in range(4):
    print(os.getpid(), flush=True)
    if os.fork():
        time.sleep(60)
"""


def test_what_a_worker_runs_is_not_of_the_cluster() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", NESTED], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as main:
        assert main.stdout
        ids = [int(main.stdout.readline()) for _process in range(4)]
        try:
            assert workers.family(main.pid) == set(ids[:3])
            os.kill(ids[2], signal.SIGKILL)
            assert workers.family(main.pid) <= set(ids[:3])
        finally:
            with suppress(ProcessLookupError):
                os.killpg(main.pid, signal.SIGKILL)
    assert workers.family(main.pid) == set()


class Starting:
    """A cluster that takes its time before it listens to signals."""

    def start(self) -> None:
        time.sleep(60)


@pytest.fixture
def deaths() -> Iterator[int]:
    ends = os.pipe()
    yield ends[1]
    for end in ends:
        os.close(end)


def test_a_group_that_is_told_to_end_while_it_starts_ends(
    monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    """It is forked from a supervisor that only takes a note of the signal, and then stops."""
    monkeypatch.setattr(workers, "Cluster", Starting)
    before = signal.signal(signal.SIGTERM, lambda *_arguments: None)
    try:
        group = workers.FORK.Process(target=workers._run, args=("g", 1, deaths, os.getpid()))
        group.start()
    finally:
        signal.signal(signal.SIGTERM, before)
    while not workers._members(group.pid or 0):
        time.sleep(0.01)
    group.terminate()
    group.join(10)
    assert group.exitcode == -signal.SIGTERM


def test_a_group_whose_supervisor_died_meanwhile_does_not_begin(
    monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    monkeypatch.setattr(workers, "Cluster", Starting)
    group = workers.FORK.Process(target=workers._run, args=("g", 1, deaths, 1))
    group.start()
    group.join(10)
    assert group.exitcode == 0
