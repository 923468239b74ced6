from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from compliance.enums import Action, ItemState, RequestKind, Status, Work
from compliance.models import Hold, PrivacyRequest, RequestItem
from compliance.services import deletions, execution, holds, leases, requests, scopes, steps
from compliance.services.actors import SYSTEM, Actor, member_actor, staff_actor
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, NotFound
from compliance.services.leases import Lease, LeaseLost
from seats import ledger
from seats.models import Contract
from seats.roles import Role
from tests.compliance.services.scenes import together, written
from tests.factories import make_contract, make_item, make_request, make_seat, make_staff

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)
DELETION = RequestKind.DELETION


def officer() -> Actor:
    return staff_actor(make_staff(Role.COMPLIANCE))


def place(contract: Contract, actor: Actor | None = None, **fields: Any) -> Hold:
    said = {"ground": "claims", "case": "12 O 34/26", "review_on": date(2027, 1, 1), **fields}
    return holds.place(contract, actor=actor or officer(), **said)


def kept(status: Status = Status.COMPLETED, **fields: Any) -> PrivacyRequest:
    """A deletion of which a hold kept one part."""
    request = make_request(DELETION, status, **fields)
    make_item(request, state=ItemState.DONE, remaining=0)
    make_item(request, state=ItemState.HELD)
    make_item(request, work=Work.RECOUNT, stage=1, state=ItemState.DONE, resource="")
    make_item(request, work=Work.OWN_SIDE, stage=2, state=ItemState.DONE, resource="")
    return request


def states(request: PrivacyRequest) -> list[str]:
    return list(request.items.order_by("pk").values_list("state", flat=True))


def test_a_hold_is_announced_in_the_ledger_without_the_case_or_a_name() -> None:
    seat, actor = make_seat(), officer()
    hold = place(seat.contract, actor, seat=seat, categories=["notes", "crm-sync"])
    (entry,) = ledger.entries(kinds=(ledger.Kind.HOLD_PLACED,))
    assert entry.id == hold.entry
    assert entry.body["seat"] == seat.number
    assert entry.body["categories"] == ["crm-sync", "notes"]
    assert "12 O 34/26" not in str(entry.body)
    assert actor.id not in str(entry.body)


def test_placing_a_hold_is_chained_to_the_deletions_it_stands_in_the_way_of() -> None:
    seat = make_seat()
    touched = [
        make_request(DELETION, Status.COOLING_OFF, seat=seat),
        make_request(DELETION, contract=seat.contract, seat=None),
        kept(seat=seat, requester=None),
    ]
    left = [
        make_request(seat=seat),
        make_request(DELETION, Status.CANCELLED, seat=seat),
        make_request(DELETION),
        make_request(DELETION, seat=make_seat(seat.contract)),
    ]
    hold = place(seat.contract, seat=seat)
    assert [last(request) for request in touched] == ["hold_placed"] * 3
    assert [last(request) for request in left] == ["received"] * 4
    assert touched[1].events.latest("sequence").data == {"hold": hold.pk, "ground": "claims"}


def last(request: PrivacyRequest) -> str:
    return str(request.events.latest("sequence").action)


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.REPRESENTATIVE, Role.AUDITOR, None])
def test_only_compliance_places_and_lifts_holds(role: Role | None) -> None:
    contract, hold = make_contract(), place(make_contract())
    for actor in (staff_actor(make_staff(role)), member_actor(make_seat().member), SYSTEM):
        before = written()
        with pytest.raises(NotAllowed):
            place(contract, actor)
        with pytest.raises(NotAllowed):
            holds.lift(hold.pk, actor=actor)
        assert written() == before
    assert Hold.objects.in_force().get() == hold


@pytest.mark.parametrize(
    "fields",
    [{"ground": "curiosity"}, {"case": "  "}, {"categories": ["nots"]}, {"seat": "foreign"}],
    ids=str,
)
def test_a_hold_says_what_for_and_on_what(fields: dict[str, Any]) -> None:
    if "seat" in fields:
        fields = {"seat": make_seat()}
    with pytest.raises(BadInput):
        place(make_contract(), **fields)
    assert not Hold.objects.exists()
    assert list(ledger.entries()) == []


