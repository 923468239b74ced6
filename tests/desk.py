"""A whole installation of its own, driven as its operator would: by `manage.py`, in processes."""

from __future__ import annotations

import email
import email.policy
import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from config import first_run
from tests.starter import Starter

PROJECT = Path(__file__).resolve().parent.parent
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")
MARK = "RIGHTSDESK_DESK"
URLS = {"default": "DATABASE_URL", "product": "PRODUCT_DATABASE_URL"}
SQLITE_FILES = {"default": "rightsdesk.sqlite3", "product": "product.sqlite3"}
CREATE_PRODUCT = "from compliance.sample import schema; schema.create()"
# How Django's file backend ends each message of a file.
MAIL_END = "-" * 79 + "\n"

Process = subprocess.Popen[str]


class Desk:
    """Own secrets, files and databases in `folder`, and processes that can be killed.

    With `cluster_url` (CLUSTER_URL, as `tests.cluster` sets it) the databases are created there,
    else they are SQLite files. `template` is a desk at rest to copy. `settings` holds environment
    names, and may be changed between commands: `PRODUCT_DATABASE_URL`, say, to put the product on a
    cluster that the test stops.
    """

    def __init__(
        self,
        folder: Path,
        cluster_url: str | None = None,
        *,
        template: Desk | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.var = folder / "var"
        self.log = folder / "processes.log"
        self.cluster_url = cluster_url
        self.settings = dict(settings or {})
        self._mark = secrets.token_hex(8)
        self._marks: dict[int, str] = {}
        self._starter: Starter | None = None
        self._started_with: object = None
        folder.mkdir(parents=True, exist_ok=True)
        if template:
            shutil.copytree(template.var, self.var)
        first_run.write(self.var / "env")
        if cluster_url:
            for alias in URLS:
                self._create_database(alias, cluster_url, template)
        else:
            for alias, file in SQLITE_FILES.items():
                self.settings.setdefault(URLS[alias], f"sqlite:///{self.var / file}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prepare(self) -> None:
        """Make the tables: ours, and the sample product's, empty."""
        self.manage("migrate", "--verbosity", 0)
        self.manage("shell", "--verbosity", 0, "--command", CREATE_PRODUCT)

    def close(self) -> None:
        """Kill what still runs and drop the databases; the folder stays, for who wants to look."""
        self._end_starter()
        self.kill()
        if self.cluster_url:
            with psycopg.connect(self.cluster_url, autocommit=True) as connection:
                for alias in URLS:
                    name = sql.Identifier(self._database_name(alias))
                    connection.execute(
                        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name)
                    )

    # --- What is in it ------------------------------------------------------------------------

    @property
    def exports(self) -> Path:
        return self.var / "exports"

    @property
    def evidence(self) -> Path:
        return self.var / "evidence"

    @property
    def product_files(self) -> Path:
        return self.var / "product_files"

    def mails(self) -> list[EmailMessage]:
        """Every message sent so far, oldest first."""
        texts = [
            text
            for file in sorted(self.var.joinpath("mail").glob("*.log"), key=_written)
            for text in file.read_text().split(MAIL_END)
            if text.strip()
        ]
        return [email.message_from_string(text, policy=email.policy.default) for text in texts]

    def database_url(self, alias: str = "default") -> str:
        return self.settings[URLS[alias]]

    def sql(self, alias: str, query: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement past Django (`%s` for parameters); its rows, if it has any."""
        url = self.database_url(alias)
        if url.startswith("sqlite"):
            connection = sqlite3.connect(urlsplit(url).path[1:], timeout=20, isolation_level=None)
            with closing(connection):
                return connection.execute(query.replace("%s", "?"), params).fetchall()
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(query, params or None)
            return cursor.fetchall() if cursor.description else []

    # --- Commands -----------------------------------------------------------------------------

    def manage(
        self,
        command: str,
        *arguments: object,
        json: bool = False,
        check: bool = True,
        timeout: float = 300,
    ) -> Any:
        """Run `manage.py COMMAND` to its end, in at most `timeout` seconds; one at a time.

        Returns the finished process (`returncode`, `stdout` and `stderr` as text), or with `json`
        the object on the last line of its output. `check` fails the test unless it exits 0.
        """
        words = [command, *map(str, arguments), *(["--json"] if json else [])]
        done = self._warm().run(words, timeout=timeout)
        if done is None:
            self._end_starter(killed=True)
            raise AssertionError(f"{words} took over {timeout} s.")
        if check and done.returncode:
            raise AssertionError(f"{words} exited {done.returncode}:\n{done.stdout}{done.stderr}")
        return _last_object(done.stdout) if json else done

    @contextmanager
    def work(self, *arguments: object) -> Iterator[Process]:
        """Workers run inside: `manage.py work`, stopped in order afterwards if it still runs."""
        with self.running("work", *arguments) as process:
            yield process

    @contextmanager
    def running(self, command: str, *arguments: object) -> Iterator[Process]:
        """`manage.py COMMAND` runs inside, in a process group of its own, its output in `log`."""
        with self.log.open("a") as log:
            words = ["manage.py", command, *map(str, arguments)]
            process = self._start(words, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            self.stop(process)

    def stop(self, process: Process, *, patience: float = 60) -> None:
        """Ask it to finish (SIGTERM); after `patience` seconds kill it and all it started."""
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(patience)
        self.kill(process)

    def kill(self, process: Process | None = None) -> None:
        """Kill -9 a process and everything it started; without one, everything of this desk."""
        while pids := self.processes(process):
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        if process:
            process.wait()

    def processes(self, process: Process | None = None) -> list[int]:
        """Ids of what lives of this desk, or of one start, the first started first.

        Known by their environment, which a child keeps whatever becomes of its parent or group.
        """
        mark = self._marks[process.pid] if process else f"{MARK}={self._mark}"
        found = [pid for pid in sorted(_own_pids()) if mark.encode() in _environment(pid)]
        waiting = self._starter.process.pid if self._starter and not process else None
        return [pid for pid in found if pid != waiting]

    def _start(
        self, words: list[str], *, stdin: int = subprocess.DEVNULL, **output: Any
    ) -> Process:
        mark = f"{self._mark}-{len(self._marks)}."
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=PROJECT,
            env={**self._environment(), MARK: mark},
            stdin=stdin,
            text=True,
            start_new_session=True,
            **output,
        )
        self._marks[process.pid] = f"{MARK}={mark}"
        return process

    def _environment(self) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
            "RIGHTSDESK_ENV": str(self.var / "env"),
            "VAR_DIR": str(self.var),
            **self.settings,
        }

    def _warm(self) -> Starter:
        """The process that starts commands; a new one where the settings are no longer its own."""
        settings = self._environment(), self.var.joinpath("env").read_bytes()
        if self._starter is None or self._started_with != settings:
            self._end_starter()
            pipe = subprocess.PIPE
            self._starter = Starter(self._start(["-m", "tests.starter"], stdin=pipe, stdout=pipe))
            self._started_with = settings
        return self._starter

    def _end_starter(self, *, killed: bool = False) -> None:
        starter, self._starter = self._starter, None
        if starter and killed:
            self.kill(starter.process)
        if starter:
            starter.end()

    # --- Databases on a cluster ---------------------------------------------------------------

    def _database_name(self, alias: str) -> str:
        return f"desk_{self._mark}_{alias}"

    def _create_database(self, alias: str, cluster_url: str, template: Desk | None) -> None:
        if URLS[alias] in self.settings:
            return
        name = self._database_name(alias)
        source = template._database_name(alias) if template else "template1"
        with psycopg.connect(cluster_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(source)
                )
            )
        self.settings[URLS[alias]] = urlsplit(cluster_url)._replace(path=f"/{name}").geturl()


def _written(file: Path) -> int:
    return file.stat().st_mtime_ns


def _own_pids() -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            yield int(folder.name)


def _environment(pid: int) -> bytes:
    """What the process was started with; nothing of one that is gone, a zombie, or another's."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def _last_object(output: str) -> Any:
    return json.loads(output.splitlines()[-1])
