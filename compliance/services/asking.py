"""What a member asks for on the privacy pages: what, about whom, and that it is filed once.

Every page of the way is made from its own address, so that two tabs and the back button cannot mix
up; nothing is kept until it is sent. Who somebody is comes from our records, each time anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.enums import Capacity, DataRole, ExportRule, RequestKind
from compliance.lifecycle import JOINABLE, OPEN
from compliance.models import DataCategory, PrivacyRequest
from compliance.services import intake, requesters, scopes
from compliance.services.actors import member_actor
from compliance.services.errors import BadInput, NotAllowed, NotFound, Refused
from seats.models import Administration, Contract, Member, MemberSession, Seat

LONGEST_NUMBER = 40
TICKETS = 20  # of one visit, the latest


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


@dataclass(frozen=True, slots=True)
class Before:
    """An open request for the same; what is sent now joins it while nothing is decided on it."""

    request: PrivacyRequest
    joinable: bool


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


def planned(draft: Draft, kind: RequestKind) -> PrivacyRequest:
    """The request as it would be filed, for what looks at it before; it is not saved."""
    return PrivacyRequest(
        kind=kind,
        scope="contract" if draft.subject.seat is None else "seat",
        contract=draft.subject.contract,
        seat=draft.subject.seat,
        capacity=draft.subject.capacity,
        categories=_of_kind(draft, kind),
    )


def _of_kind(draft: Draft, kind: RequestKind) -> list[str]:
    """A deletion leaves out what cannot be deleted.

    Of everything that applies, it is one of everything: only that empties the seat for good.
    """
    if kind == RequestKind.EXPORT:
        return list(draft.categories)
    deletable = offers(What.DELETE, draft.subject)
    if all(offer.category.slug in draft.categories for offer in deletable if offer.applies):
        return [offer.category.slug for offer in deletable]
    return [row.category.slug for row in deletable if row.category.slug in draft.categories]


def before(draft: Draft, kind: RequestKind, member: Member) -> Before | None:
    """What the member asked for already, about the same, and is not answered yet."""
    same = _same(draft, kind, member)
    joinable = same.filter(status__in=JOINABLE).order_by("-pk").first()
    earliest = joinable or same.filter(status__in=OPEN).order_by("pk").first()
    return Before(earliest, joinable is not None) if earliest else None


def _same(draft: Draft, kind: RequestKind, member: Member) -> QuerySet[PrivacyRequest]:
    same: QuerySet[PrivacyRequest] = PrivacyRequest.objects.filter(
        kind=kind,
        contract=draft.subject.contract,
        seat=draft.subject.seat,
        requester=member,
    )
    return same


def last_copy(draft: Draft, member: Member) -> PrivacyRequest | None:
    """The member's newest finished copy of the same."""
    done = _same(draft, RequestKind.EXPORT, member).filter(status="completed")
    return done.prefetch_related("archives").order_by("-closed_at").first()


def empties_account(draft: Draft, member: Member) -> bool:
    """Whether the person goes with this seat: their last one, deleted whole, and nothing else."""
    seat = draft.subject.seat
    if seat is None or draft.subject.capacity != Capacity.HOLDER:
        return False
    everything = [offer.category.slug for offer in offers(What.DELETE, draft.subject)]
    return _of_kind(draft, RequestKind.DELETION) == everything and not (
        Seat.objects.present().filter(member=member).exclude(pk=seat.pk).exists()
        or Administration.objects.in_force().filter(member=member).exists()
    )


def instruction(draft: Draft) -> str:
    """What an administrator tells us to do, in words that go on record; "" for a seat."""
    if draft.subject.seat or RequestKind.DELETION not in draft.what.kinds:
        return ""
    return _(
        "%(customer)s instructs us to delete what was made in the seats of contract %(number)s, in "
        "the categories named. What the law asks us to keep stays."
    ) % {"customer": draft.subject.contract.customer, "number": draft.subject.contract.number}


def send(draft: Draft, ticket: str, *, session: MemberSession) -> list[PrivacyRequest]:
    """File it: a copy, a deletion, or both, linked. The same ticket again files nothing more.

    Raises what `intake.open_request` raises; then nothing is filed.
    """
    with transaction.atomic():
        visit = MemberSession.objects.select_for_update().get(pk=session.pk)
        sent: dict[str, list[int]] = visit.draft.get("sent", {})
        if ticket in sent:
            return list(PrivacyRequest.objects.filter(pk__in=sent[ticket]).order_by("pk"))
        filed = _file(draft, session.member)
        sent[ticket] = [request.pk for request in filed]
        visit.draft["sent"] = dict(list(sent.items())[-TICKETS:])
        visit.save(update_fields=["draft"])
    return filed


def _file(draft: Draft, member: Member) -> list[PrivacyRequest]:
    filed: list[PrivacyRequest] = []
    for kind in draft.what.kinds:
        slugs = _of_kind(draft, kind)
        if not slugs:
            raise BadInput(_("None of this can be deleted. Choose something else."))
        deletion = kind == RequestKind.DELETION
        ask = intake.Ask(
            kind=kind,
            contract=draft.subject.contract,
            seat=draft.subject.seat,
            categories=slugs,
            format=draft.format,
            copy_first=filed[0] if filed else None,
            instruction=instruction(draft) if deletion else "",
        )
        filed.append(intake.open_request(ask, actor=member_actor(member)))
    return filed
