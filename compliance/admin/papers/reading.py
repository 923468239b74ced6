"""What a version says, what it changes, and who confirmed it: looked at only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from compliance.admin.acting import Page, show
from compliance.admin.papers import words
from compliance.services import reminders
from consent.models import Document, DocumentVersion
from consent.services import documents

if TYPE_CHECKING:
    from compliance.admin.papers.pages import DocumentAdmin


def preview(desk: DocumentAdmin, http: HttpRequest, pk: str, number: int) -> HttpResponse:
    """A text as members read it, in the width of a computer and of a telephone."""
    document, version = _version(desk, http, pk, number)
    return _show(desk, http, document, version, "preview", _("How it is shown"))


def changes(desk: DocumentAdmin, http: HttpRequest, pk: str, number: int) -> HttpResponse:
    """Line by line, against the version before it in the same language."""
    document, version = _version(desk, http, pk, number)
    lines = documents.diff(version)
    extra = {"lines": lines, "is_first": all(line.change == "added" for line in lines)}
    return _show(desk, http, document, version, "changes", _("What it changes"), **extra)


def coverage(desk: DocumentAdmin, http: HttpRequest, pk: str, number: int) -> HttpResponse:
    """Who confirmed a version, contract by contract, of those the person may see."""
    document = desk.found(http, pk)
    row = next((row for row in words.numbers(document) if row.binding.number == number), None)
    if row is None or document.audience not in words.IN_PERSON:
        raise Http404
    extra = words.by_contract(row.binding, http.user) | {
        "row": row,
        "of_ours": reminders.contracts_of(http.user) is not None,
        "why_not_remind": str(reminders.why_not(row.binding, actor=http.user) or ""),
    }
    title = _("Who confirmed version %(number)s") % {"number": number}
    return _show(desk, http, document, row.binding, "coverage", title, **extra)


def _version(
    desk: DocumentAdmin, http: HttpRequest, pk: str, number: int
) -> tuple[Document, DocumentVersion]:
    document = desk.found(http, pk)
    version = get_object_or_404(document.versions.all(), pk=number)
    version.document = document
    return document, version


def _show(
    desk: DocumentAdmin,
    http: HttpRequest,
    document: Document,
    version: DocumentVersion,
    name: str,
    title: str,
    **extra: Any,
) -> HttpResponse:
    if http.method not in ("GET", "HEAD"):
        raise PermissionDenied
    page = Page(
        title=title,
        button="",
        crumbs=desk.crumbs(document),
        follows=[],
        kicker=document.name,
        lede="" if name == "coverage" else _describe(version),
        template=f"admin/consent/document/{name}.html",
        extra={"document": document, "version": version, **extra},
    )
    return show(desk, http, page)


def _describe(version: DocumentVersion) -> str:
    facts = {
        "number": version.number,
        "language": words.languages().get(version.language, version.language),
    }
    if version.published_at:
        return _("Version %(number)s, %(language)s") % facts
    return _("Draft of version %(number)s, %(language)s") % facts
