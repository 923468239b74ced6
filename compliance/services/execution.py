"""How an approved request gets done: started, planned, worked on, swept up after a crash."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    transaction,
)
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from compliance.enums import Action, ItemState, RequestKind, Status, Work
from compliance.models import ExecutionLock, PrivacyRequest, RequestItem
from compliance.services import (
    authority,
    deletions,
    exports,
    intake,
    languages,
    leases,
    outages,
    own_side,
    planning,
    requests,
    scopes,
    steps,
)
from compliance.services.actors import SYSTEM
from compliance.services.leases import Lease, LeaseLost
from compliance.services.outages import Outage

log = logging.getLogger(__name__)
STRIDE = 5.0  # seconds
PAUSE = timedelta(seconds=5)  # before the next try after an outage
WORKERS: dict[str, Callable[[Lease], int]] = {
    Work.PLAN: planning.plan,
    Work.EXPORT: exports.read_part,
    Work.ASSEMBLE: exports.assemble,
    Work.ERASE: deletions.erase_part,
    Work.RECOUNT: deletions.recount_all,
    Work.OWN_SIDE: own_side.erase,
}


@transaction.atomic
def advance(pk: int) -> int:
    """Take the steps nobody has to decide on; 1 when the request runs now.

    Under the request's lock: the queue and the sweep may both be at it, and people too.
    """
    request = intake.let_through(requests.locked(pk))
    if request.status == Status.APPROVED and request.kind == RequestKind.DELETION:
        if not steps.copy_is_settled(request):
            return 0
        request = requests.take(Action.SCHEDULE, pk, actor=SYSTEM)
    if PrivacyRequest.objects.ready_to_start().filter(pk=pk).exists():
        return start(pk)
    return 0


def can_go_on(request: PrivacyRequest) -> bool:
    """Whether an approved request waits for nothing but its time: no copy, no other execution."""
    if not steps.copy_is_settled(request):
        return False
    if request.kind == RequestKind.DELETION and _copies_in_the_way(request):
        return False
    taken = Q(seat__in=scopes.seats_of(request))
    if request.whole_contract:
        taken |= Q(contract=request.contract)
    return not ExecutionLock.objects.filter(taken).exists()


@transaction.atomic
def start(pk: int) -> int:
    """The check at run time (authority, seats, holds), then the locks, then the start."""
    request = requests.locked(pk)
    if not PrivacyRequest.objects.ready_to_start().filter(pk=pk).exists():
        return 0
    if authority.lost(request):
        authority.lapse(request)
        return 0
    with translation.override(languages.written_in(request.language)):
        reason = why_stop(request)  # the requester reads it
    if reason:
        requests.take(Action.STOP, pk, actor=SYSTEM, reason=reason)
        return 0
    if request.kind == RequestKind.DELETION and _copies_in_the_way(request):
        return 0
    try:
        with transaction.atomic():
            _lock_scope(request)
    except IntegrityError:
        return 0  # something else runs on one of these seats: the sweep comes back
    requests.take(Action.START, pk, actor=SYSTEM)
    return 1


def why_stop(request: PrivacyRequest) -> str:
    """What changed since the approval so that people have to look again; "" for nothing."""
    if request.kind == RequestKind.DELETION:
        if scopes.seat_count(request) > (request.seats_approved or 0):
            return _("Seats were added to the contract since the approval.")
        if request.categories and all(_held(request, slug) for slug in request.categories):
            return _("A legal hold covers everything this would delete.")
    return ""


def _held(request: PrivacyRequest, slug: str) -> bool:
    if scopes.whole_contract_hold(request.contract, slug):
        return True
    ids = list(scopes.seats_of(request).values_list("pk", flat=True))
    return bool(ids) and len(scopes.held_seats(request.contract, slug, ids)) == len(ids)


def _copies_in_the_way(request: PrivacyRequest) -> bool:
    """Copies asked for while the deletion could be cancelled come before it (Art. 15, 17).

    Members hear of a contract's deletion when its cooling-off begins, and may ask for theirs then.
    """
    until = request.cooling_off_until or timezone.now()
    return (
        PrivacyRequest.objects.open()
        .filter(scopes.overlapping(request), kind=RequestKind.EXPORT)
        .filter(received_at__lte=until)
        .exists()
    )


def _lock_scope(request: PrivacyRequest) -> None:
    locks = [ExecutionLock(request=request, seat=seat) for seat in scopes.seats_of(request)]
    if request.whole_contract:
        locks.append(ExecutionLock(request=request, contract=request.contract))
    ExecutionLock.objects.bulk_create(locks, batch_size=500)


def proceed(pk: int) -> int:
    """Enqueue what is next, unless something else runs on a seat that a lifted hold freed."""
    return leases.enqueue(pk) if _is_locked(pk) else 0


@transaction.atomic
def _is_locked(pk: int) -> bool:
    """Whether the scope is this request's; one that was done and resumes takes it again."""
    request = requests.locked(pk)
    if request.status != Status.RUNNING:
        return False  # it ended since it was looked at: whoever comes next needs the scope
    if request.locks.exists():
        return True
    try:
        with transaction.atomic():
            _lock_scope(request)
    except IntegrityError:
        return False
    return True


