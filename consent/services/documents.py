"""Documents and their versions: drafted, published for ever, compared, and who confirmed them."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.enums import Audience, Shown
from consent.models import Confirmation, Document, DocumentVersion
from seats.models import Administration, Contract, Member, Seat, StaffUser
from seats.services.errors import BadInput, IllegalMove, NotAllowed, NotFound, Stale

Contracts = Contract | QuerySet[Contract] | None  # one, those somebody may see, or all


def fingerprint(text: str) -> str:
    """SHA-256 of a text's UTF-8, in hexadecimal: what a confirmation is bound to."""
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def draft(
    document: Document,
    *,
    language: str,
    title: str,
    text: str,
    summary: str = "",
    change_summary: str = "",
    seen: str | None = None,
    actor: StaffUser,
) -> DocumentVersion:
    """Write or rewrite the draft of the next version in one language.

    `summary` has one point a line; `seen` is the `mark` of what the writer began from. Raises
    NotAllowed, BadInput, or Stale when somebody else wrote meanwhile.
    """
    _must(actor, "consent.change_documentversion")
    if language not in dict(settings.LANGUAGES):
        raise BadInput(_("We do not write “%(language)s”.") % {"language": language})
    if not title.strip() or not text.strip():
        raise BadInput(_("A version needs a title and a text."))
    document = Document.objects.select_for_update().get(pk=document.pk)  # it may be published now
    if seen is not None and seen != mark(document, language):
        raise Stale(_("Somebody else changed this draft since you opened it. Nothing was saved."))
    version, _created = DocumentVersion.objects.update_or_create(
        document=document,
        number=next_number(document),
        language=language,
        defaults={
            "title": title.strip(),
            "summary": summary.strip(),
            "text": text,
            "text_sha256": fingerprint(text),
            "change_summary": change_summary.strip(),
        },
    )
    return version


def discard(version: DocumentVersion, *, actor: StaffUser) -> None:
    """Throw a draft away. Raises NotAllowed, or IllegalMove when it is published."""
    _must(actor, "consent.change_documentversion")
    if not DocumentVersion.objects.drafts().filter(pk=version.pk).delete()[0]:
        raise IllegalMove(_("A published version cannot be deleted."))


@transaction.atomic
def publish(
    document: Document,
    *,
    effective_on: date,
    material: bool,
    seen: str | None = None,
    actor: StaffUser,
) -> list[DocumentVersion]:
    """Publish all drafts of the next version, in every language there is; they never change again.

    A material version asks everyone concerned to confirm again; the first one always is. Raises
    NotAllowed, IllegalMove without a draft, BadInput for a missing binding language or a date
    before the last version's, Stale when the drafts are not those of the `mark` in `seen`.
    """
    _must(actor, "consent.publish_documentversion")
    document = Document.objects.select_for_update().get(pk=document.pk)
    if seen is not None and seen != mark(document):
        raise Stale(_("A draft changed since you opened this page. Nothing was published."))
    drafts = list(document.versions.drafts())
    if not drafts:
        raise IllegalMove(_("There is no draft to publish."))
    if document.binding_language not in {version.language for version in drafts}:
        raise BadInput(
            _("The draft lacks the binding language “%(language)s”.")
            % {"language": document.binding_language}
        )
    last = document.versions.published().order_by("-number").first()
    if last and last.effective_on and effective_on < last.effective_on:
        raise BadInput(
            _("It cannot take effect before version %(number)s, on %(day)s.")
            % {"number": last.number, "day": last.effective_on.isoformat()}
        )
    facts: dict[str, Any] = {
        "effective_on": effective_on,
        "material": material or last is None,
        "published_at": timezone.now(),
        "published_by": actor,
    }
    document.versions.drafts().update(**facts)
    return list(document.versions.filter(pk__in=[version.pk for version in drafts]))


def mark(document: Document, language: str | None = None) -> str:
    """Of the next version's drafts as they are now: what a form was made from."""
    drafts = document.versions.drafts().order_by("language")
    if language:
        drafts = drafts.filter(language=language)
    words = drafts.values_list("language", "title", "summary", "text", "change_summary")
    return fingerprint(repr((next_number(document), list(words))))


def next_number(document: Document) -> int:
    last = document.versions.published().order_by("-number").first()
    return last.number + 1 if last else 1


def current(
    document: Document, language: str | None = None, on: date | None = None
) -> DocumentVersion | None:
    """The version in force on a day, in a language or else the binding one."""
    rows = document.versions.in_force(on).order_by("-number")
    newest = rows.first()
    if newest is None:
        return None
    return spoken(document, list(rows.filter(number=newest.number)), language)


def spoken(
    document: Document, versions: list[DocumentVersion], language: str | None
) -> DocumentVersion:
    """Of one number's texts, the one for a reader: "de-AT" reads "de"."""
    by_language = {version.language: version for version in versions}
    wanted = (language or document.binding_language).lower()
    for choice in (wanted, wanted.partition("-")[0], document.binding_language):
        if choice in by_language:
            return by_language[choice]
    return versions[0]


