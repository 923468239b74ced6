"""Cuts a request into items: category × part, each of bounded size."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from compliance.enums import ItemState, RequestKind, Work
from compliance.models import PrivacyRequest, RequestItem
from compliance.services import requests, scopes
from compliance.services.leases import Lease
from compliance.sources.base import FOREVER, Reach, Scope, SeatKey, Source, data_map
from seats.models import Seat

FILES = 200  # files in one part: each is an entry of its own in the archive
SEATS = 2_000  # seats in one part, however few rows they have


def plan(lease: Lease) -> int:
    """Write the other items of the request; returns how many. Raises ProductUnavailable, LeaseLost.

    A request begins with one item, to plan it.
    """
    items = []
    for item in _items(lease.item.request):
        lease.keep()
        items.append(item)
    with transaction.atomic():
        requests.locked(lease.item.request_id)
        lease.publish(ItemState.DONE)
        RequestItem.objects.bulk_create(items, batch_size=500)
    return len(items)


def sources_of(request: PrivacyRequest) -> list[Source]:
    """The sources of the categories asked for that apply to the contract's edition."""
    edition = request.contract.edition
    return [
        source
        for source in data_map().sources
        if source.category in request.categories
        and (not source.editions or edition in source.editions)
    ]


def _items(request: PrivacyRequest) -> Iterator[RequestItem]:
    erasing = request.kind == RequestKind.DELETION
    stage = 0
    for stage, source in enumerate(sources_of(request), start=1):
        for part, (reach, seats, low, high) in enumerate(_parts(request, source), start=1):
            yield RequestItem(
                request=request,
                work=Work.ERASE if erasing else Work.EXPORT,
                # Children are erased before what they point at: the data map's own order.
                stage=stage if erasing else 1,
                category=source.category,
                resource=source.name,
                part=part,
                reach=reach,
                seats=seats,
                low=low,
                high=high,
            )
    if erasing:
        yield RequestItem(request=request, work=Work.RECOUNT, stage=stage + 1)
        # Last: what is erased here is what the product's rows are found by.
        yield RequestItem(request=request, work=Work.OWN_SIDE, stage=stage + 2)
    else:
        yield RequestItem(request=request, work=Work.ASSEMBLE, stage=2)


Part = tuple[Reach, list[int], str | None, str | None]


def _parts(request: PrivacyRequest, source: Source) -> Iterator[Part]:
    size = FILES if source.shape == "files" else settings.PART_ROWS
    cutoff = request.cutoff_at or timezone.now()
    contract = request.contract
    for reach in source.reaches(whole_contract=request.whole_contract):
        if reach == Reach.SEATS:
            yield from _seat_parts(source, list(scopes.seats_of(request)), request, size)
            continue
        known = scopes.known_keys(contract) if reach == Reach.REST else ()
        whole = Scope(reach, contract.product_id, known, cutoff)
        for low, high in source.split(whole, size):
            yield reach, [], low, high


def _seat_parts(
    source: Source, seats: list[Seat], request: PrivacyRequest, size: int
) -> Iterator[Part]:
    """Groups of seats of about `size` rows; one very large seat is cut by its key instead.

    Rows of any time count here: it is quicker, and a part's size need not be exact.
    """
    keys: dict[SeatKey, Seat] = {scopes.key(seat): seat for seat in seats}
    contract = request.contract.product_id
    counts = source.counts_by_seat(Scope(Reach.SEATS, contract, tuple(keys), FOREVER))
    group: list[int] = []
    rows = 0
    for key, seat in keys.items():
        count = counts.get(key, 0)
        if count > size:
            alone = Scope(Reach.SEATS, contract, (key,), FOREVER)
            for low, high in source.split(alone, size):
                yield Reach.SEATS, [seat.pk], low, high
            continue
        if group and (rows + count > size or len(group) >= SEATS):
            yield Reach.SEATS, group, None, None
            group, rows = [], 0
        group.append(seat.pk)
        rows += count
    if group:
        yield Reach.SEATS, group, None, None
