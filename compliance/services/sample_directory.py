"""Our rows for the sample product's contracts, seats and members, as a directory sync would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from compliance.sample.seeded import SampleAdministration, SampleMember, SampleSeat, Seeded
from seats import keys
from seats.enums import TombstoneKind
from seats.models import Administration, Contract, Member, Seat, Tombstone

BATCH = 2_000
Row = TypeVar("Row")


def adopt(seeded: Seeded) -> dict[str, int]:
    """Create what is missing and bring back nothing that was erased; rows made, by kind."""
    before = _counts()
    for agreements in _batches(seeded.contracts()):
        Contract.objects.bulk_create(
            [
                Contract(
                    number=row.number,
                    product_id=row.product_id,
                    customer=row.company,
                    edition=row.edition,
                    country=row.country,
                    language=row.language,
                )
                for row in agreements
            ],
            ignore_conflicts=True,
        )
    for members in _batches(seeded.members()):
        _members(members)
    contracts = dict(Contract.objects.values_list("product_id", "pk"))
    for seats in _batches(seeded.seats()):
        _seats(seats, contracts)
    for administrations in _batches(seeded.administrations()):
        _administrations(administrations, contracts)
    return {kind: count - before[kind] for kind, count in _counts().items()}


def _members(rows: list[SampleMember]) -> None:
    buried = _buried(TombstoneKind.MEMBER, (row.product_id for row in rows))
    Member.objects.bulk_create(
        [
            Member(
                product_id=row.product_id,
                name=row.name,
                email=row.email,
                locale=row.locale,
                verified_at=row.since,
            )
            for row in rows
            if keys.pseudonym(TombstoneKind.MEMBER, row.product_id) not in buried
        ],
        ignore_conflicts=True,
    )


def _seats(rows: list[SampleSeat], contracts: dict[str, int]) -> None:
    members = _member_ids(row.member_id for row in rows)
    Seat.objects.bulk_create(
        [
            Seat(
                number=row.number,
                contract_id=contracts[row.contract_id],
                member_id=members[row.member_id],
                product_id=row.product_seat_id,
                assigned_at=row.since,
                released_at=row.until,
            )
            for row in rows
            if row.member_id in members
        ],
        ignore_conflicts=True,
    )


def _administrations(rows: list[SampleAdministration], contracts: dict[str, int]) -> None:
    members = _member_ids(row.member_id for row in rows)
    there = set(Administration.objects.values_list("contract_id", "member_id"))
    Administration.objects.bulk_create(
        [
            Administration(
                contract_id=contracts[row.contract_id],
                member_id=members[row.member_id],
                since=row.since,
                until=row.until,
            )
            for row in rows
            if row.member_id in members
            and (contracts[row.contract_id], members[row.member_id]) not in there
        ]
    )


def _member_ids(product_ids: Iterable[str]) -> dict[str, int]:
    found = Member.objects.filter(product_id__in=set(product_ids))
    return {str(product_id): pk for product_id, pk in found.values_list("product_id", "pk")}


def _buried(kind: TombstoneKind, values: Iterable[str]) -> set[str]:
    wanted = [keys.pseudonym(kind, value) for value in values]
    return set(Tombstone.objects.filter(kind=kind, key__in=wanted).values_list("key", flat=True))


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch


def _counts() -> dict[str, int]:
    return {
        "contracts": Contract.objects.count(),
        "members": Member.objects.count(),
        "seats": Seat.objects.count(),
        "administrations": Administration.objects.count(),
    }
