from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from seats.services.directory import writing
from seats.services.directory.finding import Known
from seats.services.directory.rows import (
    MOST_ROWS,
    Conflict,
    ContractRow,
    MemberRow,
    Outcome,
    Row,
    SeatRow,
)
from seats.services.errors import BadInput, Refused


@dataclass(frozen=True, slots=True)
class Failed:
    """A row that was not written: its place among all, and why."""

    index: int
    refused: Refused


@dataclass(slots=True)
class Batch:
    """Places of rows by what became of them."""

    outcomes: dict[Outcome, list[int]] = field(
        default_factory=lambda: {outcome: [] for outcome in Outcome}
    )
    failed: list[Failed] = field(default_factory=list)


def put(row: Row, *, by: str) -> Outcome:
    """Write one row; `by` says on whose word, in the contract's history. Raises a Refused."""
    return _put(row, Known([row]), by)


@transaction.atomic
def put_all(rows: Sequence[Row], *, by: str) -> Batch:
    """Write many rows in their order: a later one may name what an earlier one brought.

    Each is whole or not there at all, whatever becomes of the others. Raises BadInput for too many.
    """
    if len(rows) > MOST_ROWS:
        raise BadInput(f"At most {MOST_ROWS:,} rows at once: send the others in another call.")
    batch, known = Batch(), Known(rows)
    for index, row in enumerate(rows):
        try:
            batch.outcomes[_put(row, known, by)].append(index)
        except Refused as refused:
            batch.failed.append(Failed(index, refused))
    return batch


def _put(row: Row, known: Known, by: str) -> Outcome:
    try:
        if isinstance(row, ContractRow):
            return writing.put_contract(row, known, by)
        if isinstance(row, MemberRow):
            return writing.put_member(row, known)
        if isinstance(row, SeatRow):
            return writing.put_seat(row, known)
        return writing.put_administration(row, known)
    except IntegrityError:
        raise Conflict("Somebody else wrote the same at this moment. Send the row again.") from None
