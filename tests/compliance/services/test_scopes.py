from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.enums import RequestKind
from compliance.models import Hold, PrivacyRequest
from compliance.services import scopes
from compliance.sources.base import Reach, Scope, SeatKey
from seats import personal_data
from seats.models import Seat
from tests.factories import (
    make_contract,
    make_item,
    make_member,
    make_request,
    make_seat,
    make_staff,
)

pytestmark = pytest.mark.django_db
CUTOFF = datetime(2026, 5, 4, 12, tzinfo=UTC)
DELETION = RequestKind.DELETION


def hold(on: Seat, **fields: Any) -> Hold:
    return Hold.objects.create(
        **{
            "contract": on.contract,
            "seat": on,
            "ground": "claims",
            "case": "12 O 34/26",
            "review_on": date(2027, 1, 1),
            "placed_by": make_staff(),
            "entry": f"entry {Hold.objects.count()}",
            **fields,
        }
    )


def key(seat: Seat) -> SeatKey:
    return SeatKey(seat.product_id, seat.member.product_id or "")


def test_a_seats_request_is_about_that_seat_and_no_other_of_its_holder() -> None:
    member = make_member()
    mine, _other = make_seat(member=member), make_seat(member=member)
    assert list(scopes.seats_of(make_request(seat=mine))) == [mine]


def test_a_contracts_request_is_about_all_its_seats_former_holders_included() -> None:
    contract = make_contract()
    first = make_seat(contract, released_at=timezone.now())
    next_holder = make_seat(contract, product_id=first.product_id)
    erased = make_seat(contract)
    make_seat()
    personal_data.erase_seat(erased)
    request = make_request(contract=contract, seat=None)
    assert list(scopes.seats_of(request)) == [first, next_holder]
    assert scopes.seat_count(request) == 2


def test_an_erased_seat_is_no_longer_in_the_scope_of_its_request() -> None:
    request = make_request()
    assert request.seat
    personal_data.erase_seat(request.seat)
    assert scopes.seat_count(request) == 0


def test_a_key_names_the_licence_and_the_person_who_had_it() -> None:
    first = make_seat(released_at=timezone.now())
    second = make_seat(first.contract, product_id=first.product_id)
    assert scopes.key(first).seat == scopes.key(second).seat
    assert scopes.key(first) != scopes.key(second)
    assert set(scopes.known_keys(first.contract)) == {key(first), key(second)}


def test_which_requests_touch_the_same_data() -> None:
    seat = make_seat()
    colleague = make_seat(seat.contract)
    whole = make_request(DELETION, contract=seat.contract, seat=None)
    mine = make_request(seat=seat)
    theirs = make_request(seat=colleague)
    make_request()

    def touching(request: PrivacyRequest) -> set[PrivacyRequest]:
        return set(PrivacyRequest.objects.filter(scopes.overlapping(request)))

    assert touching(whole) == {mine, theirs}
    assert touching(mine) == {whole}


# --- Holds ------------------------------------------------------------------------------------


def test_a_seat_is_held_in_the_categories_its_hold_names() -> None:
    seat, other = make_seat(), make_seat()
    hold(seat, categories=["notes"])
    assert scopes.held_seats(seat.contract, "notes", [seat.pk, other.pk]) == {seat.pk: "claims"}
    assert scopes.held_seats(seat.contract, "usage-reporting", [seat.pk]) == {}
    assert scopes.held_seats(other.contract, "notes", [other.pk]) == {}


def test_a_hold_on_the_contract_keeps_every_seat_and_the_rest() -> None:
    seat = make_seat()
    hold(seat, seat=None, ground="authority")
    assert scopes.held_seats(seat.contract, "notes", [seat.pk]) == {seat.pk: "authority"}
    assert scopes.whole_contract_hold(seat.contract, "notes") == "authority"


def test_of_two_holds_the_first_gives_the_ground_and_lifting_it_leaves_the_second() -> None:
    seat = make_seat()
    first = hold(seat, ground="obligation")
    hold(seat)
    assert scopes.held_seats(seat.contract, "notes", [seat.pk]) == {seat.pk: "obligation"}
    Hold.objects.filter(pk=first.pk).update(lifted_by=make_staff(), lifted_at=timezone.now())
    assert scopes.held_seats(seat.contract, "notes", [seat.pk]) == {seat.pk: "claims"}


# --- What a source is told --------------------------------------------------------------------


def test_the_scope_of_a_group_of_seats() -> None:
    first, second = make_seat(), make_seat()
    item = make_item(make_request(seat=first), seats=[first.pk, second.pk], low="5", high=None)
    contract = first.contract.product_id
    both = (key(first), key(second))
    assert scopes.scope_of(item, CUTOFF) == Scope(Reach.SEATS, contract, both, CUTOFF, low="5")
    assert scopes.scope_of(item, CUTOFF, without=[first.pk]).seats == (key(second),)
    assert scopes.scope_of(item, CUTOFF, only=[first.pk]).seats == (key(first),)


def test_the_rest_of_a_contract_is_what_belongs_to_no_seat_we_know() -> None:
    known = make_seat()
    request = make_request(contract=known.contract, seat=None)
    scope = scopes.scope_of(make_item(request, reach="rest"), CUTOFF, without=[known.pk])
    assert (scope.reach, scope.seats, scope.held) == (Reach.REST, (key(known),), ())


def test_what_several_seats_share_is_told_which_of_them_are_held() -> None:
    held = make_seat()
    make_seat(held.contract)
    request = make_request(contract=held.contract, seat=None)
    item = make_item(request, reach="contract")
    assert scopes.scope_of(item, CUTOFF).seats == ()
    assert scopes.scope_of(item, CUTOFF, without=[held.pk]).held == (key(held),)


def test_the_number_of_queries_does_not_grow_with_the_seats(
    django_assert_num_queries: Any,
) -> None:
    contract = make_contract()
    seats = [make_seat(contract) for _ in range(12)]
    request = make_request(contract=contract, seat=None)
    item = make_item(request, seats=[seat.pk for seat in seats])
    with django_assert_num_queries(1):
        assert len(scopes.scope_of(item, CUTOFF + timedelta(0)).seats) == 12
    with django_assert_num_queries(1):
        assert len(scopes.known_keys(contract)) == 12
    with django_assert_num_queries(1):
        scopes.held_seats(contract, "notes", item.seats)


@pytest.mark.parametrize(
    ("held", "asked", "kept"),
    [
        ("smartlinks-users", "smartlinks-presentations", True),  # its views go with it
        ("notes", "saved-leads", True),  # a note would lose its lead
        ("smartlinks-presentations", "smartlinks-users", False),
        ("saved-leads", "usage-reporting", False),
    ],
)
def test_a_hold_also_keeps_what_cannot_go_without_touching_what_it_covers(
    held: str, asked: str, kept: bool
) -> None:
    seat = make_seat()
    hold(seat, categories=[held])
    assert bool(scopes.held_seats(seat.contract, asked, [seat.pk])) is kept
