"""What we know already, read for all rows at once: the same few queries for one row and 1,000."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from seats.enums import TombstoneKind
from seats.models import Administration, Contract, Member, Seat
from seats.personal_data import buried, seat_value
from seats.services.directory.rows import (
    AdministrationRow,
    ContractRow,
    MemberRow,
    Row,
    SeatRow,
    UnknownContract,
    UnknownMember,
)
from seats.services.errors import NotFound

Trace = tuple[TombstoneKind, str]


def find_member(product_id: str) -> Member:
    """The member of that id in the product. Raises NotFound, for an erased one too."""
    found = Member.objects.filter(product_id=product_id, erased_at=None).first()
    if found is None:
        raise NotFound(_("There is no such member."))
    return found


def traces(row: Row) -> list[Trace]:
    """The ids and addresses under which who the row is about may have been erased."""
    if isinstance(row, MemberRow):
        return [(TombstoneKind.MEMBER, row.product_id), (TombstoneKind.EMAIL, row.email)]
    if isinstance(row, SeatRow):
        return [
            (TombstoneKind.SEAT, seat_value(row.licence, row.member)),
            (TombstoneKind.MEMBER, row.member),
        ]
    if isinstance(row, AdministrationRow):
        return [(TombstoneKind.MEMBER, row.member)]
    return []


class Known:
    """Rows of ours that the product's rows name, by what they are named by."""

    def __init__(self, rows: Sequence[Row]) -> None:
        named = [row for row in rows if isinstance(row, SeatRow | AdministrationRow)]
        told = [row for row in rows if isinstance(row, ContractRow)]
        numbers = {row.contract for row in named} | {row.number for row in told}
        by = Q(number__in=numbers) | Q(product_id__in={row.product_id for row in told})
        self.contracts: dict[str, Contract] = {}
        self.contract_of_product: dict[str, Contract] = {}
        for contract in Contract.objects.filter(by) if numbers else ():
            self.add_contract(contract)
        people = {row.member for row in named}
        people |= {row.product_id for row in rows if isinstance(row, MemberRow)}
        found = Member.objects.filter(product_id__in=people) if people else ()
        self.members: dict[str, Member] = {str(one.product_id): one for one in found}
        self.seats: dict[str, Seat] = {}
        self.seats_of_licence: dict[str, list[Seat]] = {}
        self._seats([row for row in named if isinstance(row, SeatRow)])
        self.administrations: dict[tuple[int, int], list[Administration]] = {}
        self._administrations([row for row in named if isinstance(row, AdministrationRow)])
        # Last: who is missing above because they were erased a moment ago is found here.
        self.buried: dict[Trace, datetime] = buried(one for row in rows for one in traces(row))

    def add_contract(self, contract: Contract) -> None:
        self.contracts[contract.number] = contract
        self.contract_of_product[contract.product_id] = contract

    def add_seat(self, seat: Seat) -> None:
        self.seats[seat.number] = seat
        if not seat.erased_at:
            self.seats_of_licence.setdefault(seat.product_id, []).append(seat)

    def contract(self, number: str) -> Contract:
        if number not in self.contracts:
            raise UnknownContract(_("There is no contract %(number)s.") % {"number": number})
        return self.contracts[number]

    def member(self, product_id: str) -> Member:
        if product_id not in self.members:
            raise UnknownMember(_("There is no such member."))
        return self.members[product_id]

    def _seats(self, rows: Iterable[SeatRow]) -> None:
        numbers, licences = {row.number for row in rows}, {row.licence for row in rows}
        by = Q(number__in=numbers) | Q(product_id__in=licences, erased_at=None)
        for seat in Seat.objects.filter(by).select_related("member") if numbers else ():
            self.add_seat(seat)

    def _administrations(self, rows: Iterable[AdministrationRow]) -> None:
        contracts = {
            self.contracts[row.contract].pk for row in rows if row.contract in self.contracts
        }
        members = {self.members[row.member].pk for row in rows if row.member in self.members}
        if not contracts or not members:
            return
        found = Administration.objects.filter(contract__in=contracts, member__in=members)
        for one in found.order_by("since", "pk"):
            self.administrations.setdefault((one.contract_id, one.member_id), []).append(one)
