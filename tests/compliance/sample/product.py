"""The product's tables, read back in the simplest way."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connections

from compliance.sample import schema


def query(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connections["product"].cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.fetchall()


def column(sql: str, *parameters: Any) -> list[Any]:
    return [value for (value,) in query(sql, *parameters)]


def digests() -> dict[str, str]:
    """One digest a table, whatever order its rows come in."""
    return {
        table: hashlib.sha256(
            "\n".join(sorted(map(repr, query(f"SELECT * FROM {table}")))).encode()
        ).hexdigest()
        for table in schema.TABLES
    }


def file_digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def empty() -> None:
    with connections["product"].cursor() as cursor:
        for table in reversed(schema.TABLES):
            cursor.execute(f"DELETE FROM {table}")


def moments(table: str, name: str) -> list[datetime]:
    found = column(f"SELECT {name} FROM {table}")
    return [
        datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        if isinstance(value, str)
        else value
        for value in found
    ]
