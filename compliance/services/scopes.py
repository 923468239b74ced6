"""From a request to the product's keys: which seats it is about, and which of them are held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from compliance.models import Hold, PrivacyRequest, RequestItem
from compliance.sources.base import Reach, Scope, SeatKey, data_map
from seats.models import Contract, Seat


def seats_of(request: PrivacyRequest) -> QuerySet[Seat]:
    """The seats the request is about, former holders' included, in a stable order."""
    if request.whole_contract:
        seats = Seat.objects.filter(contract=request.contract)
    else:
        seats = Seat.objects.filter(pk=request.seat_id or 0)
    return seats.present().select_related("member").order_by("pk")


def seat_count(request: PrivacyRequest) -> int:
    return seats_of(request).count()


def applies(category: str, edition: str) -> bool:
    """Whether contracts of that edition can have data in the category at all."""
    return any(
        not source.editions or edition in source.editions
        for source in data_map().for_category(category)
    )


def key(seat: Seat) -> SeatKey:
    return SeatKey(seat.product_id, seat.member.product_id or "")


def touched_with(category: str) -> set[str]:
    """The category, and those whose rows go with its rows or lose their pointers to them."""
    mapped = data_map()
    tables = {
        name for source in mapped.for_category(category) for name in source.carries | source.clears
    }
    others = {source.category for source in mapped.sources if source.name in tables}
    return {category, *others}


def holds_on(contract: Contract, category: str) -> list[Hold]:
    """Holds in force on the contract or its seats that erasing this category would touch."""
    return touching(in_force_on(contract), category)


def in_force_on(contract: Contract) -> list[Hold]:
    return list(Hold.objects.in_force().filter(contract=contract).order_by("pk"))


def touching(holds: Iterable[Hold], category: str) -> list[Hold]:
    touched = touched_with(category)
    return [
        hold for hold in holds if not hold.categories or not touched.isdisjoint(hold.categories)
    ]


def held_seats(contract: Contract, category: str, seat_ids: Iterable[int]) -> dict[int, str]:
    """Of these seats, those a hold keeps now: seat id → its ground."""
    return covered_by(holds_on(contract, category), seat_ids)


def covered_by(holds: Iterable[Hold], seat_ids: Iterable[int]) -> dict[int, str]:
    held: dict[int, str] = {}
    for hold in holds:
        covered = seat_ids if hold.seat_id is None else {hold.seat_id}.intersection(seat_ids)
        held.update((seat_id, hold.ground) for seat_id in covered if seat_id not in held)
    return held


def whole_contract_hold(contract: Contract, category: str) -> str:
    """The ground on which the contract as such is held in this category; "" when it is not."""
    for hold in holds_on(contract, category):
        if hold.seat_id is None:
            return str(hold.ground)
    return ""


def overlapping(request: PrivacyRequest) -> Q:
    """Other requests that touch the same data."""
    same = Q(contract=request.contract_id)
    if not request.whole_contract:
        same &= Q(seat=None) | Q(seat=request.seat_id)
    return same & ~Q(pk=request.pk)


def known_keys(contract: Contract) -> tuple[SeatKey, ...]:
    return tuple(
        SeatKey(product_id, member or "")
        for product_id, member in Seat.objects.present()
        .filter(contract=contract)
        .order_by("pk")
        .values_list("product_id", "member__product_id")
    )


def scope_of(
    item: RequestItem, cutoff: datetime, *, without: Sequence[int] = (), only: Sequence[int] = ()
) -> Scope:
    """The product scope of an item; `without` and `only` narrow it to seats not held, or held."""
    reach = Reach(item.reach)
    contract = item.request.contract
    wanted = [pk for pk in (only or item.seats) if pk not in without]
    seats: tuple[SeatKey, ...] = ()
    held: tuple[SeatKey, ...] = ()
    if reach == Reach.SEATS:
        rows = Seat.objects.filter(pk__in=wanted).select_related("member").order_by("pk")
        seats = tuple(key(seat) for seat in rows)
    elif reach == Reach.REST:
        seats = known_keys(contract)
    elif without:
        rows = Seat.objects.filter(pk__in=without).select_related("member").order_by("pk")
        held = tuple(key(seat) for seat in rows)
    return Scope(
        reach=reach,
        contract=contract.product_id,
        seats=seats,
        cutoff=cutoff,
        low=item.low,
        high=item.high,
        held=held,
    )
