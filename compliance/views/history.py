"""What a member was told and what they chose, as they saw it, and documents that prove it.

A receipt is made by a button (POST), never by a link: making one takes a number and signs. The
same state gives the same receipt, so a second click makes nothing; GET only hands out what is made.
"""

from __future__ import annotations

from collections.abc import Callable

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from compliance import pdf
from compliance.models import Receipt
from compliance.services import receipts
from compliance.services.errors import NotFound
from compliance.views import errors
from compliance.views.personal import surface_of
from compliance.views.sessions import MemberRequest, signed_in
from consent.enums import Act, Shown
from consent.services import history as histories
from consent.services import notices, reading
from seats import evidence

FORMS = {"pdf": "application/pdf", "json": "application/json"}
CHOICES_A_PAGE = 30


@require_safe
@signed_in
def history(request: MemberRequest) -> HttpResponse:
    found = histories.of(request.member)
    chosen = [event for event in found.events if event.act != Act.TERMS_ACCEPTED]
    page = Paginator(chosen, CHOICES_A_PAGE).get_page(request.GET.get("page"))
    words = histories.all_words(page.object_list)
    context = {
        "pending": notices.pending(request.member, surface_of(request)),
        "told": found.documents,
        "joined": {event.version_id: event.at for event in found.terms},
        "page": page,
        "choices": [(event, words.get(event.text_sha256, "")) for event in page],
    }
    return render(request, "member/history.html", context)


@require_safe
@signed_in
def record(request: MemberRequest, pk: int) -> HttpResponse:
    """One row of the history: the text as it was seen, and what was done with it."""
    row = histories.confirmation_of(request.member, pk)
    context = {
        "row": row,
        "version": row.version,
        "confirmed": row.state == Shown.CONFIRMED,
        "changes": reading.later_changes(row.version),
        "pending": notices.pending(request.member, surface_of(request)),
    }
    return render(request, "member/record.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def confirmation_receipt(request: MemberRequest, pk: int, form: str) -> HttpResponse:
    member = request.member
    if request.method == "POST":
        return _made(request, form, lambda: receipts.for_confirmation(member, pk))
    return _handed_out(request, form, receipts.of_confirmation(member, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def choices_receipt(request: MemberRequest, form: str) -> HttpResponse:
    if request.method == "POST":
        return _made(request, form, lambda: receipts.for_choices(request.member))
    return _handed_out(request, form, receipts.of_choices(request.member))


def _made(request: MemberRequest, form: str, make: Callable[[], Receipt]) -> HttpResponse:
    if form not in FORMS:
        raise NotFound
    try:
        make()
    except (OSError, pdf.TypesettingFailed):
        return errors.page(request, 503)
    return redirect(request.path)


def _handed_out(request: MemberRequest, form: str, receipt: Receipt | None) -> HttpResponse:
    """The file as it was issued, or the record that is signed in it, byte for byte."""
    if receipt is None or form not in FORMS:
        raise NotFound
    try:
        content = evidence.read(receipt.pdf_name) if form == "pdf" else bytes(receipt.record)
    except OSError:
        return errors.page(request, 503)
    response = HttpResponse(content, content_type=FORMS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{receipt.number}.{form}"'
    return response
