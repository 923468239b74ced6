"""What an installation stands on, taken away for a while and given back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from tests.cluster import Cluster, programs
from tests.desk import URLS
from tests.journeys.company import Company

ROOM = 64 * 1024**2  # bytes of a small disk
AT_ONCE = 1024**2


class Outage(Protocol):
    def begin(self) -> None: ...
    def end(self) -> None: ...


class Stopped:
    """A PostgreSQL server stops as in a power cut, and starts again."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def begin(self) -> None:
        self.cluster.stop(mode="immediate")

    def end(self) -> None:
        self.cluster.start()


class Moved:
    """The folder of an SQLite database is not where it was: a disk that is not mounted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.elsewhere = folder.with_name(f"{folder.name}-elsewhere")

    def begin(self) -> None:
        self.folder.rename(self.elsewhere)

    def end(self) -> None:
        self.elsewhere.rename(self.folder)


class Locked:
    """Somebody holds the write lock of an SQLite database."""

    def __init__(self, url: str) -> None:
        self.file = urlsplit(url).path[1:]

    def begin(self) -> None:
        self.connection = sqlite3.connect(self.file, timeout=60, isolation_level=None)
        self.connection.execute("BEGIN IMMEDIATE")

    def end(self) -> None:
        with closing(self.connection):
            self.connection.rollback()


@contextmanager
def apart(company: Company, alias: str) -> Iterator[Outage]:
    """One of the two databases on a server, or in a folder, of its own, with the same content."""
    desk = company.desk
    url = desk.database_url(alias)
    if desk.cluster_url:
        with Cluster(durable=True) as cluster:  # a power cut loses nothing that was committed
            desk.settings[URLS[alias]] = cluster.create_database(alias)
            copy(url, desk.settings[URLS[alias]])
            yield Stopped(cluster)
            desk.kill()
    elif alias == "default":
        yield Locked(url)
    else:
        folder, file = desk.folder / alias, Path(urlsplit(url).path[1:])
        folder.mkdir()
        for one in file.parent.glob(f"{file.name}*"):
            one.rename(folder / one.name)
        desk.settings[URLS[alias]] = f"sqlite:///{folder / file.name}"
        yield Moved(folder)


def copy(source: str, target: str) -> None:
    with subprocess.Popen([programs() / "pg_dump", source], stdout=subprocess.PIPE) as dumping:
        subprocess.run(
            [programs() / "psql", "--quiet", "--set=ON_ERROR_STOP=1", target],
            stdin=dumping.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )


class Disk:
    """A small one below a folder, which can be filled up."""

    def __init__(self, folder: Path) -> None:
        self.filler = folder / "filler"

    def begin(self) -> None:
        with self.filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(AT_ONCE))

    def end(self) -> None:
        self.filler.unlink()


class Told:
    """Where nothing can be mounted, our processes are told that there is no room (`doors`)."""

    def __init__(self, company: Company, folder: Path) -> None:
        self.sign = company.doors / f"{folder.name}_full"

    def begin(self) -> None:
        self.sign.touch()

    def end(self) -> None:
        self.sign.unlink()


@contextmanager
def small_disk(company: Company, folder: Path) -> Iterator[Outage]:
    """What lies in the folder lies on a small disk meanwhile."""
    folder.mkdir(exist_ok=True)
    before = folder.with_name(f"{folder.name}-before")
    shutil.copytree(folder, before)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        yield Told(company, folder)
        return
    shutil.copytree(before, folder, dirs_exist_ok=True)
    try:
        yield Disk(folder)
    finally:
        company.desk.kill()
        subprocess.run(["umount", str(folder)], check=True)
