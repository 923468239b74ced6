from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from compliance.enums import Action, ReceiptKind, RequestKind, Status
from compliance.models import DataCategory, PrivacyRequest
from compliance.services import events, execution, holds, intake, requests
from compliance.services.actors import SYSTEM, member_actor, staff_actor
from compliance.services.errors import NotFound
from seats import keys, ledger
from seats.canonical import canonical
from seats.models import Member, Seat
from seats.roles import Role
from tests.compliance.services.scenes import worked
from tests.compliance.services.sealed import is_there, make_archive
from tests.factories import (
    make_administration,
    make_contract,
    make_member,
    make_request,
    make_seat,
    make_staff,
)

pytestmark = pytest.mark.django_db
DELETION = RequestKind.DELETION


def carried_out(**fields: Any) -> PrivacyRequest:
    """A deletion of everything, approved and done item by item as the workers would."""
    everything = list(DataCategory.objects.values_list("slug", flat=True))
    now = timezone.now()
    request = make_request(
        DELETION,
        Status.COOLING_OFF,
        **{"categories": everything, "cooling_off_until": now, "seats_approved": 9, **fields},
    )
    assert execution.start(request.pk) == 1
    execution.proceed(request.pk)
    return worked(request)


def write_note(seat: Seat) -> None:
    """A note of the seat's holder in the product, and what it hangs on."""
    at = "2026-01-01T00:00:00.000000Z"
    licence, person = int(seat.product_id), int(seat.member.product_id or 0)
    contract = int(seat.contract.product_id)
    rows: list[tuple[str, tuple[Any, ...]]] = [
        ("contracts VALUES (%s, 'C', 'Co', 'core', %s)", (contract, at)),
        ("members VALUES (%s, 'Ana', 'a@b.example', 'en', %s)", (person, at)),
        ("seats VALUES (%s, %s, %s)", (licence, contract, at)),
        (
            "notes (id, seat_id, member_id, body, created_at) VALUES (1, %s, %s, 'Hm', %s)",
            (licence, person, at),
        ),
    ]
    with connections["product"].cursor() as cursor:
        for row, values in rows:
            cursor.execute(f"INSERT INTO {row}", values)


