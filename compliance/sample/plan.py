"""Who is in the sample product: contracts, licences, their holders, and what two of them share.

Everything follows from two numbers, the contract's and the licence's place in it: any seat can be
computed without the ones before it, and a later, larger run finds the same seats again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from compliance.sample.names import PEOPLE, Firm, Person, customer

# Ids: a contract's number begins those of its seats and members, a holder's those of its rows.
CONTRACT_BLOCK = 100_000
FORMER = 50_000
ADMINISTRATORS = 90_000
MOST_SEATS = 40_000
ROWS_BLOCK = 10_000_000
MOST_ROWS = 8_000_000
# From here on in a holder's block: rows that are not theirs alone.
SHARED = 9_000_000
STRAY = 9_900_000

EDITIONS = ("advanced_plus", "advanced", "core")
WITH_SEAT_ADMINISTRATION = frozenset({"advanced", "advanced_plus"})
HOMES = (
    ("IE", "en"),
    ("DE", "de"),
    ("FR", "fr"),
    ("ES", "es"),
    ("AT", "de"),
    ("GB", "en"),
    ("BE", "fr"),
    ("US", "en"),
)
# Rows lie in the last three years before the contract's clock, never after it.
YEARS = timedelta(days=1095)
UP_TO_DATE = timedelta(hours=1)
SCATTER = 2_654_435_761  # Knuth's multiplicative hash: scatters neighbouring ids


def scattered(number: int, below: int) -> int:
    return number * SCATTER % 4_294_967_291 % below


def edition_of(contract: int) -> str:
    """The editions take turns; the first contract has the one with everything."""
    return EDITIONS[(contract - 1) % len(EDITIONS)]


def home_of(contract: int) -> tuple[str, str]:
    """Country and language of a contract."""
    return HOMES[(contract - 1) % len(HOMES)]


def firm_of(contract: int) -> Firm:
    return customer(contract, home_of(contract)[0])


def person(member: int) -> Person:
    return PEOPLE[scattered(member, len(PEOPLE))]


def address(member: int) -> str:
    """A member's own address, at the company they work for."""
    contract, number = divmod(member, CONTRACT_BLOCK)
    return f"{person(member).slug}.{number}@{firm_of(contract).domain}"


def handed_on(place: int) -> bool:
    """Whether the licence at this place had another holder before."""
    return place % 5 == 2


def released(place: int) -> bool:
    """Whether the licence lies idle: its last holder left."""
    return place % 11 == 0


def member_of(contract: int, place: int, *, former: bool) -> int:
    """The product's id of who holds, or held, the licence at this place.

    Every sixth member of an even contract works for the contract before it too, and every second
    former holder moved on to the next licence: filtering by member alone is always wrong.
    """
    if former:
        moved_on = place % 10 == 7
        return contract * CONTRACT_BLOCK + (place + 1 if moved_on else FORMER + place)
    holds_two = contract % 2 == 0 and place % 6 == 3
    return (contract - 1 if holds_two else contract) * CONTRACT_BLOCK + place


@dataclass(frozen=True)
class Holding:
    """One member's time on one licence: one Seat of ours."""

    contract: int
    place: int
    former: bool
    since: datetime
    until: datetime | None
    now: datetime
    """The contract's clock."""

    @cached_property
    def seat(self) -> int:
        return self.contract * CONTRACT_BLOCK + self.place

    @cached_property
    def number(self) -> int:
        return self.seat + FORMER if self.former else self.seat

    @cached_property
    def member(self) -> int:
        return member_of(self.contract, self.place, former=self.former)

    @cached_property
    def block(self) -> int:
        """Where this holder's row ids begin, in every table."""
        return self.number * ROWS_BLOCK

    @cached_property
    def last(self) -> datetime:
        """No row of this holder is later."""
        return self.until or self.now - UP_TO_DATE

    @property
    def heavy(self) -> bool:
        """Whether this is one of the few holders with the very long cells and the large file."""
        return self.contract % 10 == 1 and self.place == 1 and not self.former

    @cached_property
    def edition(self) -> str:
        return edition_of(self.contract)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two holders who have something in common: a conversation in both mailboxes, a CRM contact."""

    block: int
    """Where the ids of what they share begin."""
    other: int
    """The other one's member id."""
    leads: bool
    """Whether this holder is the one who wrote first."""
    begins: datetime
    same_contract: bool


@dataclass(frozen=True)
class Plan:
    first: int
    contracts: int
    seats: int
    handovers: bool
    clocks: Mapping[int, datetime]
    """Each contract's "now", also for the contract before the first and after the last."""
    now: datetime

    @property
    def numbers(self) -> range:
        return range(self.first, self.first + self.contracts)

    def clock(self, contract: int) -> datetime:
        return self.clocks.get(contract, self.now)

    def holdings(self, contract: int, place: int) -> Iterator[Holding]:
        """Who held the licence at this place, the earlier holder first."""
        now, seat = self.clock(contract), contract * CONTRACT_BLOCK + place
        since = now - timedelta(
            days=400 + scattered(seat, 600), microseconds=scattered(seat, 10**9)
        )
        until = now - timedelta(days=60, minutes=place) if released(place) else None
        if self.handovers and handed_on(place):
            handover = self.handover(contract, place)
            yield Holding(contract, place, True, since, handover, now)
            since = handover + timedelta(days=1)
        yield Holding(contract, place, False, since, until, now)

    def handover(self, contract: int, place: int) -> datetime:
        days = 200 + scattered(contract * CONTRACT_BLOCK + place, 150)
        return self.clock(contract) - timedelta(days=days, minutes=place)

    def pairs(self, holding: Holding) -> Iterator[Pair]:
        """With whom this holder shares rows: the colleague beside them, the holder before or after
        them, and the one at the same place of the neighbouring contract."""
        contract, place = holding.contract, holding.place
        seats = contract * CONTRACT_BLOCK
        if not holding.former:
            leads = place % 2 == 1
            lower = place if leads else place - 1
            other = member_of(contract, place + 1 if leads else place - 1, former=False)
            yield self.pair(contract, (seats + lower) * ROWS_BLOCK + SHARED, other, leads)
        if self.handovers and handed_on(place):
            block = (seats + FORMER + place) * ROWS_BLOCK + SHARED
            other = member_of(contract, place, former=not holding.former)
            begins = self.handover(contract, place) - timedelta(days=4)
            yield Pair(block, other, holding.former, begins, True)
        if not holding.former and place % 3 == 1:
            leads = contract % 2 == 1
            lower = contract if leads else contract - 1
            other = member_of(contract + 1 if leads else contract - 1, place, former=False)
            block = (lower * CONTRACT_BLOCK + place) * ROWS_BLOCK + SHARED + 100_000
            yield self.pair(lower, block, other, leads, same_contract=False)

    def pair(
        self, contract: int, block: int, other: int, leads: bool, *, same_contract: bool = True
    ) -> Pair:
        """At a time when both had their licence, also if one has since given it back."""
        begins = self.clock(contract) - timedelta(days=80 + scattered(block, 100))
        return Pair(block, other, leads, begins, same_contract)
