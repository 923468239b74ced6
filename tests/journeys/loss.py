"""What a deletion takes and what it leaves, worked out from the product's tables as they were."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from compliance.sample import schema
from tests.desk import Desk
from tests.journeys.office import Seat
from tests.journeys.truth import (
    CATEGORIES,
    FOLDERS,
    LINKED,
    PARENTS,
    Row,
    columns_of,
    key_of,
    plain,
)

Key = tuple[Any, ...]
Tables = dict[str, dict[Key, Row]]
BASES = {folder: category for category, folder in FOLDERS.items()}


@dataclass
class Product:
    """Every row of every table, and the digest of every file by its path in the storage."""

    tables: Tables
    files: dict[str, str]


@dataclass
class Loss:
    """Keys of the rows that go and of those that stay for somebody else, by table; files."""

    gone: dict[str, set[Key]] = field(default_factory=dict)
    shared: dict[str, set[Key]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def counts(self, category: str) -> tuple[int, int]:
        """Rows and files of the category that go, and that stay."""
        gone = sum(len(self.gone[table]) for table in CATEGORIES[category])
        kept = sum(len(self.shared.get(table, ())) for table in CATEGORIES[category])
        files = sum(BASES[path.split("/")[0]] == category for path in self.files)
        return gone + files, kept


def taken(desk: Desk) -> Product:
    tables: Tables = {}
    for table in schema.TABLES:
        types = columns_of(table)
        rows = desk.sql("product", f"SELECT {', '.join(types)} FROM {table}")
        found = (
            {name: plain(value, types[name]) for name, value in zip(types, row, strict=True)}
            for row in rows
        )
        tables[table] = {tuple(row[name] for name in key_of(table)): row for row in found}
    root = desk.product_files
    files = {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }
    return Product(tables, files)


def of_seat(before: Product, seat: Seat) -> Loss:
    """All of the seat's own; of what several share, what nobody else is tied to."""
    tables = before.tables
    loss = _owned(before, lambda row: (row["seat_id"], row["member_id"]) == seat.owner)
    links = tables["crm_links"].values()
    for table, column in LINKED.items():
        tied: dict[int, set[tuple[int, int]]] = {}
        for link in links:
            if link[column] is not None:
                tied.setdefault(link[column], set()).add((link["seat_id"], link["member_id"]))
        mine = {(key,) for key, owners in tied.items() if seat.owner in owners}
        loss.gone[table] = {key for key in mine if tied[key[0]] == {seat.owner}}
        loss.shared[table] = mine - loss.gone[table]
    # Somebody else's activity may hang on a contact that is otherwise the seat's alone.
    staying = tables["crm_activities"].keys() - loss.gone["crm_activities"]
    needed = {(tables["crm_activities"][key]["contact_id"],) for key in staying}
    loss.shared["crm_contacts"] |= loss.gone["crm_contacts"] & needed
    loss.gone["crm_contacts"] -= needed
    loss.files = {path for path in before.files if path.split("/")[1:3] == [*map(str, seat.owner)]}
    return loss


def of_contract(before: Product, contract: int) -> Loss:
    """All that its licences hold, whoever made it, and all that the CRM sync wrote for it."""
    licences = {
        key[0] for key, row in before.tables["seats"].items() if row["contract_id"] == contract
    }
    loss = _owned(before, lambda row: row["seat_id"] in licences)
    for table in LINKED:
        rows = before.tables[table].items()
        loss.gone[table] = {key for key, row in rows if row["contract_id"] == contract}
    loss.files = {path for path in before.files if int(path.split("/")[1]) in licences}
    return loss


def without(loss: Loss, before: Product, seat: Seat, categories: Iterable[str]) -> Loss:
    """A contract's loss, when a hold keeps these categories of one of its seats."""
    kept = narrowed(loss, categories)
    own = of_seat(before, seat)
    for table, keys in kept.gone.items():
        kept.shared[table] = keys & (own.gone.get(table, set()) | own.shared.get(table, set()))
    activities = kept.shared.get("crm_activities", set())
    for key in activities:
        contact = (before.tables["crm_activities"][key]["contact_id"],)
        kept.shared["crm_contacts"] |= kept.gone["crm_contacts"] & {contact}
    gone = {table: keys - kept.shared.get(table, set()) for table, keys in loss.gone.items()}
    return Loss(gone, kept.shared, loss.files)


def _owned(before: Product, is_mine: Any) -> Loss:
    loss = Loss()
    for table in schema.OWNED:
        rows = before.tables[table].items()
        loss.gone[table] = {key for key, row in rows if is_mine(row)}
    for table, (parent, column) in PARENTS.items():
        rows = before.tables[table].items()
        loss.gone[table] = {key for key, row in rows if (row[column],) in loss.gone[parent]}
    # A conversation is its mailbox copies: it goes with the last of them.
    copies = before.tables["inmails"].items()
    staying = {row["conversation_id"] for key, row in copies if key not in loss.gone["inmails"]}
    ending = {row["conversation_id"] for key, row in copies if key in loss.gone["inmails"]}
    loss.gone["conversations"] = {(key,) for key in ending - staying}
    return loss


def narrowed(loss: Loss, categories: Iterable[str]) -> Loss:
    """Only these categories of a loss."""
    tables = {table for category in categories for table in CATEGORIES[category]}
    folders = {FOLDERS[category] for category in categories if category in FOLDERS}
    if "inmails" in tables:
        tables.add("conversations")
    return Loss(
        {table: keys for table, keys in loss.gone.items() if table in tables},
        {table: keys for table, keys in loss.shared.items() if table in tables},
        {path for path in loss.files if path.split("/")[0] in folders},
    )


def left(before: Product, loss: Loss, pointers: dict[str, dict[str, str]] | None = None) -> Product:
    """The product as it must be afterwards: without the loss, and else untouched.

    `pointers` are columns of rows that stay (table → column → the table it names): they are
    emptied where the row they name is gone.
    """
    tables: Tables = {}
    for table, rows in before.tables.items():
        gone = loss.gone.get(table, set())
        tables[table] = {key: dict(row) for key, row in rows.items() if key not in gone}
        for column, target in (pointers or {}).get(table, {}).items():
            for row in tables[table].values():
                if (row[column],) in loss.gone.get(target, ()):
                    row[column] = None
    files = {path: digest for path, digest in before.files.items() if path not in loss.files}
    return Product(tables, files)


def differences(one: Product, other: Product) -> dict[str, dict[Any, tuple[Any, Any]]]:
    """Table or "files" → key → what the two have there, where they are not the same."""
    compared = [*((table, one.tables[table], other.tables[table]) for table in one.tables)]
    found: dict[str, dict[Any, tuple[Any, Any]]] = {}
    for name, left_, right in [*compared, ("files", one.files, other.files)]:
        for key in left_.keys() | right.keys():
            if left_.get(key) != right.get(key):
                found.setdefault(name, {})[key] = (left_.get(key), right.get(key))
    return found
