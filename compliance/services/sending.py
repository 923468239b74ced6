"""A drafted request: what it would be, what there is of it already, and that it is filed once."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from compliance.enums import Capacity, RequestKind
from compliance.lifecycle import JOINABLE, OPEN
from compliance.models import PrivacyRequest
from compliance.services import intake
from compliance.services.actors import member_actor
from compliance.services.asking import Draft, What, of_kind, offers
from compliance.services.errors import BadInput
from seats.models import Administration, Member, MemberSession, Seat

TICKETS = 20  # of one visit, the latest


@dataclass(frozen=True, slots=True)
class Before:
    """An open request for the same; what is sent now joins it while nothing is decided on it."""

    request: PrivacyRequest
    joinable: bool


def planned(draft: Draft, kind: RequestKind) -> PrivacyRequest:
    """The request as it would be filed, for what looks at it before; it is not saved."""
    return PrivacyRequest(
        kind=kind,
        scope="contract" if draft.subject.seat is None else "seat",
        contract=draft.subject.contract,
        seat=draft.subject.seat,
        capacity=draft.subject.capacity,
        categories=of_kind(draft, kind),
    )


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
    return of_kind(draft, RequestKind.DELETION) == everything and not (
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
        slugs = of_kind(draft, kind)
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
