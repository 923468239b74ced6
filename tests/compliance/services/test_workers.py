from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

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
