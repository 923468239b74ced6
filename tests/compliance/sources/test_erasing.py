from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from compliance.sample import Seeded
from compliance.sources.base import Reach, Scope, SeatKey, data_map
from tests.compliance.sources import world
from tests.compliance.sources.chosen import CUTOFF, SEATS, Choice, busiest, seat_scope
from tests.compliance.sources.specimens import run, stored
from tests.compliance.sources.world import Tables


def erase_all(scopes: list[Scope], limit: int = 7) -> dict[str, int]:
    """Everything the scopes reach, batch by batch; how many rows of each source went."""
    erased = {}
    for source in data_map().sources:
        for scope in scopes:
            if source.shape == "rows" and scope.reach in source.reaches(
                whole_contract=len(scopes) > 1
            ):
                more = True
                while more:
                    batch = source.erase(scope, limit)
                    assert batch.erased <= limit
                    assert sum(batch.carried.values()) <= 4 * limit
                    erased[source.name] = erased.get(source.name, 0) + batch.erased
                    more = batch.more
                assert source.remaining(scope) == 0
    return erased


@pytest.mark.parametrize("choose", SEATS)
def test_a_seat_goes_and_nothing_else_is_touched(sample: Seeded, choose: Choice) -> None:
    before = world.tables()
    seat = choose(before)
    counts = {name: len(world.of(before, name, [seat])) for name in world.sources()}
    assert sum(counts.values()) > 20
    assert {name: count for name, count in counts.items() if count} == {
        source.name: count
        for source in data_map().sources
        if source.shape == "rows" and (count := source.count(seat_scope(seat)))
    }
    erased = erase_all([seat_scope(seat)])

    def gone(name: str) -> set[object]:
        mine = world.of(before, name, [seat])
        if name in world.ENTITIES:
            return {id for id in mine if not world.shared(before, name, id, [seat])}
        return mine

    assert world.tables() == world.without(before, gone)
    assert {name: len(gone(name)) for name in erased} == erased


@pytest.mark.parametrize("choose", SEATS[:3])
def test_each_table_can_go_alone(sample: Seeded, choose: Choice) -> None:
    before = world.tables()
    seat = choose(before)
    for name in world.sources():
        with transaction.atomic("product"):
            erase_alone(before, name, seat)
            transaction.set_rollback(True, using="product")


def erase_alone(before: Tables, name: str, seat: SeatKey) -> None:
    source = data_map().source(name)
    mine = world.of(before, name, [seat])
    if name in world.ENTITIES:
        mine = {id for id in mine if not world.shared(before, name, id, [seat])}
    while (batch := source.erase(seat_scope(seat), 5)).more:
        assert batch.erased <= 5
    expected = world.without(before, lambda table: mine if table == name else set())
    if name == "crm_links":
        # With a seat's last link goes what hung on it alone.
        for entity in ("crm_activities", "crm_contacts", "crm_accounts"):
            for id in world.of(before, entity, [seat]):
                used = [row["contact_id"] for row in expected["crm_activities"].values()]
                lonely = not world.linked(before, entity, id) - {seat}
                if lonely and not (entity == "crm_contacts" and id in used):
                    del expected[entity][id]
    assert world.tables() == expected, name
    assert source.erase(seat_scope(seat), 5).erased == 0
    assert source.remaining(seat_scope(seat)) == 0


@pytest.mark.parametrize("known", [0, 3, 100])
def test_a_contract_goes_with_the_seats_nobody_knows(sample: Seeded, known: int) -> None:
    before = world.tables()
    licences = {str(id) for id, row in before["seats"].items() if row["contract_id"] == 2}
    seats = sorted(one for one in world.owners(before) if one.seat in licences)
    assert len(seats) > 10
    some = tuple(seats[:known])
    scopes = [
        Scope(Reach.SEATS, "2", some, CUTOFF),
        Scope(Reach.REST, "2", some, CUTOFF),
        Scope(Reach.CONTRACT, "2", (), CUTOFF),
    ]
    for source in data_map().sources:
        if source.shape == "rows":
            reaches = source.reaches(whole_contract=True)
            found = sum(source.count(scope) for scope in scopes if scope.reach in reaches)
            assert found == len(world.of_contract(before, source.name, "2")), source.name
            by_seat = [source.counts_by_seat(s) for s in scopes[:2] if s.reach in reaches]
            assert sum(sum(counts.values()) for counts in by_seat) == (found if by_seat else 0)
    erase_all(scopes, limit=50)
    assert world.tables() == world.without(
        before, lambda name: world.of_contract(before, name, "2") if name in world.sources() else ()
    )


