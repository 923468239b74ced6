from __future__ import annotations

from pathlib import Path

import pytest

from seats import ledger
from seats.ledger import Entry, Kind, LedgerBroken
from seats.models import LedgerHead

pytestmark = pytest.mark.django_db(transaction=True)


def append(number: int) -> Entry:
    return ledger.append(Kind.NUMBER_ISSUED, {"series": "EXP-2026", "number": number})


def test_a_storage_that_lost_entries_is_noticed(storages: Path) -> None:
    kept, gone = append(1), append(2)
    place = storages / "evidence" / gone.name
    place.unlink()
    with pytest.raises(LedgerBroken, match=f"{gone.id} was removed"):
        list(ledger.entries())
    place.with_name(f"{gone.id}.confirmed").unlink()
    assert list(ledger.entries()) == [kept]
    assert ledger.lost() == [gone.id]


def test_a_changed_entry_is_named_and_what_stands_before_it_is_read(storages: Path) -> None:
    first, changed = append(1), append(2)
    place = storages / "evidence" / changed.name
    place.write_bytes(place.read_bytes().replace(b'"number":2', b'"number":1'))
    reading = ledger.entries()
    assert next(reading) == first
    with pytest.raises(LedgerBroken, match=changed.id):
        next(reading)
    with pytest.raises(LedgerBroken, match=changed.id):
        ledger.newest()
    LedgerHead.objects.all().delete()
    with pytest.raises(LedgerBroken, match=changed.id):
        ledger.behind()


def test_an_entry_moved_to_another_day_is_named(storages: Path) -> None:
    entry = append(1)
    place = storages / "evidence" / entry.name
    elsewhere = place.parents[2] / "99" / "01"
    elsewhere.mkdir(parents=True)
    place.rename(elsewhere / place.name)
    with pytest.raises(LedgerBroken, match=entry.id):
        list(ledger.entries())


@pytest.mark.parametrize("name", ["note.json", "20260731T120000000000Z-xyz.seal.json"])
def test_a_foreign_object_is_named(storages: Path, name: str) -> None:
    place = storages / "evidence" / append(1).name
    place.with_name(name).write_text("{}")
    with pytest.raises(LedgerBroken, match=name):
        list(ledger.entries())


def test_drafts_and_hidden_files_are_no_entries(storages: Path) -> None:
    entry = append(1)
    place = storages / "evidence" / entry.name
    for name in (f".{place.name}.0a1b2c3d", "._note.json", ".nfs0001"):
        place.with_name(name).write_bytes(b"")
    (storages / "evidence" / "ledger" / "lost+found").mkdir()
    assert list(ledger.entries()) == [entry]
