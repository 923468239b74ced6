"""Seats of the sample product that differ in what could go wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from compliance.sources.base import Reach, Scope, SeatKey
from tests.compliance.sources import world
from tests.compliance.sources.world import Tables

CUTOFF = datetime(2030, 1, 1, tzinfo=UTC)
Choice = Callable[[Tables], SeatKey]


def at(seat: int, member: int | None = None) -> Choice:
    return lambda _: SeatKey(str(seat), str(member if member is not None else seat))


def former(found: Tables) -> SeatKey:
    """Somebody who handed a licence on to somebody who has rows there too."""
    holders = world.owners(found)
    return max(one for one in holders if sum(other.seat == one.seat for other in holders) > 1)


def of_two_contracts(found: Tables) -> SeatKey:
    return max(
        one
        for one in world.owners(found)
        if len({other.seat for other in world.owners(found) if other.member == one.member}) > 1
    )


def busiest(found: Tables) -> SeatKey:
    return max(world.owners(found), key=lambda one: len(world.of(found, "inmails", [one])))


SEATS = [former, of_two_contracts, busiest, at(100_001), at(200_003, 100_003)]


def seat_scope(*keys: SeatKey) -> Scope:
    return Scope(Reach.SEATS, "", keys, CUTOFF)
