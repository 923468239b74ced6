from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction

from seats import evidence, ledger
from seats.ledger import Entry, Kind
from seats.models import LedgerHead

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 7, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def append(number: int = 1, kind: Kind = Kind.NUMBER_ISSUED) -> Entry:
    return ledger.append(kind, {"series": "EXP-2026", "number": number})


def rolled_back(number: int = 1) -> Entry:
    """Announced in a transaction that then fails."""
    with transaction.atomic():
        entry = append(number)
        transaction.set_rollback(True)
    return entry


def restore(backup: list[dict[str, Any]]) -> None:
    """What a restore does to what the database knows."""
    LedgerHead.objects.all().delete()
    LedgerHead.objects.bulk_create(LedgerHead(**row) for row in backup)


def backup() -> list[dict[str, Any]]:
    return list(LedgerHead.objects.values())


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.usefixtures("either_storage")
def test_what_is_announced_is_read_back_in_order(clock: time_machine.Traveller) -> None:
    written = []
    for number in range(3):
        written.append(append(number))
        clock.shift(DAY * 40)
    assert list(ledger.entries()) == written
    assert [entry.confirmed for entry in ledger.entries()] == [True] * 3
    assert ledger.newest() == written[-1]
    assert ledger.behind() is None
    assert ledger.lost() == []


@pytest.mark.usefixtures("either_storage")
def test_an_empty_ledger_is_no_trouble() -> None:
    assert list(ledger.entries()) == []
    assert ledger.newest() is None
    assert ledger.newest(Kind.SEAL) is None
    assert ledger.behind() is None
    assert ledger.lost() == []
    ledger.settle()
    ledger.catch_up()


def test_entries_of_one_instant_keep_the_order_in_which_they_were_written() -> None:
    written = [append(number) for number in range(20)]
    assert list(ledger.entries()) == written


def test_a_writer_with_a_slow_clock_comes_after_what_it_knew(
    clock: time_machine.Traveller,
) -> None:
    placed = append(kind=Kind.HOLD_PLACED)
    clock.move_to(NOON - timedelta(hours=2))
    lifted = append(kind=Kind.HOLD_LIFTED)
    assert list(ledger.entries()) == [placed, lifted]


def test_entries_are_found_by_time_and_kind(clock: time_machine.Traveller) -> None:
    old = append(1)
    clock.move_to(datetime(2027, 1, 1, tzinfo=UTC))
    seal, new = append(2, Kind.SEAL), append(3)
    assert list(ledger.entries(since=NOON)) == [old, seal, new]
    assert list(ledger.entries(since=NOON + timedelta(microseconds=1))) == [seal, new]
    assert list(ledger.entries(since=seal.at, kinds=[Kind.NUMBER_ISSUED])) == [new]
    assert list(ledger.entries(kinds={Kind.NUMBER_ISSUED, Kind.SEAL})) == [old, seal, new]
    assert list(ledger.entries(since=seal.at + DAY)) == []
    assert ledger.newest(Kind.SEAL) == seal
    assert ledger.newest(Kind.NUMBER_ISSUED) == new
    assert ledger.newest(Kind.HOLD_PLACED) is None


