"""What the product holds about one seat, counted in the live product and kept nowhere."""

from __future__ import annotations

from django.utils import timezone

from compliance.services import scopes
from compliance.sources.base import Reach, Scope, data_map
from compliance.sources.product import product_snapshot
from seats.models import Seat


def of_seat(seat: Seat) -> dict[str, int]:
    """Category → rows and files, for the categories of the contract's edition.

    Raises ProductUnavailable. An erased seat has no key any more, and so holds nothing.
    """
    if seat.erased_at:
        return {}
    scope = Scope(Reach.SEATS, seat.contract.product_id, (scopes.key(seat),), cutoff=timezone.now())
    counted: dict[str, int] = {}
    with product_snapshot():
        for source in data_map().sources:
            if source.editions and seat.contract.edition not in source.editions:
                continue
            if Reach.SEATS in source.reaches(whole_contract=False):
                counted[source.category] = counted.get(source.category, 0) + source.count(scope)
    return counted
