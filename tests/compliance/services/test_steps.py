from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from compliance.enums import Action, ItemState, PauseKind, Refusal, RequestKind, Status
from compliance.models import Extension, PrivacyRequest
from compliance.services import execution, intake, leases, requests, steps, sweeping
from compliance.services.actors import SYSTEM, member_actor, staff_actor
from compliance.services.errors import BadInput, IllegalMove
from compliance.services.leases import LeaseLost
from seats.roles import Role
from tests.compliance.services.scenes import written
from tests.factories import (
    make_administration,
    make_contract,
    make_item,
    make_member,
    make_request,
    make_seat,
    make_staff,
)

pytestmark = pytest.mark.django_db
EXPORT, DELETION = RequestKind.EXPORT, RequestKind.DELETION
RECEIVED = datetime(2026, 1, 31, 10, tzinfo=UTC)  # a Saturday; month one is clipped and rolled
LAST_MOMENT = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)  # the Monday after 28 February, in Dublin


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(RECEIVED, tick=False) as traveller:
        yield traveller


def take(request: PrivacyRequest, action: Action, **fields: Any) -> PrivacyRequest:
    actor = fields.pop("actor", None) or staff_actor(make_staff(is_superuser=True))
    said = {"reason": "Because", **fields}
    return requests.take(action, request.pk, actor=actor, **said)


def refused(request: PrivacyRequest, action: Action, **fields: Any) -> str:
    before = written()
    with pytest.raises(IllegalMove) as said:
        take(request, action, **fields)
    assert written() == before
    return str(said.value)


# --- Extension --------------------------------------------------------------------------------


def test_an_extension_is_announced_up_to_the_last_moment_of_month_one(clock: Any) -> None:
    request = make_request(status=Status.IN_REVIEW)
    assert request.due_on.isoformat() == "2026-03-02"
    clock.move_to(LAST_MOMENT)
    extended = take(request, Action.EXTEND)

    assert extended.due_on.isoformat() == "2026-04-28"  # the earlier of the two readings
    assert extended.due_at == datetime(2026, 4, 28, 23, tzinfo=UTC)  # midnight in Dublin's summer
    assert extended.due_because["extended"] is True
    assert extended.decide_by > datetime(2026, 3, 2, tzinfo=UTC).date()
    assert Extension.objects.get().until == extended.due_on
    assert extended.mails.get().template == "extended"


def test_a_minute_later_it_is_too_late(clock: Any) -> None:
    request = make_request(status=Status.IN_REVIEW)
    clock.move_to(LAST_MOMENT + timedelta(minutes=1))
    assert "2 Mar 2026" in refused(request, Action.EXTEND)


def test_a_request_is_extended_once(clock: Any) -> None:
    request = make_request(status=Status.IN_REVIEW)
    take(request, Action.EXTEND)
    assert "already" in refused(request, Action.EXTEND)


def test_midnight_is_the_controllers(clock: Any, settings: Any) -> None:
    settings.CONTROLLER = {**settings.CONTROLLER, "time_zone": "America/New_York"}
    request = make_request(status=Status.IN_REVIEW)
    clock.move_to(LAST_MOMENT + timedelta(hours=4))
    assert take(request, Action.EXTEND)


# --- Refusal ----------------------------------------------------------------------------------


def test_a_refusal_is_sent_in_month_one_even_when_extended(clock: Any) -> None:
    request = make_request(status=Status.IN_REVIEW)
    take(request, Action.EXTEND)
    clock.move_to(LAST_MOMENT + timedelta(minutes=1))
    assert "2 Mar 2026" in refused(request, Action.REFUSE, ground="claims")
    clock.move_to(LAST_MOMENT)
    assert take(request, Action.REFUSE, ground="claims").status == Status.REJECTED


def test_as_unfounded_two_people_refuse() -> None:
    request = make_request(status=Status.IN_REVIEW)
    first, second = (staff_actor(make_staff(Role.COMPLIANCE)) for _n in range(2))
    request = take(request, Action.REFUSE, actor=first, ground="unfounded")
    assert (request.status, request.refusal, request.mails.count()) == (Status.IN_REVIEW, "", 0)
    again = refused(request, Action.REFUSE, actor=first, ground="unfounded")
    assert again == "You proposed this refusal: a second person has to agree."
    request = take(request, Action.REFUSE, actor=second, ground="unfounded")
    assert (request.status, request.refusal) == (Status.REJECTED, "unfounded")
    assert request.mails.get().template == "refused"
    assert list(request.events.order_by("sequence").values_list("action", flat=True))[1:] == [
        *("refusal_proposed", "refuse")
    ]


