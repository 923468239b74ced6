"""Which of this app's fields hold personal data, and how each is erased.

Every field that can hold text is in one of the two lists, or a system check fails.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.utils import timezone

from seats import keys
from seats.enums import Return, TombstoneKind
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
        "seats.Tombstone.returned_by",
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
    """Leave a keyed trace of an erased id or address; "" leaves none.

    One of somebody who had come back stands again from now on.
    """
    if not value:
        return
    key, now = keys.pseudonym(kind, value), timezone.now()
    _row, created = Tombstone.objects.get_or_create(kind=kind, key=key, defaults={"erased_at": now})
    if not created:
        Tombstone.objects.filter(kind=kind, key=key, returned_at__isnull=False).update(
            erased_at=now, returned_at=None, returned_by=""
        )


def seat_value(licence: str, member: str) -> str:
    """What the trace of a seat is of: the product's ids of the licence and of the person."""
    return f"{licence}/{member}"


def buried(
    values: Iterable[tuple[TombstoneKind, str]],
) -> dict[tuple[TombstoneKind, str], datetime]:
    """Those of the ids and addresses that were erased and did not come back, and when. One query.

    Addresses are given back as they were given, whatever their spelling.
    """
    wanted: dict[tuple[str, str], list[tuple[TombstoneKind, str]]] = {}
    for kind, value in values:
        if value:
            wanted.setdefault((kind, keys.pseudonym(kind, value)), []).append((kind, value))
    rows = Tombstone.objects.filter(key__in={key for _kind, key in wanted}, returned_at=None)
    found = rows.values_list("kind", "key", "erased_at") if wanted else ()
    return {
        value: erased_at for kind, key, erased_at in found for value in wanted.get((kind, key), ())
    }


def is_buried(kind: TombstoneKind, value: str) -> bool:
    return bool(buried([(kind, value)]))


def unbury(values: Iterable[tuple[TombstoneKind, str]], *, at: datetime, how: Return) -> None:
    """That the person came back at a moment: what was buried of them may be written again."""
    for kind, value in values:
        if value:
            Tombstone.objects.filter(
                kind=kind, key=keys.pseudonym(kind, value), returned_at=None
            ).update(returned_at=at, returned_by=how)


def returned_since(kind: TombstoneKind, values: Collection[str], since: datetime) -> set[str]:
    """Those of the erased who came back after a moment."""
    traces = dict(zip(keys.pseudonyms(kind, values), values, strict=True))
    rows = Tombstone.objects.filter(kind=kind, key__in=traces, returned_at__gt=since)
    return {traces[key] for key in rows.values_list("key", flat=True)}


def erase_seat(seat: Seat) -> bool:
    """Empty what identifies the seat in the product; false when that was done before."""
    if seat.erased_at:
        return False
    bury(TombstoneKind.SEAT, seat_value(seat.product_id, seat.member.product_id or ""))
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