def test_a_hold_is_lifted_by_somebody_else_and_once() -> None:
    first, second = officer(), officer()
    hold = place(make_contract(), first)
    with pytest.raises(NotAllowed, match="somebody else"):
        holds.lift(hold.pk, actor=first)
    holds.lift(hold.pk, actor=second)
    with pytest.raises(IllegalMove):
        holds.lift(hold.pk, actor=officer())
    hold.refresh_from_db()
    assert hold.lifted_by == second.staff
    assert [entry.body["hold"] for entry in ledger.entries(kinds=(ledger.Kind.HOLD_LIFTED,))] == [
        hold.entry
    ]


def test_a_hold_that_is_not_there_cannot_be_lifted() -> None:
    with pytest.raises(NotFound):
        holds.lift(0, actor=officer())


# --- What it keeps ----------------------------------------------------------------------------


def test_a_hold_covers_its_seat_or_all_and_its_categories_or_all() -> None:
    seat = make_seat()
    other = make_seat(seat.contract)
    ids = [seat.pk, other.pk]
    hold = place(seat.contract, seat=seat, categories=["notes"], ground="obligation")
    assert scopes.held_seats(seat.contract, "notes", ids) == {seat.pk: "obligation"}
    assert scopes.held_seats(seat.contract, "crm-sync", ids) == {}
    assert scopes.whole_contract_hold(seat.contract, "notes") == ""

    place(seat.contract)
    assert set(scopes.held_seats(seat.contract, "crm-sync", ids)) == set(ids)
    assert scopes.whole_contract_hold(seat.contract, "crm-sync") == "claims"
    holds.lift(hold.pk, actor=officer())
    assert scopes.held_seats(seat.contract, "notes", ids)[seat.pk] == "claims"


def test_a_deletion_that_could_delete_nothing_is_stopped_and_asked_again() -> None:
    request = make_request(DELETION, Status.COOLING_OFF, cooling_off_until=timezone.now())
    place(request.contract)
    assert execution.start(request.pk) == 0
    request.refresh_from_db()
    assert (request.status, request.approved_at) == (Status.AWAITING_APPROVAL, None)


def test_a_hold_on_one_category_does_not_keep_the_others_from_starting() -> None:
    request = make_request(DELETION, Status.COOLING_OFF, cooling_off_until=timezone.now())
    place(request.contract, categories=request.categories[:1])
    assert execution.start(request.pk) == 1


# --- Lifted -----------------------------------------------------------------------------------


def test_lifting_resumes_what_was_kept_and_counts_all_of_it_again() -> None:
    request = kept()
    hold = place(request.contract)
    holds.lift(hold.pk, actor=officer())
    request.refresh_from_db()
    assert (request.status, request.closed_at) == (Status.RUNNING, None)
    assert states(request) == ["done", "pending", "pending", "pending"]
    assert [event.action for event in request.events.all()][-2:] == ["hold_lifted", "resume"]


def test_what_was_not_under_this_hold_is_left_as_it_is() -> None:
    elsewhere, done = kept(), make_request(DELETION, Status.COMPLETED)
    hold = place(done.contract)
    holds.lift(hold.pk, actor=officer())
    for request in (elsewhere, done):
        request.refresh_from_db()
        assert request.status == Status.COMPLETED


@pytest.mark.parametrize("status", [Status.RUNNING, Status.ATTENTION])
def test_a_hold_lifted_while_the_rest_still_runs_gives_back_what_it_kept(status: Status) -> None:
    request = kept(status)
    own_side = request.items.get(work=Work.OWN_SIDE)
    RequestItem.objects.filter(pk=own_side.pk).update(state=ItemState.PENDING)
    working = leases.claim(own_side.pk)
    hold = place(request.contract)
    holds.lift(hold.pk, actor=officer())

    request.refresh_from_db()
    assert request.status == status
    assert states(request) == ["done", "pending", "pending", "pending"]
    assert working
    with pytest.raises(LeaseLost):  # it saw that something was kept, and left the seat alone
        working.publish(ItemState.DONE)


