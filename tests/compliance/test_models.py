"""What the database itself refuses, whoever writes: services, an admin, a shell."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from compliance.enums import ItemState, ReceiptKind, RequestKind, Status, Work
from compliance.lifecycle import CLOSED, JOINABLE
from compliance.models import (
    Approval,
    Archive,
    DataCategory,
    ExecutionLock,
    Extension,
    Hold,
    Pause,
    PrivacyRequest,
    Receipt,
    RequestEvent,
    RequestItem,
    Seal,
    WrappedKey,
)
from seats import append_only
from tests.factories import (
    make_contract,
    make_item,
    make_member,
    make_request,
    make_seat,
    make_staff,
)

pytestmark = pytest.mark.django_db
EXPORT, DELETION = RequestKind.EXPORT, RequestKind.DELETION


def refuses(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


def change(row: Any, **fields: Any) -> None:
    with transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**fields)


# --- Requests ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["", "done", "RECEIVED"])
def test_a_status_is_one_of_those_the_lifecycle_knows(status: str) -> None:
    with refuses("request_status_is_known"):
        change(make_request(), status=status)


@pytest.mark.parametrize("status", sorted(Status))
def test_a_request_is_closed_exactly_when_it_says_when(status: Status) -> None:
    request = make_request(status=status)
    with refuses("request_closed_iff_terminal"):
        change(request, closed_at=None if status in CLOSED else timezone.now())


def test_a_seats_request_names_a_seat_and_a_contracts_names_none() -> None:
    seat, whole = make_request(), make_request(seat=None)
    with refuses("seat_request_names_a_seat"):
        change(seat, seat=None)
    with refuses("seat_request_names_a_seat"):
        change(whole, seat=make_seat())


def test_nothing_was_received_after_it_was_entered() -> None:
    request = make_request()
    with refuses("request_received_before_entered"):
        change(request, received_at=request.entered_at + timedelta(seconds=1))


def test_references_and_links_are_given_once() -> None:
    first, second = make_request(), make_request()
    for field in ("reference", "public_id"):
        with pytest.raises(IntegrityError):
            change(second, **{field: getattr(first, field)})
    assert len(first.public_id) == 22


@pytest.mark.parametrize("status", sorted(JOINABLE))
@pytest.mark.parametrize("who", ["a person", "the customer"])
@pytest.mark.parametrize("of", ["a seat", "a contract"])
def test_the_same_is_open_once(status: Status, who: str, of: str) -> None:
    contract, person = make_contract(), make_member()
    same = {
        "contract": contract,
        "seat": make_seat(contract) if of == "a seat" else None,
        "requester": person if who == "a person" else None,
    }
    first = make_request(status=status, **same)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_request(**same)
    make_request(DELETION, **same)
    make_request(**{**same, "linked_to": first})
    make_request(**{**same, "requester": make_member()})
    make_request(status=Status.AWAITING_APPROVAL, **same)
    PrivacyRequest.objects.filter(pk=first.pk).update(
        status=Status.CANCELLED, closed_at=timezone.now()
    )
    make_request(**same)


def test_a_request_and_what_it_hangs_on_cannot_be_deleted() -> None:
    request = make_request()
    for row in (request, request.seat, request.contract, request.requester):
        with pytest.raises((ProtectedError, IntegrityError)), transaction.atomic():
            row.delete()


# --- Decisions --------------------------------------------------------------------------------


def test_nobody_approves_twice_in_one_round() -> None:
    row = {"request": make_request(), "actor": "staff:ana", "role": "support"}
    Approval.objects.create(**row)
    with refuses("nobody_approves_twice|actor"), transaction.atomic():
        Approval.objects.create(**row)
    Approval.objects.create(**row, round=2)


def make_hold(**fields: Any) -> Hold:
    return Hold.objects.create(
        **{
            "contract": make_contract(),
            "ground": "claims",
            "case": "12 O 34/26",
            "review_on": date(2027, 1, 1),
            "placed_by": make_staff(),
            "entry": f"entry {Hold.objects.count()}",
            **fields,
        }
    )


def test_a_hold_is_lifted_by_somebody_else_than_who_placed_it() -> None:
    hold = make_hold()
    with refuses("hold_is_lifted_by_someone_else"):
        change(hold, lifted_by=hold.placed_by, lifted_at=timezone.now())
    change(hold, lifted_by=make_staff(), lifted_at=timezone.now())


@pytest.mark.parametrize("half", ["lifted_by", "lifted_at"])
def test_a_lifted_hold_says_by_whom_and_when(half: str) -> None:
    value = make_staff() if half == "lifted_by" else timezone.now()
    with refuses("hold_lifted_by_and_at"):
        change(make_hold(), **{half: value})


def test_one_question_is_open_at_a_time() -> None:
    row = {"request": make_request(), "kind": "identity", "asked_at": timezone.now()}
    first = Pause.objects.create(**row)
    with refuses("one_question_open_at_a_time|request_id"), transaction.atomic():
        Pause.objects.create(**row)
    change(first, answered_at=timezone.now())
    Pause.objects.create(**row)


def test_a_request_is_extended_once() -> None:
    row = {"request": make_request(), "until": date(2027, 1, 1)}
    Extension.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Extension.objects.create(**row)


# --- Execution --------------------------------------------------------------------------------


def test_one_execution_at_a_time_on_a_seat_and_on_a_contracts_rest() -> None:
    seat = make_seat()
    for of in ({"seat": seat}, {"contract": seat.contract}):
        ExecutionLock.objects.create(request=make_request(), **of)
        with pytest.raises(IntegrityError), transaction.atomic():
            ExecutionLock.objects.create(request=make_request(), **of)


def test_a_lock_is_of_a_seat_or_of_a_contract() -> None:
    seat, request = make_seat(), make_request()
    for of in ({}, {"seat": seat, "contract": seat.contract}):
        with refuses("lock_is_of_a_seat_or_a_contract"), transaction.atomic():
            ExecutionLock.objects.create(request=request, **of)


@pytest.mark.parametrize("remaining", [None, 1])
def test_an_erasure_is_done_when_it_was_counted_and_nothing_remains(remaining: int | None) -> None:
    item = make_item(make_request(DELETION))
    with refuses("erasure_is_done_when_nothing_remains"):
        change(item, state=ItemState.DONE, remaining=remaining)
    change(item, state=ItemState.DONE, remaining=0)
    change(make_item(make_request(EXPORT)), state=ItemState.DONE)
    change(make_item(make_request(DELETION), work=Work.OWN_SIDE), state=ItemState.DONE)


def test_a_part_is_planned_once() -> None:
    item = make_item(make_request())
    with refuses("one_item_a_part|part"), transaction.atomic():
        make_item(item.request, part=item.part)


def make_archive(request: PrivacyRequest, **fields: Any) -> Archive:
    return Archive.objects.create(
        request=request, object_name="a", size=1, sha256="", expires_at=timezone.now(), **fields
    )


def test_a_request_has_one_live_archive_and_a_destroyed_one_has_no_key() -> None:
    request = make_request()
    key = WrappedKey.objects.create(object_id="a", kek_id="k-test", wrapped=b"")
    first = make_archive(request, key=key)
    with refuses("one_live_archive_a_request|request_id"), transaction.atomic():
        make_archive(request)
    with refuses("destroyed_archive_has_no_key"):
        change(first, destroyed_at=timezone.now())
    key.delete()
    change(first, destroyed_at=timezone.now())
    make_archive(request)


# --- Evidence ---------------------------------------------------------------------------------


def test_two_events_do_not_stand_in_one_place() -> None:
    event = make_request().events.get()
    event.pk = None
    with refuses("one_event_a_place|sequence"), transaction.atomic():
        event.save(force_insert=True)


@pytest.mark.parametrize("model", [Approval, Extension, Receipt, RequestEvent, Seal])
def test_what_is_evidence_is_only_ever_added(model: Any) -> None:
    assert append_only.is_append_only(model)


def test_a_receipt_is_replaced_once_and_otherwise_never_changed() -> None:
    request = make_request()
    first, second, third = (
        Receipt.objects.create(
            request=request,
            kind=ReceiptKind.ACKNOWLEDGEMENT,
            number=f"RC-{number}",
            code=f"code {number}",
            language="en",
            issued_at=timezone.now(),
            record=b"{}",
            record_signature=b"",
            pdf_size=1,
            pdf_signature=b"",
        )
        for number in range(3)
    )
    change(first, superseded_by=second)
    for fields in ({"superseded_by": third}, {"superseded_by": None}, {"record": b"[]"}):
        with pytest.raises(IntegrityError):
            change(first, **fields)
    with pytest.raises(IntegrityError):  # by one receipt once
        change(third, superseded_by=second)


def test_every_category_of_the_article_is_there_and_says_all_that_is_asked_for() -> None:
    rows = list(DataCategory.objects.all())
    assert len(rows) == 14
    said = ("name", "description", "purpose", "source", "recipients", "retention", "decisions",
            "safeguards")  # fmt: skip
    for row in rows:
        assert all(getattr(row, field) for field in said), row.slug


def test_rows_are_shown_without_anybodys_words() -> None:
    request = make_request(contact_email="ana@b.example")
    for row in (request, *RequestEvent.objects.all(), make_item(request), make_hold()):
        assert "ana" not in str(row)
    assert isinstance(RequestItem.objects.first(), RequestItem)
