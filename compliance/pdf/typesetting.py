from __future__ import annotations

import atexit
import base64
import json
import logging
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, NotRequired, TypedDict, cast

SCRIPT = Path(__file__).with_name("typesetter.py")
TIMEOUT_SECONDS = 60
# What fonts and libraries are found by. Everything else stays here: secrets above all.
PASSED_ON = frozenset(
    {
        "PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "XDG_CACHE_HOME", "XDG_DATA_HOME",
        "FONTCONFIG_FILE", "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT", "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH",
    }
)  # fmt: skip

logger = logging.getLogger(__name__)


class TypesettingFailed(RuntimeError):
    """No PDF came of it: the typesetter refused the page, died twice, or took too long."""


class _Gone(Exception):
    """The process ended before it answered."""


class Attached(TypedDict):
    """A file inside the PDF; `relationship` is one of PDF/A-3's ("Data", "Supplement")."""

    name: str
    description: str
    relationship: str
    text: str


class Job(TypedDict):
    html: str
    css: str
    identifier: str
    issued_at: str
    seal: str
    attachments: list[Attached]


class _Answer(TypedDict):
    pdf: NotRequired[str]
    error: NotRequired[str]
    warnings: list[str]


def typeset(job: Job) -> bytes:
    """The PDF of a page; the same job gives the same bytes. Raises `TypesettingFailed`.

    One typesetter a process, started when first needed (a second), asked one page at a time.
    """
    answer = _desk.ask(json.dumps(job).encode() + b"\n")
    for warning in answer["warnings"]:
        logger.warning("WeasyPrint: %s", warning)
    if "pdf" not in answer:
        raise TypesettingFailed(answer.get("error", "The typesetter gave no PDF."))
    return base64.b64decode(answer["pdf"])


class _Typesetter:
    """The running process and the two pipes to it, unbuffered: nothing is left over at a fork."""

    def __init__(self) -> None:
        env = {name: value for name, value in os.environ.items() if name in PASSED_ON}
        self.process = subprocess.Popen(  # noqa: S603 our own script, no shell, no input in it
            [sys.executable, "-I", str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=env,
            # Not of the workers' group, in which a process that ends means trouble: this one and
            # what its libraries start come and go. It ends when its input does.
            start_new_session=True,
        )
        self.jobs = cast(IO[bytes], self.process.stdin)
        self.answers = cast(IO[bytes], self.process.stdout)

    def ask(self, line: bytes) -> _Answer:
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self.jobs.fileno(), rest) :]
        except OSError:
            raise _Gone from None
        return cast(_Answer, json.loads(self._line()))

    def _line(self) -> bytes:
        deadline, pieces = time.monotonic() + TIMEOUT_SECONDS, bytearray()
        waiting = select.poll()
        waiting.register(self.answers, select.POLLIN)
        while not pieces.endswith(b"\n"):
            if not waiting.poll(1000 * max(0.0, deadline - time.monotonic())):
                raise TypesettingFailed(f"A page took longer than {TIMEOUT_SECONDS} seconds.")
            piece = os.read(self.answers.fileno(), 1 << 20)
            if not piece:
                raise _Gone
            pieces += piece
        return bytes(pieces)

    def end(self) -> None:
        self.process.kill()
        self.let_go()
        self.process.wait()

    def let_go(self) -> None:
        self.jobs.close()
        self.answers.close()


class _Desk:
    """The one typesetter of this process, and the queue in front of it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.typesetter: _Typesetter | None = None

    def ask(self, line: bytes) -> _Answer:
        with self.lock:
            for _ in range(2):
                self.typesetter = self.typesetter or _Typesetter()
                try:
                    return self.typesetter.ask(line)
                except _Gone:
                    # It left as it does from time to time, or something ended it.
                    self.clear()
                except BaseException:
                    self.clear()
                    raise
        raise TypesettingFailed("The typesetter ended twice without an answer.")

    def clear(self) -> None:
        if self.typesetter:
            self.typesetter.end()
            self.typesetter = None

    def after_fork(self) -> None:
        """A forked child lets go of its parent's typesetter: two must not talk to one."""
        self.lock = threading.Lock()
        if self.typesetter:
            self.typesetter.let_go()
            self.typesetter.process.returncode = 0  # not the child's to wait for
            self.typesetter = None


_desk = _Desk()
os.register_at_fork(after_in_child=_desk.after_fork)
atexit.register(_desk.clear)
