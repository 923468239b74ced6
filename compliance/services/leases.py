"""Who may work on an item: a token and a lease by the database's clock, never by a worker's own."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django_q.tasks import async_task

from compliance.enums import ItemState
from compliance.models import Heartbeat, PrivacyRequest, RequestItem

ATTEMPTS = 3
GROUP = "RIGHTSDESK_WORKERS"  # set by `manage.py work`: which group of processes this one is of


class LeaseLost(Exception):
    """Another worker owns the item now: whatever was done here must not be published."""


def holder() -> str:
    return f"{os.environ.get(GROUP, socket.gethostname())}/{os.getpid()}"


_last_sign = [0.0]


def sign_of_life(*, at_least: float = 5.0) -> None:
    """Move the heartbeat of the group of workers this process is in, every few seconds."""
    group = os.environ.get(GROUP)
    if group and time.monotonic() - _last_sign[0] >= at_least:
        _last_sign[0] = time.monotonic()
        Heartbeat.objects.filter(name=group).update(at=Now())


def from_now(span: timedelta) -> Combinable:
    """That far from the database's now."""
    return ExpressionWrapper(Now() + Value(span), output_field=DateTimeField())


@dataclass
class Lease:
    """A claim on an item, as long as its token stands and it is renewed in time."""

    item: RequestItem
    token: uuid.UUID
    renewed: float = field(default_factory=time.monotonic)

    @property
    def _own(self) -> Any:
        return RequestItem.objects.filter(pk=self.item.pk, token=self.token)

    def renew(self) -> None:
        """Prolong the lease. Raises LeaseLost."""
        if not self._own.update(lease_until=from_now(settings.LEASE)):
            raise LeaseLost
        self.renewed = time.monotonic()
        # In a transaction the others would wait for its end, and fall silent with one that stalls.
        if not connection.in_atomic_block:
            sign_of_life()

    def keep(self) -> None:
        """Renew when a quarter of the lease is used up."""
        if time.monotonic() - self.renewed > settings.LEASE.total_seconds() / 4:
            self.renew()

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.keep()
            yield chunk

    def locked(self) -> RequestItem:
        """The item, locked in the caller's transaction and still ours. Raises LeaseLost."""
        item: RequestItem | None = (
            RequestItem.objects.select_for_update(of=("self",))
            .select_related("request__contract")
            .filter(pk=self.item.pk, token=self.token)
            .first()
        )
        if item is None:
            raise LeaseLost
        return item

    def publish(self, state: ItemState, **fields: Any) -> None:
        """Compare-and-set on the token, in the caller's transaction. Raises LeaseLost."""
        done = self._own.update(
            state=state,
            token=None,
            lease_until=None,
            holder="",
            error="",
            finished_at=Now(),
            **fields,
        )
        if not done:
            raise LeaseLost

    def give_back(self, *, error: str, wait: timedelta, counted: bool) -> ItemState:
        """Let go after a failure: try again later, or leave it to a person after the third one.

        An outage (`counted` false) is nobody's failure and may last as long as it lasts.
        """
        attempts = self.item.attempts if counted else self.item.attempts - 1
        state = ItemState.ATTENTION if counted and attempts >= ATTEMPTS else ItemState.PENDING
        self._own.update(
            state=state,
            token=None,
            lease_until=None,
            holder="",
            enqueued_at=None,
            error=error[:120],
            attempts=attempts,
            not_before=from_now(wait),
        )
        return state


def claim(item_id: int) -> Lease | None:
    """Take the item unless a live lease has it; the attempt counts before the work begins."""
    token = uuid.uuid4()
    taken = (
        RequestItem.objects.free()
        .filter(pk=item_id, attempts__lt=ATTEMPTS)
        .update(
            token=token,
            lease_until=from_now(settings.LEASE),
            holder=holder(),
            state=ItemState.RUNNING,
            attempts=F("attempts") + 1,
            not_before=None,
        )
    )
    if not taken or not _is_its_turn(item_id, token):
        return None
    item = RequestItem.objects.select_related("request__contract", "request__seat").get(pk=item_id)
    if item.started_at is None:
        RequestItem.objects.filter(pk=item_id).update(started_at=Now())
    return Lease(item, token)


def _is_its_turn(item_id: int, token: uuid.UUID) -> bool:
    """Whether all stages before are over; an item taken too early is let go.

    Asked once the item is ours: what made it free again, a lifted hold say, is committed by then. A
    message of an earlier round may still lie in the queue, and would have a deletion certified
    whose rows the hold kept.
    """
    mine = RequestItem.objects.filter(pk=item_id, token=token)
    before = RequestItem.objects.filter(
        request__items__in=mine, stage__lt=Subquery(mine.values("stage"))
    )
    if not before.exclude(state__in=(ItemState.DONE, ItemState.HELD)).exists():
        return True
    mine.update(
        state=ItemState.PENDING,
        token=None,
        lease_until=None,
        holder="",
        enqueued_at=None,
        attempts=F("attempts") - 1,
    )
    return False


def enqueue(request_id: int) -> int:
    """Put the next items of the request's current stage into the queue; returns how many.

    Locks the request, so that of two items that finish together one sees both done.
    """
    with transaction.atomic():
        PrivacyRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=request_id)
        items = RequestItem.objects.filter(request_id=request_id)
        first = items.exclude(state__in=(ItemState.DONE, ItemState.HELD)).order_by("stage").first()
        if first is None:
            return 0
        stage = items.filter(stage=first.stage).unfinished()
        flying = stage.exclude(enqueued_at=None).count()
        # Whatever waits for its time would only use up its message: nobody may take it yet.
        due = stage.free().filter(enqueued_at=None).order_by("pk")
        room = max(settings.WINDOW - flying, 0)
        waiting = list(due.values_list("pk", flat=True)[:room])
        items.filter(pk__in=waiting).update(enqueued_at=Now())
        for item_id in waiting:
            async_task("compliance.tasks.run_item", item_id)
    return len(waiting)


def next_of(request_id: int) -> int | None:
    """An item of the request's current stage that is in the queue and nobody has taken."""
    items = RequestItem.objects.filter(request_id=request_id)
    ready = items.free().filter(state=ItemState.PENDING).exclude(enqueued_at=None)
    return ready.order_by("stage", "pk").values_list("pk", flat=True).first()


@transaction.atomic
def release(group: str, *, culprit: int | None = None, witnessed: bool = True) -> int:
    """Free what a group of workers held that is known to be dead; returns how many items.

    Only the process that died by itself (`culprit`, a process id) may have died of its item: the
    others were ended with it, and their attempt does not count. Where nobody saw them die
    (`witnessed` false), any of them may have: an item can take a whole machine along.
    """
    held = RequestItem.objects.unfinished().filter(holder__startswith=f"{group}/")
    if witnessed:
        innocent = held.exclude(holder=f"{group}/{culprit}") if culprit else held
        innocent.filter(attempts__gt=0).update(attempts=F("attempts") - 1)
    # What the group had fetched and not begun is lost with it: to be enqueued again.
    RequestItem.objects.filter(state=ItemState.PENDING, token=None).update(enqueued_at=None)
    return held.update(
        token=None, lease_until=None, holder="", state=ItemState.PENDING, enqueued_at=None
    )
