"""A colleague's own second factor: setting it up, and what can be changed with a fresh code."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp import login as prove
from django_otp.models import Device

from config.sign_in import WRONG, CodeForm, checked, finish, page, waiting
from seats import keys
from seats.models import Authenticator, StaffUser
from seats.services import second_factor

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

SECRET, REPLACING = "new_second_factor", "replacing_second_factor"
PATIENCE = 600  # seconds in which a fresh code allows another app
TITLES = {
    "codes": gettext_lazy("New recovery codes"),
    "replace": gettext_lazy("Use another app"),
    "remove": gettext_lazy("Remove the second factor"),
}


def set_up(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Show a new secret, and make it theirs once their app shows its code.

    For who has shown the password and has none yet, and for who has just shown a code to replace
    theirs. The secret waits in the session, sealed: a row comes to be only by a right code.
    """
    user = _may_set_up(request)
    if user is None:
        return redirect("admin:account" if site.has_permission(request) else "admin:login")
    secret = _secret(request, user)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        made = second_factor.enrol(user, secret, form.cleaned_data["code"])
        if made:
            return _enrolled(site, request, user, *made)
        form.add_error("code", WRONG)
    context = {
        "form": form,
        "title": _("Set up your second factor"),
        "picture": _picture(second_factor.otpauth(user, secret)),
        "secret": second_factor.typed(secret),
        "account": user.get_username(),
    }
    return page(site, request, "set_up", context)


def _may_set_up(request: HttpRequest) -> StaffUser | None:
    user = waiting(request)
    if user:
        return None if second_factor.is_enrolled(user) else user
    if not isinstance(request.user, StaffUser) or not request.user.is_staff:
        return None
    if second_factor.is_enrolled(request.user):
        allowed = time.time() - request.session.get(REPLACING, 0) <= PATIENCE
        return request.user if allowed and _is_verified(request) else None
    # Signed in without one: only where it is not required.
    return request.user if not second_factor.is_asked_of(request.user) else None


def _is_verified(request: HttpRequest) -> bool:
    return getattr(request.user, "otp_device", None) is not None


def _secret(request: HttpRequest, user: StaffUser) -> bytes:
    """The same until it is confirmed: whoever loads the page again has not to scan again."""
    context = f"new second factor {user.pk}"
    try:
        return bytes.fromhex(keys.open_text(request.session.get(SECRET, ""), context))
    except keys.SealedTextBroken:
        secret = second_factor.new_secret()
        request.session[SECRET] = keys.seal_text(secret.hex(), context)
        return secret


def _picture(uri: str) -> str:
    """The QR code as a data URI: dark on white with its margin in every colour scheme."""
    made: str = segno.make(uri, error="m").svg_data_uri(scale=4, border=4, light="#fff")
    return made


def _enrolled(
    site: AdminSite,
    request: HttpRequest,
    user: StaffUser,
    app: Authenticator,
    codes: list[str],
) -> HttpResponse:
    request.session.pop(SECRET, None)
    request.session.pop(REPLACING, None)
    if waiting(request):
        onwards = finish(request, user, app)
    else:
        prove(request, app)
        onwards = reverse("admin:account")
    return _codes(site, request, codes, onwards)


def _codes(site: AdminSite, request: HttpRequest, codes: list[str], onwards: str) -> HttpResponse:
    """The only page on which they ever stand."""
    context = {
        "title": _("Your recovery codes"),
        "codes": codes,
        "text": _text(request, codes),
        "onwards": onwards,
    }
    return page(site, request, "codes", context)


def _text(request: HttpRequest, codes: list[str]) -> str:
    head = _("Recovery codes of %(account)s at %(host)s. Each is good once.") % {
        "account": request.user.get_username(),
        "host": request.get_host(),
    }
    return "\r\n".join([head, "", *codes, ""])


def account(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """What they have, and what they can do about it."""
    app = Authenticator.objects.filter(user_id=request.user.pk).first()
    context = {
        "title": _("Second factor"),
        "app": app,
        "left": second_factor.codes_left(_self(request)),
        "all": second_factor.CODES,
        "why_not_remove": second_factor.why_not_remove(),
    }
    return page(site, request, "account", context)


def change(site: AdminSite, request: HttpRequest, act: str) -> HttpResponse:
    """One of the changes, each with a code of now: an open desk alone must not suffice."""
    user = _self(request)
    if act not in TITLES:
        raise Http404
    if not second_factor.is_enrolled(user):
        return redirect("admin:account")
    refused = second_factor.why_not_remove() if act == "remove" else ""
    form = CodeForm(request.POST or None)
    device, wait = (None, 0) if refused else checked(form, user)
    if device:
        return _changed(site, request, user, act, device)
    context = {"form": form, "title": TITLES[act], "act": act, "refused": refused}
    return page(site, request, "change", context, wait=wait)


def _changed(
    site: AdminSite, request: HttpRequest, user: StaffUser, act: str, device: Device
) -> HttpResponse:
    if act == "codes":
        codes = second_factor.new_codes(user)
        return _codes(site, request, codes, reverse("admin:account"))
    if act == "replace":
        request.session[REPLACING] = int(time.time())
        return HttpResponseRedirect(reverse("admin:set_up"))
    second_factor.remove(user)
    # This session goes on without the factor it was opened with; others end.
    request.session.pop(DEVICE_ID_SESSION_KEY, None)
    messages.success(request, _("Your second factor is removed."))
    return HttpResponseRedirect(reverse("admin:account"))


def _self(request: HttpRequest) -> StaffUser:
    assert isinstance(request.user, StaffUser)  # noqa: S101 the site lets nobody else in
    return request.user
