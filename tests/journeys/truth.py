"""What the product holds, read past all sources of ours: what archives are compared with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from compliance.sample import schema
from tests.desk import Desk
from tests.journeys.office import Seat

CATEGORIES = {
    "user-information": ("seat_profiles",),
    "saved-leads": ("saved_leads",),
    "saved-accounts": ("saved_accounts",),
    "inmails-messages": ("inmails",),
    "notes": ("notes",),
    "smartlinks-presentations": ("smartlinks_presentations",),
    "smartlinks-users": ("smartlinks_views",),
    "seat-management": ("seat_events",),
    "usage-reporting": ("usage_daily",),
    "crm-sync": ("crm_contacts", "crm_accounts", "crm_activities", "crm_links"),
    "account-list-files": ("account_imports",),
    "assistant-preferences": ("assistant_messaging_preferences", "assistant_lead_preferences"),
    "assistant-criteria": ("assistant_criteria",),
    "assistant-messages": ("assistant_messages", "assistant_drafts"),
}
FOLDERS = {"smartlinks-presentations": "smartlinks", "account-list-files": "imports"}
MASKED = {("inmails", "counterpart_email")}
# Where a row's owner is read off, when not off the row itself.
PARENTS = {
    "smartlinks_views": ("smartlinks_presentations", "presentation_id"),
    "assistant_drafts": ("assistant_messages", "message_id"),
}
LINKED = {
    "crm_contacts": "contact_id",
    "crm_accounts": "account_id",
    "crm_activities": "activity_id",
}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Whose:
    """One seat's, or with `seat` None all of a contract's (the product's id)."""

    contract: int
    seat: Seat | None = None


def columns_of(table: str) -> dict[str, str]:
    """Column → its type's word in the schema: pk, ref, text, time, flag, amount, score or day."""
    return dict(re.findall(r"(\w+) \{(\w+)\}", schema.TABLES[table]))


def key_of(table: str) -> tuple[str, ...]:
    return ("seat_id", "member_id", "day") if table == "usage_daily" else ("id",)


def rows_of(desk: Desk, table: str, whose: Whose) -> dict[tuple[Any, ...], Row]:
    """Key → row, each value as Python has it: moments and dates as ISO 8601, amounts exact."""
    types = columns_of(table)
    condition, params = _condition(table, whose)
    names = ", ".join(f"t.{name}" for name in types)
    found = desk.sql("product", f"SELECT {names} FROM {table} t WHERE {condition}", params)
    rows = [
        {name: plain(value, types[name]) for name, value in zip(types, row, strict=True)}
        for row in found
    ]
    return {tuple(row[name] for name in key_of(table)): row for row in rows}


def _condition(table: str, whose: Whose) -> tuple[str, list[int]]:
    if table in PARENTS:
        parent, column = PARENTS[table]
        condition, params = _condition(parent, whose)
        return f"t.{column} IN (SELECT t.id FROM {parent} t WHERE {condition})", params
    if table in LINKED and whose.seat:
        links = f"SELECT {LINKED[table]} FROM crm_links WHERE seat_id = %s AND member_id = %s"
        return f"t.id IN ({links})", [*whose.seat.owner]
    if table in LINKED:
        return "t.contract_id = %s", [whose.contract]
    if whose.seat:
        return "t.seat_id = %s AND t.member_id = %s", [*whose.seat.owner]
    return "t.seat_id IN (SELECT id FROM seats WHERE contract_id = %s)", [whose.contract]


def plain(value: Any, type_: str) -> Any:
    if value is None:
        return None
    match type_:
        case "time":
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
            return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat('T', 'microseconds')}Z"
        case "day":
            return value.isoformat() if isinstance(value, date) else value
        case "flag":
            return bool(value)
        case "amount" | "score":
            return Decimal(str(value)).quantize(Decimal("0.01"))
    return value


def masked(address: str | None) -> str | None:
    """As an export shows somebody else's address."""
    if address is None or "@" not in address:
        return None if address is None else "***"
    return re.sub(r"^(.?).*(@[^@]*)$", r"\1***\2", address, flags=re.DOTALL)


def files_of(desk: Desk, category: str, whose: Whose) -> list[Path]:
    base = desk.product_files / FOLDERS[category]
    if whose.seat:
        folders = [base / str(whose.seat.licence) / str(whose.seat.person)]
    else:
        query = "SELECT id FROM seats WHERE contract_id = %s"
        folders = [base / str(seat) for (seat,) in desk.sql("product", query, [whose.contract])]
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
