from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from compliance.enums import Action, RequestKind, Status
from compliance.models import PrivacyRequest
from compliance.services import clock, punctuality, requests
from compliance.services.actors import staff_actor
from seats.roles import Role
from tests.factories import make_request, make_staff

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 6, 8, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def travels() -> Any:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def escalated(request: PrivacyRequest) -> bool:
    request.refresh_from_db()
    return request.escalated_at is not None


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.IN_REVIEW, Status.AWAITING_APPROVAL])
def test_what_is_undecided_on_its_last_day_goes_to_compliance(status: Status, travels: Any) -> None:
    request = make_request(RequestKind.DELETION, status)
    travels.move_to(at_noon(request.decide_by - timedelta(days=1)))
    punctuality.sweep()
    assert not escalated(request)
    travels.move_to(at_noon(request.decide_by))
    assert punctuality.sweep() == 1
    assert escalated(request)
    assert punctuality.sweep() == 0


def test_an_approver_is_silent_for_five_working_days_and_no_longer(travels: Any) -> None:
    request = make_request(status=Status.IN_REVIEW)
    requests.take(Action.SUBMIT, request.pk, actor=staff_actor(make_staff(Role.SUPPORT)))
    travels.move_to(datetime(2026, 6, 15, 22, 59, tzinfo=UTC))  # Monday's last minute in Dublin
    punctuality.sweep()
    assert not escalated(request)
    travels.move_to(datetime(2026, 6, 15, 23, 0, tzinfo=UTC))
    punctuality.sweep()
    assert escalated(request)


@pytest.mark.parametrize("status", [Status.APPROVED, Status.RUNNING, Status.COMPLETED])
def test_what_is_decided_is_left_alone(status: Status, travels: Any) -> None:
    request = make_request(status=status)
    travels.move_to(at_noon(request.due_on))
    assert punctuality.sweep() == 0
    assert not escalated(request)


@pytest.mark.parametrize(
    ("ask", "status"), [(Action.ASK_IDENTITY, Status.IDENTITY), (Action.ASK, Status.WAITING)]
)
def test_who_does_not_answer_is_asked_once_more_and_closed_in_time(
    ask: Action, status: Status, travels: Any
) -> None:
    request = make_request(status=Status.IN_REVIEW)
    agent = staff_actor(make_staff(Role.SUPPORT))
    asked = requests.take(ask, request.pk, actor=agent, reason="Which of the two?")
    assert asked.status == status

    travels.move_to(at_noon(request.decide_by))
    assert punctuality.sweep() == 1
    assert punctuality.sweep() == 0
    assert [mail.context["reason"] for mail in request.mails.all()] == ["Which of the two?"] * 2

    travels.move_to(at_noon(request.due_on))
    assert clock.today() <= clock.first_due(request)
    assert punctuality.sweep() == 1
    request.refresh_from_db()
    assert request.status == Status.EXPIRED
    assert not request.pauses.filter(answered_at=None).exists()


def test_who_answered_is_not_reminded(travels: Any) -> None:
    request = make_request(status=Status.IN_REVIEW)
    agent = staff_actor(make_staff(Role.SUPPORT))
    requests.take(Action.ASK, request.pk, actor=agent, reason="Which?")
    requests.take(Action.ANSWER, request.pk, actor=agent, reason="The first")
    travels.move_to(at_noon(request.decide_by))
    punctuality.sweep()
    assert request.mails.count() == 1
    assert escalated(request)
