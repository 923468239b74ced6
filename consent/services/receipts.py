"""Consent receipts: one JSON record with the fields of ISO/IEC TS 27560:2023, and the facts from
which `compliance` prints and signs the same as a PDF. Members are numbers in it, never names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import translation

from consent.enums import AFFIRMATIVE, DocumentKind, Surface
from consent.models import Confirmation, ConsentEvent, Document, DocumentVersion
from consent.services import documents, history
from consent.services.history import Chosen
from seats.models import Administration, Member, Seat
from seats.services.errors import NotFound

SCHEMA = "ISO/IEC TS 27560:2023"
_BASES = {
    False: "information given, Art. 12 to 14 GDPR; not consent",
    True: "contract, Art. 6(1)(b) GDPR; not consent",
}
# Where choices are changed. Not the member's own link from messages: whoever is shown a receipt
# could say no, or yes, in their name.
_CHOICES = "/privacy/choices/"
_CONTROLLER = "controller"
_AUTHORITY = "authority"


def consent_record(member: Member, receipt_id: str, language: str) -> dict[str, Any]:
    """What the member decided about messages, each purpose and channel with its events.

    Plain JSON; texts are in `language`, moments in UTC. Raises NotFound before the first choice.
    """
    with translation.override(language):
        chosen = history.of(member).choices
        if not chosen:
            raise NotFound(translation.gettext("No choice about messages was made yet."))
        notice = _notice(_latest(chosen).at, language)
        return _record(
            member,
            receipt_id,
            language,
            processing=[_consented(one, notice) for one in chosen],
            events=_once(chosen),
        )


def confirmation_record(
    confirmation: Confirmation, receipt_id: str, language: str
) -> dict[str, Any]:
    """That a member was told: the same fields, and a lawful basis that is not consent."""
    version = confirmation.version
    with translation.override(language):
        processing = {
            **_common(),
            "privacy_notice": _named(version),
            "language": version.language,
            "purpose": version.document.get_kind_display(),
            "purpose_type": version.document.kind,
            "lawful_basis": _BASES[version.document.kind == DocumentKind.TERMS],
            "withdrawal_method": None,
        }
        told = {
            "event_time": _utc(confirmation.client_at or confirmation.at),
            "received_at": _utc(confirmation.at),
            "validity_duration": None,
            "entity_id": confirmation.member.number,
            "event_type": "acknowledgement",
            "event_state": confirmation.state,
            "surface": confirmation.surface,
            "text_sha256": version.text_sha256,
        }
        return _record(
            confirmation.member, receipt_id, language, processing=[processing], events=[told]
        )


def choices(member: Member, language: str) -> dict[str, Any]:
    """The body of `compliance.pdf`'s consent receipt. Raises NotFound before the first choice."""
    with translation.override(language):
        chosen = history.of(member).choices
        if not chosen:
            raise NotFound(translation.gettext("No choice about messages was made yet."))
        latest = _latest(chosen)
        seat, contract = _place(member)
        return {
            "seat": seat,
            "contract": contract,
            "chosen_at": _utc(latest.at),
            "surface": str(Surface(latest.surface).label),
            "spoken": str(dict(settings.LANGUAGES).get(latest.language, latest.language)),
            "choices": [_choice(one) for one in chosen],
            "text": _shown(latest, language),
            "withdraw_url": settings.BASE_URL + _CHOICES,
            "kept_years": settings.CONSENT_EVIDENCE_YEARS,
        }


def told(confirmation: Confirmation, language: str) -> dict[str, Any]:
    """The body of `compliance.pdf`'s confirmation receipt: that a member was told, or agreed."""
    version = confirmation.version
    seat, contract = _place(confirmation.member)
    with translation.override(language):
        return {
            "seat": seat,
            "contract": contract,
            "accepted": version.document.kind == DocumentKind.TERMS,
            "confirmed_at": _utc(confirmation.client_at or confirmation.at),
            "received_at": _utc(confirmation.at),
            "surface": history.where(confirmation),
            "text": _named(version),
            "kept_years": settings.CONSENT_EVIDENCE_YEARS,
        }


def _record(
    member: Member,
    receipt_id: str,
    language: str,
    *,
    processing: list[dict[str, Any]],
    events: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA,
        "record_id": f"{receipt_id}/{member.number}",
        "receipt_id": receipt_id,
        "pii_principal_id": member.number,
        "language": language,
        "pii_processing": processing,
        "parties": _parties(),
        "events": events,
    }


def _consented(one: Chosen, notice: DocumentVersion | None) -> dict[str, Any]:
    purpose, channel = one.pair
    return {
        **_common(),
        "privacy_notice": _named(notice) if notice else None,
        "language": one.events[-1].language,
        "purpose": f"{purpose.label}: {channel.label}",
        "purpose_type": f"{purpose}/{channel}",
        "lawful_basis": "consent, Art. 6(1)(a) GDPR",
        "consent_state": "given" if one.state.allowed else str(one.state.act),
        "withdrawal_method": settings.BASE_URL + _CHOICES,
    }


