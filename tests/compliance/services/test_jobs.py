from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from compliance.enums import Chore, ItemState, RequestKind, Status
from compliance.models import Heartbeat, PrivacyRequest, Round
from compliance.services import jobs, supervision
from seats.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)


def beat(name: str, ago: timedelta, workers: int = 2) -> None:
    now = timezone.now()
    Heartbeat.objects.create(name=name, started_at=now, at=now - ago, workers=workers)


def running(**fields: Any) -> PrivacyRequest:
    return factories.make_request(RequestKind.EXPORT, Status.RUNNING, **fields)


def item(request: PrivacyRequest, resource: str, **fields: Any) -> Any:
    made = factories.make_item(request, resource=resource)
    type(made).objects.filter(pk=made.pk).update(**fields)
    return made


def test_workers_are_alive_while_they_give_signs_of_life() -> None:
    assert jobs.workers(timezone.now()).last is None
    beat("one", timedelta(seconds=3))
    beat("two", timedelta(minutes=3), workers=4)
    found = jobs.workers(timezone.now())
    assert (found.alive, found.silent) == (2, 4)
    assert [group.name for group in found.groups] == ["one", "two"]


def test_what_waits_is_counted_in_running_requests_alone() -> None:
    request = running()
    long_ago = NOW - timedelta(minutes=4)
    item(request, "a", enqueued_at=long_ago)
    item(request, "b", enqueued_at=NOW)
    item(request, "c", state=ItemState.DONE, enqueued_at=long_ago - timedelta(days=1))
    item(factories.make_request(status=Status.APPROVED), "d", enqueued_at=long_ago)
    found = jobs.queue()
    assert (found.items, found.requests, found.oldest) == (2, 1, long_ago)
    assert found.messages == 0


def test_a_failed_item_says_why_it_cannot_be_tried_again() -> None:
    stuck, at_work = factories.make_request(status=Status.ATTENTION), running()
    for request in (stuck, at_work):
        item(request, "a", state=ItemState.ATTENTION, error="ValueError", attempts=3)
    told = {}
    for role in (Role.SUPPORT, Role.AUDITOR):
        found = jobs.needing_attention(factories.make_staff(role))
        told[role] = {one.item.request_id: one.why_not for one in found}
    assert told[Role.SUPPORT][stuck.pk] == ""
    assert "Not possible while" in told[Role.SUPPORT][at_work.pk]
    assert told[Role.AUDITOR][stuck.pk] == "Your role does not include this."


def test_a_representative_would_see_own_contracts_alone() -> None:
    rep = factories.make_staff(Role.REPRESENTATIVE)
    own = running(contract=factories.make_contract(representative=rep))
    mine, _foreign = (item(request, "a", state=ItemState.RUNNING) for request in (own, running()))
    assert [row.pk for row in jobs.running(rep)] == [mine.pk]


def test_items_are_counted_in_the_hour_they_were_finished_in() -> None:
    request = running()
    for number, minutes in enumerate((5, 20, 40, 24 * 60)):
        done = {"state": ItemState.DONE, "finished_at": NOW - timedelta(minutes=minutes)}
        item(request, f"r{number}", **done)
    counted = jobs.finished_by_hour(NOW)
    assert len(counted) == 24
    assert counted[-1] == (NOW.replace(minute=0), 2)
    assert counted[-2] == (NOW.replace(hour=9, minute=0), 1)
    assert sum(count for _hour, count in counted) == 3


def test_a_chore_is_late_after_two_rounds_and_a_minute() -> None:
    jobs.done(Chore.SEAL, 60)
    at = timezone.now()
    (row,) = jobs.schedules(at + timedelta(minutes=2))
    assert (row.is_late, row.is_failing) == (False, False)
    assert row.next == row.round.done_at + timedelta(seconds=60)
    (row,) = jobs.schedules(at + timedelta(minutes=3, seconds=1))
    assert row.is_late


def test_a_failing_chore_is_named_by_its_exceptions_class_and_recovers() -> None:
    jobs.failed(Chore.MAILS, 10, ValueError("to ana@example.test"))
    (row,) = jobs.schedules(timezone.now())
    assert (row.is_failing, row.is_late, row.next) == (True, True, None)
    assert row.round.error == "ValueError"
    jobs.done(Chore.MAILS, 10)
    (row,) = jobs.schedules(timezone.now())
    assert (row.is_failing, row.is_late) == (False, False)


def test_the_supervisor_says_what_it_did_but_not_every_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(supervision.time, "monotonic", lambda: clock[0])
    rounds, done = supervision.Rounds(), []
    assert set(rounds.jobs) == set(Chore)

    def fail() -> None:
        done.append("failed")
        raise RuntimeError("no")

    rounds.jobs = {Chore.SWEEP: (1, lambda: done.append("swept")), Chore.SEAL: (60, fail)}
    with time_machine.travel(NOW, tick=False) as wall:
        for _second in range(9):
            rounds()
            clock[0] += 1
            wall.shift(timedelta(seconds=1))
        assert done.count("swept") == 9
        assert done.count("failed") == 1
        swept = Round.objects.get(chore=Chore.SWEEP)
        assert (swept.done_at, swept.every) == (NOW, 1)
        clock[0] += 1
        wall.shift(timedelta(seconds=1))
        rounds()
        swept.refresh_from_db()
        assert swept.done_at == NOW + timedelta(seconds=10)
    sealed = Round.objects.get(chore=Chore.SEAL)
    assert (sealed.done_at, sealed.error) == (None, "RuntimeError")
