"""Which of this app's fields hold personal data, and how each is erased.

Every field that can hold text is in one of the two lists, or a system check fails.
"""

from __future__ import annotations

from django.utils import timezone

from seats import keys
from seats.enums import TombstoneKind
from seats.models import Member, MemberSession, Seat, SignInLink, Tombstone

PERSONAL: dict[str, str] = {
    "seats.Member.product_id": "emptied with the member; a keyed tombstone stays",
    "seats.Member.name": "emptied with the member",
    "seats.Member.email": "emptied with the member; a keyed tombstone stays",
    "seats.Member.locale": "set to the default with the member",
    "seats.MemberSession.draft": "deleted with the visit: at its end, or with the member",
    "seats.Seat.product_id": "emptied with the seat; a keyed tombstone stays",
}
HARMLESS: frozenset[str] = frozenset(
    {
        "seats.Contract.number",
        "seats.Contract.product_id",
        "seats.Contract.customer",
        "seats.Contract.edition",
        "seats.Contract.country",
        "seats.Contract.language",
        "seats.Contract.instruction",
        "seats.HistoricalContract.number",
        "seats.HistoricalContract.product_id",
        "seats.HistoricalContract.customer",
        "seats.HistoricalContract.edition",
        "seats.HistoricalContract.country",
        "seats.HistoricalContract.language",
        "seats.HistoricalContract.instruction",
        "seats.HistoricalContract.history_change_reason",
        "seats.HistoricalContract.history_type",
        "seats.LedgerHead.entry",
        # Fingerprints of random secrets, gone within the hour.
        "seats.MemberSession.key_hash",
        "seats.MemberSession.entry",
        "seats.SignInLink.entry",
        "seats.SignInLink.token_hash",
        "seats.SignInLink.device_hash",
        "seats.SignInLink.code_hash",
        "seats.Seat.number",
        "seats.Tombstone.kind",
        "seats.Tombstone.key",
        # Staff are not the subjects of this register; they leave with their employment.
        "seats.StaffUser.username",
        "seats.StaffUser.password",
        "seats.StaffUser.first_name",
        "seats.StaffUser.last_name",
        "seats.StaffUser.email",
        "seats.Authenticator.name",
        "seats.Authenticator.sealed_key",
        "seats.RecoveryCodes.name",
        "seats.RecoveryCodes.digests",
        # Keyed pseudonyms, for a quarter of an hour.
        "seats.FailedSignIn.account",
        "seats.FailedSignIn.network",
    }
)


def bury(kind: TombstoneKind, value: str) -> None:
    """Leave a keyed trace of an erased id or address; "" leaves none."""
    if value:
        Tombstone.objects.get_or_create(
            kind=kind, key=keys.pseudonym(kind, value), defaults={"erased_at": timezone.now()}
        )


def is_buried(kind: TombstoneKind, value: str) -> bool:
    return Tombstone.objects.filter(kind=kind, key=keys.pseudonym(kind, value)).exists()


def erase_seat(seat: Seat) -> bool:
    """Empty what identifies the seat in the product; false when that was done before."""
    if seat.erased_at:
        return False
    bury(TombstoneKind.SEAT, f"{seat.product_id}/{seat.member.product_id or ''}")
    seat.product_id = ""
    seat.erased_at = timezone.now()
    seat.save(update_fields=["product_id", "erased_at"])
    return True


def erase_member(member: Member) -> bool:
    """Empty what identifies the person; the row stays as a number for what must be kept."""
    if member.erased_at:
        return False
    MemberSession.objects.filter(member=member).delete()
    SignInLink.objects.filter(member=member).delete()
    bury(TombstoneKind.MEMBER, member.product_id or "")
    bury(TombstoneKind.EMAIL, keys.normalised_email(member.email) if member.email else "")
    member.product_id, member.name, member.email, member.locale = None, "", "", "en"
    member.erased_at = timezone.now()
    member.save(update_fields=["product_id", "name", "email", "locale", "erased_at"])
    return True
