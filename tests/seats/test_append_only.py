from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps

from seats import append_only

pytestmark = pytest.mark.django_db(transaction=True)

with isolate_apps("seats"):

    class Sworn(models.Model):
        """One column of each way in which a column may change."""

        append_only = True
        append_only_except = ("text", "facts", "successor_id", "note")
        code = models.CharField(max_length=10, unique=True)
        text = models.TextField(default="")
        facts = models.JSONField(default=dict)
        raw = models.BinaryField(default=b"")
        at = models.DateTimeField(null=True)
        successor = models.ForeignKey("self", models.PROTECT, null=True)
        note = models.TextField(null=True)  # noqa: DJ001 the case to try

        class Meta:
            app_label = "seats"

        def __str__(self) -> str:
            return self.code

    class Plain(models.Model):
        append_only = True
        code = models.CharField(max_length=10, unique=True)

        class Meta:
            app_label = "seats"

        def __str__(self) -> str:
            return self.code

    class Misspelt(models.Model):
        append_only = True
        append_only_except = ("successor",)
        successor = models.ForeignKey("self", models.PROTECT, null=True)

        class Meta:
            app_label = "seats"

        def __str__(self) -> str:
            return ""


@pytest.fixture(autouse=True)
def _tables(transactional_db: None) -> Iterator[None]:
    with connection.schema_editor() as editor:
        for model in (Sworn, Plain):
            editor.create_model(model)
    for model in (Sworn, Plain):
        append_only.install(model)
    yield
    with connection.schema_editor() as editor:
        for model in (Sworn, Plain):
            editor.delete_model(model)


@pytest.fixture
def sworn() -> Sworn:
    return Sworn.objects.create(
        code="a", text="why", facts={"n": 1}, raw=b"\0\xff", note="x", at="2026-07-31T12:00:00Z"
    )


@pytest.fixture
def plain() -> Plain:
    return Plain.objects.create(code="a")


def refused(change: Callable[[], object]) -> str:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        change()
    return str(refusal.value)


def execute(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Plain.objects.update(code="b"),
        lambda: Plain.objects.update(code="a"),
        lambda: Plain.objects.get().save(),
        lambda: Plain.objects.all().delete(),
        lambda: Plain.objects.get().delete(),
        lambda: Plain.objects.bulk_update(Plain.objects.all(), ["code"]),
        lambda: Plain.objects.bulk_create(
            [Plain(code="a")],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["code"],
        ),
        lambda: execute("UPDATE seats_plain SET id = id + 1"),
        lambda: execute("DELETE FROM seats_plain"),
    ],
)
def test_a_row_is_neither_changed_nor_deleted(plain: Plain, change: Callable[[], object]) -> None:
    message = refused(change)
    assert message.startswith("seats_plain is append-only: its rows are evidence")
    assert list(Plain.objects.values_list("pk", "code")) == [(plain.pk, "a")]


def test_rows_are_added_and_read_as_ever(plain: Plain) -> None:
    Plain.objects.bulk_create([Plain(code="b"), Plain(code="a")], ignore_conflicts=True)
    assert sorted(Plain.objects.values_list("code", flat=True)) == ["a", "b"]


def test_sqlites_replace_does_not_get_past(plain: Plain) -> None:
    if connection.vendor == "sqlite":
        refused(lambda: execute("REPLACE INTO seats_plain (id, code) VALUES (%s, 'b')", plain.pk))
        refused(lambda: execute("REPLACE INTO seats_plain (code) VALUES ('a')"))
    assert list(Plain.objects.values_list("pk", "code")) == [(plain.pk, "a")]


def test_postgresqls_truncate_does_not_get_past(sworn: Sworn, plain: Plain) -> None:
    if connection.vendor == "postgresql":
        refused(lambda: execute("TRUNCATE seats_plain"))
        refused(lambda: execute("TRUNCATE seats_sworn CASCADE"))
    assert Plain.objects.count() == Sworn.objects.count() == 1


# --- Exceptions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", [{"text": ""}, {"facts": {}}, {"text": "", "facts": {}}, {"text": "why"}]
)
def test_an_excepted_text_can_be_emptied(sworn: Sworn, change: dict[str, Any]) -> None:
    assert Sworn.objects.update(**change) == 1
    sworn.refresh_from_db()
    assert {name: getattr(sworn, name) for name in change} == change
    assert (sworn.code, bytes(sworn.raw)) == ("a", b"\0\xff")


