"""Copies of an installation's databases, and what a restore puts back: nothing else comes along."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.desk import URLS, Desk

COPY = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
DROP = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")


class Backup:
    """Both databases as they are when it is made; nothing of the installation may be running."""

    def __init__(self, desk: Desk, name: str) -> None:
        self.desk, self.name = desk, name
        for alias in URLS:
            self._copy(alias, back=False)

    def restore(self, *aliases: str) -> None:
        for alias in aliases:
            self._copy(alias, back=True)

    def drop(self) -> None:
        for alias in URLS:
            if self.desk.cluster_url:
                self._run(DROP, f"{self._database(alias)}_{self.name}")

    def _copy(self, alias: str, *, back: bool) -> None:
        if self.desk.cluster_url:
            there, kept = self._database(alias), f"{self._database(alias)}_{self.name}"
            source, target = (kept, there) if back else (there, kept)
            self._run(DROP, target)
            self._run(COPY, target, source)
            return
        file = Path(urlsplit(self.desk.database_url(alias)).path[1:])
        copy = self.desk.folder / self.name / file.name
        copy.parent.mkdir(exist_ok=True)
        source, target = (copy, file) if back else (file, copy)
        for suffix in ("", "-wal", "-shm"):
            part = target.with_name(target.name + suffix)
            part.unlink(missing_ok=True)
            if source.with_name(source.name + suffix).exists():
                shutil.copyfile(source.with_name(source.name + suffix), part)

    def _database(self, alias: str) -> str:
        return urlsplit(self.desk.database_url(alias)).path[1:]

    def _run(self, statement: sql.SQL, *names: str) -> None:
        assert self.desk.cluster_url
        with psycopg.connect(self.desk.cluster_url, autocommit=True) as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))
