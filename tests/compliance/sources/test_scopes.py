from __future__ import annotations

from dataclasses import replace

import pytest

from compliance.sample import Seeded
from compliance.sources.base import BadKey, Format, Reach, Scope, SeatKey, data_map
from tests.compliance.sources import world
from tests.compliance.sources.chosen import CUTOFF, busiest, seat_scope
from tests.compliance.sources.specimens import content


def test_a_key_range_erases_only_itself(sample: Seeded) -> None:
    seat = busiest(world.tables())
    for name in ("inmails", "usage_daily", "assistant_drafts", "saved_leads"):
        source = data_map().source(name)
        whole = seat_scope(seat)
        ranges = source.split(whole, 1)
        assert len(ranges) > 1
        total = source.count(whole)
        for low, high in ranges:
            part = replace(whole, low=low, high=high)
            count = source.count(part)
            while source.erase(part, 2).more:
                pass
            assert source.remaining(part) == 0
            total -= count
            assert source.count(whole) == total
        assert total == 0


def test_an_export_of_a_seat_or_a_contract_holds_each_row_once(sample: Seeded) -> None:
    found = world.tables()
    licences = {str(id) for id, row in found["seats"].items() if row["contract_id"] == 1}
    seats = sorted(one for one in world.owners(found) if one.seat in licences)
    for source in data_map().sources:
        if source.shape == "files":
            continue
        for whole, known in ((True, tuple(seats[:5])), (False, (seats[3],))):
            scopes = [
                Scope(reach, "1", () if reach is Reach.CONTRACT else known, CUTOFF)
                for reach in source.reaches(whole_contract=whole)
            ]
            lines: list[bytes] = []
            for scope in scopes:
                for low, high in source.split(scope, 40):
                    for stream in source.read(replace(scope, low=low, high=high), Format.JSONL):
                        lines += content(stream).splitlines(keepends=True)
            keys = (
                world.of_contract(found, source.name, "1")
                if whole
                else world.of(found, source.name, known)
            )
            assert len(lines) == len(set(lines)) == len(keys), source.name


def test_keys_that_are_no_keys_are_refused(sample: Seeded) -> None:

    for seat in ("007", "1 OR 1=1", "", "1.0", "-", "٣"):
        with pytest.raises(BadKey):
            data_map().source("notes").count(seat_scope(SeatKey(seat, "1")))
    assert data_map().source("notes").count(seat_scope()) == 0
