"""What the product tells us, row by row, and what a row may be refused for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from seats.enums import Return
from seats.services.errors import NotFound, Refused

MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Returned:
    """That an erased person came back by an act of their own: when, and how."""

    at: datetime
    how: Return


@dataclass(frozen=True, slots=True)
class ContractRow:
    """Representative, deputy and instruction are decided on the desk, not by the product."""

    number: str
    product_id: str
    customer: str
    edition: str
    country: str
    language: str = "en"
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MemberRow:
    product_id: str
    name: str = ""
    email: str = ""
    locale: str = "en"
    returned: Returned | None = None


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One person's time on a licence. `contract` is a number, the others are the product's ids."""

    number: str
    contract: str
    member: str
    licence: str
    assigned_at: datetime
    released_at: datetime | None = None
    returned: Returned | None = None


@dataclass(frozen=True, slots=True)
class AdministrationRow:
    contract: str
    member: str
    since: datetime
    until: datetime | None = None


Row = ContractRow | MemberRow | SeatRow | AdministrationRow


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED_ERASED = "skipped_erased"


class Conflict(Refused):
    """What is told now cannot be true beside what was told before."""

    code = "conflict"


class HandedOn(Conflict):
    code = "handed_on"


class UnknownContract(NotFound):
    code = "unknown_contract"


class UnknownMember(NotFound):
    code = "unknown_member"
