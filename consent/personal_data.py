"""Which of this app's fields hold personal data, and how each is erased.

What a member was told and decided is evidence (Art. 5(2), 7(1)): it outlives their erasure under a
bare number, for as long as claims can be raised (Art. 17(3)(e)), and is purged on a known day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from consent.enums import OPT_OUTS, PAIRS, Channel, KeepingGround, Purpose
from consent.models import Confirmation, ConsentEvent, KeptEvidence, Preference, Suppression
from seats import keys
from seats.models import Member

PERSONAL: dict[str, str] = {
    "consent.Confirmation.ip": "emptied with the member",
    "consent.Confirmation.client": "emptied with the member",
    "consent.ConsentEvent.ip": "emptied with the member",
    "consent.ConsentEvent.remark": "emptied with the member",
    "consent.Agreement.signed_by": "kept with the contract it proves (Art. 28(3)), then with it",
}


def _names(model: str, fields: str) -> frozenset[str]:
    return frozenset(f"consent.{model}.{field}" for field in fields.split())


_DOCUMENT = "slug name kind audience binding_language"
_CERTIFICATION = "name meaning issuer number scope file_name file_sha256"
_SUB_PROCESSOR = "name service place safeguards"
_HISTORY = " history_change_reason history_type"
HARMLESS: frozenset[str] = frozenset().union(
    # Evidence is a file number: the form says so.
    _names("Agreement", "at_end evidence"),
    _names("HistoricalAgreement", "at_end evidence" + _HISTORY),
    _names("Certification", _CERTIFICATION),
    _names("HistoricalCertification", _CERTIFICATION + _HISTORY),
    _names("Confirmation", "surface state key"),
    _names("ConsentEvent", "act purpose channel origin surface language text_sha256 key entry"),
    _names("Document", _DOCUMENT),
    _names("HistoricalDocument", _DOCUMENT + _HISTORY),
    _names("DocumentVersion", "language title summary text text_sha256 change_summary"),
    # Keyed traces of addresses, which only PSEUDONYM_KEY can be compared with.
    _names("KeptEvidence", "ground address_key"),
    _names("Suppression", "key purpose channel"),
    _names("Preference", "purpose channel act"),
    _names("SubProcessor", _SUB_PROCESSOR),
    _names("HistoricalSubProcessor", _SUB_PROCESSOR + _HISTORY),
    _names("Wording", "sha256 text"),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays of an erased member: how many records, the ground's code, and until when."""

    records: int
    ground: KeepingGround
    until: date


def erase_member(member: Member) -> Kept | None:
    """Before the person's identity goes: keep the opt-outs and the evidence, and nothing else.

    None when there was no evidence. Twice equals once.
    """
    key = keys.pseudonym(keys.EMAIL, member.email) if member.email else ""
    if key:
        _suppress(key, member)
    Preference.objects.filter(member=member).delete()
    ConsentEvent.objects.filter(member=member).exclude(ip="", remark="").update(ip="", remark="")
    Confirmation.objects.filter(member=member).exclude(ip="", client="").update(ip="", client="")
    if evidence_of(member):
        now = timezone.now()
        KeptEvidence.objects.get_or_create(
            member=member,
            defaults={
                "ground": KeepingGround.CLAIMS,
                "since": now,
                "until": years_later(now.date()),
                "address_key": key,
            },
        )
    return kept(member)


def kept(member: Member) -> Kept | None:
    row = KeptEvidence.objects.filter(member=member, purged_at=None).first()
    return Kept(evidence_of(member), KeepingGround(row.ground), row.until) if row else None


def evidence_of(member: Member) -> int:
    """How many records prove what the member was told and decided."""
    return (
        ConsentEvent.objects.filter(member=member).count()
        + Confirmation.objects.filter(member=member).count()
    )


def years_later(day: date) -> date:
    year = day.year + settings.CONSENT_EVIDENCE_YEARS
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 3, 1)


def _suppress(key: str, member: Member) -> None:
    out: dict[tuple[str, str], datetime] = {
        (row.purpose, row.channel): row.since
        for row in Preference.objects.filter(member=member, act__in=OPT_OUTS)
    }
    # Somebody else of the same address may have said so later: their moment stands.
    there = {(row.purpose, row.channel): row.since for row in Suppression.objects.filter(key=key)}
    rows = [
        Suppression(
            key=key, purpose=one[0], channel=one[1], since=max(since, there.get(one, since))
        )
        for one, since in _widest(out)
    ]
    Suppression.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["key", "purpose", "channel"],
        update_fields=["since"],
    )


def _widest(
    out: dict[tuple[str, str], datetime],
) -> Iterator[tuple[tuple[str, str], datetime]]:
    """Opt-outs of everything, or of everything on a channel, also hold for purposes to come."""
    if len(out) == len(PAIRS):
        yield ("", ""), max(out.values())
        return
    for channel in Channel:
        here = {pair: since for pair, since in out.items() if pair[1] == channel}
        if len(here) == sum(channel in purpose.channels for purpose in Purpose):
            yield ("", channel), max(here.values())
        else:
            yield from here.items()
