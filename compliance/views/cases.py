"""A request's own page, by the link its requester was sent; GET and HEAD never change anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from compliance.enums import Action, ActorKind, RequestKind, Status
from compliance.models import PrivacyRequest
from compliance.services import approvals, cases
from compliance.services.errors import IllegalMove, NotAllowed, Stale
from compliance.services.languages import written_in
from compliance.views import errors, sentences, track
from compliance.views.personal import in_language, personal
from seats import evidence

TOLD = (
    *(Action.VERIFY, Action.ASK, Action.ASK_IDENTITY, Action.ANSWER),
    *(Action.REFUSE, Action.EXTEND),
)
SAID = {Action.ASK: False, Action.ASK_IDENTITY: False, Action.ANSWER: True}


@dataclass(frozen=True, slots=True)
class Said:
    """One piece of the correspondence; `yours` is the requester's."""

    at: datetime
    yours: bool
    text: str


@require_safe
@personal
def status(request: HttpRequest, public_id: str) -> HttpResponse:
    case = cases.find(public_id)
    language = written_in(case.language)
    with translation.override(language):
        return page(request, case)


def page(
    request: HttpRequest,
    case: PrivacyRequest,
    *,
    typed: str = "",
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    """The request's page in the active language, which is its own; with what was typed in vain."""
    context = {**_context(case), "typed": typed, "wrong": wrong}
    response = render(request, "member/status.html", context, status=status)
    # With no referrer at all browsers send "Origin: null" too, which the CSRF check refuses.
    response.headers["Referrer-Policy"] = "same-origin"
    return in_language(response, written_in(case.language))


def _context(case: PrivacyRequest) -> dict[str, Any]:
    progress = cases.progress(case)
    archive = cases.archive(case) if _may_have_copy(case) else None
    cancellable = cases.may_cancel(case)
    customer_decides = case.status == Status.AWAITING_APPROVAL and approvals.administrator_decides(
        case
    )
    events = list(case.events.filter(action__in=TOLD).select_related("remark"))
    approval = case.approvals.order_by("-pk").first() if case.approved_at else None
    return {
        "case": case,
        "said": sentences.of(
            case,
            progress,
            archive=archive,
            customer_decides=customer_decides,
            cancellable=cancellable,
        ),
        "steps": track.of(case, events, approval.role if approval else ""),
        "progress": progress,
        "archive": archive,
        "cancellable": cancellable,
        "waits_for_copy": cases.waits_for_copy(case),
        "writable": case.requester is not None,
        "question": _remark(events, Action.ASK, Action.ASK_IDENTITY) if _is_asked(case) else "",
        "refusal": _remark(events, Action.REFUSE) if case.status == Status.REJECTED else "",
        "extension": _remark(events, Action.EXTEND),
        "correspondence": _correspondence(case, events),
        "receipts": list(case.receipts.defer("record", "record_signature", "pdf_signature")),
        "now": timezone.now(),
        "running": case.status in (Status.RUNNING, Status.ATTENTION) and progress.total,
        "finished": case.status == Status.COMPLETED,
        "deletion": case.kind == RequestKind.DELETION,
    }


def _correspondence(case: PrivacyRequest, events: list[Any]) -> list[Said]:
    """Messages, questions and answers, in the order in which they were written."""
    said = [
        Said(row.at, row.author_kind == ActorKind.MEMBER, row.text) for row in case.messages.all()
    ]
    for event in events:
        remark = getattr(event, "remark", None)
        if event.action in SAID and remark:
            said.append(Said(event.at, SAID[Action(event.action)], remark.text))
    return sorted(said, key=lambda one: one.at)


def _may_have_copy(case: PrivacyRequest) -> bool:
    return case.kind == RequestKind.EXPORT and case.status == Status.COMPLETED


def _is_asked(case: PrivacyRequest) -> bool:
    return case.status in (Status.IDENTITY, Status.WAITING)


def _remark(events: list[Any], *actions: Action) -> str:
    """What was written with the newest of these steps; "" when it is erased or was never."""
    for event in reversed(events):
        if event.action in actions:
            remark = getattr(event, "remark", None)
            return remark.text if remark else ""
    return ""


@require_http_methods(["GET", "HEAD", "POST"])
@personal
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Asks once more on GET; cancels on POST, as the requester, whose link this is."""
    case = cases.find(public_id)
    language = written_in(case.language)
    with translation.override(language):
        if request.method == "POST":
            return _cancelled(request, case)
        if case.status == Status.CANCELLED:
            return redirect(case)
        if not cases.may_cancel(case):
            return _too_late(request, case)
        deletion = case.kind == RequestKind.DELETION
        context = {"case": case, "deletion": deletion}
        response = render(request, "member/cancel.html", context)
    # With no referrer at all browsers send "Origin: null" too, which the CSRF check refuses.
    response.headers["Referrer-Policy"] = "same-origin"
    return in_language(response, language)


def _cancelled(request: HttpRequest, case: PrivacyRequest) -> HttpResponse:
    version = request.POST.get("version", "")
    try:
        cases.cancel(case, version=int(version) if version.isdecimal() else None)
    except (IllegalMove, NotAllowed):
        return _too_late(request, case)
    except Stale:
        return errors.page(request, 409, back=case.get_absolute_url())
    return redirect(case)


def _too_late(request: HttpRequest, case: PrivacyRequest) -> HttpResponse:
    wording = errors.Wording(
        _("This cannot be cancelled here"),
        _("It has gone too far to be stopped.")
        if cases.cancelling(case) is None
        else _("This request was made through us. Write to us to cancel it."),
        errors.NOTHING_CHANGED,
    )
    return errors.page(request, 409, wording=wording, back=case.get_absolute_url())


@require_safe
@personal
def receipt(request: HttpRequest, public_id: str, number: str) -> HttpResponse:
    """A document of the request as it was issued, to keep."""
    found = cases.receipt(cases.find(public_id), number)
    try:
        content = evidence.read(found.pdf_name)
    except OSError:
        return errors.page(request, 503)
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
    return response
