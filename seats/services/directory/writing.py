"""One row of each kind: compared with what is there, written where it differs.

Nothing is read here, and only what differs is written, in a savepoint of its own. Rows are updated
where they are not erased yet, so that nobody comes back who goes at this moment.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from seats import keys
from seats.enums import Edition
from seats.models import Administration, Contract, Member, Seat
from seats.services.directory import guard
from seats.services.directory.finding import Known, traces
from seats.services.directory.rows import (
    AdministrationRow,
    Conflict,
    ContractRow,
    HandedOn,
    MemberRow,
    Outcome,
    SeatRow,
)
from seats.services.errors import BadInput


def put_contract(row: ContractRow, known: Known, by: str) -> Outcome:
    if row.edition not in Edition.values:
        raise BadInput(f"There is no edition “{row.edition}”: {', '.join(Edition.values)}.")
    there = known.contracts.get(row.number)
    other = known.contract_of_product.get(row.product_id)
    if other and other is not there:
        raise Conflict(f"The product's id {row.product_id} is that of contract {other.number}.")
    facts = {
        "customer": row.customer,
        "edition": row.edition,
        "country": row.country,
        "language": row.language,
        "ended_at": row.ended_at,
    }
    if there is None:
        made = Contract(number=row.number, product_id=row.product_id, **facts)
        with transaction.atomic():
            _because(made, by).save(force_insert=True)
        known.add_contract(made)
        return Outcome.CREATED
    if there.product_id != row.product_id:
        raise Conflict(
            f"Contract {row.number} is {there.product_id} in the product, and stays so: "
            "its data is found by that id."
        )
    if not (changed := _different(there, facts)):
        return Outcome.UNCHANGED
    with transaction.atomic():
        _because(there, by).save(update_fields=changed)
    return Outcome.UPDATED


def put_member(row: MemberRow, known: Known) -> Outcome:
    if row.email:
        try:
            validate_email(row.email)
        except ValidationError:
            raise BadInput("That is no e-mail address.") from None
    if guard.is_kept_out(row, known):
        return Outcome.SKIPPED_ERASED
    facts: dict[str, Any] = {"name": row.name, "email": row.email, "locale": row.locale}
    there = known.members.get(row.product_id)
    if there is None:
        with transaction.atomic():
            guard.let_back(row, known)
            made = Member.objects.create(product_id=row.product_id, **facts)
        known.members[row.product_id] = made
        return Outcome.CREATED
    if keys.normalised_email(there.email) != keys.normalised_email(row.email):
        facts["verified_at"] = None  # it was another address that was verified
    if not _different(there, facts):
        return Outcome.UNCHANGED
    with transaction.atomic():
        guard.let_back(row, known)
        kept = Member.objects.filter(pk=there.pk, erased_at=None).update(**facts)
    return Outcome.UPDATED if kept else Outcome.SKIPPED_ERASED


def put_seat(row: SeatRow, known: Known) -> Outcome:
    """A licence handed on is a new seat: its former one ends when the new one begins."""
    if row.released_at and row.released_at < row.assigned_at:
        raise BadInput("A seat cannot be released before it is assigned.")
    there = known.seats.get(row.number)
    if there and there.erased_at and row.returned is None:
        return Outcome.SKIPPED_ERASED
    if guard.is_kept_out(row, known):
        return Outcome.SKIPPED_ERASED
    if there and there.erased_at:
        raise Conflict(f"Seat {row.number} was erased: who comes back gets a seat of a new number.")
    contract, member = known.contract(row.contract), known.member(row.member)
    if there:
        return _change_seat(there, row, contract, member, known)
    same = [
        one for one in known.seats_of_licence.get(row.licence, ()) if one.member_id == member.pk
    ]
    if same:
        raise Conflict(f"This member's seat on this licence is {same[0].number}.")
    made = Seat(
        number=row.number,
        contract=contract,
        member=member,
        product_id=row.licence,
        assigned_at=row.assigned_at,
        released_at=row.released_at,
    )
    with transaction.atomic():
        guard.let_back(row, known)
        if not row.released_at:
            _release_holder(row, known)
        made.save(force_insert=True)
    known.add_seat(made)
    return Outcome.CREATED


def _change_seat(
    there: Seat, row: SeatRow, contract: Contract, member: Member, known: Known
) -> Outcome:
    if there.member_id != member.pk:
        raise HandedOn(
            f"Seat {row.number} is somebody else's. A licence handed on is a new seat: "
            "send it under a number of its own, and the former one is released."
        )
    if (there.contract_id, there.product_id) != (contract.pk, row.licence):
        raise Conflict(f"Seat {row.number} stays on its contract and licence: send a new seat.")
    # What the person made since the first day is of this seat, whenever it was assigned again.
    facts = {
        "assigned_at": min(row.assigned_at, there.assigned_at),
        "released_at": row.released_at,
    }
    is_back = there.released_at is not None and row.released_at is None
    if not _different(there, facts):
        return Outcome.UNCHANGED
    with transaction.atomic():
        if is_back:
            _release_holder(row, known)
        kept = Seat.objects.filter(pk=there.pk, erased_at=None).update(**facts)
    return Outcome.UPDATED if kept else Outcome.SKIPPED_ERASED


def _release_holder(row: SeatRow, known: Known) -> None:
    for one in known.seats_of_licence.get(row.licence, ()):
        if one.released_at is None and one.number != row.number:
            if row.assigned_at < one.assigned_at:
                raise Conflict(
                    f"Seat {one.number} holds this licence since a later day: say when this one "
                    "was released."
                )
            Seat.objects.filter(pk=one.pk, erased_at=None).update(released_at=row.assigned_at)
            one.released_at = row.assigned_at


def put_administration(row: AdministrationRow, known: Known) -> Outcome:
    """One administration is in force at a time; told again, it is the same one."""
    if row.until and row.until < row.since:
        raise BadInput("An administration cannot end before it begins.")
    if any(trace in known.buried for trace in traces(row)):
        return Outcome.SKIPPED_ERASED
    contract, member = known.contract(row.contract), known.member(row.member)
    rows = known.administrations.setdefault((contract.pk, member.pk), [])
    same = next((one for one in rows if one.since == row.since), None)
    there = same or next((one for one in rows if one.until is None), None)
    if there is None:
        made = Administration(contract=contract, member=member, since=row.since, until=row.until)
        with transaction.atomic():
            made.save(force_insert=True)
        rows.append(made)
        return Outcome.CREATED
    facts = {"since": min(row.since, there.since), "until": row.until}
    if row.until is None and any(one.until is None for one in rows if one is not there):
        raise Conflict("Another administration of this member is in force.")
    if not _different(there, facts):
        return Outcome.UNCHANGED
    with transaction.atomic():
        Administration.objects.filter(pk=there.pk).update(**facts)
    return Outcome.UPDATED


def _because(contract: Contract, by: str) -> Contract:
    contract._change_reason = by  # type: ignore[attr-defined]
    return contract


def _different(there: Any, facts: dict[str, Any]) -> list[str]:
    """Names of what differs, set on the row as it is to be."""
    changed = [name for name, value in facts.items() if getattr(there, name) != value]
    for name in changed:
        setattr(there, name, facts[name])
    return changed
