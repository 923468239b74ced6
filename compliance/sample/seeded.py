"""What a seeding made, as plain data: the contracts, seats and members our own database needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.sample.plan import (
    ADMINISTRATORS,
    CONTRACT_BLOCK,
    YEARS,
    Holding,
    Plan,
    address,
    edition_of,
    firm_of,
    home_of,
    person,
    scattered,
)


@dataclass(frozen=True, slots=True)
class SampleContract:
    product_id: str
    number: str
    company: str
    edition: str
    country: str
    language: str
    since: datetime


@dataclass(frozen=True, slots=True)
class SampleMember:
    product_id: str
    name: str
    email: str
    locale: str
    since: datetime


@dataclass(frozen=True, slots=True)
class SampleSeat:
    """One member's time on one licence; a licence handed on is two of these."""

    product_seat_id: str
    number: str
    contract_id: str
    member_id: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class SampleAdministration:
    contract_id: str
    member_id: str
    since: datetime
    until: datetime | None


def contract_of(plan: Plan, number: int) -> SampleContract:
    country, language = home_of(number)
    return SampleContract(
        product_id=str(number),
        number=f"C-2026-{number:04d}",
        company=firm_of(number).name,
        edition=edition_of(number),
        country=country,
        language=language,
        since=plan.clock(number) - YEARS,
    )


def member(plan: Plan, number: int) -> SampleMember:
    contract = number // CONTRACT_BLOCK
    return SampleMember(
        product_id=str(number),
        name=person(number).name,
        email=address(number),
        locale=home_of(contract)[1],
        since=plan.clock(contract) - YEARS + timedelta(minutes=scattered(number, 100_000)),
    )


def administrations_of(plan: Plan, contract: int) -> list[SampleAdministration]:
    """Three: one without a seat, the holder of the first licence, and one who no longer is one."""
    since = plan.clock(contract) - YEARS
    first = contract * CONTRACT_BLOCK + ADMINISTRATORS
    handed_over = since + timedelta(days=500)
    seated = str(contract * CONTRACT_BLOCK + 1)
    return [
        SampleAdministration(str(contract), str(first), since, None),
        SampleAdministration(str(contract), seated, handed_over, None),
        SampleAdministration(str(contract), str(first + 1), since, handed_over),
    ]


def members_without_seat(contract: int) -> tuple[int, int]:
    first = contract * CONTRACT_BLOCK + ADMINISTRATORS
    return first, first + 1


@dataclass(frozen=True)
class Seeded:
    """What the run was asked for, computed seat by seat as it is read: nothing here is a list.

    It describes all that was asked for, also what an earlier run had made; `rows` and `made` count
    this run alone.
    """

    plan: Plan
    rows: Mapping[str, int]
    """Rows written, a table."""
    made: int
    """Licences filled."""
    skipped: int
    """Licences left as they were, because they were there."""

    def contracts(self) -> Iterator[SampleContract]:
        for number in self.plan.numbers:
            yield contract_of(self.plan, number)

    def holdings(self) -> Iterator[Holding]:
        for contract in self.plan.numbers:
            for place in range(1, self.plan.seats + 1):
                yield from self.plan.holdings(contract, place)

    def seats(self) -> Iterator[SampleSeat]:
        for holding in self.holdings():
            yield SampleSeat(
                product_seat_id=str(holding.seat),
                number=f"S-{holding.number:06d}",
                contract_id=str(holding.contract),
                member_id=str(holding.member),
                since=holding.since,
                until=holding.until,
            )

    def members(self) -> Iterator[SampleMember]:
        """Each once, also who holds two seats, and administrators without one."""
        for contract in self.plan.numbers:
            for number in members_without_seat(contract):
                yield member(self.plan, number)
        for holding in self.holdings():
            home, place = divmod(holding.member, CONTRACT_BLOCK)
            elsewhere = holding.member != holding.number
            if not (elsewhere and home in self.plan.numbers and place <= self.plan.seats):
                yield member(self.plan, holding.member)

    def administrations(self) -> Iterator[SampleAdministration]:
        for contract in self.plan.numbers:
            yield from administrations_of(self.plan, contract)
