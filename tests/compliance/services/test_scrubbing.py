from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connections

from compliance.services import scrubbing

pytestmark = pytest.mark.django_db(transaction=True)
WORD = "canary-in-a-gap"


@pytest.fixture
def product() -> Path | None:
    """The file of the product's database, in which rows grew until SQLite moved them, and went."""
    connection = connections["product"]
    insert = "INSERT INTO members (id, name, email, locale, created_at) VALUES (%s, %s, '', '', %s)"
    with connection.cursor() as cursor:
        for number in range(400):
            cursor.execute(insert, [number * 7 % 400, WORD, "2026-01-01T00:00:00Z"])
        for number in range(400):
            name = f"{WORD}{number}" * (number % 20)
            cursor.execute("UPDATE members SET name = %s WHERE id = %s", [name, number])
        cursor.execute("DELETE FROM members")
    return Path(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else None


def test_nothing_is_left_in_the_file_of_what_was_deleted(product: Path | None) -> None:
    assert scrubbing.scrub("product") == (product is not None)
    if product:
        assert WORD.encode() not in product.read_bytes()
        log = product.with_name(f"{product.name}-wal")
        assert not log.exists() or WORD.encode() not in log.read_bytes()


def test_a_large_database_is_left_alone(
    product: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrubbing, "LARGEST", 0)

    assert not scrubbing.scrub("product")


def test_a_busy_database_is_left_alone(product: Path | None) -> None:
    connection = connections["product"]
    with connection.cursor() as cursor:
        if product:
            cursor.execute("PRAGMA busy_timeout = 0")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("INSERT INTO contracts VALUES (1, '', '', '', '2026-01-01T00:00:00Z')")
            assert not scrubbing.scrub("product")
            cursor.execute("ROLLBACK")
    finally:
        other.close()
        connection.close()
