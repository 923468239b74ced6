"""Customers, seats and people, as the product tells us of them; nobody erased is brought back."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Router
from pydantic import Field

from compliance.api.door import ApiRequest, Bearer, asks_only
from compliance.api.fields import (
    Address,
    Country,
    Language,
    Line,
    Moment,
    Number,
    ProductId,
    Wire,
)
from compliance.enums import ApiScope
from seats.enums import Edition, Return, TombstoneKind
from seats.services import directory
from seats.services.directory import Outcome

router = Router(tags=["Directory"], auth=Bearer(ApiScope.DIRECTORY))


class Contract(Wire):
    """`product_id` stays for good. Representative and instruction are decided on the desk."""

    product_id: ProductId
    customer: Annotated[Line, Field(min_length=1)]
    edition: Edition
    country: Country
    language: Language = "en"
    ended_at: Moment | None = None


class NumberedContract(Contract):
    number: Number


class Returned(Wire):
    """That an erased person came back by an act of their own, after the erasure: when, and how."""

    at: Moment
    how: Return


class Member(Wire):
    name: Line = ""
    email: Address = ""
    locale: Language = "en"
    returned: Returned | None = None


class NumberedMember(Member):
    product_id: ProductId


class Seat(Wire):
    """One person's time on a licence: `contract` by number, `member` and `licence` by your ids.

    Handed on, a licence is a new seat with a number of its own; the former one is released.
    """

    contract: Number
    member: ProductId
    licence: ProductId
    assigned_at: Moment
    released_at: Moment | None = None
    returned: Returned | None = None


class NumberedSeat(Seat):
    number: Number


class Administration(Wire):
    since: Moment
    until: Moment | None = None


class NumberedAdministration(Administration):
    contract: Number
    member: ProductId


MANY = Field(max_length=directory.MOST_ROWS)


class Directory(Wire):
    """Up to 1,000 rows in all, written in this order, so that a later row may name an earlier."""

    contracts: Annotated[list[NumberedContract], MANY] = []
    members: Annotated[list[NumberedMember], MANY] = []
    seats: Annotated[list[NumberedSeat], MANY] = []
    administrations: Annotated[list[NumberedAdministration], MANY] = []


class Written(Wire):
    """`skipped_erased`: whoever the row is about was erased, and nothing was written."""

    outcome: Outcome


class Place(Wire):
    """A row by its list and its place there, counted from 0."""

    list: str
    index: int


class FailedRow(Place):
    code: str
    detail: str


class Report(Wire):
    """How many rows became what; which ones failed, and which are about somebody erased."""

    created: int
    updated: int
    unchanged: int
    skipped_erased: int
    failed: int
    skipped: list[Place]
    failures: list[FailedRow]


class Candidate(Wire):
    """Whom a lead, CRM contact or row is about. With `licence`, also whose seat it would be in."""

    member: ProductId | None = None
    email: Address | None = None
    licence: ProductId | None = None


class Candidates(Wire):
    items: Annotated[list[Candidate], Field(min_length=1, max_length=directory.MOST_ROWS)]


class MayImport(Wire):
    """`erased` says what of it was erased, where it may not be written."""

    allowed: bool
    erased: TombstoneKind | None


class MayImportMany(Wire):
    answers: list[MayImport]
    skipped_erased: int


def _returned(told: Returned | None) -> directory.Returned | None:
    return directory.Returned(told.at, told.how) if told else None


def _contract(number: str, told: Contract) -> directory.ContractRow:
    return directory.ContractRow(
        number=number,
        product_id=told.product_id,
        customer=told.customer,
        edition=told.edition,
        country=told.country,
        language=told.language,
        ended_at=told.ended_at,
    )


def _member(product_id: str, told: Member) -> directory.MemberRow:
    return directory.MemberRow(
        product_id, told.name, told.email, told.locale, _returned(told.returned)
    )


def _seat(number: str, told: Seat) -> directory.SeatRow:
    return directory.SeatRow(
        number=number,
        contract=told.contract,
        member=told.member,
        licence=told.licence,
        assigned_at=told.assigned_at,
        released_at=told.released_at,
        returned=_returned(told.returned),
    )


def _put(request: ApiRequest, row: directory.Row) -> Written:
    return Written(outcome=directory.put(row, by=f"api:{request.auth.prefix}"))


@router.put("/contracts/{number}", response=Written, summary="A contract")
def put_contract(request: ApiRequest, number: Number, told: Contract) -> Written:
    return _put(request, _contract(number, told))


@router.put("/members/{product_id}", response=Written, summary="A person")
def put_member(request: ApiRequest, product_id: ProductId, told: Member) -> Written:
    """Who was erased is skipped, by id and by address, until `returned` says they came back."""
    return _put(request, _member(product_id, told))


@router.put("/seats/{number}", response=Written, summary="A seat")
def put_seat(request: ApiRequest, number: Number, told: Seat) -> Written:
    return _put(request, _seat(number, told))


@router.put(
    "/administrations/{contract}/{member}", response=Written, summary="Who administers a contract"
)
def put_administration(
    request: ApiRequest, contract: Number, member: ProductId, told: Administration
) -> Written:
    row = directory.AdministrationRow(contract, member, told.since, told.until)
    return _put(request, row)


@router.post("/directory", response=Report, summary="Many rows at once")
def put_all(request: ApiRequest, told: Directory) -> Report:
    """Each row is whole or not written at all, whatever becomes of the others."""
    rows: list[directory.Row] = [
        *(_contract(one.number, one) for one in told.contracts),
        *(_member(one.product_id, one) for one in told.members),
        *(_seat(one.number, one) for one in told.seats),
        *(
            directory.AdministrationRow(one.contract, one.member, one.since, one.until)
            for one in told.administrations
        ),
    ]
    places = [
        (name, index)
        for name in ("contracts", "members", "seats", "administrations")
        for index in range(len(getattr(told, name)))
    ]
    batch = directory.put_all(rows, by=f"api:{request.auth.prefix}")
    skipped = batch.outcomes[Outcome.SKIPPED_ERASED]
    counts: dict[str, Any] = {
        str(outcome): len(indexes) for outcome, indexes in batch.outcomes.items()
    }
    return Report(
        **counts,
        failed=len(batch.failed),
        skipped=[Place(list=places[one][0], index=places[one][1]) for one in skipped],
        failures=[
            FailedRow(
                list=places[one.index][0],
                index=places[one.index][1],
                code=one.refused.code,
                detail=str(one.refused),
            )
            for one in batch.failed
        ],
    )


@router.post("/may-import", response=MayImportMany, summary="May these be written?")
@asks_only
def may_import(request: ApiRequest, candidates: Candidates) -> MayImportMany:
    """Ask before leads, CRM contacts or account lists are written; answered in their order.

    Ids and addresses are compared as keyed traces, and kept nowhere.
    """
    answers = directory.may_import(
        [
            directory.Candidate(one.member or "", one.email or "", one.licence or "")
            for one in candidates.items
        ]
    )
    return MayImportMany(
        answers=[MayImport(allowed=one.allowed, erased=one.erased) for one in answers],
        skipped_erased=sum(not one.allowed for one in answers),
    )
