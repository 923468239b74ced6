"""A private PostgreSQL for one run: `python -m tests.cluster [--durable] -- COMMAND`.

COMMAND finds two empty databases in DATABASE_URL and PRODUCT_DATABASE_URL, and in CLUSTER_URL the
one to connect to for creating others. Whatever happens, the cluster is stopped and deleted; the
exit code is COMMAND's.
"""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Self
from urllib.parse import urlencode

import psycopg
from psycopg import sql

OLDEST = 15
ROLE = "rightsdesk"
# A real company's database sorts like a dictionary, not like C: what depends on it shows here.
INITDB = (
    f"--username={ROLE} --auth=trust --no-instructions --encoding=UTF8 --locale=C.UTF-8 "
    "--locale-provider=icu --icu-locale=en-US"
).split()
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class ClusterFailed(Exception):
    """PostgreSQL is missing or did not do as told; says what it answered."""


def programs() -> Path:
    """Where the newest PostgreSQL keeps its programs."""
    found = [
        (int(path.parent.name), path)
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if path.parent.name.isdigit() and (path / "initdb").exists()
    ]
    if not found or max(found)[0] < OLDEST:
        raise ClusterFailed(f"PostgreSQL {OLDEST} or newer is not installed: run `make install`.")
    return max(found)[1]


class Cluster:
    """A PostgreSQL server in a folder of its own, reached by a socket in it that nobody else can.

    `durable` keeps fsync on, as measurements need it. As root it runs as the `postgres` OS user,
    because PostgreSQL refuses root.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.programs = programs()
        self.folder = Path(tempfile.mkdtemp(prefix="rightsdesk-postgres-"))
        self._data = self.folder / "data"
        self._log = self.folder / "log"
        self._hasty = () if durable else HASTY
        self._owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self._owner:
            os.chown(self.folder, self._owner.pw_uid, self._owner.pw_gid)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.destroy()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.destroy()

    def start(self) -> None:
        """Start, or start again what `stop` stopped; returns when it takes connections."""
        if not self._data.exists():
            self._run("initdb", f"--pgdata={self._data}", "--no-sync", *INITDB)
            options = (
                "listen_addresses=''",
                f"unix_socket_directories='{self.folder}'",
                "max_connections=200",
                *self._hasty,
            )
            with (self._data / "postgresql.conf").open("a") as file:
                file.writelines(f"{option}\n" for option in options)
        self._control("start", f"--log={self._log}")

    def stop(self, *, mode: str = "fast") -> None:
        """Stop: "fast" ends open connections in order, "immediate" like a power cut."""
        self._control("stop", f"--mode={mode}")

    def destroy(self) -> None:
        if (self._data / "postmaster.pid").exists():
            self.stop(mode="immediate")
        shutil.rmtree(self.folder)

    def url(self, database: str = "postgres") -> str:
        return f"postgres://{ROLE}@/{database}?{urlencode({'host': str(self.folder)})}"

    def create_database(self, name: str) -> str:
        """Create an empty database and return its URL."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def _control(self, action: str, *options: str) -> None:
        self._run("pg_ctl", action, f"--pgdata={self._data}", "--wait", "--silent", *options)

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the cluster's owner, out of reach of a Ctrl-C."""
        owner = self._owner
        # Not a pipe: the server inherits it and would keep it open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [self.programs / program, *arguments],
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                check=False,
                user=owner.pw_uid if owner else None,
                group=owner.pw_gid if owner else None,
                extra_groups=[] if owner else None,
            )
            if done.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace")
                log = self._log.read_text(errors="replace") if self._log.exists() else ""
                raise ClusterFailed(f"{program} failed:\n{said}{log[-4000:]}")


def run(command: list[str], cluster: Cluster) -> int:
    """Run `command` against two fresh databases of `cluster`; its exit code, as a shell says it."""
    environment = {
        **os.environ,
        "CLUSTER_URL": cluster.url(),
        "DATABASE_URL": cluster.create_database("rightsdesk"),
        "PRODUCT_DATABASE_URL": cluster.create_database("product"),
    }
    process: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        if process is None:
            early.append(number)
        # A terminal sends Ctrl-C to the command itself; a second one would cut it short.
        elif not (number == signal.SIGINT and sys.stdin.isatty()):
            process.send_signal(number)

    # Before there is a command: one that was ended while it began would be waited for.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    with subprocess.Popen(command, env=environment) as started:
        process = started
        for number in early:
            pass_on(number, None)
        code = process.wait()
    return code if code >= 0 else 128 - code


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("--durable", action="store_true", help="keep fsync on, for measurements")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        with Cluster(durable=arguments.durable) as cluster:
            return run(arguments.command, cluster)
    except ClusterFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
