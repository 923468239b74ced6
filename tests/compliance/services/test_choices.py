"""What people are told before they try agrees with what happens when they do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from compliance.enums import Action, RequestKind, Status
from compliance.services import choices, requests
from compliance.services.actors import Actor, staff_actor
from compliance.services.errors import BadInput, IllegalMove, NotAllowed
from seats.roles import Role
from tests import factories

STATES = [
    (kind, status)
    for kind in RequestKind
    for status in Status
    if (kind, status) != (RequestKind.EXPORT, Status.COOLING_OFF)
]


def refused(action: Action, pk: int, actor: Actor) -> bool:
    """Whether the step is out of the question, whatever is filled in; nothing stays of it."""
    try:
        with transaction.atomic():
            requests.take(action, pk, actor=actor, reason="x", **details(action))
            transaction.set_rollback(True)
    except BadInput:
        return False
    except (IllegalMove, NotAllowed):
        return True
    return False


def details(action: Action) -> dict[str, str]:
    return {"ground": "claims"} if action == Action.REFUSE else {}


@pytest.mark.parametrize(("kind", "status"), STATES)
@pytest.mark.parametrize("age", [0, 40])
def test_a_reason_is_given_exactly_where_the_step_would_be_refused(
    db: None, kind: RequestKind, status: Status, age: int
) -> None:
    contract = factories.make_contract(representative=factories.make_staff(Role.REPRESENTATIVE))
    request = factories.make_request(
        kind,
        status,
        contract=contract,
        received_at=timezone.now() - timedelta(days=age),
        copy_first=factories.make_request(contract=contract),
    )
    people = [contract.representative, *(factories.make_staff(role) for role in Role)]
    for actor in map(staff_actor, people):
        for choice in choices.of(request, actor=actor):
            tried = refused(choice.action, request.pk, actor) if actor.sees(request) else True
            assert bool(choice.why_not) == tried, (choice, str(actor))


def test_what_only_rightsdesk_does_is_no_choice(db: None) -> None:
    request = factories.make_request(RequestKind.DELETION)
    offered = {choice.action for choice in choices.of(request, actor=Actor("staff", "x"))}
    assert offered.isdisjoint({Action.START, Action.COMPLETE, Action.SCHEDULE, Action.ABORT})
    assert Action.WAIVE_COPY not in offered
