"""A warm start for `manage.py`: each command in a process of its own, forked from one with Django.

Loading Django, our apps and the admin takes half a second, most of what a short command takes; a
fork takes a hundredth. `python -m tests.starter`, in an installation's environment, reads orders:
the words of a command and the two files for what it prints. It answers with the exit code.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import django
from django.core.checks import run_checks
from django.db.migrations.loader import MigrationLoader

PROGRAM = "manage.py"


class Starter:
    """The side of the test, one command at a time: `process` runs this module, between pipes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def run(
        self, words: Sequence[str], *, timeout: float
    ) -> subprocess.CompletedProcess[str] | None:
        """The finished command with what it printed; None when it took over `timeout` seconds."""
        assert self.process.stdin
        with tempfile.TemporaryDirectory() as folder:
            said = [Path(folder, name) for name in ("out", "err")]
            for file in said:
                file.touch()
            json.dump([words, *map(str, said)], self.process.stdin)
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            code = self._code(time.monotonic() + timeout)
            out, err = (file.read_text() for file in said)
        return None if code is None else subprocess.CompletedProcess(words, code, out, err)

    def _code(self, deadline: float) -> int | None:
        assert self.process.stdout
        answer = b""
        while not answer.endswith(b"\n"):
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self.process.stdout], [], [], left)[0]:
                return None
            piece = os.read(self.process.stdout.fileno(), 100)
            if not piece:
                raise AssertionError(f"The starter left with {self.process.wait()}.")
            answer += piece
        return int(answer)

    def end(self) -> None:
        """It goes when there are no more orders."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def serve() -> bool:
    """Take orders until there are no more; True in a child, which is to be the command now."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    # What every command begins with: here for what it imports.
    run_checks()
    MigrationLoader(None)
    gc.freeze()  # shared with the children as long as nobody touches it
    for order in sys.stdin:
        words, out, err = json.loads(order)
        child = os.fork()
        if not child:
            _become(words, out, err)
            return True
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
    return False


def _become(words: list[str], out: str, err: str) -> None:
    os.setsid()
    for number, (place, mode) in enumerate(
        ((os.devnull, os.O_RDONLY), (out, os.O_WRONLY), (err, os.O_WRONLY))
    ):
        file = os.open(place, mode | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    sys.argv = [PROGRAM, *words]


if __name__ == "__main__" and serve():
    runpy.run_path(PROGRAM, run_name="__main__")
