from __future__ import annotations

from typing import Any

import pytest

from compliance.enums import Action, Capacity, RequestKind, Status
from compliance.lifecycle import MOVES
from compliance.models import EmailMessage, PrivacyRequest
from compliance.services import letters, requests
from compliance.services.actors import POLICY, SYSTEM, staff_actor
from seats import personal_data
from seats.enums import Instruction
from seats.roles import Role
from tests.compliance.services.scenes import details, ready, reason
from tests.factories import (
    make_administration,
    make_contract,
    make_member,
    make_request,
    make_seat,
    make_staff,
)

pytestmark = pytest.mark.django_db
EXPORT, DELETION = RequestKind.EXPORT, RequestKind.DELETION
# action, kind, from -> what the requester is sent, and the document that goes with it
SAYS: dict[tuple[Action, RequestKind, Status], tuple[str, str]] = {
    (Action.ASK_IDENTITY, EXPORT, Status.RECEIVED): ("question", ""),
    (Action.ASK, EXPORT, Status.IN_REVIEW): ("question", ""),
    (Action.APPROVE, EXPORT, Status.AWAITING_APPROVAL): ("approved", "decision"),
    (Action.SCHEDULE, DELETION, Status.APPROVED): ("scheduled", "decision"),
    (Action.REFUSE, DELETION, Status.IN_REVIEW): ("refused", "decision"),
    (Action.EXTEND, EXPORT, Status.IN_REVIEW): ("extended", "decision"),
    (Action.CANCEL, EXPORT, Status.IN_REVIEW): ("closed", ""),
    (Action.ABORT, EXPORT, Status.RUNNING): ("closed", ""),
    (Action.EXPIRE, EXPORT, Status.IDENTITY): ("closed", ""),
    (Action.LAPSE, EXPORT, Status.APPROVED): ("closed", ""),
    (Action.STOP, DELETION, Status.COOLING_OFF): ("stopped", ""),
}
SILENT = [
    (Action.VERIFY, EXPORT, Status.RECEIVED),
    (Action.ANSWER, EXPORT, Status.WAITING),
    (Action.SUBMIT, EXPORT, Status.IN_REVIEW),
    (Action.APPROVE, DELETION, Status.AWAITING_APPROVAL),
    (Action.OBJECT, EXPORT, Status.AWAITING_APPROVAL),
    (Action.ESCALATE, EXPORT, Status.IN_REVIEW),
    (Action.START, EXPORT, Status.APPROVED),
    (Action.FAIL, EXPORT, Status.RUNNING),
    (Action.RETRY, EXPORT, Status.ATTENTION),
    (Action.EXPEDITE, DELETION, Status.COOLING_OFF),
]


def taken(action: Action, kind: RequestKind, status: Status, **fields: Any) -> PrivacyRequest:
    request = ready(action, kind, status, **fields)
    ours = MOVES[action].permission == "run"
    actor = SYSTEM if ours else staff_actor(make_staff(is_superuser=True))
    said = {"reason": reason(action), **details(action, request)}
    return requests.take(action, request.pk, actor=actor, **said)


@pytest.mark.parametrize(("action", "kind", "status"), list(SAYS))
def test_the_requester_is_told(action: Action, kind: RequestKind, status: Status) -> None:
    request = taken(action, kind, status, language="fr")
    mail = request.mails.get()
    assert (mail.template, mail.document) == SAYS[action, kind, status]
    assert (mail.to, mail.language) == (request.contact_email, "fr")
    assert mail.context.get("reason", "") == reason(action)


@pytest.mark.parametrize(("action", "kind", "status"), SILENT)
def test_what_concerns_only_us_is_not_told(
    action: Action, kind: RequestKind, status: Status
) -> None:
    assert not taken(action, kind, status).mails.exists()


def test_every_member_of_a_deleted_contract_is_told_once() -> None:
    contract = make_contract()
    first, second = (make_seat(contract, make_member(locale="de")) for _ in range(2))
    make_seat(contract, first.member)
    gone = make_seat(contract)
    personal_data.erase_seat(gone)
    request = make_request(DELETION, Status.APPROVED, contract=contract, seat=None)
    requests.take(Action.SCHEDULE, request.pk, actor=SYSTEM)

    told = request.mails.filter(template="told_deletion").order_by("pk")
    assert [(mail.to, mail.language) for mail in told] == [
        (first.member.email, "de"), (second.member.email, "de"),
    ]  # fmt: skip
    assert [mail.context for mail in told] == [{"seat": first.number}, {"seat": second.number}]


