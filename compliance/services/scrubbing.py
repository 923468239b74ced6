"""What SQLite leaves in its file of rows it deleted, rewritten so that the file forgets it.

`secure_delete` overwrites what is deleted, but not the copies SQLite leaves in the gaps of a page
when it moves rows to another one. PostgreSQL has its own way (VACUUM, backups that end).
"""

from __future__ import annotations

import logging

from django.db import Error, connections

log = logging.getLogger(__name__)
LARGEST = 64 * 1024 * 1024  # bytes: it is rewritten in memory, and writers wait meanwhile


def scrub(alias: str) -> bool:
    """Rewrite a small SQLite database without gaps; whether that was done.

    What has become too large, or is too busy for it, stays as it is. Not inside a transaction.
    """
    connection = connections[alias]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return False
    try:
        with connection.cursor() as cursor:
            pages, size = (
                cursor.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "page_size")
            )
            if pages * size > LARGEST:
                return False
            cursor.execute("VACUUM")
            # The log still holds the pages as they were.
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except Error as error:
        log.warning("%s was not scrubbed: %s", alias, type(error).__name__)
        return False
    return True
