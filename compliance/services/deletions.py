"""Erases in the product: intent first, small batches under a lock, then counted again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from compliance.enums import ItemState, Status, Work
from compliance.models import PrivacyRequest, RequestItem
from compliance.services import leases, requests, scopes
from compliance.services.leases import Lease
from compliance.sources.base import Reach, Scope, Source, data_map
from compliance.sources.product import product_transaction
from seats import keys, ledger
from seats.canonical import canonical
from seats.models import Seat

CALM, LONG = 0.2, 0.6  # seconds a batch should take: grown below, shrunk above
LARGEST = 50_000
SLICE = 30.0  # seconds of one task
HELD = "hold"


class NotErased(Exception):
    """Rows that should be gone are still there."""


class NoLongerAllowed(Exception):
    """The request does not run any more."""


def erase_part(lease: Lease) -> int:
    """Erase one item up to the cut-off, batch by batch; rows and files found when it began.

    Returns early, to be enqueued again, when a task's time is used up. Raises LeaseLost, NotErased,
    ProductUnavailable.
    """
    item = lease.item
    source = data_map().source(item.resource)
    cutoff = cutoff_of(item.request)
    if item.found is None:
        item.found = source.count(scopes.scope_of(item, cutoff))
        _announce(item, cutoff)
        RequestItem.objects.filter(pk=item.pk, token=lease.token).update(found=item.found)
    if not _erase_batches(lease, source, cutoff):
        with transaction.atomic():
            lease.publish(ItemState.PENDING, attempts=0, enqueued_at=None)
        return item.found
    seen = free_scope(item, cutoff)
    counts = recount(item, source)
    if counts.remaining:
        raise NotErased(item.resource)
    ledger.append(
        ledger.Kind.ERASURE_OUTCOME,
        {
            "reference": item.request.reference,
            "resource": item.resource,
            "part": item.part,
            "erased": counts.gone,
            "kept": sum(counts.retained.values()),
        },
    )
    with transaction.atomic():
        requests.locked(item.request_id)
        if free_scope(item, cutoff) != seen:
            # A hold was lifted, or placed, while it was counted: nobody would come back to it.
            lease.publish(ItemState.PENDING, attempts=0, enqueued_at=None)
            return item.found
        lease.publish(
            ItemState.HELD if counts.held else ItemState.DONE,
            remaining=0,
            **counts.fields(item),
        )
    return item.found


def cutoff_of(request: PrivacyRequest) -> datetime:
    assert request.cutoff_at  # noqa: S101 set when the last approval was given
    return request.cutoff_at


def _announce(item: RequestItem, cutoff: datetime) -> None:
    """The intent, in the ledger before the first row goes: what `replay` erases again."""
    scope = scopes.scope_of(item, cutoff)
    opened = {
        "reach": scope.reach,
        "contract": scope.contract,
        "seats": [[key.seat, key.member] for key in scope.seats],
        "low": scope.low,
        "high": scope.high,
    }
    ledger.append(
        ledger.Kind.ERASURE_INTENT,
        {
            "reference": item.request.reference,
            "resource": item.resource,
            "category": item.category,
            "part": item.part,
            "contract": item.request.contract.number,
            "seats": [seat.number for seat in _seats(item)],
            "cutoff": cutoff.isoformat(),
            "found": item.found,
            "scope": keys.seal_text(canonical(opened), item.request.reference),
        },
    )


def _seats(item: RequestItem) -> list[Seat]:
    return list(item.request.contract.seats.filter(pk__in=item.seats).order_by("pk"))


def _erase_batches(lease: Lease, source: Source, cutoff: datetime) -> bool:
    """Erase until nothing is left or the task's time is over; whether nothing is left."""
    limit: int = settings.ERASE_BATCH_ROWS
    began = time.monotonic()
    while True:
        before = time.monotonic()
        leases.sign_of_life()
        if not _batch(lease, source, cutoff, limit):
            return True
        took = time.monotonic() - before
        if took > LONG:
            limit = max(limit // 2, 100)
        elif took < CALM:
            limit = min(limit * 2, LARGEST)
        if time.monotonic() - began > SLICE:
            return False


def _batch(lease: Lease, source: Source, cutoff: datetime, limit: int) -> bool:
    """One batch; whether there is more.

    The product's transaction is opened first, so that no lock of ours waits for it, and committed
    while the item is still locked: who places a hold takes that lock, and knows afterwards that
    nothing it covers can still go.
    """
    with product_transaction(settings.LEASE.total_seconds()) as product, transaction.atomic():
        item = lease.locked()
        if item.request.status != Status.RUNNING:
            raise NoLongerAllowed(item.request.reference)
        lease.keep()
        scope = free_scope(item, cutoff)
        if scope is None:
            return False
        batch = source.erase(scope, limit)
        RequestItem.objects.filter(pk=item.pk).update(
            lease_until=leases.from_now(settings.LEASE),
            erased=item.erased + batch.erased,
            anonymised=item.anonymised + batch.anonymised,
            # Who shares a row is known only while the links stand that the next source erases.
            **({} if batch.more else {"retained": dict(batch.retained)}),
        )
        product.commit()
    return batch.more


def free_scope(item: RequestItem, cutoff: datetime) -> Scope | None:
    """The item's scope without what is under a hold now; None when a hold covers it all."""
    contract = item.request.contract
    if item.reach != Reach.SEATS:
        if scopes.whole_contract_hold(contract, item.category):
            return None
        held = scopes.held_seats(contract, item.category, _all_seats(item))
        return scopes.scope_of(item, cutoff, without=list(held))
    held = scopes.held_seats(contract, item.category, item.seats)
    if len(held) == len(item.seats):
        return None
    return scopes.scope_of(item, cutoff, without=list(held))


def _all_seats(item: RequestItem) -> list[int]:
    return list(scopes.seats_of(item.request).values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Count:
    """What the live data says: found = gone (erased or anonymised) + kept + remaining."""

    found: int
    gone: int
    retained: dict[str, int]  # ground → rows and files
    until: dict[str, str]  # ground → the last day (ISO) it need be kept
    held: int  # of the retained, under a hold: a lifted hold resumes them
    remaining: int
    later: int  # written after the cut-off, and not touched

    def fields(self, item: RequestItem) -> dict[str, Any]:
        """The item's columns after this count."""
        anonymised = min(item.anonymised, self.gone)
        return {
            "found": self.found,
            "erased": self.gone - anonymised,
            "anonymised": anonymised,
            "retained": self.retained,
            "retained_until": self.until,
            "later": self.later,
            # The database's clock, as the start it is compared with: hosts may disagree.
            "recounted_at": Now(),
        }


def recount(item: RequestItem, source: Source) -> Count:
    """Count an item's scope again: counters are not trusted with what is gone."""
    item.refresh_from_db(fields=["retained", "anonymised", "found"])
    cutoff = cutoff_of(item.request)
    free = free_scope(item, cutoff)
    retained = {ground: rows for ground, rows in item.retained.items() if ground != HELD}
    until: dict[str, str] = {}
    remaining = later = held = 0
    if free is None:
        held = source.count(scopes.scope_of(item, cutoff))
    else:
        retained.update(source.retained(free))
        until = {ground: day.isoformat() for ground, day in source.retained_until(free).items()}
        remaining, later = source.remaining(free), source.later(free)
        held = retained.pop(HELD, 0) + _held_rows(item, source, cutoff)
    retained[HELD] = held
    retained = {ground: rows for ground, rows in retained.items() if rows}
    kept = sum(retained.values())
    found = max(item.found or 0, kept + remaining)
    return Count(found, found - kept - remaining, retained, until, held, remaining, later)


def _held_rows(item: RequestItem, source: Source, cutoff: datetime) -> int:
    if item.reach != Reach.SEATS:
        return 0
    kept = scopes.held_seats(item.request.contract, item.category, item.seats)
    return source.count(scopes.scope_of(item, cutoff, only=list(kept))) if kept else 0


def recount_all(lease: Lease) -> int:
    """Count every source again after the last one was erased; items recounted, in slices of a task.

    What turns up again is erased again.
    """
    request = lease.item.request
    began = time.monotonic()
    since = RequestItem.objects.values_list("started_at", flat=True).get(pk=lease.item.pk)
    items = request.items.filter(work=Work.ERASE).select_related("request__contract")
    counted = 0
    for item in items.exclude(recounted_at__gt=since).order_by("pk"):
        lease.keep()
        counts = recount(item, data_map().source(item.resource))
        if counts.remaining:
            items.filter(pk=item.pk).update(
                state=ItemState.PENDING, attempts=0, enqueued_at=None, not_before=None
            )
        else:
            items.filter(pk=item.pk).update(**counts.fields(item))
        counted += 1
        if time.monotonic() - began > SLICE:
            break
    again = items.filter(state=ItemState.PENDING).exists()
    with transaction.atomic():
        requests.locked(request.pk)
        if again or items.exclude(recounted_at__gt=since).exists():
            lease.publish(
                ItemState.PENDING,
                attempts=0,
                enqueued_at=None,
                **({"started_at": None} if again else {}),
            )
        else:
            lease.publish(ItemState.DONE)
    return counted
