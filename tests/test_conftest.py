from __future__ import annotations

import socket
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.storage import storages as configured
from django.db import IntegrityError, connections
from django.utils import timezone

from compliance.models import Seal
from compliance.sample import schema


def product_tables() -> set[str]:
    return set(connections["product"].introspection.table_names())


def add_member() -> None:
    with connections["product"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO members VALUES (1, 'Ana', 'ana@example.test', 'en', '2026-01-01')"
        )


def members() -> int:
    with connections["product"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM members")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_the_product_has_its_own_tables_and_none_of_ours() -> None:
    assert product_tables() == set(schema.TABLES)


@pytest.mark.parametrize("_time", [1, 2])
def test_a_row_written_to_the_product_is_gone_in_the_next_test(_time: int, db: None) -> None:
    assert members() == 0
    add_member()


@pytest.mark.parametrize("_time", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_a_row_committed_to_the_product_is_gone_in_the_next_test(_time: int) -> None:
    assert members() == 0
    add_member()


@pytest.mark.parametrize("_time", [1, 2])
def test_a_test_that_commits_finds_what_the_migrations_put_there(
    _time: int, transactional_db: None
) -> None:
    assert Permission.objects.exists()


@pytest.mark.parametrize("_time", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_append_only_tables_hold_in_a_test_that_commits_and_are_empty_in_the_next(
    _time: int,
) -> None:
    assert not Seal.objects.exists()
    Seal.objects.create(number=1, at=timezone.now(), last_event=0, heads=0)
    with pytest.raises(IntegrityError):
        Seal.objects.update(heads=1)


def test_storages_are_this_tests_own(storages: Path) -> None:
    name = configured["exports"].save("a/b.bin", ContentFile(b"x"))
    assert (storages / "exports" / name).read_bytes() == b"x"


def test_no_test_reaches_another_machine() -> None:
    with socket.socket() as outward, pytest.raises(AssertionError, match="tried to connect"):
        outward.connect(("192.0.2.1", 80))
