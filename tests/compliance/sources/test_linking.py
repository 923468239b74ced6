"""Rows that a CRM sync wrote for several seats at once, in every constellation."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.sources.base import Reach, Scope, SeatKey, data_map
from compliance.sources.product import product_transaction
from tests.compliance.sources import world
from tests.compliance.sources.specimens import run, stored

CUTOFF = datetime(2026, 6, 1, tzinfo=UTC)
BEFORE, AFTER = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
SEATS = [SeatKey("1", "11"), SeatKey("2", "12"), SeatKey("2", "13")]
ids = st.integers(1, 3)
maybe = st.none() | ids
moments = st.sampled_from([BEFORE, BEFORE, BEFORE, AFTER])
links = st.lists(st.tuples(st.sampled_from(SEATS), maybe, maybe, maybe, moments), max_size=7)
entities = st.lists(moments, min_size=9, max_size=9)
activities = st.lists(maybe, min_size=3, max_size=3)
ALL = settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = ("crm_activities", "crm_contacts", "crm_accounts", "crm_links")


def people() -> None:
    long_ago = stored(BEFORE)
    run("INSERT INTO contracts VALUES (1, 'C-1', 'Acme', 'core', %s)", long_ago)
    for member in (11, 12, 13):
        run("INSERT INTO members VALUES (%s, 'x', 'x@acme.com', 'en', %s)", member, long_ago)
    for seat in (1, 2):
        run("INSERT INTO seats VALUES (%s, 1, %s)", seat, long_ago)


def sync(
    links: Sequence[tuple[Any, ...]], moments: Sequence[datetime], about: Sequence[Any]
) -> None:
    for id, (contact, account, activity) in enumerate(
        zip(*[iter(map(stored, moments))] * 3, strict=True), 1
    ):
        run("INSERT INTO crm_contacts (id, contract_id, synced_at) VALUES (%s, 1, %s)", id, contact)
        run("INSERT INTO crm_accounts (id, contract_id, synced_at) VALUES (%s, 1, %s)", id, account)
        run(
            "INSERT INTO crm_activities (id, contract_id, synced_at) VALUES (%s, 1, %s)",
            *(id, activity),
        )
    for id, contact in enumerate(about, 1):
        run("UPDATE crm_activities SET contact_id = %s WHERE id = %s", contact, id)
    for id, (seat, *targets, linked_at) in enumerate(links, 1):
        run(
            "INSERT INTO crm_links (id, seat_id, member_id, contact_id, account_id, activity_id, "
            "linked_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            *(id, int(seat.seat), int(seat.member), *targets, stored(linked_at)),
        )


def old(row: world.Row, column: str = "synced_at") -> bool:
    return bool(row[column] <= stored(CUTOFF))


def in_scope(found: world.Tables, name: str, scope: Scope) -> set[int]:
    """Written up to the cut-off, and tied to the seats by then."""
    if scope.reach is Reach.CONTRACT:
        return {id for id, row in found[name].items() if old(row)}
    then = {
        **found,
        "crm_links": {id: row for id, row in found["crm_links"].items() if old(row, "linked_at")},
    }
    return {id for id in world.of(then, name, scope.seats) if old(found[name][id])}


def stays(found: world.Tables, name: str, id: int, scope: Scope) -> bool:
    if scope.reach is Reach.SEATS:
        return world.shared(found, name, id, scope.seats)
    held = set(scope.held)
    about = [other["id"] for other in found["crm_activities"].values() if other["contact_id"] == id]
    used = name == "crm_contacts" and any(
        world.linked(found, "crm_activities", other) & held for other in about
    )
    return bool(world.linked(found, name, id) & held) or used


scopes = st.lists(st.sampled_from(SEATS), unique=True).flatmap(
    lambda some: st.sampled_from(
        [
            Scope(Reach.SEATS, "1", tuple(some), CUTOFF),
            Scope(Reach.CONTRACT, "1", (), CUTOFF, held=tuple(some)),
        ]
    )
)


@pytest.mark.usefixtures("db")
@ALL
@given(links, entities, activities, scopes, st.permutations(NAMES[:3]))
def test_what_only_the_scope_has_goes_and_what_others_share_stays(
    links: Any, moments: Any, about: Any, scope: Scope, names: list[str]
) -> None:
    with transaction.atomic("product"):
        people()
        sync(links, moments, about)
        for name in names:
            found = world.tables()
            source = data_map().source(name)
            mine = in_scope(found, name, scope)
            kept = {id for id in mine if stays(found, name, id, scope)}
            ground = "shared" if scope.reach is Reach.SEATS else "hold"
            assert source.count(scope) == len(mine)
            assert source.remaining(scope) == len(mine - kept)
            assert source.retained(scope) == ({ground: len(kept)} if kept else {})
            if scope.reach is Reach.SEATS:
                ever = world.of(found, name, scope.seats)
                assert source.later(scope) == len(ever - mine)
                assert source.counts_by_seat(scope) == {
                    seat: len(in_scope(found, name, Scope(Reach.SEATS, "1", (seat,), CUTOFF)))
                    for seat in scope.seats
                    if in_scope(found, name, Scope(Reach.SEATS, "1", (seat,), CUTOFF))
                }
            else:
                assert source.later(scope) == len(found[name]) - len(mine)
            erased = 0
            while (batch := source.erase(scope, 2)).more:
                erased += batch.erased
                assert batch.retained == {}
            assert erased + batch.erased == len(mine - kept)
            assert batch.retained == ({ground: len(kept)} if kept else {})
            assert world.tables() == world.without(
                found,
                lambda table: mine - kept if table == name else (),  # noqa: B023
            )
        transaction.set_rollback(True, using="product")


def erase(name: str, seat: SeatKey) -> Any:
    return data_map().source(name).erase(Scope(Reach.SEATS, "1", (seat,), CUTOFF), 100)


def test_two_who_part_one_after_the_other_leave_nothing(db: None) -> None:
    people()
    one, other = SEATS[:2]
    sync([(one, 1, 1, 1, BEFORE), (other, 1, 1, 1, BEFORE)], [BEFORE] * 9, [1, None, None])
    for seat in (one, other):
        for name in NAMES:
            erase(name, seat)
    assert {name: sorted(world.tables()[name]) for name in NAMES} == {
        "crm_activities": [2, 3],
        "crm_contacts": [2, 3],
        "crm_accounts": [2, 3],
        "crm_links": [],
    }


def test_two_who_part_at_the_same_time_leave_nothing(db: None) -> None:
    """Each finds the rows shared with the other; the last link then takes them along."""
    people()
    one, other = SEATS[:2]
    sync([(one, 1, 1, 1, BEFORE), (other, 1, 1, 1, BEFORE)], [BEFORE] * 9, [1, None, None])
    for name in NAMES[:3]:
        for seat in (one, other):
            batch = erase(name, seat)
            assert (batch.erased, batch.retained) == (0, {"shared": 1})
    assert erase("crm_links", one).carried == {}
    assert erase("crm_links", other).carried == dict.fromkeys(NAMES[:3], 1)
    assert {name: sorted(world.tables()[name]) for name in NAMES[:3]} == {
        name: [2, 3] for name in NAMES[:3]
    }


def test_a_contact_stays_while_a_colleagues_activity_is_about_it(db: None) -> None:
    people()
    one, other = SEATS[:2]
    sync(
        [(one, 1, None, None, BEFORE), (other, None, None, 1, BEFORE)],
        [BEFORE] * 9,
        [1, None, None],
    )
    assert erase("crm_contacts", one).retained == {"shared": 1}
    assert erase("crm_links", one).carried == {}
    assert world.tables()["crm_activities"][1]["contact_id"] == 1
    for name in NAMES:
        erase(name, other)
    assert 1 not in world.tables()["crm_activities"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shared", ["inmails", "crm_links"])
def test_of_two_concurrent_last_ones_the_second_takes_the_shared_row_along(shared: str) -> None:
    if connection.vendor != "postgresql" or connections["product"].vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time.")
    people()
    one, other = SEATS[:2]
    if shared == "crm_links":
        parent = "crm_contacts"
        sync(
            [(one, 1, None, None, BEFORE), (other, 1, None, None, BEFORE)], [BEFORE] * 9, [None] * 3
        )
    else:
        parent = "conversations"
        run("INSERT INTO conversations VALUES (1, %s)", BEFORE)
        for id, seat in enumerate((one, other), 1):
            run(
                "INSERT INTO inmails (id, seat_id, member_id, conversation_id, direction, sent_at) "
                "VALUES (%s, %s, %s, 1, 'sent', %s)",
                *(id, int(seat.seat), int(seat.member), BEFORE),
            )
    began = threading.Event()
    done: list[Any] = []

    def second() -> None:
        with product_transaction(60) as product:
            began.set()
            done.append(erase(shared, other))
            product.commit()
        connections.close_all()

    thread = threading.Thread(target=second)
    with product_transaction(60) as product:
        assert erase(shared, one).carried == {}
        thread.start()
        began.wait(5)
        thread.join(0.5)
        assert thread.is_alive()
        product.commit()
    thread.join(10)
    assert done[0].carried == {parent: 1}
    assert 1 not in world.tables()[parent]


@pytest.mark.django_db(transaction=True)
def test_a_conversation_that_is_answered_meanwhile_stays() -> None:
    if connections["product"].vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time.")
    people()
    one, other = SEATS[:2]
    run("INSERT INTO conversations VALUES (1, %s), (2, %s)", BEFORE, BEFORE)
    mail = (
        "INSERT INTO inmails (id, seat_id, member_id, conversation_id, direction, sent_at) "
        "VALUES (%s, %s, %s, %s, 'sent', %s)"
    )
    for id in (1, 2):
        run(mail, id, int(one.seat), int(one.member), id, BEFORE)
    done: list[Any] = []

    def erased() -> None:
        with product_transaction(60) as product:
            done.append(erase("inmails", one))
            product.commit()
        connections.close_all()

    thread = threading.Thread(target=erased)
    with transaction.atomic("product"):
        run(mail, 3, int(other.seat), int(other.member), 1, BEFORE)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(10)
    assert done[0].erased == 2
    assert done[0].carried == {"conversations": 1}
    assert set(world.tables()["conversations"]) == {1}
    assert set(world.tables()["inmails"]) == {3}


@pytest.mark.django_db(transaction=True)
def test_a_message_that_becomes_anothers_meanwhile_stays() -> None:
    if connections["product"].vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time.")
    people()
    one, other = SEATS[:2]
    run("INSERT INTO conversations VALUES (1, %s)", BEFORE)
    for id in (1, 2):
        run(
            "INSERT INTO inmails (id, seat_id, member_id, conversation_id, direction, sent_at) "
            "VALUES (%s, %s, %s, 1, 'sent', %s)",
            *(id, int(one.seat), int(one.member), BEFORE),
        )
    done: list[Any] = []

    def erased() -> None:
        with product_transaction(60) as product:
            done.append(erase("inmails", one))
            product.commit()
        connections.close_all()

    thread = threading.Thread(target=erased)
    with transaction.atomic("product"):
        owner = (int(other.seat), int(other.member))
        run("UPDATE inmails SET seat_id = %s, member_id = %s WHERE id = 1", *owner)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(10)
    assert (done[0].erased, done[0].carried) == (1, {})
    assert set(world.tables()["inmails"]) == {1}
