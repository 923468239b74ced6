"""Requests that members make in the product, as it files and follows them.

The product names who asks; in which capacity, and whether they may, comes from our own records. It
approves nothing and opens no archive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compliance.enums import Channel, RequestKind
from compliance.models import PrivacyRequest
from compliance.services import cases, intake, requests
from compliance.services.actors import Actor, member_actor
from compliance.services.errors import BadInput, NotFound
from seats import keys
from seats.models import Member

PAGE = 100
_CURSOR = "requests cursor"


@dataclass(frozen=True, slots=True)
class Filed:
    """A request; `is_new` is false when the member asked for the same before and it was joined."""

    request: PrivacyRequest
    is_new: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Requests, newest first; `following` opens the next page, "" after the last."""

    requests: list[PrivacyRequest]
    following: str


def file(
    kind: RequestKind,
    member: Member,
    *,
    seat: str = "",
    contract: str = "",
    categories: Sequence[str] = (),
    format: str = "csv",
    language: str = "",
    copy_first: str = "",
    actor: Actor,
) -> Filed:
    """File it for the member: of a seat they hold or held, or of what they administer.

    A seat or contract out of the member's reach is not found. Raises what `open_request` raises.
    """
    if bool(seat) == bool(contract):
        raise BadInput("Name a seat or a contract, one of them.")
    asking = member_actor(member)
    whole, one = intake.target(seat=seat, contract=contract, actor=asking)
    copy = requests.find(copy_first, actor=asking) if copy_first else None
    if copy and (kind != RequestKind.DELETION or copy.kind != RequestKind.EXPORT):
        raise BadInput("Only a deletion waits for a copy.")
    request = intake.open_request(
        intake.Ask(
            kind=kind,
            contract=whole,
            seat=one,
            requester=member,
            categories=categories,
            format=format,
            channel=Channel.API,
            language=language,
            copy_first=copy,
        ),
        actor=actor,
    )
    return Filed(request, is_new=request.version == 0)


def cancel(reference: str, member: Member, *, actor: Actor) -> PrivacyRequest:
    """Cancel what the member asked for; a second time changes nothing. Raises what `take` raises.

    Somebody else's request is not found.
    """
    request = requests.find(reference, actor=actor)
    if request.requester_id != member.pk:
        raise NotFound(f"There is no request {reference[:40]}.")
    return cases.cancel(request, actor=actor)


def page(*, after: str = "", size: int = PAGE, member: Member | None = None) -> Page:
    """A page of requests, of one member or all. Raises BadInput for a cursor that is not ours."""
    rows = PrivacyRequest.objects.select_related("contract", "seat", "requester").order_by("-pk")
    if member:
        rows = rows.filter(requester=member)
    if after:
        try:
            rows = rows.filter(pk__lt=int(keys.open_text(after, _CURSOR)))
        except keys.SealedTextBroken:
            raise BadInput("That cursor is not one of ours: begin without one.") from None
    found = list(rows[: size + 1])
    more = len(found) > size
    return Page(found[:size], keys.seal_text(str(found[size - 1].pk), _CURSOR) if more else "")