def _common() -> dict[str, Any]:
    """What is the same of all we ask consent for."""
    years = settings.CONSENT_EVIDENCE_YEARS
    return {
        "pii_information": [
            {"pii_type": "contact", "pii_attribute_id": "email", "pii_optional": False},
            {"pii_type": "account", "pii_attribute_id": "member id", "pii_optional": False},
        ],
        "sensitive_pii_category": False,
        "special_pii_category": False,
        "pii_controllers": [_CONTROLLER],
        "collection_method": "from the member",
        "processing_method": "sending messages",
        "storage_locations": [settings.CONTROLLER["country"]],
        "processing_locations": [settings.CONTROLLER["country"]],
        "geographic_restrictions": None,
        "retention_period": f"until withdrawn; the evidence P{years}Y after erasure",
        "service": settings.CONTROLLER["product"],
        "jurisdiction": settings.CONTROLLER["country"],
        "recipient_third_parties": [],
        "privacy_rights": [f"Art. {number} GDPR" for number in (7, 15, 16, 17, 18, 20, 21, 77)],
        "codes_of_conduct": None,
        "impact_assessment": None,
        "authority_party": _AUTHORITY,
    }


def _parties() -> list[dict[str, Any]]:
    company = settings.CONTROLLER
    return [
        {
            "party_id": _CONTROLLER,
            "name": company["name"],
            "address": company["address"],
            "contact": company["dpo"],
            "email": company["email"],
            "phone": company["phone"],
            "url": settings.BASE_URL,
            "type": "controller",
            "role": "pii controller",
        },
        {
            "party_id": _AUTHORITY,
            "name": company["authority"],
            "address": None,
            "contact": company["authority"],
            "type": "authority",
            "role": "supervisory authority",
        },
    ]


def _once(chosen: list[Chosen]) -> list[dict[str, Any]]:
    """Every event, oldest first; one of all purposes stands under each, and is one."""
    events = {event.pk: event for one in chosen for event in one.events}
    return [_event(events[pk]) for pk in sorted(events)]


def _event(event: ConsentEvent) -> dict[str, Any]:
    return {
        "event_time": _utc(event.at),
        "received_at": _utc(event.recorded_at),
        "validity_duration": None,
        "entity_id": f"M-{event.member_id}" if event.recorded_by_id is None else "support",
        "event_type": "explicit" if event.act in AFFIRMATIVE else "notification",
        "event_state": event.act,
        "purpose_type": f"{event.purpose or '*'}/{event.channel or '*'}",
        "origin": event.origin,
        "surface": event.surface,
        "text_sha256": event.text_sha256,
    }


def _choice(one: Chosen) -> dict[str, Any]:
    purpose, channel = one.pair
    first = next((event for event in one.events if event.act in AFFIRMATIVE), None)
    word = "given" if one.state.allowed else "withdrawn" if first or one.is_opt_out else "never"
    return {
        "purpose": str(purpose.label),
        "channel": str(channel.label),
        "yes": one.state.allowed,
        "first_at": _utc(first.at) if first else None,
        "state": word,
        "at": _utc(one.state.since) if word != "never" else None,
    }


def _shown(latest: ConsentEvent, language: str) -> dict[str, Any]:
    """The privacy policy that was in force; without one, the words of the choice itself."""
    if notice := _notice(latest.at, language):
        return _named(notice)
    return {
        "title": translation.gettext("Message choices"),
        "version": 1,
        "language": latest.language,
        "effective_on": str(latest.at.date()),
        "sha256": latest.text_sha256 or "0" * 64,
    }


def _notice(at: datetime, language: str) -> DocumentVersion | None:
    policy = Document.objects.filter(kind=DocumentKind.PRIVACY_POLICY).order_by("pk").first()
    return documents.current(policy, language, at.date()) if policy else None


def _named(version: DocumentVersion) -> dict[str, Any]:
    return {
        "title": version.title,
        "version": version.number,
        "language": version.language,
        "effective_on": str(version.effective_on),
        "sha256": version.text_sha256,
    }


def _place(member: Member) -> tuple[str, str]:
    """The member's seat and contract, or "" for who has none."""
    seat = Seat.objects.present().filter(member=member).select_related("contract")
    if held := seat.order_by("released_at", "-assigned_at").first():
        return held.number, held.contract.number
    office = Administration.objects.filter(member=member).select_related("contract")
    administers = office.order_by("-since").first()
    return "", administers.contract.number if administers else ""


def _latest(chosen: list[Chosen]) -> ConsentEvent:
    return max((one.events[-1] for one in chosen), key=lambda event: (event.at, event.pk))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
