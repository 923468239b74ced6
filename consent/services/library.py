"""The documents anyone may read: every published version of them, past, in force and to come.

No draft is in here, whoever asks and however.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import cast

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.enums import DocumentKind
from consent.models import Document, DocumentVersion
from consent.services import documents
from seats.services.errors import NotFound

ORDER = list(DocumentKind)


class Standing(StrEnum):
    ANNOUNCED = "announced"
    IN_FORCE = "in force"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Edition:
    """One number of a document. Its `versions` are its languages; their texts are not loaded."""

    number: int
    effective_on: date
    standing: Standing
    replaced_on: date | None
    versions: list[DocumentVersion]

    @property
    def languages(self) -> list[str]:
        return [version.language for version in self.versions]


@dataclass(frozen=True, slots=True)
class Title:
    """A document with all its editions, newest first; there is at least one."""

    document: Document
    editions: list[Edition]

    @property
    def in_force(self) -> Edition | None:
        return next((row for row in self.editions if row.standing is Standing.IN_FORCE), None)

    @property
    def announced(self) -> list[Edition]:
        """The next to take effect comes first."""
        return [row for row in reversed(self.editions) if row.standing is Standing.ANNOUNCED]

    @property
    def opened(self) -> Edition:
        """What to read unless another is asked for: in force, or else the first to come."""
        return self.in_force or self.announced[0]

    def numbered(self, number: int) -> Edition:
        """Raises NotFound."""
        for edition in self.editions:
            if edition.number == number:
                return edition
        raise NotFound(_("There is no such version of this document."))

    def heading(self, edition: Edition, language: str | None) -> DocumentVersion:
        """An edition's words for a reader, without the text."""
        return documents.spoken(self.document, edition.versions, language)


def titles(on: date | None = None) -> list[Title]:
    """Every public document that was published, by kind. One query."""
    rows = _published().order_by("document", "-number", "language")
    found = [
        _title(list(versions), on or timezone.now().date())
        for _document, versions in groupby(rows, key=lambda row: row.document_id)
    ]
    return sorted(found, key=lambda row: (ORDER.index(DocumentKind(row.document.kind)),
                                          row.document.slug))  # fmt: skip


def title(slug: str, on: date | None = None) -> Title:
    """One of them. Raises NotFound, also for what is not public. One query."""
    rows = _published().filter(document__slug=slug).order_by("-number", "language")
    versions = list(rows)
    if not versions:
        raise NotFound(_("There is no such document."))
    return _title(versions, on or timezone.now().date())


def text(edition: Edition, language: str) -> DocumentVersion:
    """An edition in exactly this language, with its text. Raises NotFound. One query."""
    for version in edition.versions:
        if version.language == language:
            return DocumentVersion.objects.select_related("document").get(pk=version.pk)
    raise NotFound(_("This version was not published in that language."))


def comparable(found: Title, edition: Edition) -> list[str]:
    """The edition's languages in which there is an older one to compare it with."""
    older = {
        language
        for other in found.editions
        if other.number < edition.number
        for language in other.languages
    }
    return [language for language in edition.languages if language in older]


def _published() -> QuerySet[DocumentVersion]:
    rows = DocumentVersion.objects.published().filter(document__in=Document.objects.public())
    return rows.select_related("document").defer("text", "summary")


def _title(rows: list[DocumentVersion], on: date) -> Title:
    editions: list[Edition] = []
    in_force = False
    replaced_on: date | None = None
    for number, grouped in groupby(rows, key=lambda row: row.number):
        versions = list(grouped)
        effective = cast(date, versions[0].effective_on)  # as every published version has it
        if effective > on:
            standing = Standing.ANNOUNCED
        else:
            standing = Standing.PAST if in_force else Standing.IN_FORCE
            in_force = True
        editions.append(Edition(number, effective, standing, replaced_on, versions))
        replaced_on = effective
    return Title(rows[0].document, editions)
