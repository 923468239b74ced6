"""A product of another make: keys that are texts or UUIDs, types the sample product has not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.db import connections

from compliance.sources import columns, reading
from compliance.sources.base import Format, Reach, Scope, SeatKey
from compliance.sources.declared import LicenceTable, OwnColumns
from compliance.sources.linking import selection
from compliance.sources.tables import Table
from tests.compliance.sources.specimens import content, run

CUTOFF = datetime(2026, 6, 1, 12, tzinfo=UTC)
BEFORE, AFTER = "2026-06-01 11:59:59.5", "2026-06-01 12:00:00.000001"
LETTERS = ["a", "B", "ä", "Z", "_", "é", "1", "10", "9", "ß", "👋"]
MEMOS = Table(
    category="memos",
    name="memos",
    columns={
        **columns.texts("id", "licence", "person"),
        **columns.moments("made_at"),
        **columns.texts("body"),
    },
    created="made_at",
    owner=OwnColumns("licence", "person"),
    contract=LicenceTable("licences", "code", "customer"),
)


def create(key: str, moment: str, body: str) -> None:
    run(f"CREATE TABLE licences (code {key} PRIMARY KEY, customer {key} NOT NULL)")
    run("CREATE INDEX licences_customer ON licences (customer)")
    run(
        f"CREATE TABLE memos (id {key} PRIMARY KEY, licence {key} NOT NULL, person {key} NOT NULL, "
        f"made_at {moment} NOT NULL, body {body})"
    )
    run("CREATE INDEX memos_owner ON memos (licence, person, id)")


def add(id: str, licence: str, person: str, made: str = BEFORE, body: str | None = None) -> None:
    if connections["product"].vendor == "sqlite":
        made = f"{datetime.fromisoformat(made).isoformat(timespec='microseconds')}Z"
    run("INSERT INTO memos VALUES (%s, %s, %s, %s, %s)", id, licence, person, made, body)


def read(table: Table, scope: Scope) -> list[dict[str, str]]:
    ways = [reading.rendered]
    if connections["product"].vendor == "postgresql":
        ways.append(reading.copied)
    found = {content(way(selection(table, scope), Format.JSONL)) for way in ways}
    assert len(found) == 1
    return [json.loads(line) for line in found.pop().splitlines()]


def test_keys_can_be_texts_and_sort_alike_everywhere(db: None) -> None:
    create(
        "text", "timestamptz" if connections["product"].vendor == "postgresql" else "text", "text"
    )
    assert MEMOS.check() == []
    run("INSERT INTO licences VALUES ('L-1', 'C'), ('l-1', 'D')")
    for letter in LETTERS:
        add(letter, "L-1", "Ana O'Neill")
    add("other", "l-1", "Ana O'Neill")
    add("stranger", "L-1", "007")
    ana = Scope(Reach.SEATS, "C", (SeatKey("L-1", "Ana O'Neill"),), CUTOFF)
    assert [row["id"] for row in read(MEMOS, ana)] == sorted(LETTERS)
    parts = [
        [row["id"] for row in read(MEMOS, Scope(Reach.SEATS, "C", ana.seats, CUTOFF, low, high))]
        for low, high in MEMOS.split(ana, 4)
    ]
    assert [len(part) for part in parts] == [4, 4, 3]
    assert [id for part in parts for id in part] == sorted(LETTERS)
    rest = Scope(Reach.REST, "C", ana.seats, CUTOFF)
    assert MEMOS.counts_by_seat(rest) == {SeatKey("L-1", "007"): 1}
    assert MEMOS.erase(ana, 5).erased == 5
    assert MEMOS.erase(ana, 100).erased == len(LETTERS) - 5
    assert run("SELECT id FROM memos ORDER BY id") == [("other",), ("stranger",)]


@pytest.fixture
def postgresql(db: None) -> None:
    if connections["product"].vendor != "postgresql":
        pytest.skip("SQLite has none of these types.")


@pytest.mark.usefixtures("postgresql")
def test_keys_can_be_uuids() -> None:
    create("uuid", "timestamptz", "jsonb")
    assert MEMOS.check() == []
    ids = [f"0000000{number}-0000-4000-8000-000000000000" for number in range(6)]
    run("INSERT INTO licences VALUES (%s, %s)", ids[0], ids[5])
    add(ids[3], ids[0], ids[1], body='{"b": [1, "é"]}')
    add(ids[2], ids[0], ids[1])
    add(ids[4], ids[0], ids[2])
    one = Scope(Reach.SEATS, ids[5], (SeatKey(ids[0], ids[1]),), CUTOFF)
    assert [(row["id"], row["body"]) for row in read(MEMOS, one)] == [
        (ids[2], None),
        (ids[3], '{"b": [1, "é"]}'),
    ]
    assert len(MEMOS.split(one, 1)) == 2
    rest = Scope(Reach.REST, ids[5], one.seats, CUTOFF)
    assert MEMOS.counts_by_seat(rest) == {SeatKey(ids[0], ids[2]): 1}
    assert (MEMOS.erase(one, 10).erased, MEMOS.count(one), MEMOS.count(rest)) == (2, 0, 1)


@pytest.mark.usefixtures("postgresql")
@pytest.mark.parametrize("key", ["varchar(40)", "character(4)", "text"])
def test_moments_without_a_zone_are_utc(key: str) -> None:
    create(key, "timestamp(6)", "varchar(20)")
    assert MEMOS.check() == []
    run("SET LOCAL TimeZone = 'Asia/Tokyo'")
    add("0001", "L-01", "P-01", BEFORE, "=1")
    add("0002", "L-01", "P-01", AFTER)
    one = Scope(Reach.SEATS, "C", (SeatKey("L-01", "P-01"),), CUTOFF)
    assert (MEMOS.count(one), MEMOS.later(one)) == (1, 1)
    assert [(row["id"], row["made_at"]) for row in read(MEMOS, one)] == [
        ("0001", "2026-06-01T11:59:59.500000Z")
    ]
    assert MEMOS.erase(one, 10).erased == 1


@pytest.mark.usefixtures("postgresql")
@pytest.mark.parametrize("kind", ["double precision", "bytea", "text[]", "numeric(8,3)", "numeric"])
def test_a_type_that_cannot_be_written_exactly_is_told(kind: str) -> None:
    run(
        "CREATE TABLE odd (id bigint PRIMARY KEY, seat_id bigint NOT NULL, "
        f"member_id bigint NOT NULL, thing {kind}, at timestamptz NOT NULL)"
    )
    run("CREATE INDEX odd_owner ON odd (seat_id, member_id)")
    for declared in (columns.TEXT, columns.decimal(2)):
        odd = Table(
            category="odd",
            name="odd",
            columns={
                **columns.integers("id", "seat_id", "member_id"),
                "thing": declared,
                **columns.moments("at"),
            },
            created="at",
        )
        (wrong,) = odd.check()
        assert wrong.startswith("odd.thing is declared ")
        assert wrong.endswith(f"but it is {kind}.")
