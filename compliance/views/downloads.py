"""Fetching a finished copy: signed in as who asked for it, and with a fresh code."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.archive import KeyUnknown, SealBroken
from compliance.enums import Capacity, Channel, RequestKind, Status
from compliance.models import Archive, PrivacyRequest
from compliance.services import access, archives, cases, intake
from compliance.services.actors import Actor, member_actor
from compliance.services.errors import NotFound, Refused
from compliance.templatetags.plainly import day
from compliance.views import errors, ranges, tags
from compliance.views.sessions import MemberRequest, signed_in
from seats.services import signing_in

log = logging.getLogger(__name__)


class Barred(Exception):
    """What is shown instead of the copy."""

    def __init__(self, page: HttpResponseBase) -> None:
        self.page = page


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def download(request: MemberRequest, public_id: str) -> HttpResponseBase:
    """The list of files; a POST counts a download and leads to the file."""
    try:
        case, copy = _copy(request, public_id)
    except Barred as barred:
        return barred.page
    if not signing_in.is_proved(request.member_session):
        return _code_page(request, case)
    if request.method != "POST":
        return _page(request, case, copy)
    try:
        granted = archives.grant(case, actor=member_actor(request.member))
    except archives.UsedUp:
        return _page(request, case, copy, status=409)
    except (SealBroken, KeyUnknown, OSError):
        return _unreadable(request, case)
    return redirect("fetch", public_id, granted.token, f"{case.reference}.zip")


@require_safe
@signed_in
def fetch(request: MemberRequest, public_id: str, token: str, name: str) -> HttpResponseBase:
    """The file, from any byte on: a download that broke off goes on, and is not counted again."""
    try:
        case, _found = _copy(request, public_id)
    except Barred as barred:
        return barred.page
    try:
        copy, reader = archives.fetched(case, token, actor=member_actor(request.member))
    except NotFound:
        wording = errors.Wording(
            _("This download is over"),
            _("Its time ran out, or it was started by somebody else."),
            _("Go back and start it again."),
        )
        return errors.page(request, 410, wording=wording, back=_address(case))
    except (SealBroken, KeyUnknown, OSError):
        return _unreadable(request, case)
    return ranges.answer(
        request, reader, reader.size, sha256=copy.sha256, name=f"{case.reference}.zip"
    )


@require_POST
@signed_in
def prove(request: MemberRequest, public_id: str) -> HttpResponseBase:
    """Send a code, or take the one that was typed."""
    try:
        case, _found = _copy(request, public_id)
    except Barred as barred:
        return barred.page
    session = request.member_session
    device = signing_in.device_of(session)
    if "code" not in request.POST or "again" in request.POST:
        access.send_proof(request.member, device)
        return redirect(f"{_address(case)}?sent=1")
    try:
        signing_in.prove(session, device, request.POST["code"][:40])
    except Refused as wrong:
        return _code_page(request, case, wrong=wrong)
    return redirect(_address(case))


@require_POST
@signed_in
def again(request: MemberRequest, public_id: str) -> HttpResponseBase:
    """A new copy of the same, when this one is gone or was fetched often enough."""
    case = cases.find(public_id)
    actor = member_actor(request.member)
    if case.kind != RequestKind.EXPORT or not archives.may_open(case, actor):
        return _not_yours(request, case)
    asked = PrivacyRequest.objects.open().filter(
        kind=case.kind, contract=case.contract, seat=case.seat, requester=request.member
    )
    fresh = asked.order_by("-pk").first() or _asked_again(case, actor)
    if fresh is None:
        wording = errors.Wording(
            _("There is nothing left to copy"),
            _("The data was deleted since you asked for this copy."),
        )
        return errors.page(request, 410, wording=wording, back=case.get_absolute_url())
    return redirect("received", fresh.public_id)


def _asked_again(case: PrivacyRequest, actor: Actor) -> PrivacyRequest | None:
    ask = intake.Ask(
        kind=RequestKind.EXPORT,
        contract=case.contract,
        seat=case.seat,
        categories=case.categories,
        format=case.format,
        channel=Channel.SELF_SERVICE,
    )
    try:
        return intake.open_request(ask, actor=actor)
    except NotFound:
        return None


def _copy(request: MemberRequest, public_id: str) -> tuple[PrivacyRequest, Archive]:
    """The request and its copy, for who may have it now. Raises Barred."""
    case = cases.find(public_id)
    if case.kind != RequestKind.EXPORT or case.status != Status.COMPLETED:
        raise Barred(redirect(case))
    if not archives.may_open(case, member_actor(request.member)):
        raise Barred(_not_yours(request, case))
    copy = tags.fetchable(case)
    if copy is None:
        context = {"case": case, "archive": cases.archive(case)}
        raise Barred(render(request, "member/download_gone.html", context, status=410))
    return case, copy


def _not_yours(request: MemberRequest, case: PrivacyRequest) -> HttpResponse:
    """Who asked is told when they lost the right; anybody else, only that it is not theirs."""
    ended = None
    if case.requester_id == request.member.pk and case.capacity == Capacity.ADMINISTRATOR:
        over = request.member.administrations.filter(
            contract=case.contract, until__lte=timezone.now()
        )
        ended = over.order_by("-until").first()
    if ended:
        wording = errors.Wording(
            _("You may not have this copy any more"),
            _("You were an administrator of %(customer)s until %(day)s.")
            % {"customer": case.contract.customer, "day": day(ended.until)},
            _("Ask one of its administrators, or write to us."),
        )
    else:
        wording = errors.Wording(
            _("This copy is for who asked for it"),
            _("You are signed in as somebody else."),
            _("Sign out, and sign in with the address you asked from. Nothing was changed."),
        )
    return errors.page(request, 403, wording=wording, back=reverse("privacy"))


def _unreadable(request: HttpRequest, case: PrivacyRequest) -> HttpResponse:
    log.exception("the archive of %s cannot be read", case.reference)
    return errors.page(request, 503, back=case.get_absolute_url())


def _address(case: PrivacyRequest) -> str:
    return reverse("download", args=[case.public_id])


def _page(
    request: MemberRequest, case: PrivacyRequest, copy: Archive, *, status: int = 200
) -> HttpResponse:
    left = max(archives.DOWNLOADS - copy.downloads, 0)
    subject = f"seat:{case.seat.number}" if case.seat else f"contract:{case.contract.number}"
    context = {
        "case": case,
        "copy": copy,
        "left": left,
        "most": archives.DOWNLOADS,
        "progress": cases.progress(case),
        "subject": subject,
        "receipt": case.receipts.filter(kind="export_receipt", superseded_by=None).last(),
    }
    return render(request, "member/download.html", context, status=status)


def _code_page(
    request: MemberRequest, case: PrivacyRequest, *, wrong: Refused | None = None
) -> HttpResponse:
    context = {
        "case": case,
        "address": request.member.email,
        "sent": wrong is not None or "sent" in request.GET,
        "wrong": wrong,
        "left": getattr(wrong, "left", None),
    }
    status = wrong.status if wrong else 200
    return render(request, "member/download_code.html", context, status=status)
