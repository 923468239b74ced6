"""The documents anyone may read: now in force, past and announced, and what changed in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from compliance.services import clock
from compliance.services.errors import NotFound
from compliance.views.personal import in_language, unhurried
from compliance.views.public import public
from consent.models import DocumentVersion
from consent.services import comparing, documents, library
from consent.services.library import Edition, Standing, Title

# These write the names of languages with a capital; French and Spanish, for two, do not.
CAPITALISING = ("en", "de")


class Entry(NamedTuple):
    """A document in a list: its words for this reader, the edition they are of, those to come."""

    version: DocumentVersion
    edition: Edition
    announced: list[Edition]


class Speech(NamedTuple):
    code: str
    name: str
    current: bool


def entry(found: Title) -> Entry:
    edition = found.opened
    later = [row for row in found.announced if row is not edition]
    return Entry(found.heading(edition, get_language()), edition, later)


@public()
def legal(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    entries = [entry(found) for found in library.titles(today)]
    return render(request, "public/legal.html", {"today": today, "entries": entries})


@public(back="/legal/")
def legal_document(request: HttpRequest, slug: str) -> HttpResponse:
    """The version in force; before the first takes effect, that one, announced."""
    found = library.title(slug, clock.today())
    return _page(request, found, found.opened)


@public(back="/legal/")
def legal_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = library.title(slug, clock.today())
    return _page(request, found, found.numbered(number))


def _page(request: HttpRequest, found: Title, edition: Edition) -> HttpResponse:
    asked = _asked(request)
    language = asked or found.heading(edition, get_language()).language
    version = library.text(edition, language)
    with translation.override(asked or get_language()):
        context = {
            **_about(found, edition, version),
            "languages": _speeches(edition.languages, language),
            "lacking": "" if asked or _reads(language) else _name(get_language() or ""),
            "others": [row for row in _editions(found, asked) if row["edition"] is not edition],
            "changed": language in library.comparable(found, edition),
            "asked": asked,
        }
        return _answer(render(request, "public/legal_document.html", context), asked)


@unhurried
@public(back="/legal/")
def legal_changes(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A version against the one before it in the same language."""
    found = library.title(slug, clock.today())
    edition = found.numbered(number)
    comparable = library.comparable(found, edition)
    if not comparable:
        raise NotFound(_("There is no earlier version to compare this one with."))
    asked = _asked(request)
    readable = [version for version in edition.versions if version.language in comparable]
    spoken = documents.spoken(found.document, readable, asked or get_language())
    if asked and spoken.language != asked:
        raise NotFound(_("There is no earlier version to compare this one with."))
    version = library.text(edition, spoken.language)
    with translation.override(asked or get_language()):
        context = {
            **_about(found, edition, version),
            "languages": _speeches(comparable, version.language),
            "before": documents.before(version),
            "passages": comparing.passages(documents.diff(version)),
            "asked": asked,
        }
        return _answer(render(request, "public/legal_changes.html", context), asked)


@public(back="/legal/")
def legal_text(request: HttpRequest, slug: str, number: int, language: str) -> HttpResponse:
    """The bare text, byte for byte what its fingerprint is of."""
    found = library.title(slug, clock.today())
    version = library.text(found.numbered(number), language)
    response = HttpResponse(version.text, content_type="text/plain; charset=utf-8")
    response.headers["ETag"] = f'"{version.text_sha256}"'
    return in_language(response, language)


def _asked(request: HttpRequest) -> str:
    """The language in the address, "" when none is. Raises NotFound for one we do not write."""
    language = request.GET.get("language", "")
    if language and language not in dict(settings.LANGUAGES):
        raise NotFound(_("This version was not published in that language."))
    return language


def _about(found: Title, edition: Edition, version: DocumentVersion) -> dict[str, Any]:
    return {
        "today": clock.today(),
        "document": found.document,
        "edition": edition,
        "version": version,
        "announced": edition.standing is Standing.ANNOUNCED,
        "past": edition.standing is Standing.PAST,
        "in_force": found.in_force,
        "language_name": _name(version.language),
        "binding": found.document.binding_language,
        "binding_name": _name(found.document.binding_language),
    }


def _editions(found: Title, asked: str) -> Iterator[dict[str, Any]]:
    """Every edition with its address; it keeps the language that was asked for, where it can."""
    for edition in found.editions:
        if edition.standing is Standing.IN_FORCE:
            address = reverse("legal_document", args=[found.document.slug])
        else:
            address = reverse("legal_version", args=[found.document.slug, edition.number])
        query = f"?language={asked}" if asked in edition.languages else ""
        yield {
            "edition": edition,
            "address": address + query,
            "announced": edition.standing is Standing.ANNOUNCED,
            "in_force": edition.standing is Standing.IN_FORCE,
        }


def _speeches(codes: list[str], current: str) -> list[Speech]:
    names = dict(settings.LANGUAGES)
    return [Speech(code, names.get(code, code), code == current) for code in codes]


def _reads(language: str) -> bool:
    return (get_language() or "").partition("-")[0] == language.partition("-")[0]


def _name(language: str) -> str:
    """A language's name in the reader's own, as it stands in a sentence; its code if unknown."""
    try:
        name = str(get_language_info(language)["name_translated"])
    except KeyError:
        return language
    return name if (get_language() or "").startswith(CAPITALISING) else name.lower()


def _answer(response: HttpResponse, asked: str) -> HttpResponse:
    return in_language(response, asked) if asked else response
