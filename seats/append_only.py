"""Tables whose rows are evidence: the database itself refuses to change or delete them.

A model says `append_only = True`. Columns it names in `append_only_except` (as in the database:
`superseded_by_id`) may change once more: one that takes NULL is filled while it is NULL, any other
is emptied (to "" or {}), which is how free text is erased. PostgreSQL and SQLite refuse alike, with
an `IntegrityError`.

With `append_only_from` a model names a column that makes a row evidence once it is filled
(`published_at`): until then the row is a draft, and is changed and deleted freely.

The triggers stop mistakes and our own code. Who may alter the schema can also drop them: against
that stand the hash chain and its seals in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

FUNCTION = "rightsdesk_append_only"
# Names, parted by commas, the tables whose triggers let the current transaction pass.
SETTING = "rightsdesk.purge"
_FILL, _EMPTY = "fill", "empty"
_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
    before jsonb;
    after jsonb;
    rule text;
    named text;
BEGIN
    IF TG_TABLE_NAME = ANY (string_to_array(current_setting('{SETTING}', true), ',')) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' AND TG_NARGS > 1 THEN
        before := to_jsonb(OLD);
        after := to_jsonb(NEW);
        FOREACH rule IN ARRAY TG_ARGV[1:] LOOP
            named := split_part(rule, ':', 2);
            IF (rule LIKE '{_FILL}:%' AND before ->> named IS NULL)
                OR (rule LIKE '{_EMPTY}:%' AND after ->> named IN ('', '{{}}'))
            THEN
                before := before - named;
                after := after - named;
            END IF;
        END LOOP;
        IF before = after THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = TG_ARGV[0];
END
$function$
"""


def is_append_only(model: type[models.Model]) -> bool:
    return bool(getattr(model, "append_only", False)) and not model._meta.proxy


def install(model: type[models.Model], using: str = DEFAULT_DB_ALIAS) -> None:
    """Put the triggers on the model's table; what is there already is replaced.

    Again after every migration: SQLite loses a table's triggers when it rebuilds the table.
    """
    connection = connections[using]
    statements = {"postgresql": _for_postgresql, "sqlite": _for_sqlite}[connection.vendor]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in statements(connection, model):
            cursor.execute(statement)


def install_for_app(sender: AppConfig, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Receiver of `post_migrate`: the triggers of one app's tables, as far as they exist."""
    wanted = [model for model in sender.get_models() if is_append_only(model)]
    if wanted and using == DEFAULT_DB_ALIAS:
        tables = connections[using].introspection.table_names()
        for model in wanted:
            if model._meta.db_table in tables:
                install(model, using)


def fire_on_replace(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receiver of `connection_created`: without it SQLite's REPLACE deletes past the triggers."""
    if connection.vendor == "sqlite" and connection.alias == DEFAULT_DB_ALIAS:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers = ON")


@contextmanager
def lifted(*lifting: type[models.Model], using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """One transaction in which rows of these models can be changed and deleted.

    For the audited retention purge, and for tests that empty the database. Nobody else passes
    meanwhile: PostgreSQL's setting is this transaction's own, SQLite has one writer at a time.
    """
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [SETTING])
            before = cursor.fetchone()[0]
            tables = ",".join([before, *(model._meta.db_table for model in lifting)])
            cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, tables])
            yield
            cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, before])
        else:
            for model in lifting:
                for name in _sqlite_triggers(model):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {connection.ops.quote_name(name)}")
            yield
            for model in lifting:
                install(model, using)


def _for_postgresql(connection: BaseDatabaseWrapper, model: type[models.Model]) -> list[str]:
    table = connection.ops.quote_name(model._meta.db_table)
    rules = [f"{rule}:{column}" for column, rule in _exceptions(connection, model).items()]
    arguments = ", ".join(_quoted(text) for text in (_message(model), *rules))
    return [
        _POSTGRESQL_FUNCTION,
        f"CREATE OR REPLACE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW {_when(_started(connection, model))} "
        f"EXECUTE FUNCTION {FUNCTION}({arguments})",
        f"CREATE OR REPLACE TRIGGER append_only_table BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}({arguments})",
    ]


def _for_sqlite(connection: BaseDatabaseWrapper, model: type[models.Model]) -> list[str]:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    refuse = f"BEGIN SELECT RAISE(ABORT, {_quoted(_message(model))}); END"
    statements = []
    for event, name in zip(("UPDATE", "DELETE"), _sqlite_triggers(model), strict=True):
        conditions = [_started(connection, model)]
        if event == "UPDATE":
            conditions.append(_beyond_exceptions(connection, model))
        when = _when(*conditions)
        statements += [
            f"DROP TRIGGER IF EXISTS {quote(name)}",
            f"CREATE TRIGGER {quote(name)} BEFORE {event} ON {table} {when} {refuse}",
        ]
    return statements


def _when(*conditions: str) -> str:
    given = [condition for condition in conditions if condition]
    return f"WHEN ({' AND '.join(given)})" if given else ""


def _started(connection: BaseDatabaseWrapper, model: type[models.Model]) -> str:
    """The row is evidence by now; nothing where it is from the beginning."""
    column = getattr(model, "append_only_from", "")
    return f"OLD.{connection.ops.quote_name(column)} IS NOT NULL" if column else ""


def _beyond_exceptions(connection: BaseDatabaseWrapper, model: type[models.Model]) -> str:
    """The update does more than the exceptions allow; nothing where there are none."""
    exceptions = _exceptions(connection, model)
    if not exceptions:
        return ""
    allowed = []
    for name in _columns(connection, model):
        column = connection.ops.quote_name(name)
        unless = {
            _FILL: f"OLD.{column} IS NULL OR ",
            _EMPTY: f"NEW.{column} IN ('', '{{}}') OR ",
            None: "",
        }[exceptions.get(name)]
        allowed.append(f"({unless}NEW.{column} IS OLD.{column})")
    return f"NOT ({' AND '.join(allowed)})"


def _sqlite_triggers(model: type[models.Model]) -> tuple[str, str]:
    table = model._meta.db_table
    return f"{table}_append_only_update", f"{table}_append_only_delete"


def _exceptions(connection: BaseDatabaseWrapper, model: type[models.Model]) -> dict[str, str]:
    """How each excepted column may change; one that no migration made yet is left out."""
    named: tuple[str, ...] = getattr(model, "append_only_except", ())
    if unknown := set(named) - {field.column for field in model._meta.concrete_fields}:
        raise ImproperlyConfigured(
            f"{model.__name__}.append_only_except names {min(unknown)!r}, which is no column of it."
        )
    nullable = _columns(connection, model)
    return {name: _FILL if nullable[name] else _EMPTY for name in named if name in nullable}


def _columns(connection: BaseDatabaseWrapper, model: type[models.Model]) -> dict[str, bool]:
    """The table's columns as they are now, and which of them take NULL."""
    with connection.cursor() as cursor:
        description = connection.introspection.get_table_description(cursor, model._meta.db_table)
    return {column.name: bool(column.null_ok) for column in description}


def _message(model: type[models.Model]) -> str:
    allowed = ", ".join(getattr(model, "append_only_except", ()))
    return (
        f"{model._meta.db_table} is append-only: its rows are evidence (Art. 5(2) GDPR) "
        "and are neither changed nor deleted."
        + (f" Once written, only these may be filled or emptied: {allowed}." if allowed else "")
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
