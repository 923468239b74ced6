"""Words nobody else writes, planted wherever a deletion has to reach."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from tests.desk import Desk
from tests.journeys.loss import Key, Loss
from tests.journeys.office import Office, Seat
from tests.journeys.truth import CATEGORIES, FOLDERS, columns_of

KEYS_OF_FILES = {"raw_key", "report_key", "file_key"}


def _word(what: str) -> str:
    return f"canary{what}{secrets.token_hex(6)}"


@dataclass(frozen=True)
class Words:
    product: str = field(default_factory=lambda: _word("product"))
    shared: str = field(default_factory=lambda: _word("shared"))
    name: str = field(default_factory=lambda: _word("name"))
    address: str = field(default_factory=lambda: _word("address"))
    earlier: str = field(default_factory=lambda: _word("earlier"))
    written: str = field(default_factory=lambda: _word("written"))


def in_product(desk: Desk, words: Words, loss: Loss) -> None:
    """In every text column of every row that goes or is shared, in every file that goes, and in
    the names of those that users named."""
    for table in (table for tables in CATEGORIES.values() for table in tables):
        assert loss.gone[table], f"no row of {table} to plant in"
        _fill(desk, table, words.product, loss.gone[table])
        _fill(desk, table, words.shared, loss.shared.get(table, set()))
    for path in loss.files:
        file = desk.product_files / path
        file.write_bytes(file.read_bytes()[:200] + f"{words.product}.{path}".encode())
        if path.startswith(FOLDERS["smartlinks-presentations"]):
            new = file.with_name(f"{words.product}{file.suffix}")
            file.rename(new)
            key = str(new.relative_to(desk.product_files))
            column = "UPDATE smartlinks_presentations SET file_key = %s WHERE file_key = %s"
            desk.sql("product", column, [key, path])


def _fill(desk: Desk, table: str, word: str, keys: set[Key]) -> None:
    texts = [
        name
        for name, type_ in columns_of(table).items()
        if type_ == "text" and name not in KEYS_OF_FILES
    ]
    if texts and keys:
        names = ", ".join(f"{name} = %s" for name in texts)
        ids = ", ".join(str(key) for (key,) in sorted(keys))
        values = [f"{word}.{table}.{name}" for name in texts]
        desk.sql("product", f"UPDATE {table} SET {names} WHERE id IN ({ids})", values)


def in_person(office: Office, words: Words, seat: Seat) -> None:
    office.desk.sql(
        "default",
        "UPDATE seats_member SET name = %s, email = %s WHERE id = %s",
        [words.name, f"{words.address}@customer.example", seat.member.removeprefix("member:M-")],
    )


def by_nobody_we_know(desk: Desk, seat: Seat, stranger: int) -> None:
    """A note and a file on a licence, by somebody who never held it as far as we know."""
    desk.sql(
        "product",
        "INSERT INTO notes (id, seat_id, member_id, body, created_at) VALUES (1, %s, %s, 'x', %s)",
        [seat.licence, stranger, "2025-06-01T12:00:00.000001Z"],
    )
    folder = desk.product_files / "smartlinks" / str(seat.licence) / str(stranger) / "1"
    folder.mkdir(parents=True)
    folder.joinpath("left behind.pdf").write_bytes(b"%PDF-1.4 left behind")
