"""A member who was told much and chose much: for tests of what they see of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from consent.enums import Audience, Channel, DocumentKind, Origin, Purpose, Surface
from consent.models import Confirmation, Document, DocumentVersion
from consent.services import choices, consents, notices
from seats.models import Member
from tests.factories import make_document, make_evidence, make_member, make_seat, make_version

NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)
TIPS = (Purpose.TIPS, Channel.EMAIL)
TITLE = "How Larkfield uses your data"
POINTS = "We keep what you make.\nYour company sees some of it.\nYou stay in charge."
TEXT = (
    "1. What we keep\n\nLeads, notes and messages, while your company pays for the seat.\n\n"
    "- We never read your messages.\n- We never sell your data.\n"
)


class Told(NamedTuple):
    """`first` is confirmed and replaced; `second` waits; `terms` were accepted on joining."""

    member: Member
    first: DocumentVersion
    second: DocumentVersion
    terms: DocumentVersion
    confirmation: Confirmation


def version(document: Document, **fields: Any) -> DocumentVersion:
    words = {"title": TITLE, "summary": POINTS, "text": f"{TEXT}\nSince {len(fields)}.", **fields}
    return make_version(document, **words)


def confirm(member: Member, told: DocumentVersion, surface: str = Surface.DESKTOP) -> Confirmation:
    noted = notices.confirm(member, told.pk, sha256=told.text_sha256, surface=surface)
    return noted.confirmation


def make_told(language: str = "en") -> Told:
    member = make_seat(member=make_member(name="Ana Ortiz", locale=language)).member
    make_version(make_document(DocumentKind.PRIVACY_POLICY, Audience.PUBLIC))
    terms = make_version(make_document(DocumentKind.TERMS, name="Terms of use"))
    consents.accept_terms(member, terms, make_evidence(Origin.JOINING))
    notice = make_document()
    first = version(notice)
    confirmation = confirm(member, first)
    second = version(notice, change_summary="It says how we work with your company’s CRM.")
    make_version(notice, number=second.number, language="de", title="Wie wir Ihre Daten nutzen")
    choices.save_choices(member, {NEWS: True, TIPS: False}, make_evidence())
    choices.stop_all(member, make_evidence(text="No more of these."))
    return Told(member, first, second, terms, confirmation)
