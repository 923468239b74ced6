"""Drafting, publishing and reminding: each a page that says what follows, then does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.admin.acting import Done, Page, act
from compliance.admin.papers import words
from compliance.admin.papers.forms import MATERIAL, DraftForm, PublishForm, SureForm, put_to
from compliance.services import reminders
from consent.models import Document, DocumentVersion
from consent.services import documents

if TYPE_CHECKING:
    from compliance.admin.papers.pages import DocumentAdmin


def draft(desk: DocumentAdmin, http: HttpRequest, pk: str, language: str) -> HttpResponse:
    """One language of the next version, beginning with the last text there is."""
    document = desk.found(http, pk)
    name = _language(language)
    number = documents.next_number(document)
    begin = words.fields_of(document, language)
    seen = {"seen": documents.mark(document, language)}
    form = DraftForm(http.POST if http.method == "POST" else None, initial=begin | seen)
    page = Page(
        title=_("Draft of version %(number)s, %(language)s") % {"number": number, "language": name},
        button=_("Save the draft"),
        crumbs=desk.crumbs(document),
        follows=[_("A draft is seen on the desk only. It can be changed until it is published.")],
        kicker=document.name,
        template="admin/consent/document/draft.html",
        extra={"language": language},
    )

    def save(data: dict[str, Any]) -> Done:
        documents.draft(document, language=language, actor=http.user, **data)
        said = _("The draft of version %(number)s is kept.") % {"number": number}
        return Done(f"{desk.url_of(document)}#drafts", said)

    return act(desk, http, page, form, save, why=words.why_not_draft(http.user))


def discard(desk: DocumentAdmin, http: HttpRequest, pk: str, language: str) -> HttpResponse:
    document = desk.found(http, pk)
    name = _language(language)
    version = get_object_or_404(document.versions.drafts(), language=language)
    page = Page(
        title=_("Throw away the draft in %(language)s") % {"language": name},
        button=_("Throw the draft away"),
        crumbs=desk.crumbs(document),
        follows=[_("The text of this draft is gone. Other languages and versions stay.")],
        kicker=document.name,
        danger=True,
    )

    def throw_away(_data: dict[str, Any]) -> Done:
        documents.discard(version, actor=http.user)
        return Done(f"{desk.url_of(document)}#drafts", _("The draft is gone."))

    form = SureForm(http.POST if http.method == "POST" else None)
    return act(desk, http, page, form, throw_away, why=words.why_not_draft(http.user))


def publish(desk: DocumentAdmin, http: HttpRequest, pk: str) -> HttpResponse:
    """For ever: with the fingerprints it is bound to, and whom it is put to."""
    document = desk.found(http, pk)
    number = documents.next_number(document)
    asked = words.asked_by(document)
    seen = {"seen": documents.mark(document)}
    posted = http.POST if http.method == "POST" else None
    form = PublishForm(document, number, asked, posted, initial=seen)
    page = Page(
        title=_("Publish version %(number)s") % {"number": number},
        button=_("Publish version %(number)s") % {"number": number},
        crumbs=desk.crumbs(document),
        follows=_consequences(document, number, asked),
        kicker=document.name,
        template="admin/consent/document/publish.html",
        extra={"document": document, "drafts": _drafts(document)},
    )

    def put_out(data: dict[str, Any]) -> Done:
        documents.publish(
            document,
            effective_on=data["effective_on"],
            material=data.get("weight", MATERIAL) == MATERIAL,
            seen=data["seen"],
            actor=http.user,
        )
        said = _("Version %(number)s is published.") % {"number": number}
        return Done(desk.url_of(document), said)

    why = words.why_not_publish(document, http.user)
    return act(desk, http, page, form, put_out, why=why)


def remind(desk: DocumentAdmin, http: HttpRequest, pk: str, number: int) -> HttpResponse:
    """Everyone who has not confirmed, with the count first."""
    document = desk.found(http, pk)
    version = _published(document, number)
    actor = http.user
    rest = reminders.rest(version, actor=actor)
    covered = reverse("admin:consent_document_coverage", args=[document.pk, number])
    here = _("Version %(number)s") % {"number": number}
    now = min(rest.to_remind, reminders.MOST)
    page = Page(
        title=_("Remind the rest"),
        button=ngettext("Send %(n)d reminder", "Send %(n)d reminders", now) % {"n": now},
        crumbs=[*desk.crumbs(document), (here, covered)],
        follows=[
            _("Each gets one e-mail in their language. It leads to what they have not confirmed.")
        ],
        kicker=f"{document.name}, {here}",
        template="admin/consent/document/remind.html",
        extra={
            "rest": rest,
            "now": now,
            "later": rest.to_remind - now,
            "days": reminders.EVERY.days,
        },
    )

    def send(_data: dict[str, Any]) -> Done:
        queued = reminders.remind(version, actor=actor)
        said = ngettext(
            "%(n)d reminder is on its way.", "%(n)d reminders are on their way.", queued
        )
        return Done(covered, said % {"n": queued})

    form = SureForm(http.POST if http.method == "POST" else None)
    return act(desk, http, page, form, send, why=reminders.why_not(version, actor=actor))


def _language(code: str) -> str:
    """The name of a language we write; any other is no page."""
    try:
        return words.languages()[code]
    except KeyError:
        raise Http404 from None


def _published(document: Document, number: int) -> DocumentVersion:
    texts = list(document.versions.published().filter(number=number).select_related("document"))
    if not texts:
        raise Http404
    return documents.spoken(document, texts, None)


def _drafts(document: Document) -> list[dict[str, Any]]:
    """Each draft with its fingerprint, and how many lines it changes."""
    found = []
    for version in document.versions.drafts().order_by("language"):
        lines = documents.diff(version)
        added, removed = (
            sum(line.change == change for line in lines)
            for change in (documents.Change.ADDED, documents.Change.REMOVED)
        )
        name = words.languages().get(version.language, version.language)
        found.append({"version": version, "name": name, "added": added, "removed": removed})
    return found


def _consequences(document: Document, number: int, asked: int) -> list[str]:
    follows = [_("Publishing cannot be undone: the text stays as it is for ever, also for you.")]
    if number == 1:
        follows.append(put_to(document, number, asked))
    return follows