def test_a_deletion_that_was_only_proposed_to_be_refused_is_not_called_off() -> None:
    request = make_request(DELETION, Status.APPROVED, seat=None)
    take(request, Action.REFUSE, ground="unfounded")
    assert not request.mails.exists()


@pytest.mark.parametrize("ground", ["", "because", "CLAIMS"])
def test_a_refusal_names_a_ground_the_law_knows(ground: str) -> None:
    request = make_request(status=Status.IN_REVIEW)
    before = written()
    with pytest.raises(BadInput, match="unfounded"):
        take(request, Action.REFUSE, ground=ground)
    assert written() == before


@pytest.mark.parametrize("ground", [one for one in Refusal.values if one != Refusal.UNFOUNDED])
def test_every_ground_is_kept_and_sent_with_a_decision(ground: str) -> None:
    request = take(make_request(status=Status.IN_REVIEW), Action.REFUSE, ground=ground)
    assert (request.refusal, bool(request.closed_at)) == (ground, True)
    mail = request.mails.get()
    assert (mail.template, mail.document) == ("refused", "decision")
    assert (mail.context["ground"], mail.context["reason"]) == (ground, "Because")


# --- Pauses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "answer", "kind"),
    [
        (Action.ASK_IDENTITY, Action.VERIFY, PauseKind.IDENTITY),
        (Action.ASK, Action.ANSWER, PauseKind.SPECIFICATION),
    ],
)
def test_a_question_opens_a_pause_and_its_answer_ends_it(
    ask: Action, answer: Action, kind: PauseKind, clock: Any
) -> None:
    request = make_request(status=Status.IN_REVIEW)
    clock.shift(timedelta(days=1))
    take(request, ask)
    clock.shift(timedelta(days=5))
    answered = take(request, answer)
    pause = request.pauses.get()
    assert (pause.kind, pause.answered_at - pause.asked_at) == (kind, timedelta(days=5))
    assert answered.due_on == request.due_on  # what is shown and swept is the date without it


@pytest.mark.parametrize("ending", [Action.CANCEL, Action.REFUSE, Action.EXPIRE])
def test_no_pause_outlives_its_request(ending: Action) -> None:
    request = make_request(status=Status.IN_REVIEW)
    take(request, Action.ASK)
    details = {"ground": "claims"} if ending == Action.REFUSE else {}
    take(request, ending, actor=SYSTEM if ending == Action.EXPIRE else None, **details)
    assert not request.pauses.filter(answered_at=None).exists()


# --- Cooling-off, start, copies ---------------------------------------------------------------


@pytest.mark.parametrize(("whole", "hours"), [(False, 72), (True, 7 * 24)])
def test_a_deletion_cools_off_before_it_starts(whole: bool, hours: int, clock: Any) -> None:
    seat = None if whole else make_seat()
    request = make_request(DELETION, Status.APPROVED, seat=seat)
    assert execution.advance(request.pk) == 0
    request.refresh_from_db()
    assert request.status == Status.COOLING_OFF
    assert request.cooling_off_until == RECEIVED + timedelta(hours=hours)

    clock.shift(timedelta(hours=hours) - timedelta(seconds=1))
    assert execution.advance(request.pk) == 0
    assert "can still be cancelled" in refused(request, Action.START, actor=SYSTEM)
    clock.shift(timedelta(seconds=1))
    assert execution.advance(request.pk) == 1


def test_compliance_may_end_the_cooling_off_early() -> None:
    request = make_request(DELETION, Status.COOLING_OFF)
    take(request, Action.EXPEDITE, actor=staff_actor(make_staff(Role.COMPLIANCE)))
    assert execution.advance(request.pk) == 1


def test_a_deletion_keeps_its_cut_off_and_an_export_gets_one_at_its_start(clock: Any) -> None:
    deletion = make_request(DELETION, Status.COOLING_OFF, cooling_off_until=RECEIVED)
    export = make_request(EXPORT, Status.APPROVED)
    clock.shift(timedelta(hours=1))
    for request, cutoff in ((deletion, RECEIVED), (export, timezone.now())):
        assert execution.advance(request.pk) == 1
        request.refresh_from_db()
        assert (request.cutoff_at, request.started_at) == (cutoff, timezone.now())


def test_a_deletion_waits_for_its_copy_until_it_was_opened_or_waived() -> None:
    seat = make_seat()
    copy = make_request(EXPORT, Status.IN_REVIEW, seat=seat)
    waits = make_request(DELETION, Status.APPROVED, seat=seat, copy_first=copy)
    assert execution.advance(waits.pk) == 0
    waits.refresh_from_db()
    assert waits.status == Status.APPROVED

    take(waits, Action.WAIVE_COPY, actor=member_actor(seat.member))
    assert "does not wait" in refused(waits, Action.WAIVE_COPY)
    waits.refresh_from_db()
    assert steps.copy_is_settled(waits)


