from __future__ import annotations

from typing import Any

import pytest

from compliance.enums import Action, RequestKind, Status
from compliance.lifecycle import MOVES, legal
from compliance.models import PrivacyRequest
from compliance.services import requests
from compliance.services.actors import SYSTEM, Actor, member_actor, staff_actor
from compliance.services.errors import (
    BadInput,
    IllegalMove,
    NotAllowed,
    NotFound,
    Refused,
    Stale,
)
from seats.roles import Role
from tests.compliance.services.scenes import details, ready, reason, written
from tests.factories import make_contract, make_request, make_seat, make_staff

pytestmark = pytest.mark.django_db
GRID = [
    (action, kind, status)
    for action in Action
    for kind in RequestKind
    for status in Status
    if legal(action, kind=kind, status=status)
]


def whoever_may(action: Action) -> Actor:
    """Somebody with every permission, or Rightsdesk itself for what only it does."""
    if MOVES[action].permission == "run":
        return SYSTEM
    return staff_actor(make_staff(is_superuser=True))


def take(request: PrivacyRequest, action: Action, actor: Actor, **more: Any) -> PrivacyRequest:
    said = {"reason": reason(action), **details(action, request), **more}
    return requests.take(action, request.pk, actor=actor, **said)


@pytest.mark.parametrize(("action", "kind", "status"), GRID)
def test_a_legal_step_moves_as_the_table_says_and_is_chained(
    action: Action, kind: RequestKind, status: Status
) -> None:
    request = ready(action, kind, status)
    actor = whoever_may(action)

    if action == Action.START and kind == RequestKind.DELETION and status == Status.APPROVED:
        with pytest.raises(IllegalMove):  # only through the cooling-off
            take(request, action, actor)
        return
    taken = take(request, action, actor)

    request.refresh_from_db()
    assert request.status == (MOVES[action].target or status) == taken.status
    assert request.version == 1
    event = request.events.latest("sequence")
    assert (event.sequence, event.action, event.actor) == (2, action, str(actor))
    assert event.data["status"] == request.status
    assert bool(event.text_digest) == bool(reason(action))


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("kind", list(RequestKind))
def test_an_illegal_step_is_refused_and_writes_nothing(action: Action, kind: RequestKind) -> None:
    actor = whoever_may(action)
    for status in Status:
        if legal(action, kind=kind, status=status):
            continue
        request = ready(action, kind, status)
        before = written()

        with pytest.raises(IllegalMove) as refused:
            take(request, action, actor)

        assert written() == before, status
        assert request.reference in str(refused.value)


@pytest.mark.parametrize("action", [action for action in Action if MOVES[action].needs_reason])
@pytest.mark.parametrize("said", ["", "  \n"])
def test_a_step_that_needs_a_reason_is_refused_without_one(action: Action, said: str) -> None:
    kind = sorted(MOVES[action].kinds)[0]
    request = ready(action, kind, sorted(MOVES[action].sources)[0])
    actor = whoever_may(action)
    before = written()

    with pytest.raises(BadInput):
        take(request, action, actor, reason=said)
    assert written() == before


def test_a_stale_form_changes_nothing() -> None:
    request = make_request(status=Status.IN_REVIEW)
    agent = staff_actor(make_staff(Role.SUPPORT))
    requests.take(Action.ASK, request.pk, actor=agent, reason="Which seat?", version=0)
    before = written()

    with pytest.raises(Stale):
        requests.take(Action.SUBMIT, request.pk, actor=agent, version=0)
    assert written() == before


def test_a_second_click_is_refused_and_the_first_stands() -> None:
    request = make_request(status=Status.IN_REVIEW)
    agent = staff_actor(make_staff(Role.SUPPORT))
    requests.take(Action.SUBMIT, request.pk, actor=agent)
    before = written()

    with pytest.raises(IllegalMove):
        requests.take(Action.SUBMIT, request.pk, actor=agent)
    assert written() == before


def test_what_fails_in_the_middle_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    request = make_request(status=Status.IN_REVIEW)
    agent = staff_actor(make_staff(Role.SUPPORT))
    before = written()

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("full")

    monkeypatch.setattr(requests.letters, "after", fail)
    with pytest.raises(OSError, match="full"):
        requests.take(Action.SUBMIT, request.pk, actor=agent)
    assert written() == before


def unknown(actor: Actor) -> None:
    requests.take(Action.SUBMIT, 0, actor=actor)


def foreign(actor: Actor) -> None:
    requests.take(Action.SUBMIT, make_request(status=Status.IN_REVIEW).pk, actor=actor)


@pytest.mark.parametrize("make", [Role.REPRESENTATIVE, "member"])
def test_unknown_and_foreign_requests_answer_alike(make: str) -> None:
    actor = member_actor(make_seat().member) if make == "member" else staff_actor(make_staff(make))
    answers = []
    for asking in (unknown, foreign):
        with pytest.raises(Refused) as refused:
            asking(actor)
        answers.append((type(refused.value), str(refused.value)))
    assert answers[0] == answers[1]
    assert answers[0][0] is NotFound


def test_unknown_and_foreign_references_answer_alike() -> None:
    stranger = staff_actor(make_staff(Role.REPRESENTATIVE))
    answers = []
    for reference in (make_request().reference, "EXP-2026-999999"):
        with pytest.raises(NotFound) as refused:
            requests.find(reference, actor=stranger)
        answers.append(str(refused.value).replace(reference, "…"))
    assert answers[0] == answers[1]


def test_a_reference_is_found_however_it_was_typed() -> None:
    request = make_request()
    assert requests.find(f" {request.reference.lower()} ") == request


def test_who_may_not_act_does_not_learn_where_it_stands() -> None:
    contract = make_contract()
    request = make_request(RequestKind.EXPORT, Status.COMPLETED, contract=contract)
    with pytest.raises(NotAllowed) as refused:
        requests.take(
            Action.REFUSE,
            request.pk,
            actor=staff_actor(make_staff(Role.AUDITOR)),
            reason="No",
            ground="unfounded",
        )
    assert str(Status.COMPLETED.label) not in str(refused.value)


def test_what_follows_by_itself_is_queued_with_the_step() -> None:
    request = make_request(status=Status.AWAITING_APPROVAL)
    before = written()["OrmQ"]
    requests.take(Action.APPROVE, request.pk, actor=staff_actor(make_staff(Role.COMPLIANCE)))
    # The mail with the decision, and the task that starts the export.
    assert written()["OrmQ"] == before + 2
