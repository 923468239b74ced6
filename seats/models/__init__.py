from __future__ import annotations

from seats.models.contracts import Administration, Contract
from seats.models.ledger_head import LedgerHead
from seats.models.people import Member, Seat, Tombstone, member_keys
from seats.models.staff import StaffUser

__all__ = [
    "Administration",
    "Contract",
    "LedgerHead",
    "Member",
    "Seat",
    "StaffUser",
    "Tombstone",
    "member_keys",
]