def notes() -> int:
    with connections["product"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notes")
        count: int = cursor.fetchone()[0]
    return count


def is_erased(row: Seat | Member) -> bool:
    row.refresh_from_db()
    return row.erased_at is not None


def test_the_last_seat_takes_the_person_along(printer: list[str]) -> None:
    seat = make_seat()
    request = carried_out(seat=seat)
    assert request.status == Status.COMPLETED
    assert is_erased(seat)
    assert is_erased(seat.member)
    assert request.contact_email  # the certificate still has to reach them
    assert request.mails.latest("pk").to == request.contact_email


@pytest.mark.parametrize("keeps", ["seat", "administration", "request"])
def test_a_person_with_something_else_of_theirs_stays(keeps: str, printer: list[str]) -> None:
    seat = make_seat()
    if keeps == "seat":
        make_seat(member=seat.member)
    elif keeps == "administration":
        make_administration(make_contract(), seat.member)
    else:
        make_request(contract=make_contract(), seat=None, requester=seat.member)
    carried_out(seat=seat)
    assert is_erased(seat)
    assert not is_erased(seat.member)


def test_a_contracts_deletion_leaves_the_people_and_colleagues_elsewhere(
    printer: list[str],
) -> None:
    contract, elsewhere = make_contract(), make_seat()
    seats = [make_seat(contract) for _ in range(2)]
    carried_out(contract=contract, seat=None)
    assert all(is_erased(seat) for seat in seats)
    assert not any(is_erased(seat.member) for seat in seats)
    assert not is_erased(elsewhere)


def test_a_deletion_of_some_categories_leaves_the_seat(printer: list[str]) -> None:
    request = carried_out(categories=["notes"])
    assert request.status == Status.COMPLETED
    assert not is_erased(request.seat)


def test_our_own_copies_go_and_those_of_others_stay(printer: list[str]) -> None:
    seat = make_seat()
    mine = make_archive(make_request(status=Status.COMPLETED, seat=seat))
    whole = make_archive(make_request(status=Status.COMPLETED, contract=seat.contract, seat=None))
    colleagues = make_archive(make_request(status=Status.COMPLETED, seat=make_seat(seat.contract)))
    carried_out(seat=seat)
    assert [is_there(row.object_name) for row in (mine, whole, colleagues)] == [False, False, True]


def test_what_was_written_about_the_seat_before_goes_with_it(printer: list[str]) -> None:
    seat, other = make_seat(), make_seat()
    closed = [make_request(status=Status.REJECTED, seat=one) for one in (seat, other)]
    for request in closed:
        events.record(request, "noted", actor=SYSTEM, text="She was rather angry")
    carried_out(seat=seat)
    words = [request.events.filter(remark__isnull=False).exists() for request in closed]
    assert words == [False, True]
    assert [bool(PrivacyRequest.objects.get(pk=row.pk).contact_email) for row in closed] == [
        False, True,
    ]  # fmt: skip


def test_what_goes_is_in_the_ledger_and_people_only_under_seal(printer: list[str]) -> None:
    seat = make_seat()
    person = seat.member.product_id
    request = carried_out(seat=seat)
    entries = ledger.entries(kinds=(ledger.Kind.ERASURE_INTENT,))
    (own,) = [entry for entry in entries if entry.body["resource"] == "own-side"]
    assert own.body["reference"] == request.reference
    people = keys.open_text(own.body["members"], request.reference)
    assert (own.body["seats"], people) == ([seat.number], canonical([person]))


def test_an_erased_seat_can_neither_be_asked_about_nor_come_back(printer: list[str]) -> None:
    seat, administrator = make_seat(), make_member()
    make_administration(seat.contract, administrator)
    carried_out(seat=seat)
    actor = member_actor(administrator)
    with pytest.raises(NotFound):
        intake.target(seat=seat.number, actor=actor)
    seat.refresh_from_db()
    ask = intake.Ask(kind=DELETION, contract=seat.contract, seat=seat)
    with pytest.raises(NotFound):
        intake.open_request(ask, actor=actor)


def test_a_held_part_keeps_the_seat_until_the_hold_is_lifted(printer: list[str]) -> None:
    officers = [staff_actor(make_staff(Role.COMPLIANCE)) for _ in range(2)]
    seat = make_seat()
    write_note(seat)
    hold = holds.place(
        seat.contract,
        categories=["notes"],
        ground="claims",
        case="12 O 34/26",
        review_on=date(2027, 1, 1),
        actor=officers[0],
    )
    request = carried_out(seat=seat)
    kept = request.items.filter(state="held").values_list("category", flat=True)
    assert (request.status, list(kept)) == (Status.COMPLETED, ["notes"])
    assert not is_erased(seat)
    assert notes() == 1

    holds.lift(hold.pk, actor=officers[1])
    execution.proceed(request.pk)
    worked(request)
    assert request.status == Status.COMPLETED
    assert is_erased(seat)
    assert notes() == 0
    first, second = request.receipts.order_by("pk")
    assert first.superseded_by == second


def test_a_deletion_of_what_the_edition_does_not_have_is_certified_all_the_same() -> None:
    seat = make_seat(make_contract(edition="core"))
    request = carried_out(seat=seat, categories=["seat-management"])
    assert request.status == Status.COMPLETED
    assert request.receipts.get().kind == ReceiptKind.DELETION


def test_a_request_left_on_an_erased_seat_can_still_be_ended(printer: list[str]) -> None:
    seat = make_seat()
    left = make_request(DELETION, Status.IN_REVIEW, seat=seat, requester=None)
    carried_out(seat=seat)
    agent = staff_actor(make_staff(Role.SUPPORT))
    assert requests.take(Action.CANCEL, left.pk, actor=agent).status == Status.CANCELLED
