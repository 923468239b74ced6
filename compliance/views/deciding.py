"""An administrator decides on what a member asked for, where the contract keeps that for them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from compliance.enums import RequestKind, Status
from compliance.models import DataCategory, PrivacyRequest
from compliance.services import deciding, preview
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, Stale
from compliance.sources.product import ProductUnavailable
from compliance.views import errors
from compliance.views.sessions import MemberRequest, signed_in

LETTERS = 5_000


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def decide(request: MemberRequest, reference: str) -> HttpResponse:
    """What was asked, and yes or no; GET changes nothing, not even a count."""
    case = deciding.find(reference, request.member)
    if request.method != "POST":
        return _page(request, case)
    if "count" in request.POST:
        return _counted(request, case)
    given = request.POST.get("version", "")
    version = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None
    try:
        if "no" in request.POST:
            reason = request.POST.get("reason", "").replace("\x00", "").strip()
            if not reason or len(reason) > LETTERS:
                return _page(request, case, wrong="reason", status=400)
            deciding.decline(case, request.member, version=version, reason=reason)
        else:
            typed = request.POST.get("typed", "")[:40]
            if case.kind == RequestKind.DELETION and typed.strip().upper() != case.reference:
                return _page(request, case, wrong="typed", status=400)
            deciding.approve(case, request.member, version=version, typed=typed)
    except BadInput:  # the count is a day old
        return _page(request, case, wrong="count", status=400)
    except (IllegalMove, NotAllowed, Stale):
        return errors.page(request, 409, back=reverse("decide", args=[reference]))
    return redirect("decide", reference)


def _counted(request: MemberRequest, case: PrivacyRequest) -> HttpResponse:
    if case.status == Status.AWAITING_APPROVAL:
        try:
            preview.refresh(case)
        except ProductUnavailable:
            wording = errors.Wording(
                _("We cannot count it right now"),
                _("The product’s database is out of reach for the moment."),
                _("Try again in a few minutes. Nothing was changed."),
            )
            return errors.page(
                request, 503, wording=wording, back=reverse("decide", args=[case.reference])
            )
    return redirect("decide", case.reference)


def _page(
    request: MemberRequest, case: PrivacyRequest, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    deletion = case.kind == RequestKind.DELETION
    named = {
        row.slug: row.said("name") for row in DataCategory.objects.filter(slug__in=case.categories)
    }
    fresh = preview.is_fresh(case)
    rows: list[tuple[str, dict[str, Any] | None]] = [
        (name, case.preview.get(slug) if fresh else None) for slug, name in named.items()
    ]
    context = {
        "case": case,
        "deletion": deletion,
        "rows": rows,
        "fresh": fresh,
        "totals": preview.totals(case) if fresh else None,
        "open": case.status == Status.AWAITING_APPROVAL,
        "decided": case.approvals.filter(role="administrator").last(),
        "objected": case.events.filter(action="object").last(),
        "wrong": wrong,
        "typed": request.POST.get("typed", "")[:40],
        "reason": request.POST.get("reason", "")[: LETTERS + 1],
    }
    return render(request, "member/decide.html", context, status=status)
