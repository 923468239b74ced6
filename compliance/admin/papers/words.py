"""What the pages of a document show, gathered with a number of queries that does not grow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.services import reminders
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, Refused
from consent.enums import Audience
from consent.models import Document, DocumentVersion
from consent.services import documents
from consent.services.documents import Coverage
from seats.models import Contract, StaffUser

CONTRACTS_SHOWN = 50
IN_PERSON = frozenset({Audience.MEMBERS, Audience.ADMINISTRATORS})


@dataclass(frozen=True, slots=True)
class Number:
    """One published version in all its languages; `state` is "now", "later" or "past"."""

    binding: DocumentVersion
    texts: list[DocumentVersion]
    missing: list[str]
    state: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A language of the next version: its draft, or that there is none."""

    language: str
    name: str
    draft: DocumentVersion | None
    is_binding: bool
    was_there: bool


def languages() -> dict[str, str]:
    return dict(settings.LANGUAGES)


def numbers(document: Document) -> list[Number]:
    """Newest first. One query."""
    found: dict[int, list[DocumentVersion]] = {}
    rows = document.versions.published().select_related("published_by").defer("text", "summary")
    for version in rows.order_by("-number", "language"):
        version.document = document
        found.setdefault(version.number, []).append(version)
    now = _in_force(found)
    return [
        Number(
            binding=documents.spoken(document, texts, None),
            texts=sorted(texts, key=lambda one: one.language != document.binding_language),
            missing=[
                name
                for code, name in languages().items()
                if code not in {version.language for version in texts}
            ],
            state="now" if number == now else "later" if number > now else "past",
        )
        for number, texts in found.items()
    ]


def _in_force(found: dict[int, list[DocumentVersion]]) -> int:
    today = timezone.now().date()
    begun = [number for number, texts in found.items() if _effective(texts) <= today]
    return max(begun, default=0)


def _effective(texts: list[DocumentVersion]) -> date:
    return texts[0].effective_on or date.max


def slots(document: Document, last: Number | None) -> list[Slot]:
    """Each language we write, with its draft. One query."""
    drafts = {row.language: row for row in document.versions.drafts()}
    there = {version.language for version in last.texts} if last else set()
    return [
        Slot(code, name, drafts.get(code), code == document.binding_language, code in there)
        for code, name in languages().items()
    ]


def beside(document: Document, user: StaffUser) -> dict[str, Any]:
    """For a document's own page."""
    rows = numbers(document)
    found = slots(document, rows[0] if rows else None)
    now = next((row for row in rows if row.state == "now"), None)
    in_person = document.audience in IN_PERSON
    drafted = any(slot.draft for slot in found)
    shown = reminders.contracts_of(user)
    return {
        "numbers": rows,
        "slots": found,
        "now": now,
        "next_number": rows[0].binding.number + 1 if rows else 1,
        "drafted": drafted,
        "coverage_now": documents.coverage(now.binding, shown) if now and in_person else None,
        "of_ours": shown is not None,
        "why_not_publish": str(why_not_publish(document, user) or ""),
        "why_not_draft": str(why_not_draft(user) or ""),
    }


def why_not_draft(user: StaffUser) -> Refused | None:
    if not user.has_perm("consent.change_documentversion"):
        return NotAllowed(_("Your role does not include this."))
    return None


def why_not_publish(document: Document, user: StaffUser) -> Refused | None:
    """For people's eyes before they try; `documents.publish` decides again, under its lock."""
    if not user.has_perm("consent.publish_documentversion"):
        return NotAllowed(_("Your role does not include this."))
    drafted = set(document.versions.drafts().values_list("language", flat=True))
    if not drafted:
        return IllegalMove(_("There is no draft to publish."))
    if document.binding_language not in drafted:
        said = _("The draft lacks the binding language “%(language)s”.")
        return BadInput(said % {"language": document.binding_language})
    return None


def asked_by(document: Document) -> int:
    """How many a material version is put to: members in person, or contracts that sign."""
    if document.audience == Audience.CONTRACTS:
        return Contract.objects.filter(ended_at=None).count()
    return documents.concerned(document)


def by_contract(version: DocumentVersion, user: StaffUser) -> dict[str, Any]:
    """Coverage of each contract the person may see, the least covered first. Two queries."""
    found = documents.coverage_by_contract(version, reminders.contracts_of(user))
    least = sorted(found.items(), key=lambda one: (one[1].percent, -one[1].concerned, one[0]))
    shown = least[:CONTRACTS_SHOWN]
    named = Contract.objects.in_bulk([key for key, _found in shown])
    return {
        "rows": [(named[key], found) for key, found in shown],
        "more": max(len(least) - CONTRACTS_SHOWN, 0),
        "complete": sum(coverage.percent == 100 for coverage in found.values()),
        "all": len(found),
        "total": Coverage(
            sum(coverage.concerned for coverage in found.values()),
            sum(coverage.confirmed for coverage in found.values()),
        ),
    }


def fields_of(document: Document, language: str) -> dict[str, str]:
    """What a draft's form begins with: the draft, or the last text of that language, or nothing.

    Where the language is new, the binding one's last text, to be translated.
    """
    found = (
        document.versions.filter(language=language).order_by("-number").first()
        or document.versions.filter(language=document.binding_language).order_by("-number").first()
    )
    if found is None:
        return {"title": document.name}
    is_draft = found.published_at is None and found.language == language
    return {
        "title": found.title,
        "summary": found.summary,
        "text": found.text,
        "change_summary": found.change_summary if is_draft else "",
    }
