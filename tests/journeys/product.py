"""What the product holds, asked of its tables and folders past all sources of ours."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from compliance.sample import schema
from tests.desk import Desk
from tests.journeys.company import Seat

KEYS = {"usage_daily": "day"}
OWN = "seat_id = %s AND member_id = %s"
# Of the tables without an owner's columns: what hangs on an owner's rows.
THROUGH = {
    "smartlinks_views": "SELECT v.id FROM smartlinks_views v "
    f"JOIN smartlinks_presentations p ON p.id = v.presentation_id WHERE {OWN}",
    "assistant_drafts": "SELECT d.id FROM assistant_drafts d "
    f"JOIN assistant_messages m ON m.id = d.message_id WHERE {OWN}",
    "crm_activities": "SELECT DISTINCT activity_id FROM crm_links "
    f"WHERE {OWN} AND activity_id IS NOT NULL",
    "crm_accounts": "SELECT DISTINCT account_id FROM crm_links "
    f"WHERE {OWN} AND account_id IS NOT NULL",
    "crm_contacts": "SELECT contact_id FROM crm_links "
    f"WHERE {OWN} AND contact_id IS NOT NULL UNION SELECT a.contact_id FROM crm_activities a "
    f"JOIN crm_links l ON l.activity_id = a.id WHERE l.{OWN.replace('AND ', 'AND l.')} "
    "AND a.contact_id IS NOT NULL",
}
Keys = dict[str, list[str]]


def keys_of(desk: Desk, seat: Seat, tables: tuple[str, ...] = schema.OWNED) -> Keys:
    """The keys of a seat's rows, sorted, table by table; tables without any are left out."""
    found: Keys = {}
    owner = [seat.product_id, seat.member_id]
    for table in tables:
        query = THROUGH.get(table, f"SELECT {KEYS.get(table, 'id')} FROM {table} WHERE {OWN}")
        rows = desk.sql("product", query, owner * (query.count("%s") // 2))
        found[table] = sorted(str(key) for (key,) in rows)
    return {table: keys for table, keys in found.items() if keys}


def everything_of(desk: Desk, seat: Seat) -> Keys:
    """With what hangs on the seat's rows, and shared ones too."""
    return keys_of(desk, seat, (*schema.OWNED, *THROUGH))


def count_of(desk: Desk, seat: Seat) -> int:
    return sum(map(len, keys_of(desk, seat).values()))


def files_of(desk: Desk, seat: Seat) -> list[str]:
    """Digests of the seat's files, sorted."""
    folders = (desk.product_files / base for base in ("smartlinks", "imports"))
    found = (folder / str(seat.product_id) / str(seat.member_id) for folder in folders)
    return sorted(
        hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in found
        for path in folder.rglob("*")
        if path.is_file()
    )


def others(desk: Desk, *seats: Seat) -> dict[str, str]:
    """A digest of every owned table's rows that belong to none of these seats."""
    owners = {(seat.product_id, seat.member_id) for seat in seats}
    digests = {}
    for table in schema.OWNED:
        rows = desk.sql("product", f"SELECT seat_id, member_id, rows.* FROM {table} AS rows")
        kept = sorted(repr(row) for row in rows if row[:2] not in owners)
        digests[table] = hashlib.sha256("\n".join(kept).encode()).hexdigest()
    return digests


class Delivered:
    """An archive as its requester opens it."""

    def __init__(self, file: Path) -> None:
        self._zip = zipfile.ZipFile(file)
        assert self._zip.testzip() is None
        self.names = self._zip.namelist()
        assert not [name for name, times in Counter(self.names).items() if times > 1]

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Table → its rows, of all its parts."""
        found: dict[str, list[dict[str, Any]]] = {}
        for name in self.names:
            if name.startswith("data/"):
                table = name.rpartition("/")[2].rpartition("-")[0]
                lines = self._zip.read(name).split(b"\n")[:-1]
                found.setdefault(table, []).extend(map(json.loads, lines))
        return found

    def keys(self) -> Keys:
        return {
            table: sorted(str(row[KEYS.get(table, "id")]) for row in rows)
            for table, rows in self.rows().items()
        }

    def files(self) -> list[str]:
        return sorted(
            hashlib.sha256(self._zip.read(name)).hexdigest()
            for name in self.names
            if name.startswith("files/")
        )


def opened(desk: Desk, reference: str) -> Delivered:
    file = desk.folder / f"{reference}.zip"
    desk.manage("open_archive", reference, "--to", file, "--as", "staff:ana")
    return Delivered(file)
