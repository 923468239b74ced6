"""Lets a test empty append-only tables: Django's flush would run into their triggers."""

from __future__ import annotations

from django.db import connection

_lifted: dict[str, str] = {}  # SQLite: name of a dropped trigger -> how it was created


def lift() -> None:
    """Take the triggers of our database away from this connection, until `restore`."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        for name, sql in cursor.fetchall():
            _lifted[name] = sql
            cursor.execute(f'DROP TRIGGER "{name}"')


def restore() -> None:
    """Put back what `lift` took away, once the tables are filled again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {name for (name,) in cursor.fetchall()}
        for name, sql in _lifted.items():
            if name not in present:
                cursor.execute(sql)
        _lifted.clear()
