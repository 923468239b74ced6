"""Rows that nothing hangs on: several owners' in one batch, and one owner's in several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from compliance.sources.base import SeatKey
from compliance.sources.declared import Retain
from tests.compliance.sources import specimens
from tests.compliance.sources.specimens import ANA, BEN, SPECIMENS, run, scope, specimen

pytestmark = pytest.mark.usefixtures("specimens_table")
CARA, DAN = SeatKey("8", "72"), SeatKey("9", "73")


def owned(counts: Sequence[tuple[SeatKey, int]]) -> None:
    """So many rows each, in the cut-off; Dan's are not in the scope, nor is Ana's last one."""
    owners = [key for key, count in counts for _ in range(count)]
    rows = [
        specimen(id, seat_id=int(key.seat), member_id=int(key.member))
        for id, key in enumerate([*owners, DAN], 1)
    ]
    specimens.fill([*rows, specimen(99, at=specimens.later())])


def left() -> list[object]:
    return [id for (id,) in run("SELECT id FROM specimens ORDER BY id")]


@pytest.mark.parametrize("ana", [0, 1, 4, 5, 13])
@pytest.mark.parametrize("ben", [0, 1, 4, 5])
@pytest.mark.parametrize("cara", [0, 3, 9])
def test_every_batch_is_bounded_and_moves_on(ana: int, ben: int, cara: int) -> None:
    owned([(ANA, ana), (BEN, ben), (CARA, cara)])
    mine, total = scope(CARA, BEN, ANA), ana + ben + cara
    erased = []
    more = True
    while more:
        batch = SPECIMENS.erase(mine, 4)
        assert batch.erased or not batch.more or not total
        erased.append(batch.erased)
        more = batch.more
    assert max(erased) <= 4
    assert sum(erased) == total
    assert len(erased) <= total // 2 + 2
    assert left() == [total + 1, 99]
    assert SPECIMENS.erase(mine, 4).erased == SPECIMENS.remaining(mine) == 0


def test_who_has_nothing_is_passed_over() -> None:
    owned([(CARA, 2)])
    nobody = [SeatKey("7", str(member)) for member in range(1000, 1400)]
    batch = SPECIMENS.erase(scope(*nobody, CARA), 10)
    assert (batch.erased, batch.more) == (2, False)
    assert SPECIMENS.erase(scope(*nobody), 10).erased == 0


def test_a_range_of_keys_and_what_the_law_keeps_hold_for_whole_owners_too() -> None:
    owned([(ANA, 6), (BEN, 2)])
    run("UPDATE specimens SET words = 'invoice' WHERE id IN (3, 7)")
    invoices = replace(SPECIMENS, erasure=Retain({"words": ("invoice",)}, "accounting"))
    batch = invoices.erase(scope(ANA, BEN, low="1", high="7"), 100)
    assert (batch.erased, batch.more, batch.retained) == (4, False, {"accounting": 2})
    assert left() == [1, 3, 7, 8, 9, 99]