@pytest.mark.parametrize("action", [Action.CANCEL, Action.REFUSE, Action.LAPSE])
def test_who_was_told_of_a_deletion_is_told_that_it_does_not_take_place(action: Action) -> None:
    contract = make_contract()
    seat, leaving = make_seat(contract), make_seat(contract)
    request = make_request(DELETION, Status.APPROVED, contract=contract, seat=None)
    requests.take(Action.SCHEDULE, request.pk, actor=SYSTEM)
    personal_data.erase_seat(leaving)
    ours = MOVES[action].permission == "run"
    actor = SYSTEM if ours else staff_actor(make_staff(is_superuser=True))
    requests.take(action, request.pk, actor=actor, reason="So", **details(action, request))

    told = request.mails.filter(template="told_called_off")
    assert [(mail.to, mail.context) for mail in told] == [
        (seat.member.email, {"seat": seat.number})
    ]


def test_a_deletion_that_was_never_announced_is_called_off_quietly() -> None:
    request = taken(Action.CANCEL, DELETION, Status.IN_REVIEW, capacity=Capacity.ADMINISTRATOR)
    assert [mail.template for mail in request.mails.all()] == ["closed"]


def test_a_seats_deletion_is_nobody_elses_business() -> None:
    seat = make_seat()
    make_seat(seat.contract)
    request = make_request(DELETION, Status.APPROVED, seat=seat)
    requests.take(Action.SCHEDULE, request.pk, actor=SYSTEM)
    assert [mail.to for mail in request.mails.all()] == [seat.member.email]


def test_who_decides_is_told_in_time() -> None:
    first, second = (make_staff(Role.REPRESENTATIVE) for _ in range(2))
    silent = make_staff(Role.REPRESENTATIVE, email="")
    for people, told in (((first, second), [first, second]), ((silent, second), [second])):
        contract = make_contract(representative=people[0], deputy=people[1])
        request = taken(Action.SUBMIT, EXPORT, Status.IN_REVIEW, contract=contract)
        assert {mail.to for mail in request.mails.filter(template="decide")} == {
            user.email for user in told
        }


def test_the_administrator_is_asked_where_they_decide_and_only_then() -> None:
    contract, administrator, former = make_contract(), make_member(), make_member()
    make_administration(contract, administrator)
    make_administration(contract, former, until=contract.created_at)
    request = taken(Action.SUBMIT, EXPORT, Status.IN_REVIEW, contract=contract)
    assert not request.mails.exists()

    contract.instruction = Instruction.ADMINISTRATOR
    contract.save()
    request = taken(Action.SUBMIT, EXPORT, Status.IN_REVIEW, contract=contract)
    assert [(mail.template, mail.to) for mail in request.mails.all()] == [
        ("decide_customer", administrator.email)
    ]
    ours = {"contract": contract, "categories": ["seat-management"]}
    assert not taken(Action.SUBMIT, EXPORT, Status.IN_REVIEW, **ours).mails.exists()


def test_policy_asks_nobody() -> None:
    contract = make_contract(representative=make_staff(Role.REPRESENTATIVE))
    request = make_request(EXPORT, Status.IN_REVIEW, contract=contract)
    requests.take(Action.SUBMIT, request.pk, actor=POLICY)
    assert not EmailMessage.objects.exists()


@pytest.mark.parametrize(
    ("capacity", "tells", "told"),
    [
        (Capacity.HOLDER, True, False),
        (Capacity.ADMINISTRATOR, True, True),
        (Capacity.COMPANY, True, True),
        (Capacity.ADMINISTRATOR, False, False),
    ],
)
def test_members_are_told_unless_it_is_their_own_or_agreed_otherwise(
    capacity: Capacity, tells: bool, told: bool
) -> None:
    contract = make_contract(tells_members=tells)
    request = make_request(seat=make_seat(contract), capacity=capacity)
    assert letters.tells_members(request) is told
