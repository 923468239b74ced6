"""Requests for a copy or for deletion, filed and followed for members; no archive opens here."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from ninja import Query, Router, Status
from pydantic import Field

from compliance.api.door import ApiRequest, Bearer
from compliance.api.fields import Language, Line, Moment, Number, ProductId, Slug, Wire
from compliance.enums import ApiScope, Capacity, RequestKind, ScopeKind
from compliance.enums import Status as State
from compliance.models import PrivacyRequest
from compliance.services import cases, product_requests, requests
from compliance.services.actors import api_actor
from seats.services import directory

router = Router(tags=["Requests"], auth=Bearer(ApiScope.REQUESTS))
Cursor = Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9._-]*$")]


class Asking(Wire):
    """Who asks for what: `member` for a seat they hold or held, or for what they administer.

    Without `categories` an export takes the usual ones, a deletion all. A deletion with
    `copy_first`, the reference of an export, waits for that copy.
    """

    kind: RequestKind
    member: ProductId
    seat: Number | None = None
    contract: Number | None = None
    categories: Annotated[list[Slug], Field(max_length=50)] = []
    format: Literal["csv", "jsonl"] = "csv"
    language: Language | None = None
    copy_first: Number | None = None


class Cancelling(Wire):
    member: ProductId


class Request(Wire):
    """`member` is who asked, by your id; none for the customer, or who is erased since.

    `cancel_until` is when a scheduled deletion begins.
    """

    reference: str
    kind: RequestKind
    scope: ScopeKind
    contract: str
    seat: str | None
    member: str | None
    capacity: Capacity
    status: State
    categories: list[str]
    received_at: Moment
    due_on: date
    decide_by: date
    cancel_until: Moment | None
    can_cancel: bool
    closed_at: Moment | None


class Requests(Wire):
    """`next` is the cursor of the page after this one, none on the last."""

    requests: list[Request]
    next: str | None


def _shown(row: PrivacyRequest) -> Request:
    return Request(
        reference=row.reference,
        kind=RequestKind(row.kind),
        scope=ScopeKind(row.scope),
        contract=row.contract.number,
        seat=row.seat.number if row.seat else None,
        member=row.requester.product_id if row.requester else None,
        capacity=Capacity(row.capacity),
        status=State(row.status),
        categories=row.categories,
        received_at=row.received_at,
        due_on=row.due_on,
        decide_by=row.decide_by,
        cancel_until=row.cooling_off_until,
        can_cancel=row.requester is not None and cases.cancelling(row) is not None,
        closed_at=row.closed_at,
    )


@router.post("/requests", response={200: Request, 201: Request}, summary="File a request")
def file(request: ApiRequest, asking: Asking) -> Status[Request]:
    """File it for the member. In which capacity they ask comes from our records, never from you.

    The same asked again while nothing is decided joins the first, which is answered with 200.
    """
    filed = product_requests.file(
        asking.kind,
        directory.find_member(asking.member),
        seat=asking.seat or "",
        contract=asking.contract or "",
        categories=asking.categories,
        format=asking.format,
        language=asking.language or "",
        copy_first=asking.copy_first or "",
        actor=api_actor(request.auth),
    )
    return Status(201 if filed.is_new else 200, _shown(filed.request))


@router.get("/requests", response=Requests, summary="Requests, newest first")
def listed(
    request: ApiRequest,
    cursor: Cursor = "",
    limit: Annotated[int, Query(ge=1, le=product_requests.PAGE)] = product_requests.PAGE,
    member: ProductId | None = None,
) -> Requests:
    """A page of them, of one member or of all; `next` opens the following one."""
    of = directory.find_member(member) if member else None
    page = product_requests.page(after=cursor, size=limit, member=of)
    return Requests(requests=[_shown(row) for row in page.requests], next=page.following or None)


@router.get("/requests/{reference}", response=Request, summary="One request")
def one(request: ApiRequest, reference: Line) -> Request:
    return _shown(requests.find(reference, actor=api_actor(request.auth)))


@router.post("/requests/{reference}/cancel", response=Request, summary="Cancel for the requester")
def cancel(request: ApiRequest, reference: Line, cancelling: Cancelling) -> Request:
    """Cancel what this member asked for, while it can be; a second time changes nothing."""
    member = directory.find_member(cancelling.member)
    actor = api_actor(request.auth)
    return _shown(product_requests.cancel(reference, member, actor=actor))