def run_next(pk: int) -> int:
    """Begin with what was just enqueued, before the letters that wait in the queue."""
    waiting = leases.next_of(pk)
    return 0 if waiting is None else run_item(waiting)


def run_item(item_id: int) -> int:
    """Do an item, and the request's next ones for some seconds; rows or files handled.

    Many items are small: going on at once spares each the way through the queue, whose message then
    finds its item taken.
    """
    began = time.monotonic()
    handled = 0
    waiting: int | None = item_id
    while waiting is not None:
        lease = leases.claim(waiting)
        if lease is None:
            break
        handled += _run(lease)
        if time.monotonic() - began > STRIDE:
            break
        waiting = leases.next_of(lease.item.request_id)
    return handled


def _run(lease: Lease) -> int:
    """Do the item of a lease; 0 when it was not ours to do, or failed."""
    if lease.item.request.status != Status.RUNNING:
        lease.give_back(error="", wait=timedelta(0), counted=False)
        return 0
    try:
        count = WORKERS[lease.item.work](lease)
    except LeaseLost:
        log.warning("item %s went to another worker", lease.item.pk)
        return 0
    except Exception as error:  # whatever it was, the item must not be lost
        outage = outages.of(error)
        return _postpone(lease, outage) if outage else _failed(lease, error)
    if not leases.enqueue(lease.item.request_id):
        fail_if_stuck(lease.item.request_id)
    return count


def _postpone(lease: Lease, outage: Outage) -> int:
    """The item waits, and nothing counts against it. When our own database is away, so do we."""
    log.warning("item %s waits: %s", lease.item.pk, outage.value)
    until = time.monotonic() + settings.LEASE.total_seconds()
    while True:
        try:
            lease.give_back(error=outage.value, wait=PAUSE, counted=False)
        except (OperationalError, InterfaceError):
            if time.monotonic() > until:
                raise
            time.sleep(1)
            close_old_connections()
        else:
            return 0


def _failed(lease: Lease, error: Exception) -> int:
    """A failure: the class is kept, never its text, which may quote data."""
    name = type(error).__name__
    log.error("item %s failed: %s", lease.item.pk, name, exc_info=_without_values(error))
    wait = timedelta(seconds=2 * 4 ** (lease.item.attempts - 1))
    if lease.give_back(error=name, wait=wait, counted=True) == ItemState.ATTENTION:
        fail_if_stuck(lease.item.request_id)
    return 0


def _without_values(error: Exception) -> Exception:
    """The same traceback under an exception that says nothing: messages quote rows."""
    silent = RuntimeError(type(error).__name__)
    return silent.with_traceback(error.__traceback__)


@transaction.atomic
def fail_if_stuck(request_id: int) -> None:
    """When nothing else of the stage can go on, a person has to look."""
    requests.locked(request_id)
    items = RequestItem.objects.filter(request_id=request_id)
    stuck = items.filter(state=ItemState.ATTENTION).order_by("stage").first()
    if stuck is None or items.filter(stage=stuck.stage).unfinished().exists():
        return
    _fail(request_id, stuck.error or stuck.resource)


@transaction.atomic
def _fail(pk: int, reason: str) -> None:
    if requests.locked(pk).status == Status.RUNNING:
        requests.take(Action.FAIL, pk, actor=SYSTEM, reason=reason)