def past(document: Document, language: str | None = None) -> list[DocumentVersion]:
    """Every published version, newest first, one text each, also those still to take effect."""
    numbers: dict[int, list[DocumentVersion]] = {}
    for version in document.versions.published().order_by("-number"):
        numbers.setdefault(version.number, []).append(version)
    return [spoken(document, versions, language) for versions in numbers.values()]


def published(slug: str, number: int, language: str | None = None) -> DocumentVersion:
    """One version by its document's slug. Raises NotFound, also for a draft."""
    rows = DocumentVersion.objects.published().filter(document__slug=slug, number=number)
    versions = list(rows.select_related("document"))
    if not versions:
        raise NotFound(_("There is no such version of this document."))
    return spoken(versions[0].document, versions, language)


class Change(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Line:
    change: Change
    text: str


def before(version: DocumentVersion) -> DocumentVersion | None:
    """The version that was published before it in the same language."""
    earlier = DocumentVersion.objects.published().filter(
        document=version.document_id, language=version.language, number__lt=version.number
    )
    return earlier.order_by("-number").first()


def diff(version: DocumentVersion) -> list[Line]:
    """The text against the version before it in the same language; all is added where none is."""
    earlier = before(version)
    return compared(earlier.text if earlier else "", version.text)


def compared(old: str, new: str) -> list[Line]:
    """What became of a text, line by line; lines that were replaced come before their successors.

    `difflib.ndiff` says more and takes minutes for a long text, which anybody may ask for; so would
    lines that come again and again, empty ones above all, if they were matched with each other.
    """
    was, now = old.splitlines(), new.splitlines()
    lines: list[Line] = []
    for step, first, last, start, end in difflib.SequenceMatcher(None, was, now).get_opcodes():
        if step == "equal":
            lines += [Line(Change.SAME, line) for line in was[first:last]]
            continue
        lines += [Line(Change.REMOVED, line) for line in was[first:last]]
        lines += [Line(Change.ADDED, line) for line in now[start:end]]
    return lines


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of those concerned confirmed the version, or one that differs only in small ways."""

    concerned: int
    confirmed: int

    @property
    def percent(self) -> int:
        """Rounded down: 100 means everyone. Nobody concerned is 100 too."""
        return 100 * self.confirmed // self.concerned if self.concerned else 100


def coverage(version: DocumentVersion, contract: Contracts = None) -> Coverage:
    """Over active seats, or administrators, of a contract, of some or of all. One query."""
    found = _concerned(version.document, contract).aggregate(
        concerned=Count("pk"), confirmed=Count("pk", filter=Exists(_confirmed(version)))
    )
    return Coverage(**found)


def coverage_by_contract(
    version: DocumentVersion, contracts: Contracts = None
) -> dict[int, Coverage]:
    """By the contract's key; contracts where nobody is concerned are left out. One query."""
    rows = (
        _concerned(version.document, contracts)
        .order_by()
        .values("contract")
        .annotate(concerned=Count("pk"), done=Count("pk", filter=Exists(_confirmed(version))))
    )
    return {row["contract"]: Coverage(row["concerned"], row["done"]) for row in rows}


def concerned(document: Document, contract: Contracts = None) -> int:
    """How many members it concerns in person, each once whatever they hold. One query."""
    rows = _concerned(document, contract).order_by()
    return int(rows.aggregate(members=Count("member", distinct=True))["members"])


def unconfirmed(version: DocumentVersion, contract: Contracts = None) -> QuerySet[Member]:
    """Who is concerned and has not confirmed: whom a reminder goes to."""
    rest = _concerned(version.document, contract).exclude(Exists(_confirmed(version)))
    return Member.objects.filter(erased_at=None, pk__in=rest.values("member"))


def _concerned(document: Document, contract: Contracts) -> QuerySet[Any]:
    """Rows with a `member` and a `contract`: nobody in person signs or reads for the others."""
    rows: QuerySet[Any]
    if document.audience == Audience.MEMBERS:
        rows = Seat.objects.present().filter(released_at=None)
    elif document.audience == Audience.ADMINISTRATORS:
        rows = Administration.objects.in_force()
    else:
        rows = Seat.objects.none()
    rows = rows.filter(member__erased_at=None)
    if isinstance(contract, Contract):
        return rows.filter(contract=contract)
    return rows if contract is None else rows.filter(contract__in=contract.values("pk"))


def _confirmed(version: DocumentVersion) -> QuerySet[Confirmation]:
    """Confirmations of this version or of one since the last material change before it."""
    since = (
        DocumentVersion.objects.published()
        .filter(document=version.document_id, number__lte=version.number, material=True)
        .order_by("-number")
        .values("number")[:1]
    )
    return Confirmation.objects.filter(
        Q(version__number__gte=Subquery(since)),
        member=OuterRef("member"),
        state=Shown.CONFIRMED,
        version__document=version.document_id,
    )


def _must(actor: StaffUser, permission: str) -> None:
    if not actor.has_perm(permission):
        raise NotAllowed(_("Your role may not do this."))