def test_the_newest_is_found_without_reading_the_years_before(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        newest = append()
        clock.shift(DAY * 400)
    asked: list[str] = []
    listing = evidence.listing
    monkeypatch.setattr(evidence, "listing", lambda folder: asked.append(folder) or listing(folder))
    assert ledger.newest() == newest
    assert asked == ["ledger", "ledger/2028", "ledger/2028/10", "ledger/2028/10/08"]


def test_a_refused_body_leaves_no_trace(storages: Path) -> None:
    with pytest.raises(ValueError, match="opaque"):
        ledger.append(Kind.CONSENT_WITHDRAWN, {"member": "ana@example.com"})
    assert files(storages) == []
    assert not LedgerHead.objects.exists()


# --- Restored, or only crashed ------------------------------------------------------------------


@pytest.mark.usefixtures("either_storage")
@pytest.mark.parametrize("within_transaction", [True, False])
def test_a_restored_database_is_behind_until_it_caught_up(within_transaction: bool) -> None:
    append(1)
    before = backup()
    if within_transaction:
        with transaction.atomic():
            missed = append(2)
    else:
        missed = append(2)
    assert ledger.behind() is None
    restore(before)
    assert ledger.behind() == missed
    ledger.settle()
    assert ledger.behind() == missed
    ledger.catch_up()
    assert ledger.behind() is None


def test_an_empty_database_beside_an_old_ledger_is_behind(clock: time_machine.Traveller) -> None:
    append(1)
    clock.shift(DAY * 500)
    newest = append(2)
    restore([])
    assert ledger.behind() == newest
    ledger.catch_up()
    assert ledger.behind() is None
    assert ledger.lost() == []


def test_a_database_restored_after_months_is_behind(clock: time_machine.Traveller) -> None:
    append(1)
    before = backup()
    clock.shift(DAY * 100)
    append(2)
    clock.shift(DAY * 100)
    newest = append(3)
    restore(before)
    assert ledger.behind() == newest


def test_a_restored_database_stays_behind_when_it_writes_on() -> None:
    append(1)
    before = backup()
    missed = append(2)
    restore(before)
    append(3)
    assert ledger.behind() == missed


def test_an_announcement_rolled_back_is_no_restore_and_is_marked_as_idle() -> None:
    append(1)
    idle = rolled_back(2)
    assert ledger.behind() is None
    append(3)
    assert ledger.behind() is None
    assert {entry.id: entry.confirmed for entry in ledger.entries()}[idle.id] is False
    # Not even a restore makes it take effect.
    restore([])
    ledger.catch_up()
    assert ledger.behind() is None
    assert {entry.id: entry.confirmed for entry in ledger.entries()}[idle.id] is False


def test_an_announcement_in_a_savepoint_rolled_back_is_idle() -> None:
    with transaction.atomic():
        idle = rolled_back(1)
        kept = append(2)
    assert {entry.id: entry.confirmed for entry in ledger.entries()} == {
        idle.id: False,
        kept.id: True,
    }
    assert ledger.behind() is None


def test_a_transaction_that_commits_late_is_missed_too(clock: time_machine.Traveller) -> None:
    """The newest entry alone would not tell: it was known when the backup was made."""
    with transaction.atomic():
        late = append(1)
        clock.shift(timedelta(minutes=1))
        newest = append(2)
    both = backup()
    restore([row for row in both if row["entry"] == newest.id])
    assert ledger.behind() == late


def test_entries_of_more_than_a_day_ago_need_no_row(clock: time_machine.Traveller) -> None:
    for number in range(5):
        append(number)
        clock.shift(timedelta(hours=20))
    assert LedgerHead.objects.count() == 2
    assert ledger.behind() is None
    assert ledger.lost() == []


def test_recording_an_entry_twice_changes_nothing() -> None:
    entry = append(1)
    ledger.record_head(entry)
    assert LedgerHead.objects.count() == 1
    assert LedgerHead.objects.get().confirmed


def test_a_storage_that_fails_after_the_commit_undoes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put = evidence.put

    def failing(name: str, content: bytes) -> None:
        if name.endswith(".confirmed"):
            raise OSError("storage is away")
        put(name, content)

    with monkeypatch.context() as patch:
        patch.setattr(evidence, "put", failing)
        with transaction.atomic():
            entry = append(1)
    assert not LedgerHead.objects.get().confirmed
    append(2)
    assert entry.id in {one.id for one in ledger.entries() if one.confirmed}


def test_a_storage_that_fails_first_stops_the_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(name: str, content: bytes) -> None:
        raise OSError("storage is away")

    monkeypatch.setattr(evidence, "put", failing)
    with pytest.raises(OSError, match="away"), transaction.atomic():
        append(1)
    assert not LedgerHead.objects.exists()
