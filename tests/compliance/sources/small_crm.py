"""The small CRM with rows in it, and as plain Python: whose each row is, and what law keeps.

Its two workspaces number their rows alike, so that whoever forgets half of a key is found out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connections
from django.utils import timezone

from compliance.sources import live, small_crm
from compliance.sources.base import SeatKey
from tests.compliance.sources.specimens import run, stored, written

SCHEMA = Path(small_crm.__file__).with_suffix(".sql").read_text()
TABLES = re.findall(r"CREATE TABLE (\w+)", SCHEMA)
REGISTER = {"workspaces", "people", "licences", "assignments"}
# Ana handed licence 1 on to Ben, and has one in the other workspace.
ANA, BEN, CARA = SeatKey("1", "10"), SeatKey("1", "11"), SeatKey("2", "12")
ANA_TOO, DAN = SeatKey("3", "10"), SeatKey("4", "13")
HOLDERS = {"acme": (ANA, BEN, CARA), "birch": (ANA_TOO, DAN)}
DEALS, NOTES, LEADS = 3, 2, 4
Row = dict[str, Any]
Key = tuple[Any, ...]
Tables = dict[str, dict[Key, Row]]


def create() -> None:
    live.forget()
    for statement in re.sub(r"--.*", "", SCHEMA).split(";"):
        if statement.strip():
            run(statement)


def fill() -> None:
    year = timezone.now().year
    for key in sorted({key.member for keys in HOLDERS.values() for key in keys}):
        add("people", int(key), f"Person {key}", f"p{key}@customer.example")
    for workspace, keys in HOLDERS.items():
        add("workspaces", workspace, workspace.title())
        for licence in sorted({key.seat for key in keys}):
            add("licences", int(licence), workspace)
        for place, key in enumerate(keys, 1):
            _of_holder(workspace, place, key, year)


def _of_holder(workspace: str, place: int, key: SeatKey, year: int) -> None:
    at = datetime(year - 1, 3, 1, 12, tzinfo=UTC)
    holder = int(key.seat), int(key.member)
    add("assignments", workspace, place, *holder, at)
    add("profiles", *holder, f"Yours, {key.member}", None, at)
    for lead in range(place * 100, place * 100 + LEADS):
        who = "=Lea" if lead % 2 else 'Lou "L", Ltd'
        add("leads", workspace, lead, *holder, who, "lea@else.example", bool(lead % 2), at)
    for deal in range(place * 100, place * 100 + DEALS):
        # Of the first holder's lead, of one's own, and of none.
        lead = (100, deal, None)[deal % 100]
        about = "Big", Decimal("99.50"), date(year, 12, 24)
        add("deals", workspace, deal, place, lead, *about, at)
        for position in range(1, NOTES + 1):
            add("deal_notes", workspace, deal, position, f"About {deal}", at)
    invoices = {
        "draft": at,
        "invoice": at,
        "credit note": datetime(year - 8, 1, 2, tzinfo=UTC),
        "old": datetime(year - 9, 12, 30, tzinfo=UTC),
    }
    for number, (kind, when) in enumerate(invoices.items(), place * 10):
        kind = "invoice" if kind == "old" else kind
        add("invoices", workspace, number, *holder, kind, Decimal("20.00"), when)
        for position in (1, 2):
            add("invoice_lines", workspace, number, position, "Credits", Decimal("10.00"), when)
    for name in ("raw.csv", "report.csv"):
        path = f"imports/{key.seat}/{key.member}/7/{name}"
        storages["product_files"].save(path, ContentFile(f"{workspace} {key}".encode()))


def add(table: str, *values: Any) -> None:
    sqlite = connections["product"].vendor == "sqlite"
    cells = [
        float(value) if sqlite and isinstance(value, Decimal) else stored(value) for value in values
    ]
    run(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(cells))})", *cells)


def tables() -> Tables:
    """Every row of every table by its key, each value as an exact export has it."""
    found: Tables = {}
    for table in TABLES:
        columns = re.search(rf"CREATE TABLE {table} \((.*?)\);", SCHEMA, re.DOTALL)
        assert columns
        types = dict(re.findall(r"^ {4}([a-z_]+) ([a-z]+)", columns[1], re.MULTILINE))
        names = ", ".join(types)
        rows = [
            {name: _plain(value, types[name]) for name, value in zip(types, row, strict=True)}
            for row in run(f"SELECT {names} FROM {table}")
        ]
        found[table] = {key_of(table, row): row for row in rows}
    return found


def key_of(table: str, row: Row) -> Key:
    primary = re.search(rf"CREATE TABLE {table} \(.*?PRIMARY KEY(?: \((.*?)\))?[,\n]", SCHEMA, re.S)
    assert primary
    return tuple(row[name] for name in (primary[1] or "id").split(", "))


def _plain(value: Any, type_: str) -> Any:
    match type_:
        case _ if value is None:
            return None
        case "boolean":
            return bool(value)
        case "numeric":
            return Decimal(str(value)).quantize(Decimal("0.01"))
        case "date" | "timestamptz" if not isinstance(value, str):
            return written(value) if isinstance(value, datetime) else value.isoformat()
    return value


def owner(world: Tables, table: str, row: Row) -> SeatKey | None:
    """None: of a table that is the product's own register."""
    match table:
        case "deal_notes":
            return owner(world, "deals", world["deals"][row["workspace_id"], row["deal"]])
        case "invoice_lines":
            return owner(world, "invoices", world["invoices"][row["workspace_id"], row["invoice"]])
        case "deals":
            row = world["assignments"][row["workspace_id"], row["assignment"]]
        case _ if table in REGISTER:
            return None
    return SeatKey(str(row["licence_id"]), str(row["person_id"]))


def of(world: Tables, table: str, seats: Collection[SeatKey]) -> dict[Key, Row]:
    rows = world[table].items()
    return {key: row for key, row in rows if owner(world, table, row) in seats}


def is_retained(world: Tables, table: str, row: Row) -> bool:
    """Whether accounting law keeps it: for eight whole years after the one it was written in."""
    if table == "invoice_lines":
        above = world["invoices"][row["workspace_id"], row["invoice"]]
        return is_retained(world, "invoices", above)
    if table != "invoices" or row["kind"] == "draft":
        return False
    return int(row["written_at"][:4]) >= timezone.now().year - 8


def without(world: Tables, seats: Collection[SeatKey]) -> Tables:
    """What an erasure of these seats should leave."""
    left = {
        table: {
            key: dict(row)
            for key, row in rows.items()
            if owner(world, table, row) not in seats or is_retained(world, table, row)
        }
        for table, rows in world.items()
    }
    for row in left["deals"].values():
        if (row["workspace_id"], row["lead"]) not in left["leads"]:
            row["lead"] = None
    return left


def parsed(lines: bytes) -> list[Row]:
    return [json.loads(line, parse_float=Decimal) for line in lines.splitlines()]
