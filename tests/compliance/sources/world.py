"""The sample product as plain Python, and what an erasure should leave of it.

Says the rules again, row by row, so that the SQL can be held against them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection
from typing import Any

from django.db import connections

from compliance.sample import schema
from compliance.sources.base import SeatKey, data_map

Row = dict[str, Any]
Tables = dict[str, dict[Any, Row]]
PARENTS = {
    "assistant_drafts": ("assistant_messages", "message_id"),
    "smartlinks_views": ("smartlinks_presentations", "presentation_id"),
}
ENTITIES = {
    "crm_contacts": "contact_id",
    "crm_accounts": "account_id",
    "crm_activities": "activity_id",
}
SEATED = set(schema.OWNED)


def tables() -> Tables:
    """Every row of every table, by its key."""
    found: Tables = {}
    with connections["product"].cursor() as cursor:
        for name in schema.TABLES:
            cursor.execute(f"SELECT * FROM {name}")
            columns = [column[0] for column in cursor.description]
            rows = (dict(zip(columns, values, strict=True)) for values in cursor.fetchall())
            found[name] = {key(name, row): row for row in rows}
    return found


def key(name: str, row: Row) -> Any:
    if name == "usage_daily":
        return row["seat_id"], row["member_id"], row["day"]
    return row["id"]


def owner(world: Tables, name: str, row: Row) -> SeatKey | None:
    if name in PARENTS:
        parent, column = PARENTS[name]
        return owner(world, parent, world[parent][row[column]])
    return SeatKey(str(row["seat_id"]), str(row["member_id"])) if "seat_id" in row else None


def owners(world: Tables) -> set[SeatKey]:
    return {owner(world, name, row) for name in SEATED for row in world[name].values()}


def linked(world: Tables, name: str, id: int) -> set[SeatKey]:
    links = world["crm_links"].values()
    return {owner(world, "crm_links", row) for row in links if row[ENTITIES[name]] == id}


def of(world: Tables, name: str, seats: Collection[SeatKey]) -> set[Any]:
    """Keys of the rows of one table that these seats have."""
    if name in ENTITIES:
        return {id for id in world[name] if linked(world, name, id) & set(seats)}
    if name in SEATED or name in PARENTS:
        return {id for id, row in world[name].items() if owner(world, name, row) in seats}
    return set()


def of_contract(world: Tables, name: str, contract: str) -> set[Any]:
    if name in ENTITIES:
        return {id for id, row in world[name].items() if str(row["contract_id"]) == contract}
    licences = {
        str(id) for id, row in world["seats"].items() if str(row["contract_id"]) == contract
    }
    return of(world, name, {seat for seat in owners(world) if seat.seat in licences})


def shared(world: Tables, name: str, id: int, seats: Collection[SeatKey]) -> bool:
    """Whether a row of the CRM is also somebody else's than these seats'."""
    if linked(world, name, id) - set(seats):
        return True
    if name != "crm_contacts":
        return False
    about = [row["id"] for row in world["crm_activities"].values() if row["contact_id"] == id]
    return any(
        linked(world, "crm_activities", other) - set(seats)
        or not linked(world, "crm_activities", other)
        for other in about
    )


def without(world: Tables, gone: Callable[[str], Collection[Any]]) -> Tables:
    """The world without these rows, and what follows from that."""
    left = copy.deepcopy(world)
    for name in schema.TABLES:
        for id in gone(name):
            del left[name][id]
    for name, (parent, column) in PARENTS.items():
        left[name] = {id: row for id, row in left[name].items() if row[column] in left[parent]}
    for name, column, target in (
        ("notes", "lead_id", "saved_leads"),
        ("notes", "account_id", "saved_accounts"),
        ("assistant_messages", "lead_id", "saved_leads"),
        ("crm_activities", "contact_id", "crm_contacts"),
        *(("crm_links", column, target) for target, column in ENTITIES.items()),
    ):
        for row in left[name].values():
            if row[column] not in left[target]:
                row[column] = None
    talked = {row["conversation_id"] for row in left["inmails"].values()}
    left["conversations"] = {id: row for id, row in left["conversations"].items() if id in talked}
    return left


def sources() -> list[str]:
    return [source.name for source in data_map().sources if source.shape == "rows"]
