from __future__ import annotations

from seats.models.access import MemberSession, SignInLink
from seats.models.contracts import Administration, Contract
from seats.models.failed_sign_ins import FailedSignIn
from seats.models.ledger_head import LedgerHead
from seats.models.people import Member, Seat, Tombstone, masked, member_keys
from seats.models.second_factor import Authenticator, RecoveryCodes
from seats.models.staff import StaffUser

__all__ = [
    "Administration",
    "Authenticator",
    "Contract",
    "FailedSignIn",
    "LedgerHead",
    "Member",
    "MemberSession",
    "RecoveryCodes",
    "Seat",
    "SignInLink",
    "StaffUser",
    "Tombstone",
    "masked",
    "member_keys",
]
