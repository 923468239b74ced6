from __future__ import annotations

import csv
import io
import shutil
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from compliance.sample import Seeded, seed
from compliance.sample.mix import MIX
from tests.compliance.sample.product import (
    column,
    digests,
    empty,
    file_digests,
    moments,
    query,
)

NOW = datetime(2026, 4, 1, 12, 30, 45, 123456, tzinfo=UTC)
CREATED = {
    "contracts": "created_at",
    "members": "created_at",
    "seats": "created_at",
    "conversations": "started_at",
    "inmails": "sent_at",
    "smartlinks_views": "viewed_at",
    "seat_events": "happened_at",
    "usage_daily": "recorded_at",
    "crm_contacts": "synced_at",
    "crm_accounts": "synced_at",
    "crm_activities": "synced_at",
    "crm_links": "linked_at",
}


def test_the_same_arguments_fill_an_empty_product_with_the_same_rows_and_files(
    db: None, storages: Path
) -> None:
    seed(now=NOW)
    rows, files = digests(), file_digests(storages)
    empty()
    shutil.rmtree(storages)
    seed(now=NOW)
    assert digests() == rows
    assert file_digests(storages) == files


def test_a_second_run_changes_nothing(sample: Seeded, storages: Path) -> None:
    rows, files = digests(), file_digests(storages)
    again = seed()
    assert (digests(), file_digests(storages)) == (rows, files)
    assert (again.made, again.skipped, dict(again.rows)) == (0, 60, {})


def test_a_second_run_says_the_same_of_contracts_seats_and_members(sample: Seeded) -> None:
    again = seed(now=NOW)
    assert list(again.contracts()) == list(sample.contracts())
    assert list(again.seats()) == list(sample.seats())
    assert list(again.members()) == list(sample.members())
    assert list(again.administrations()) == list(sample.administrations())


def test_a_second_run_brings_nothing_back_that_was_deleted(sample: Seeded) -> None:
    with connections["product"].cursor() as cursor:
        cursor.execute("DELETE FROM inmails WHERE seat_id = 100002")
    seed(contracts=4, seats=22)
    assert column("SELECT count(*) FROM inmails WHERE seat_id = 100002") == [0]


def test_a_larger_run_adds_what_it_would_have_made_at_once(db: None, storages: Path) -> None:
    seed(now=NOW, contracts=2, seats=3)
    seed(now=NOW + timedelta(days=9), contracts=2, seats=8)
    seed(now=NOW, first=3, contracts=1, seats=8)
    rows = digests()
    empty()
    seed(now=NOW, contracts=3, seats=8)
    assert digests() == rows


def test_every_holder_gets_as_many_rows_as_asked_at_least_one_in_each_table(sample: Seeded) -> None:
    for table in MIX:
        match table:
            case "crm_contacts" | "crm_accounts" | "crm_activities":
                key = table.removeprefix("crm_").replace("activities", "activity").rstrip("s")
                owners = f"SELECT DISTINCT seat_id, member_id FROM crm_links WHERE {key}_id > 0"
            case "smartlinks_views":
                owners = (
                    "SELECT DISTINCT seat_id, member_id FROM smartlinks_views v "
                    "JOIN smartlinks_presentations p ON p.id = v.presentation_id"
                )
            case "assistant_drafts":
                owners = (
                    "SELECT DISTINCT seat_id, member_id FROM assistant_drafts d "
                    "JOIN assistant_messages m ON m.id = d.message_id"
                )
            case _:
                owners = f"SELECT DISTINCT seat_id, member_id FROM {table}"
        expected = {
            (int(seat.product_seat_id), int(seat.member_id))
            for seat in sample.seats()
            if table != "seat_events" or seat.contract_id != "3"
        }
        assert set(query(owners)) == expected, table


def test_only_editions_with_seat_administration_have_its_events(sample: Seeded) -> None:
    assert [contract.edition for contract in sample.contracts()] == [
        "advanced_plus",
        "advanced",
        "core",
    ]
    assert column("SELECT DISTINCT contract_id FROM seat_events ORDER BY 1") == [1, 2]


@pytest.mark.parametrize(("seats", "rows"), [(1, 1), (1, 2500), (7, 333)])
def test_a_benchmark_gets_exactly_the_inmails_it_asks_for(db: None, seats: int, rows: int) -> None:
    made = seed(contracts=1, seats=seats, rows_per_seat=rows, only={"inmails"}, handovers=False)
    assert made.rows["inmails"] == seats * rows
    assert column("SELECT count(*) FROM inmails GROUP BY seat_id") == [rows] * seats
    assert set(made.rows) == {"contracts", "members", "seats", "conversations", "inmails"}


