"""Picks up what a crash left: the truth is in our rows, the queue only hints."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from compliance.enums import Channel, ItemState, Status
from compliance.models import PrivacyRequest, RequestItem
from compliance.services import execution, leases

AT_ONCE = 200


def sweep() -> int:
    """Start what is ready, and pick up whatever no live worker has; how many requests and items."""
    now = timezone.now()
    waiting = PrivacyRequest.objects.filter(
        Q(status=Status.APPROVED) | Q(status=Status.COOLING_OFF, cooling_off_until__lte=now)
    ).select_related("contract", "seat", "copy_first")
    # At random: what is in the way of two hundred must not keep the rest from being looked at.
    some = waiting.order_by("?")[:AT_ONCE]
    ready = [request.pk for request in some if execution.can_go_on(request)]
    for pk in ready:
        execution.advance(pk)
    return len(ready) + _sweep_items() + _sweep_requests()


def _sweep_items() -> int:
    """Items whose worker is gone or whose message was lost go into the queue again."""
    lost = Q(state=ItemState.RUNNING) | Q(enqueued_at__lt=timezone.now() - timedelta(seconds=90))
    stale = RequestItem.objects.free().filter(lost, request__status=Status.RUNNING)
    worn = stale.filter(attempts__gte=leases.ATTEMPTS)
    for item in worn[:50]:
        RequestItem.objects.filter(pk=item.pk, token=item.token).update(
            state=ItemState.ATTENTION, error="WorkerDied", token=None, lease_until=None, holder=""
        )
        execution.fail_if_stuck(item.request_id)
    return stale.filter(attempts__lt=leases.ATTEMPTS).update(
        enqueued_at=None, state=ItemState.PENDING, token=None, lease_until=None, holder=""
    )


def _sweep_requests() -> int:
    """Running requests with an item that waits for its place, and requests nobody let through."""
    waiting = RequestItem.objects.free().filter(enqueued_at=None, state=ItemState.PENDING)
    running = PrivacyRequest.objects.filter(status=Status.RUNNING)
    pks = list(
        running.filter(pk__in=waiting.values("request_id")).values_list("pk", flat=True)[:AT_ONCE]
    )
    for pk in pks:
        execution.proceed(pk)
    for pk in (
        running.filter(items__state=ItemState.ATTENTION).distinct().values_list("pk", flat=True)
    ):
        execution.fail_if_stuck(pk)
    received = PrivacyRequest.objects.filter(status=Status.RECEIVED, channel=Channel.SELF_SERVICE)
    for pk in received.values_list("pk", flat=True)[:AT_ONCE]:
        execution.advance(pk)
    return len(pks)