def test_what_a_held_seat_has_stays(sample: Seeded) -> None:
    before = world.tables()
    licences = {str(id) for id, row in before["seats"].items() if row["contract_id"] == 1}
    seats = sorted(one for one in world.owners(before) if one.seat in licences)
    held, free = tuple(seats[:2]), tuple(seats[2:])
    contract = Scope(Reach.CONTRACT, "1", (), CUTOFF, held=held)
    kept = {}
    for name in world.ENTITIES:
        source = data_map().source(name)
        kept[name] = {
            id
            for id in world.of_contract(before, name, "1")
            if world.linked(before, name, id) & set(held)
        }
        if name == "crm_contacts":
            kept[name] |= {
                row["contact_id"]
                for id, row in before["crm_activities"].items()
                if row["contact_id"] and world.linked(before, "crm_activities", id) & set(held)
            }
        assert source.count(contract) == len(world.of_contract(before, name, "1"))
        assert source.retained(contract) == {"hold": len(kept[name])}
        assert source.remaining(contract) == source.count(contract) - len(kept[name])
    erase_all(
        [
            Scope(Reach.SEATS, "1", free, CUTOFF),
            Scope(Reach.REST, "1", tuple(seats), CUTOFF),
            contract,
        ]
    )

    def gone(name: str) -> set[object]:
        if name in world.ENTITIES:
            return world.of_contract(before, name, "1") - kept[name]
        return world.of_contract(before, name, "1") - world.of(before, name, held)

    assert world.tables() == world.without(before, lambda name: gone(name) & set(before[name]))


def test_rows_after_the_cut_off_stay_unless_they_hang_on_what_goes(sample: Seeded) -> None:
    seat = busiest(world.tables())
    (presentation,) = run(
        "SELECT id FROM smartlinks_presentations WHERE seat_id = %s AND member_id = %s LIMIT 1",
        int(seat.seat),
        int(seat.member),
    )[0]
    late = stored(datetime(2031, 1, 1, tzinfo=UTC))
    run(
        "INSERT INTO smartlinks_views (id, presentation_id, viewer_name, viewed_at) "
        "VALUES (1, %s, 'late', %s), (2, %s, 'later', %s)",
        *(presentation, late, presentation, late),
    )
    run(
        "INSERT INTO saved_leads (id, seat_id, member_id, full_name, created_at) "
        "VALUES (1, %s, %s, 'late', %s)",
        *(int(seat.seat), int(seat.member), late),
    )
    run(
        "INSERT INTO notes (id, seat_id, member_id, lead_id, body, created_at) "
        "SELECT 1, seat_id, member_id, min(id), 'late', %s FROM saved_leads "
        "WHERE seat_id = %s AND member_id = %s AND id > 1 GROUP BY seat_id, member_id",
        *(late, int(seat.seat), int(seat.member)),
    )
    scope = seat_scope(seat)
    late_counts = {s.name: s.later(scope) for s in data_map().sources if s.later(scope)}
    assert late_counts == {"smartlinks_views": 2, "saved_leads": 1, "notes": 1}
    erase_all([scope])
    assert run("SELECT id FROM smartlinks_views WHERE id < 3") == []
    assert run("SELECT lead_id, body FROM notes WHERE id = 1") == [(None, "late")]
    assert run("SELECT full_name FROM saved_leads WHERE id = 1") == [("late",)]


def test_a_child_that_goes_with_its_parent_is_counted_apart(sample: Seeded) -> None:
    seat = busiest(world.tables())
    mine = (int(seat.seat), int(seat.member))
    owned = "WHERE seat_id = %s AND member_id = %s"
    run(
        "INSERT INTO smartlinks_views (id, presentation_id, viewed_at) SELECT n.id, p.id, %s "
        "FROM (SELECT 1 AS id UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) AS n CROSS JOIN "
        f"(SELECT min(id) AS id FROM smartlinks_presentations {owned}) AS p",
        *(stored(CUTOFF), *mine),
    )
    before = world.tables()
    source = data_map().source("smartlinks_presentations")
    carried = erased = 0
    more = True
    while more:
        batch = source.erase(seat_scope(seat), 2)
        assert batch.carried.get("smartlinks_views", 0) <= 2
        carried += batch.carried.get("smartlinks_views", 0)
        erased += batch.erased
        more = batch.more
    assert erased == len(world.of(before, "smartlinks_presentations", [seat]))
    assert carried == len(world.of(before, "smartlinks_views", [seat])) > 4
    assert source.carries == {"smartlinks_views"}
    assert data_map().source("saved_leads").clears == {"notes", "assistant_messages"}


def test_a_conversation_goes_with_its_last_mail(sample: Seeded) -> None:
    before = world.tables()
    sides: dict[int, set[SeatKey]] = {}
    for mail in before["inmails"].values():
        owner = world.owner(before, "inmails", mail)
        sides.setdefault(mail["conversation_id"], set()).add(owner)
    conversation = next(id for id, both in sides.items() if len(both) == 2)
    one, other = sides[conversation]
    source = data_map().source("inmails")
    batch = source.erase(seat_scope(one), 10_000)
    assert run("SELECT id FROM conversations WHERE id = %s", conversation) == [(conversation,)]
    assert batch.carried["conversations"] == len(before["conversations"]) - len(
        world.tables()["conversations"]
    )
    source.erase(seat_scope(other), 10_000)
    assert run("SELECT id FROM conversations WHERE id = %s", conversation) == []
