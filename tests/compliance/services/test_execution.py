from __future__ import annotations

import errno
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_q.models import OrmQ

from compliance.enums import ItemState, RequestKind, Status, Work
from compliance.models import ExecutionLock, PrivacyRequest, RequestItem
from compliance.services import execution, leases, sweeping
from compliance.sources.product import ProductUnavailable
from tests.compliance.services.scenes import together
from tests.factories import make_item, make_request, make_seat

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)
EXPORT, DELETION = RequestKind.EXPORT, RequestKind.DELETION
PASSED, TO_COME = (leases.from_now(timedelta(minutes=minutes)) for minutes in (-1, 1))


def running(kind: RequestKind = EXPORT) -> PrivacyRequest:
    return make_request(kind, Status.RUNNING)


def change(item: RequestItem, **fields: Any) -> None:
    RequestItem.objects.filter(pk=item.pk).update(**fields)


def working(monkeypatch: pytest.MonkeyPatch, does: Any) -> None:
    monkeypatch.setitem(execution.WORKERS, Work.EXPORT, does)


def raising(error: Exception) -> Any:
    def work(lease: leases.Lease) -> int:
        raise error

    return work


def test_the_third_failure_needs_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    request = running()
    item = make_item(request)
    working(monkeypatch, raising(ValueError("Ana Kovač")))
    for attempt in range(1, 4):
        assert execution.run_item(item.pk) == 0
        item.refresh_from_db()
        assert (item.attempts, item.error) == (attempt, "ValueError")
        assert item.state == (ItemState.ATTENTION if attempt == 3 else ItemState.PENDING)
        change(item, not_before=None)
    request.refresh_from_db()
    assert request.status == Status.ATTENTION
    assert request.events.latest("sequence").action == "fail"


def test_an_outage_is_nobodys_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    item = make_item(running())
    working(monkeypatch, raising(ProductUnavailable("down")))
    for _time in range(10):
        assert execution.run_item(item.pk) == 0
        item.refresh_from_db()
        assert (item.state, item.attempts) == (ItemState.PENDING, 0)
        assert item.not_before
        change(item, not_before=None)


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (OSError(errno.ENOTCONN, "…"), "StorageUnavailable"),
        (OSError(errno.EIO, "…"), "StorageUnavailable"),
        (TimeoutError("timed out"), "StorageUnavailable"),
        (OSError(errno.ENOSPC, "…"), "StorageFull"),
        (OperationalError("server closed the connection"), "DatabaseUnavailable"),
    ],
    ids=repr,
)
def test_what_an_item_waits_for_is_kept_by_name(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kept: str
) -> None:
    item = make_item(running())
    working(monkeypatch, raising(error))
    execution.run_item(item.pk)
    item.refresh_from_db()
    assert (item.state, item.attempts, item.error) == (ItemState.PENDING, 0, kept)


@pytest.mark.parametrize(("number", "attempts"), [(28, 0), (122, 0), (2, 1)])
def test_a_full_disk_is_waited_for_and_a_missing_file_is_not(
    monkeypatch: pytest.MonkeyPatch, number: int, attempts: int
) -> None:
    item = make_item(running())
    working(monkeypatch, raising(OSError(number, "…")))
    execution.run_item(item.pk)
    item.refresh_from_db()
    assert item.attempts == attempts


def test_what_failed_is_logged_without_what_it_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    item = make_item(running())
    working(monkeypatch, raising(ValueError("Ana Kovač")))
    execution.run_item(item.pk)
    assert "ValueError" in caplog.text
    assert "Kovač" not in caplog.text


def test_an_item_of_a_request_that_no_longer_runs_is_left_alone() -> None:
    item = make_item(make_request(EXPORT, Status.CANCELLED))
    assert execution.run_item(item.pk) == 0
    item.refresh_from_db()
    assert (item.state, item.attempts, item.token) == (ItemState.PENDING, 0, None)


def test_an_item_that_kills_its_worker_three_times_needs_a_person() -> None:
    request = running()
    item = make_item(request)
    for _time in range(leases.ATTEMPTS):
        sweeping.sweep()
        assert leases.claim(item.pk)
        change(item, holder="host:1:a/7")
        leases.release("host:1:a", culprit=7)
    change(item, enqueued_at=timezone.now() - timedelta(minutes=2))
    sweeping.sweep()
    item.refresh_from_db()
    request.refresh_from_db()
    assert (item.state, item.error) == (ItemState.ATTENTION, "WorkerDied")
    assert request.status == Status.ATTENTION


def queued() -> list[int]:
    return [task.task["args"][0] for task in OrmQ.objects.order_by("pk")]


def test_a_lost_message_is_sent_again() -> None:
    request = running()
    item = make_item(request, enqueued_at=timezone.now() - timedelta(minutes=2))
    sweeping.sweep()
    assert queued() == [item.pk]
    sweeping.sweep()
    assert queued() == [item.pk]


def test_a_seats_request_does_not_wait_for_what_runs_elsewhere() -> None:
    busy = running()
    ExecutionLock.objects.create(request=busy, seat=busy.seat)
    free = make_request(EXPORT, Status.APPROVED)
    taken = make_request(EXPORT, Status.APPROVED, seat=busy.seat, requester=None)
    assert execution.can_go_on(free)
    assert not execution.can_go_on(taken)
    assert execution.start(taken.pk) == 0


def test_a_failure_that_nobody_noticed_is_noticed_by_the_sweep() -> None:
    request = running()
    make_item(request, state=ItemState.ATTENTION, error="ValueError")
    sweeping.sweep()
    request.refresh_from_db()
    assert request.status == Status.ATTENTION


def test_what_starts_begins_with_planning_and_goes_on_with_what_was_planned() -> None:
    request = make_request(EXPORT, Status.APPROVED, categories=["notes"])
    assert execution.start(request.pk) == 1
    (planning,) = request.items.all()
    assert planning.work == Work.PLAN
    assert planning.pk in queued()
    assert execution.run_next(request.pk) > 0
    planning.refresh_from_db()
    assert planning.state == ItemState.DONE
    assert request.items.filter(work=Work.EXPORT).exists()


@committing
def test_of_two_executions_on_one_seat_one_starts() -> None:
    seat = make_seat()
    both = [
        make_request(EXPORT, Status.APPROVED, seat=seat, linked_to=None, requester=who)
        for who in (seat.member, None)
    ]
    results = together(*(lambda pk=one.pk: execution.start(pk) for one in both))
    assert sorted(results) == [0, 1]
    assert PrivacyRequest.objects.filter(status=Status.RUNNING).count() == 1


def finish(item: RequestItem) -> None:
    """As a worker does: publish, then see what comes next."""
    lease = leases.claim(item.pk)
    assert lease
    lease.publish(ItemState.DONE)
    leases.enqueue(item.request_id)


def fail(item: RequestItem) -> None:
    lease = leases.claim(item.pk)
    assert lease
    execution._failed(lease, ValueError("secret"))


@committing
def test_a_failure_beside_the_last_success_is_not_overlooked() -> None:
    for _round in range(5):
        request = make_request(EXPORT, Status.RUNNING)
        worn, fine = (
            make_item(request, enqueued_at=timezone.now(), attempts=attempts) for attempts in (2, 0)
        )

        def succeed(item: RequestItem = fine) -> None:
            finish(item)
            execution.fail_if_stuck(item.request_id)

        together(lambda item=worn: fail(item), succeed)
        request.refresh_from_db()
        assert request.status == Status.ATTENTION
