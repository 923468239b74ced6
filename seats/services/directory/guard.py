"""Nobody who was erased is brought back by a sync or an import (Art. 17; rules on re-import).

A row about an erased person or seat is left out and counted, until it says that they came back: at
a moment after the erasure, by an act of their own. Then what was buried of them may be written
again; opt-outs of the address hold on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from seats.enums import TombstoneKind
from seats.personal_data import buried, seat_value, unbury
from seats.services.directory.finding import Known, Trace, traces
from seats.services.directory.rows import MemberRow, SeatRow
from seats.services.errors import BadInput

SKEW = timedelta(minutes=5)  # what the product's clock may be ahead


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whom a lead, a CRM contact or an account row is about, or whose seat it would be in."""

    member: str = ""
    email: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it may be written; if not, what was erased: "member", "email" or "seat"."""

    allowed: bool
    erased: TombstoneKind | None = None


def may_import(candidates: Sequence[Candidate]) -> list[Answer]:
    """Asked before the product writes: in the same order, one query for all.

    A licence and a member together name a seat. What names nobody raises BadInput.
    """
    if any(not one.member and not one.email for one in candidates):
        raise BadInput("Each item names a member, an address, or both.")
    named = [_traces(one) for one in candidates]
    gone = buried(trace for those in named for trace in those)
    answers = []
    for those in named:
        first = next((kind for kind, value in those if (kind, value) in gone), None)
        answers.append(Answer(first is None, first))
    return answers


def is_kept_out(row: MemberRow | SeatRow, known: Known) -> bool:
    """Whether the row is about somebody erased who has not come back.

    An erased person comes back with their own row, not with a seat's. Raises BadInput for a return
    that cannot be.
    """
    gone = {trace: known.buried[trace] for trace in traces(row) if trace in known.buried}
    if not gone:
        return False
    if row.returned is None:
        return True
    if isinstance(row, SeatRow) and (TombstoneKind.MEMBER, row.member) in gone:
        return True
    if row.returned.at <= max(gone.values()):
        raise BadInput("They were erased after that: a return comes later than the erasure.")
    if row.returned.at > timezone.now() + SKEW:
        raise BadInput("That return is in the future.")
    return False


def let_back(row: MemberRow | SeatRow, known: Known) -> None:
    """Lift what was buried of them, for the rest of the batch too; beside the row's own writing."""
    gone = [trace for trace in traces(row) if trace in known.buried]
    if row.returned and gone:
        unbury(gone, at=min(row.returned.at, timezone.now()), how=row.returned.how)
    for trace in gone:
        del known.buried[trace]


def _traces(one: Candidate) -> list[Trace]:
    found: list[Trace] = [(TombstoneKind.MEMBER, one.member), (TombstoneKind.EMAIL, one.email)]
    if one.licence and one.member:
        found.append((TombstoneKind.SEAT, seat_value(one.licence, one.member)))
    return [trace for trace in found if trace[1]]
