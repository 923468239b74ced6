"""What a member can ask for on the privacy pages, and about whom.

Every page of the way is made from its own address, so that two tabs and the back button cannot mix
up; nothing is kept until it is sent. Who somebody is comes from our records, each time anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.enums import Capacity, DataRole, ExportRule, RequestKind
from compliance.models import DataCategory
from compliance.services import intake, requesters, scopes
from compliance.services.actors import member_actor
from compliance.services.errors import BadInput, NotAllowed, NotFound, Refused
from seats.models import Administration, Contract, Member, Seat

LONGEST_NUMBER = 40


class What(StrEnum):
    COPY = "copy"
    DELETE = "delete"
    BOTH = "both"

    @property
    def kinds(self) -> tuple[RequestKind, ...]:
        """The copy comes first."""
        copies = (RequestKind.EXPORT,) if self != What.DELETE else ()
        return copies + ((RequestKind.DELETION,) if self != What.COPY else ())


class Emptied(Refused):
    """The seat's data is gone already."""

    code = "emptied"
    status = 410

    def __init__(self, seat: Seat) -> None:
        super().__init__(_("The data of seat %(number)s is gone.") % {"number": seat.number})
        self.seat = seat


class Ended(NotAllowed):
    """Somebody administered a contract, and does so no longer."""

    code = "ended"

    def __init__(self, administration: Administration) -> None:
        contract = administration.contract.number
        super().__init__(_("You no longer administer contract %(n)s.") % {"n": contract})
        self.administration = administration


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about, and as what its asker may: as of now, from our own records."""

    contract: Contract
    seat: Seat | None
    capacity: Capacity

    @property
    def about(self) -> str:
        return f"seat:{self.seat.number}" if self.seat else f"contract:{self.contract.number}"

    @property
    def number(self) -> str:
        return self.seat.number if self.seat else self.contract.number


@dataclass(frozen=True, slots=True)
class Offer:
    """One category as it is offered: `ticked` unless somebody chose otherwise."""

    category: DataCategory
    applies: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class Draft:
    what: What
    subject: Subject
    categories: Sequence[str]
    format: str


def seats_of(member: Member) -> list[Seat]:
    """Those held now first, then those held before."""
    seats = Seat.objects.present().filter(member=member).select_related("contract")
    return sorted(
        seats, key=lambda seat: (seat.released_at is not None, -seat.assigned_at.timestamp())
    )


def contracts_of(member: Member) -> list[Contract]:
    """Those the member administers now."""
    now = Administration.objects.in_force().filter(member=member).select_related("contract")
    return sorted((row.contract for row in now), key=lambda contract: contract.number)


def subject(about: str, member: Member) -> Subject:
    """Whom or what "seat:S-17" or "contract:C-4" names.

    Raises NotFound, for foreign ones too; Ended for who administered something once; Emptied.
    """
    kind, _sep, number = about.partition(":")
    number = number.strip()
    if not (number.isprintable() and 0 < len(number) <= LONGEST_NUMBER):
        raise _unknown(number, member)
    actor = member_actor(member)
    seat: Seat | None = None
    contract: Contract | None = None
    if kind == "seat":
        rows = Seat.objects.select_related("contract", "member")
        seat = rows.filter(number=number).first()
        contract = seat.contract if seat else None
    elif kind == "contract":
        contract = Contract.objects.filter(number=number).first()
    if contract is None:
        raise _unknown(number, member)
    try:
        capacity, _requester = requesters.of(actor, contract, seat, None)
    except NotAllowed:
        raise _unknown(number, member) from None
    if seat and seat.erased_at:
        raise Emptied(seat)
    return Subject(contract, seat, capacity)


def _unknown(number: str, member: Member) -> Refused:
    """The same for unknown and foreign ones, also to who could have seen it once."""
    over = Administration.objects.filter(member=member, until__lte=timezone.now())
    last = over.select_related("contract").order_by("-until").first()
    if last:
        return Ended(last)
    return NotFound(_("You have no seat or contract with this number."))


def offers(what: What, about: Subject, chosen: Sequence[str] | None = None) -> list[Offer]:
    """The categories to choose from, in the registry's order; `chosen` None is a first visit.

    A copy of somebody else's seat holds only what the customer decides on.
    """
    found = []
    for row in DataCategory.objects.all():
        if _offered(what, about, row):
            applies = scopes.applies(row.slug, about.contract.edition)
            ticked = _usual(what, row) if chosen is None else row.slug in chosen
            found.append(Offer(row, applies, applies and ticked))
    return found


def _offered(what: What, about: Subject, row: DataCategory) -> bool:
    if what == What.DELETE:
        return row.deletable
    return not (
        about.seat and about.capacity == Capacity.ADMINISTRATOR and row.role != DataRole.PROCESSOR
    )


def _usual(what: What, row: DataCategory) -> bool:
    """Everything, when it is about to be deleted; else what is not on request."""
    return what != What.COPY or row.export != ExportRule.ON_REQUEST


def draft(what: What, about: Subject, chosen: Sequence[str], fmt: str) -> Draft:
    """Raises BadInput, in words for who filled in the form."""
    offered = {offer.category.slug for offer in offers(what, about) if offer.applies}
    slugs = [slug for slug in dict.fromkeys(chosen) if slug in offered]
    if not slugs:
        raise BadInput(_("Choose at least one category."))
    if fmt not in intake.FORMATS:
        raise BadInput(_("Choose a format."))
    return Draft(what, about, slugs, fmt)


def of_kind(draft: Draft, kind: RequestKind) -> list[str]:
    """A deletion leaves out what cannot be deleted.

    Of everything that applies, it is one of everything: only that empties the seat for good.
    """
    if kind == RequestKind.EXPORT:
        return list(draft.categories)
    deletable = offers(What.DELETE, draft.subject)
    if all(offer.category.slug in draft.categories for offer in deletable if offer.applies):
        return [offer.category.slug for offer in deletable]
    return [row.category.slug for row in deletable if row.category.slug in draft.categories]
