"""A table of every kind of column, and what its rows should look like in an export.

Written from the promise (RFC 4180, OWASP, JSON), not from the code: slowly, a cell at a time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connections

from compliance.sample import schema
from compliance.sources import columns
from compliance.sources.base import Format, Reach, Scope, SeatKey, Stream
from compliance.sources.tables import Table

YEAR_1, YEAR_2026 = datetime(1, 1, 2), datetime(2026, 5, 30)  # noqa: DTZ001 zones are added
CUTOFF = datetime(2026, 6, 1, tzinfo=UTC)
WRITTEN = datetime(2026, 1, 31, 23, 59, 59, 1, tzinfo=UTC)
ANA = SeatKey("7", "70")
BEN = SeatKey("7", "71")  # had the licence before Ana
SPECIMENS = Table(
    category="specimens",
    name="specimens",
    columns={
        **columns.integers("id", "seat_id", "member_id"),
        **columns.texts("words", "mail", "secret"),
        **columns.booleans("flag"),
        "score": columns.decimal(2),
        "day": columns.DATE,
        "at": columns.DATETIME,
    },
    masks={"mail": "mask_email", "secret": "hide"},
    created="at",
)
NAMES = tuple(SPECIMENS.columns)
Row = dict[str, Any]


def create() -> None:
    run(
        "CREATE TABLE specimens (id {pk}, seat_id {ref} NOT NULL, member_id {ref} NOT NULL, "
        "words {text}, mail {text}, secret {text}, flag {flag}, score {score}, day {day}, "
        "at {time} NOT NULL)".format(**schema.TYPES[connections["product"].vendor])
    )
    run("CREATE INDEX specimens_owner ON specimens (seat_id, member_id, id)")


def fill(rows: Sequence[Row]) -> None:
    run("DELETE FROM specimens")
    places = ", ".join(["%s"] * len(NAMES))
    for row in rows:
        run(f"INSERT INTO specimens VALUES ({places})", *(stored(row[name]) for name in NAMES))


def specimen(id: int = 1, **values: Any) -> Row:
    empty: Row = dict.fromkeys(NAMES)
    return {**empty, "id": id, "seat_id": 7, "member_id": 70, "at": WRITTEN, **values}


def run(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connections["product"].cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def stored(value: Any) -> Any:
    """As the sample product stores it."""
    if connections["product"].vendor == "sqlite" and isinstance(value, datetime):
        return written(value)
    if connections["product"].vendor == "sqlite" and isinstance(value, date):
        return value.isoformat()
    return value


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def scope(*seats: SeatKey, **values: Any) -> Scope:
    return Scope(Reach.SEATS, values.pop("contract", "1"), seats or (ANA,), CUTOFF, **values)


def content(stream: Stream) -> bytes:
    return b"".join(stream.chunks)


def expected(rows: Sequence[Row], fmt: Format) -> bytes:
    if fmt is Format.CSV:
        lines = [
            ",".join(NAMES),
            *(",".join(csv_cell(row, name) for name in NAMES) for row in rows),
        ]
    else:
        lines = [
            "{" + ",".join(f'"{name}":{json_cell(row, name)}' for name in NAMES) + "}"
            for row in rows
        ]
    return "".join(f"{line}\n" for line in lines).encode()


def csv_cell(row: Row, name: str) -> str:
    value = shown(row, name)
    if value is None:
        return ""
    if name in {"words", "mail", "secret"} and is_formula(value):
        value = "'" + value
    if value == "" or any(sign in value for sign in ',"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value


def json_cell(row: Row, name: str) -> str:
    value = shown(row, name)
    if value is None:
        return "null"
    if name in {"id", "seat_id", "member_id", "flag", "score"}:
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def shown(row: Row, name: str) -> str | None:
    match row[name]:
        case None:
            return None
        case bool(value):
            return "true" if value else "false"
        case datetime() as moment:
            return written(moment)
        case Decimal() as amount:
            return f"{amount:.2f}"
        case str(text) if name == "mail":
            if "@" not in text:
                return "***"
            before, after = text[: text.rindex("@")], text[text.rindex("@") :]
            return ("" if before[:1] in ("", "@") else before[0]) + "***" + after
        case str() if name == "secret":
            return "***"
        case value:
            return str(value)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet could run it."""
    if text[:1] in ("\t", "\r", "\0") and text:
        return True
    for sign in text:
        if sign in "=+-@＝＋－＠":
            return True
        if sign not in " \t\r\n\u00a0\u200b\ufeff;,|\"'":
            return False
    return False


def later(moment: datetime = CUTOFF) -> datetime:
    return moment + timedelta(microseconds=1)
