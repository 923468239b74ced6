from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db.models.functions import Now
from django.utils import timezone
from django_q.models import OrmQ

from compliance.enums import ItemState, RequestKind, Status, Work
from compliance.models import Heartbeat, PrivacyRequest, RequestItem
from compliance.services import leases
from compliance.services.leases import LeaseLost
from tests.compliance.services.scenes import together
from tests.factories import make_item, make_request

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)
EXPORT, DELETION = RequestKind.EXPORT, RequestKind.DELETION
PASSED, TO_COME = (leases.from_now(timedelta(minutes=minutes)) for minutes in (-1, 1))


def running(kind: RequestKind = EXPORT) -> PrivacyRequest:
    return make_request(kind, Status.RUNNING)


def change(item: RequestItem, **fields: Any) -> None:
    RequestItem.objects.filter(pk=item.pk).update(**fields)


def test_an_attempt_counts_before_the_work_begins() -> None:
    lease = leases.claim(make_item(running()).pk)
    assert lease
    assert lease.item.attempts == 1
    assert lease.item.state == ItemState.RUNNING
    lease.item.refresh_from_db()
    assert lease.item.started_at
    assert lease.item.holder.endswith(f"/{os.getpid()}")


def test_a_live_lease_keeps_others_out_and_an_expired_one_does_not() -> None:
    item = make_item(running())
    first = leases.claim(item.pk)
    assert leases.claim(item.pk) is None

    change(item, lease_until=PASSED)
    second = leases.claim(item.pk)
    assert first
    assert second
    assert second.token != first.token
    assert second.item.attempts == 2


def test_it_is_the_databases_clock_that_counts() -> None:
    """A worker whose own clock is wrong by a day can neither steal nor overstay."""
    item = make_item(running())
    leases.claim(item.pk)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert leases.claim(item.pk) is None
    change(item, lease_until=PASSED)
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        assert leases.claim(item.pk)


def test_what_is_to_wait_is_not_taken_before_its_time() -> None:
    item = make_item(running(), not_before=timezone.now() + timedelta(minutes=1))
    assert leases.claim(item.pk) is None
    change(item, not_before=PASSED)
    assert leases.claim(item.pk)


@pytest.mark.parametrize("state", [ItemState.DONE, ItemState.HELD, ItemState.ATTENTION])
def test_what_is_done_or_given_up_is_not_taken(state: ItemState) -> None:
    item = make_item(running(), state=state, remaining=0)
    assert leases.claim(item.pk) is None


def test_after_three_attempts_nobody_takes_it() -> None:
    item = make_item(running())
    for _attempt in range(leases.ATTEMPTS):
        assert leases.claim(item.pk)
        change(item, lease_until=PASSED)
    assert leases.claim(item.pk) is None


def test_who_wakes_up_late_changes_nothing() -> None:
    item = make_item(running())
    late = leases.claim(item.pk)
    change(item, lease_until=PASSED)
    mine = leases.claim(item.pk)
    assert late
    assert mine
    before = RequestItem.objects.values().get(pk=item.pk)

    for attempt in (late.renew, late.locked, lambda: late.publish(ItemState.DONE, exported=7)):
        with pytest.raises(LeaseLost):
            attempt()
    late.give_back(error="Late", wait=timedelta(0), counted=True)
    assert RequestItem.objects.values().get(pk=item.pk) == before
    mine.publish(ItemState.DONE, exported=5)
    item.refresh_from_db()
    assert (item.state, item.exported, item.token) == (ItemState.DONE, 5, None)


def test_a_lease_is_renewed_when_a_quarter_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    lease = leases.claim(make_item(running()).pk)
    assert lease
    change(lease.item, lease_until=PASSED)
    lease.keep()
    assert RequestItem.objects.filter(lease_until__gt=Now()).count() == 0

    lease.renewed -= 16  # of sixty seconds
    assert list(lease.watch([b"a", b"b"])) == [b"a", b"b"]
    assert RequestItem.objects.filter(lease_until__gt=Now()).count() == 1


def test_what_a_dead_group_held_is_free_at_once_and_counts_against_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(leases.GROUP, "host:1:a")
    request = running()
    mine = [make_item(request, enqueued_at=timezone.now()) for _ in range(2)]
    for item in mine:
        assert leases.claim(item.pk)
    monkeypatch.setenv(leases.GROUP, "host:1:ab")
    other = leases.claim(make_item(request).pk)
    assert other

    assert leases.release("host:1:a") == 2
    for item in mine:
        item.refresh_from_db()
        assert (item.state, item.attempts, item.enqueued_at) == (ItemState.PENDING, 0, None)
        assert leases.claim(item.pk)
    other.renew()


def test_only_the_process_that_died_by_itself_may_have_died_of_its_item() -> None:
    request = running()
    guilty, innocent = (make_item(request) for _ in range(2))
    for item, pid in ((guilty, 7), (innocent, 77)):
        leases.claim(item.pk)
        change(item, holder=f"host:1:a/{pid}")
    leases.release("host:1:a", culprit=7)
    guilty.refresh_from_db()
    innocent.refresh_from_db()
    assert (guilty.attempts, innocent.attempts) == (1, 0)