@pytest.mark.parametrize(
    "change",
    [
        {"text": "because"},
        {"facts": {"n": 2}},
        {"text": "", "code": "b"},
        {"text": "", "raw": b""},
        {"text": "", "at": None},
        {"note": "y"},
        {"note": None},
        {"note": ""},
        {"id": 99},
    ],
)
def test_more_than_the_exception_is_refused(sworn: Sworn, change: dict[str, Any]) -> None:
    before = Sworn.objects.values().get()
    message = refused(lambda: Sworn.objects.update(**change))
    assert "may be filled or emptied: text, facts, successor_id, note." in message
    assert Sworn.objects.values().get() == before


def test_a_column_that_takes_null_is_filled_once(sworn: Sworn) -> None:
    first, second = (Sworn.objects.create(code=code) for code in "bc")
    row = Sworn.objects.filter(pk=sworn.pk)
    assert row.update(successor=first) == 1
    assert row.update(successor=first, text="") == 1
    refused(lambda: row.update(successor=second))
    refused(lambda: row.update(successor=None))
    assert row.get().successor_id == first.pk


def test_rows_with_exceptions_are_not_deleted_either(sworn: Sworn) -> None:
    refused(lambda: Sworn.objects.all().delete())
    assert Sworn.objects.count() == 1


def test_an_exception_that_is_no_column_is_a_mistake_said_at_once() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Misspelt)
    try:
        with pytest.raises(ImproperlyConfigured, match="'successor', which is no column"):
            append_only.install(Misspelt)
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(Misspelt)


# --- Installing ---------------------------------------------------------------------------------


def trigger_count() -> int:
    query = {
        "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
        "postgresql": "SELECT count(*) FROM pg_trigger "
        "WHERE tgrelid = %s::regclass AND NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query, ["seats_plain"])
        count: int = cursor.fetchone()[0]
        return count


def test_installing_again_changes_nothing(plain: Plain) -> None:
    assert trigger_count() == 2
    append_only.install(Plain)
    assert trigger_count() == 2
    refused(lambda: Plain.objects.all().delete())


def test_a_table_rebuilt_by_a_migration_is_guarded_again(plain: Plain) -> None:
    longer = models.CharField(max_length=20, unique=True, default="")
    longer.set_attributes_from_name("code")
    longer.model = Plain
    with connection.schema_editor() as editor:
        editor.alter_field(Plain, Plain._meta.get_field("code"), longer, strict=True)
    append_only.install(Plain)
    assert trigger_count() == 2
    refused(lambda: Plain.objects.all().delete())


def guarded_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if append_only.is_append_only(model)]


def test_every_declared_table_of_every_app_is_guarded_after_migrate() -> None:
    call_command("migrate", verbosity=0)
    names = {
        "sqlite": "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger "
        "WHERE tgname LIKE 'append_only_%'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(names)
        guarded = {name for (name,) in cursor.fetchall()} - {"seats_plain", "seats_sworn"}
    assert guarded == {model._meta.db_table for model in guarded_models()}
    assert "compliance_requestevent" in guarded


# --- Lifting ------------------------------------------------------------------------------------


def test_a_purge_lifts_the_tables_it_names_and_no_others(plain: Plain, sworn: Sworn) -> None:
    with append_only.lifted(Plain):
        assert Plain.objects.update(code="c") == 1
        assert Plain.objects.all().delete()[0] == 1
        refused(lambda: Sworn.objects.all().delete())
    again = Plain.objects.create(code="d")
    refused(again.delete)


def test_a_purge_inside_a_transaction_ends_before_it(plain: Plain) -> None:
    with transaction.atomic():
        with append_only.lifted(Plain), append_only.lifted(Sworn):
            Plain.objects.update(code="c")
        refused(lambda: Plain.objects.update(code="d"))
    assert Plain.objects.get().code == "c"


def test_a_purge_that_fails_purges_nothing_and_is_over(plain: Plain) -> None:
    def purge() -> None:
        with append_only.lifted(Plain):
            Plain.objects.all().delete()
            raise ZeroDivisionError

    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            purge()
        refused(lambda: Plain.objects.all().delete())
    assert Plain.objects.count() == 1