@pytest.mark.parametrize("ended", [Status.REJECTED, Status.CANCELLED, Status.EXPIRED])
def test_a_copy_that_never_came_lets_no_deletion_start_by_itself(ended: Status) -> None:
    seat = make_seat()
    copy = make_request(EXPORT, ended, seat=seat)
    waits = make_request(DELETION, Status.APPROVED, seat=seat, copy_first=copy)
    assert execution.advance(waits.pk) == 0
    assert not execution.can_go_on(waits)
    assert steps.copy_never_came(waits)
    waits.refresh_from_db()
    assert waits.status == Status.APPROVED

    waits = take(waits, Action.WAIVE_COPY)
    assert not steps.copy_never_came(waits)
    execution.advance(waits.pk)
    waits.refresh_from_db()
    assert waits.status == Status.COOLING_OFF


def test_a_copy_that_came_and_went_lets_the_deletion_go_on() -> None:
    copy = make_request(EXPORT, Status.COMPLETED)
    waits = make_request(DELETION, Status.APPROVED, seat=copy.seat, copy_first=copy)
    assert steps.copy_is_settled(waits)
    assert not steps.copy_never_came(waits)


def test_a_deletion_waits_for_copies_of_the_same_that_others_had_asked_for() -> None:
    seat = make_seat()
    now = timezone.now()
    deletion = make_request(DELETION, Status.COOLING_OFF, seat=seat, cooling_off_until=now)
    copy = make_request(EXPORT, Status.IN_REVIEW, contract=seat.contract, seat=None)
    PrivacyRequest.objects.filter(pk=copy.pk).update(received_at=now - timedelta(days=1))
    assert not execution.can_go_on(deletion)
    assert execution.start(deletion.pk) == 0
    take(copy, Action.CANCEL)
    sweeping.sweep()
    deletion.refresh_from_db()
    assert deletion.status == Status.RUNNING


def test_a_seat_added_after_the_approval_brings_it_back_to_people() -> None:
    contract = make_contract()
    make_seat(contract)
    request = make_request(
        DELETION,
        Status.COOLING_OFF,
        contract=contract,
        seat=None,
        cooling_off_until=timezone.now(),
        seats_approved=1,
    )
    make_seat(contract)
    assert execution.advance(request.pk) == 0
    request.refresh_from_db()
    assert request.status == Status.AWAITING_APPROVAL
    assert request.mails.get().template == "stopped"


def test_who_lost_the_right_to_ask_is_noticed_before_it_runs() -> None:
    contract, administrator = make_contract(), make_member()
    administration = make_administration(contract, administrator)
    ask = intake.Ask(kind=EXPORT, contract=contract)
    request = intake.open_request(ask, actor=member_actor(administrator))
    PrivacyRequest.objects.filter(pk=request.pk).update(
        status=Status.APPROVED, approved_at=timezone.now()
    )
    administration.until = timezone.now()
    administration.save()
    assert execution.start(request.pk) == 0
    request.refresh_from_db()
    assert request.status == Status.CANCELLED
    assert request.mails.latest("pk").template == "closed"
    assert execution.start(request.pk) == 0


# --- The end ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [ItemState.PENDING, ItemState.RUNNING, ItemState.ATTENTION])
def test_nothing_is_completed_of_which_a_part_is_not_done(state: ItemState) -> None:
    request = make_request(DELETION, Status.RUNNING)
    make_item(request, state=state)
    with pytest.raises(IllegalMove, match="not done yet"):
        requests.take(Action.COMPLETE, request.pk, actor=SYSTEM)


def test_an_aborted_export_publishes_nothing_and_frees_its_seat() -> None:
    request = make_request(EXPORT, Status.APPROVED)
    assert execution.start(request.pk) == 1
    item = make_item(request)
    lease = leases.claim(item.pk)
    assert lease
    take(request, Action.ABORT, actor=member_actor(request.requester or make_member()))

    with pytest.raises(LeaseLost):
        lease.publish(ItemState.DONE)
    assert request.locks.count() == 0
    assert request.mails.get().template == "closed"


def test_a_retry_puts_back_what_failed_and_nothing_else() -> None:
    request = make_request(EXPORT, Status.ATTENTION)
    failed = make_item(request, state=ItemState.ATTENTION, attempts=3, enqueued_at=timezone.now())
    done = make_item(request, state=ItemState.DONE, attempts=1)
    take(request, Action.RETRY)
    failed.refresh_from_db()
    done.refresh_from_db()
    assert (failed.state, failed.attempts, failed.enqueued_at) == (ItemState.PENDING, 0, None)
    assert (done.state, done.attempts) == (ItemState.DONE, 1)
