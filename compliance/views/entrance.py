"""Coming in to the privacy pages without a password, and going out again.

A known and an unknown address are answered alike. A link in an e-mail shows a button, because mail
scanners follow links; the product's own link, good for a minute and never in a mail, does not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from compliance.services import access
from compliance.services.errors import BadInput, Refused
from compliance.views import errors, sessions
from compliance.views.personal import personal, unhurried
from compliance.views.sessions import MemberRequest, signed_in
from seats import keys
from seats.enums import Entry
from seats.services import signing_in

WAITING = "signing-in"
SEALED_FOR = "signing in"
LINK_SPENT = errors.Wording(
    _("This link does not work any more"),
    _("It worked once, or its time is over."),
    _("Go to the sign-in page and ask for a new code. You can also come from the product again."),
)


class AddressForm(forms.Form):
    address = forms.EmailField(max_length=254)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A browser that waits for a code, and the address that was typed into it."""

    device: str
    address: str


@require_http_methods(["GET", "HEAD", "POST"])
@unhurried
@personal
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        if sessions.visiting(request):
            return redirect(sessions.way_back(request))
        return _page(request, "member/sign_in.html", {})
    form = AddressForm(request.POST)
    if not form.is_valid():
        context = {"typed": request.POST.get("address", "")[:254], "error": True}
        return _page(request, "member/sign_in.html", context, status=400)
    return _code_sent(request, form.cleaned_data["address"])


@require_http_methods(["GET", "HEAD", "POST"])
@unhurried
@personal
def sign_in_code(request: HttpRequest) -> HttpResponse:
    waiting = _waiting(request)
    if waiting is None:
        return redirect(_with_way_back(request, "sign_in"))
    context: dict[str, Any] = {"address": waiting.address}
    if request.method != "POST":
        return _page(request, "member/sign_in_code.html", context)
    if "again" in request.POST:
        return _code_sent(request, waiting.address)
    try:
        visit = signing_in.enter_code(waiting.device, request.POST.get("code", "")[:40])
    except signing_in.Spent as spent:
        return _page(
            request, "member/sign_in_code.html", context | {"spent": str(spent)}, status=410
        )
    except signing_in.WrongCode as wrong:
        return _page(request, "member/sign_in_code.html", context | {"wrong": wrong}, status=400)
    return _begun(request, visit)


@require_http_methods(["GET", "HEAD", "POST"])
@unhurried
@personal
def enter(request: HttpRequest, token: str) -> HttpResponse:
    entry = signing_in.entry_of(token)
    if entry is None:
        if sessions.visiting(request) and request.method != "POST":
            return redirect(sessions.way_back(request))
        return errors.page(request, 410, wording=LINK_SPENT, back=reverse("sign_in"))
    if request.method == "POST" or (entry == Entry.PRODUCT and request.method == "GET"):
        try:
            return _begun(request, signing_in.enter(token))
        except signing_in.Spent:
            return errors.page(request, 410, wording=LINK_SPENT, back=reverse("sign_in"))
    return _page(request, "member/enter.html", {})


@require_POST
@personal
def sign_out(request: HttpRequest) -> HttpResponse:
    """Also for somebody whose visit is over already."""
    return sessions.end(request, redirect("sign_in"))


@require_POST
@signed_in
def stay(request: MemberRequest) -> HttpResponse:
    """Every page that is opened extends the visit; this one is for who only reads on."""
    return redirect(sessions.way_back(request))


@require_POST
@signed_in
def switch(request: MemberRequest) -> HttpResponse:
    """Go on as another member with the same address."""
    chosen = request.POST.get("member", "")
    try:
        if not (chosen.isascii() and chosen.isdecimal() and len(chosen) <= 18):
            raise BadInput
        signing_in.switch(request.member_session, int(chosen))
    except Refused as refused:
        return errors.page(request, refused.status, back=reverse("privacy"))
    return redirect("privacy")


def _code_sent(request: HttpRequest, address: str) -> HttpResponse:
    device = signing_in.new_device()
    access.send_code(address, device)
    response = redirect(_with_way_back(request, "sign_in_code"))
    response.set_cookie(
        WAITING,
        keys.seal_text(json.dumps([device, address]), SEALED_FOR),
        max_age=int(signing_in.BY_EMAIL.total_seconds()),
        path=reverse("sign_in"),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def _waiting(request: HttpRequest) -> Waiting | None:
    try:
        return Waiting(*json.loads(keys.open_text(request.COOKIES.get(WAITING, ""), SEALED_FOR)))
    except keys.SealedTextBroken:
        return None


def _begun(request: HttpRequest, visit: signing_in.Visit) -> HttpResponse:
    response = redirect(sessions.way_back(request))
    response.delete_cookie(WAITING, path=reverse("sign_in"))
    return sessions.begin(request, response, visit)


def _with_way_back(request: HttpRequest, name: str) -> str:
    back = request.GET.get("next")
    return reverse(name) + (f"?{urlencode({'next': back})}" if back else "")


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    response = render(request, template, context, status=status)
    response.headers["Referrer-Policy"] = "same-origin"
    return response