def test_a_resumed_deletion_waits_for_what_runs_on_its_seat_meanwhile() -> None:
    request = kept()
    export = make_request(seat=request.seat, status=Status.APPROVED)
    assert execution.start(export.pk) == 1
    hold = place(request.contract)
    holds.lift(hold.pk, actor=officer())

    assert execution.proceed(request.pk) == 0
    requests.take(Action.ABORT, export.pk, actor=officer())
    assert execution.proceed(request.pk) == 1
    assert request.locks.count() == 1


def test_a_hold_lifted_while_its_rows_are_counted_keeps_nothing_back(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it kept was not marked as kept when the hold was lifted: it is looked at again."""
    settings.DATA_MAP = "tests.compliance.services.fake_map"
    request = make_request(DELETION, Status.RUNNING, cutoff_at=timezone.now())
    item = make_item(request, found=2)
    hold = place(request.contract)
    lease = leases.claim(item.pk)
    assert lease

    def recount(item: RequestItem, source: Any) -> deletions.Count:
        holds.lift(hold.pk, actor=officer())
        return deletions.Count(2, 0, {deletions.HELD: 2}, {}, held=2, remaining=0, later=0)

    monkeypatch.setattr(deletions, "_erase_batches", lambda *_arguments: True)
    monkeypatch.setattr(deletions, "recount", recount)
    deletions.erase_part(lease)
    item.refresh_from_db()
    assert (item.state, item.attempts, item.token) == (ItemState.PENDING, 0, None)


def test_reopening_touches_nothing_that_is_done() -> None:
    request = kept(Status.RUNNING)
    done = request.items.values().earliest("pk")
    assert steps.reopen(request) == 3
    assert request.items.values().earliest("pk") == done


# --- At the same moment -----------------------------------------------------------------------


@committing
def test_a_hold_waits_for_the_batch_under_way_and_the_next_one_sees_it() -> None:
    request = make_request(DELETION, Status.RUNNING)
    item = make_item(request)
    lease = leases.claim(item.pk)
    assert lease
    lawyer = officer()
    order: list[str] = []
    erasing = threading.Event()

    def batch() -> None:
        with transaction.atomic():
            lease.locked()
            order.append("batch begins")
            erasing.set()
            threading.Event().wait(0.5)
            order.append("batch ends")

    def hold() -> None:
        erasing.wait(30)
        place(request.contract, lawyer)
        order.append("hold stands")

    assert together(batch, hold) == [None, None]
    assert order == ["batch begins", "batch ends", "hold stands"]


@committing
def test_a_hold_and_an_item_that_finishes_do_not_wait_for_each_other() -> None:
    lawyer = officer()
    for _round in range(5):
        request = make_request(DELETION, Status.RUNNING)
        lease = leases.claim(make_item(request).pk)
        assert lease

        def publish(lease: Lease = lease) -> None:
            with transaction.atomic():
                requests.locked(lease.item.request_id)
                threading.Event().wait(0.05)
                lease.publish(ItemState.DONE, remaining=0)

        def hold(request: PrivacyRequest = request) -> None:
            place(request.contract, lawyer)

        assert together(publish, hold) == [None, None]


@committing
def test_nothing_starts_while_a_hold_is_being_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    request = make_request(DELETION, Status.COOLING_OFF, cooling_off_until=timezone.now())
    lawyer = officer()
    create = holds.Hold.objects.create
    locked, started = threading.Event(), []

    def slowly(**fields: Any) -> Any:
        locked.set()
        threading.Event().wait(0.5)
        assert not started
        return create(**fields)

    monkeypatch.setattr(holds.Hold.objects, "create", slowly)

    def hold() -> None:
        place(request.contract, lawyer)

    def start() -> int:
        locked.wait(30)
        begun = execution.start(request.pk)
        started.append(begun)
        return begun

    assert together(hold, start) == [None, 0]
    request.refresh_from_db()
    assert request.status == Status.AWAITING_APPROVAL  # the hold covers all of it