def test_a_seat_of_thousands_of_rows_holds_each_table_and_the_number_asked_for(db: None) -> None:
    made = seed(contracts=1, seats=1, rows_per_seat=12_345)
    assert MIX.keys() <= made.rows.keys()
    shared = column("SELECT count(*) FROM crm_contacts WHERE id >= %s", 1_000_019_000_000)
    assert sum(made.rows[table] for table in MIX) - shared[0] == 12_345


def test_memory_does_not_grow_with_the_rows_of_a_seat(db: None) -> None:
    seed(contracts=1, seats=1, rows_per_seat=100)
    peaks = []
    for first, rows in ((2, 6_000), (3, 30_000)):
        tracemalloc.start()
        seed(first=first, contracts=1, seats=1, rows_per_seat=rows)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2_000_000


def test_every_moment_lies_in_the_three_years_before_now(db: None) -> None:
    seed(now=NOW)
    for table in MIX.keys() | CREATED.keys():
        found = moments(table, CREATED.get(table, "created_at"))
        assert NOW - timedelta(days=1095) <= min(found), table
        assert max(found) < NOW, table
    assert max(moments("inmails", "sent_at")) - min(moments("inmails", "sent_at")) > timedelta(900)
    assert len({moment.microsecond for moment in moments("saved_leads", "created_at")}) > 100


def test_progress_reaches_the_total_and_never_goes_back(db: None) -> None:
    seed(contracts=1, seats=2)
    calls: list[tuple[int, int]] = []
    seed(contracts=2, seats=3, rows_per_seat=9_000, progress=lambda *call: calls.append(call))
    done = [call[0] for call in calls]
    assert done == sorted(done)
    assert len(calls) > 6
    assert calls[-1] == (72_000, 72_000)


def test_a_run_that_breaks_off_leaves_nothing_half_done_and_goes_on(
    transactional_db: None, storages: Path
) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed(now=NOW, contracts=1, seats=2, rows_per_seat=12_000, progress=stop)
    assert column("SELECT count(*) FROM seats") == [0]
    seed(now=NOW, contracts=1, seats=2, rows_per_seat=12_000)
    rows = digests()
    empty()
    shutil.rmtree(storages)
    seed(now=NOW, contracts=1, seats=2, rows_per_seat=12_000)
    assert digests() == rows


def test_a_bulk_load_puts_the_settings_of_the_connection_back(transactional_db: None) -> None:
    connection = connections["product"]
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's pragmas")
    names = ("synchronous", "cache_size", "wal_autocheckpoint", "foreign_keys", "journal_mode")
    before = [query(f"PRAGMA {name}") for name in names]
    during: list[Any] = []
    seed(contracts=1, seats=1, progress=lambda *_: during.append(query("PRAGMA synchronous")))
    assert during[-1] == [(1,)]
    assert [query(f"PRAGMA {name}") for name in names] == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"contracts": 0}, "at least one contract"),
        ({"seats": 0}, "1 to 40000 seats"),
        ({"seats": 40_001}, "1 to 40000 seats"),
        ({"first": 0}, "at least one contract"),
        ({"rows_per_seat": -1}, "0 to 8000000 rows"),
        ({"only": {"inmails", "in_mails"}}, "No such table to fill: in_mails"),
        ({"only": {"assistant_drafts"}}, "cannot be filled without assistant_messages"),
        ({"now": NOW.replace(tzinfo=None)}, "time zone"),
    ],
)
def test_arguments_that_make_no_sense_are_refused_before_anything_is_written(
    db: None, arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        seed(**arguments)
    assert column("SELECT count(*) FROM contracts") == [0]


def test_a_seat_without_rows_is_a_seat_all_the_same(db: None) -> None:
    made = seed(contracts=1, seats=2, rows_per_seat=0)
    assert set(made.rows) == {"contracts", "members", "seats"}
    assert len(list(made.seats())) == 3


def test_an_inmail_is_about_five_hundred_bytes_of_csv(db: None) -> None:
    seed(contracts=1, seats=2, rows_per_seat=2_000, first=2, only={"inmails"}, handovers=False)
    out = io.StringIO()
    csv.writer(out).writerows(query("SELECT * FROM inmails"))
    assert 460 < len(out.getvalue().encode()) / 4_000 < 540


def test_members_of_a_run_that_begins_later_include_who_comes_from_the_contract_before(
    db: None,
) -> None:
    made = seed(first=2, contracts=1, seats=3)
    assert {int(member.product_id) for member in made.members()} == set(
        column("SELECT id FROM members")
    )
    assert 100_003 in column("SELECT id FROM members")