def test_where_nobody_saw_them_die_every_one_may_have_died_of_its_item() -> None:
    """An item that takes its machine along comes to an end too: after three attempts."""
    request = running()
    items = [make_item(request) for _ in range(2)]
    for attempt in range(1, leases.ATTEMPTS + 1):
        for pid, item in enumerate(items, start=7):
            assert leases.claim(item.pk)
            change(item, holder=f"host:1:a/{pid}")
        leases.release("host:1:a", witnessed=False)
        for item in items:
            item.refresh_from_db()
            assert (item.attempts, item.token) == (attempt, None)
    assert leases.claim(items[0].pk) is None


def test_a_group_that_was_stopped_on_purpose_takes_no_attempt_from_anybody() -> None:
    """However often: a deployment is no failure. Who was dead before is named, or not witnessed."""
    item = make_item(running())
    for _time in range(leases.ATTEMPTS + 1):
        assert leases.claim(item.pk)
        change(item, holder="host:1:a/7")
        leases.release("host:1:a")
    item.refresh_from_db()
    assert item.attempts == 0


def test_a_sign_of_life_moves_the_groups_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    heartbeat = Heartbeat.objects.create(
        name="host:1:a", started_at=long_ago, at=long_ago, workers=2
    )
    monkeypatch.setenv(leases.GROUP, "host:1:a")
    leases.sign_of_life(at_least=0)
    heartbeat.refresh_from_db()
    assert timezone.now() - heartbeat.at < timedelta(minutes=1)


def queued() -> list[int]:
    return [task.task["args"][0] for task in OrmQ.objects.order_by("pk")]


def test_a_window_of_a_stage_is_queued_and_no_later_stage(settings: Any) -> None:
    settings.WINDOW = 3
    request = running()
    first = [make_item(request) for _ in range(5)]
    make_item(request, stage=1)

    assert leases.enqueue(request.pk) == 3
    assert leases.enqueue(request.pk) == 0
    assert queued() == [item.pk for item in first[:3]]
    change(first[0], state=ItemState.DONE)
    assert leases.enqueue(request.pk) == 1
    assert queued()[3:] == [first[3].pk]


def test_the_next_stage_begins_when_all_of_the_one_before_is_done() -> None:
    request = running(DELETION)
    first, held = (make_item(request) for _ in range(2))
    later = make_item(request, stage=1)
    change(first, state=ItemState.ATTENTION)
    change(held, state=ItemState.HELD)
    assert leases.enqueue(request.pk) == 0
    change(first, state=ItemState.DONE, remaining=0)
    assert leases.enqueue(request.pk) == 1
    assert queued() == [later.pk]


@committing
def test_an_item_is_claimed_by_one_of_many() -> None:
    item = make_item(make_request(EXPORT, Status.RUNNING))
    claimed = together(*[lambda: leases.claim(item.pk)] * 4)
    won = [lease for lease in claimed if lease]
    assert len(won) == 1
    item.refresh_from_db()
    assert (item.token, item.attempts) == (won[0].token, 1)


def finish(item: RequestItem) -> None:
    """As a worker does: publish, then see what comes next."""
    lease = leases.claim(item.pk)
    assert lease
    lease.publish(ItemState.DONE)
    leases.enqueue(item.request_id)


@committing
def test_two_items_that_finish_together_do_not_leave_the_next_stage_behind() -> None:
    for _round in range(5):
        request = make_request(EXPORT, Status.RUNNING)
        last = [make_item(request, enqueued_at=timezone.now()) for _ in range(2)]
        after = make_item(request, work=Work.ASSEMBLE, stage=1, resource="")
        before = OrmQ.objects.count()
        together(*(lambda item=item: finish(item) for item in last))
        after.refresh_from_db()
        assert after.enqueued_at
        assert OrmQ.objects.count() == before + 1


def test_what_waits_for_its_time_is_not_put_into_the_queue_before() -> None:
    """Its message would find it not to be taken, and it would be looked for much later."""
    request = running()
    waiting = make_item(request, not_before=timezone.now() + timedelta(minutes=1))
    make_item(request)

    assert leases.enqueue(request.pk) == 1
    waiting.refresh_from_db()
    assert waiting.enqueued_at is None
    change(waiting, not_before=PASSED)
    assert leases.enqueue(request.pk) == 1


@pytest.mark.parametrize("before", [ItemState.PENDING, ItemState.RUNNING, ItemState.ATTENTION])
def test_what_belongs_to_a_later_stage_is_not_taken_whatever_the_queue_says(
    before: ItemState,
) -> None:
    """A message of an earlier round may still be there when a lifted hold begins another."""
    request = running(DELETION)
    first = make_item(request, stage=1, state=before)
    last = make_item(request, stage=3, work=Work.OWN_SIDE)

    assert leases.claim(last.pk) is None
    last.refresh_from_db()
    assert (last.state, last.attempts, last.token) == (ItemState.PENDING, 0, None)
    assert (last.started_at, last.holder, last.enqueued_at) == (None, "", None)

    change(first, state=ItemState.HELD)
    assert leases.claim(last.pk)
