from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import pytest
from django.conf import settings

from compliance.sample import Seeded
from compliance.sample.plan import Plan
from tests.compliance.sample.product import column, query


def test_what_is_returned_is_what_the_product_holds(shared_sample: Seeded) -> None:
    assert query("SELECT id, number, company, edition FROM contracts ORDER BY id") == [
        (int(one.product_id), one.number, one.company, one.edition)
        for one in shared_sample.contracts()
    ]
    assert query("SELECT id, name, email, locale FROM members ORDER BY id") == sorted(
        (int(one.product_id), one.name, one.email, one.locale) for one in shared_sample.members()
    )
    assert query("SELECT id, contract_id FROM seats ORDER BY id") == sorted(
        {(int(one.product_seat_id), int(one.contract_id)) for one in shared_sample.seats()}
    )
    assert set(query("SELECT seat_id, member_id FROM seat_profiles")) == {
        (int(one.product_seat_id), int(one.member_id)) for one in shared_sample.seats()
    }


def test_numbers_and_addresses_are_unique(shared_sample: Seeded) -> None:
    for values in (
        [contract.number for contract in shared_sample.contracts()],
        [contract.company for contract in shared_sample.contracts()],
        [seat.number for seat in shared_sample.seats()],
        [member.product_id for member in shared_sample.members()],
        [member.email for member in shared_sample.members()],
    ):
        assert len(values) == len(set(values))
    assert next(shared_sample.contracts()).number == "C-2026-0001"
    assert next(shared_sample.seats()).number == "S-100001"


def test_every_seat_and_administration_is_about_a_contract_and_a_member_that_exist(
    shared_sample: Seeded,
) -> None:
    contracts = {contract.product_id for contract in shared_sample.contracts()}
    members = {member.product_id for member in shared_sample.members()}
    for one in [*shared_sample.seats(), *shared_sample.administrations()]:
        assert one.contract_id in contracts
        assert one.member_id in members
        assert one.until is None or one.since < one.until


def test_addresses_belong_to_nobody_and_languages_are_ours(shared_sample: Seeded) -> None:
    assert all(member.email.isascii() for member in shared_sample.members())
    assert all(member.email.endswith(".example") for member in shared_sample.members())
    languages = {code for code, _ in settings.LANGUAGES}
    assert {member.locale for member in shared_sample.members()} <= languages
    assert {contract.language for contract in shared_sample.contracts()} <= languages


def test_a_licence_handed_on_keeps_its_id_and_the_rows_of_both_holders(
    shared_sample: Seeded,
) -> None:
    holders: dict[str, list[tuple[str, datetime, datetime | None]]] = {}
    for seat in shared_sample.seats():
        holders.setdefault(seat.product_seat_id, []).append(
            (seat.member_id, seat.since, seat.until)
        )
    handed_on = {seat: found for seat, found in holders.items() if len(found) > 1}
    assert len(handed_on) == 12
    for seat, ((former, _, until), (present, since, _)) in handed_on.items():
        assert former != present
        assert until is not None
        assert until < since
        found = column("SELECT DISTINCT member_id FROM inmails WHERE seat_id = %s", int(seat))
        assert set(map(int, (former, present))) == set(found)


def test_some_members_hold_seats_in_two_contracts_and_some_moved_within_one(
    shared_sample: Seeded,
) -> None:
    contracts: dict[str, set[str]] = {}
    seats: Counter[tuple[str, str]] = Counter()
    for seat in shared_sample.seats():
        contracts.setdefault(seat.member_id, set()).add(seat.contract_id)
        seats[seat.contract_id, seat.member_id] += 1
    assert sum(len(found) == 2 for found in contracts.values()) == 3
    assert max(seats.values()) == 2


def test_some_seats_were_given_back(shared_sample: Seeded) -> None:
    last = {seat.product_seat_id: seat.until for seat in shared_sample.seats()}
    assert any(until is not None for until in last.values())


def test_administrators_sit_on_a_seat_or_on_none_or_no_longer_are(shared_sample: Seeded) -> None:
    seated = {seat.member_id for seat in shared_sample.seats()}
    for contract in shared_sample.contracts():
        found = [
            (one.member_id in seated, one.until is None)
            for one in shared_sample.administrations()
            if one.contract_id == contract.product_id
        ]
        assert sorted(found) == [(False, False), (False, True), (True, True)]


@pytest.mark.parametrize("read", ["contracts", "seats", "members", "administrations"])
def test_a_thousand_contracts_of_a_thousand_seats_are_read_one_at_a_time(read: str) -> None:
    plan = Plan(1, 1_000, 1_000, True, {}, datetime.now(UTC))
    everything = getattr(Seeded(plan, {}, 0, 0), read)
    assert len(list(islice(everything(), 1_000))) == 1_000


def test_contracts_have_companies_of_their_own_however_many_there_are() -> None:
    plan = Plan(1, 5_000, 1, True, {}, datetime.now(UTC))
    companies = [contract.company for contract in Seeded(plan, {}, 0, 0).contracts()]
    assert len(set(companies)) == 5_000
