"""Who a visitor of the privacy pages is: a cookie of its own, which no page of the desk reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _

from compliance.services.languages import written_in
from compliance.views import errors
from compliance.views.personal import in_language, personal
from seats.models import Member, MemberSession
from seats.services import signing_in

SIGNED_OUT = errors.Wording(
    _("You are signed out"),
    _("You were away for more than 30 minutes, so we signed you out."),
    _("Sign in again, and do it once more. Nothing was changed."),
)


class MemberRequest(HttpRequest):
    """A request of somebody who is signed in."""

    member: Member
    member_session: MemberSession


MemberView = Callable[..., HttpResponseBase]


def signed_in(view: MemberView) -> MemberView:
    """For pages of members: others are asked to sign in, and come back to the page.

    The page is in the member's language, and nobody but them keeps it.
    """

    @wraps(view)
    @personal
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        session = visiting(request)
        if session is None:
            return _asked_to_sign_in(request)
        mine = cast(MemberRequest, request)
        mine.member, mine.member_session = session.member, session
        language = written_in(session.member.locale)
        with translation.override(language):
            response = view(mine, *args, **kwargs)
        if isinstance(response, HttpResponse):
            in_language(response, language)
        # With no referrer at all browsers send "Origin: null" too, which the CSRF check refuses.
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    return guarded


def visiting(request: HttpRequest) -> MemberSession | None:
    """The visit that goes on, if one does."""
    return signing_in.session_of(request.COOKIES.get(cookie_name(), ""))


def begin(request: HttpRequest, response: HttpResponse, visit: signing_in.Visit) -> HttpResponse:
    """Hand the visit's key to the browser, until it is closed or the visit is over.

    A browser has one key at a time: the visit that went on in it, if any, ends.
    """
    if before := visiting(request):
        signing_in.end(before)
    response.set_cookie(
        cookie_name(), visit.key, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )
    return response


def end(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if session := visiting(request):
        signing_in.end(session)
    response.delete_cookie(cookie_name())
    return response


def cookie_name() -> str:
    """Over https, a name that browsers take from this host alone."""
    return "__Host-member" if settings.HTTPS else "member"


def way_back(request: HttpRequest) -> str:
    """The page of ours to go on to after signing in; home for anything else."""
    wanted = request.GET.get("next", "")
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else reverse("privacy")


def _asked_to_sign_in(request: HttpRequest) -> HttpResponse:
    entrance = reverse("sign_in")
    if request.method in ("GET", "HEAD"):
        return redirect(f"{entrance}?{urlencode({'next': request.get_full_path()})}")
    form = _page_of_the_form(request)
    back = f"{entrance}?{urlencode({'next': form})}" if form else entrance
    return errors.page(request, 403, wording=SIGNED_OUT, back=back)


def _page_of_the_form(request: HttpRequest) -> str:
    """The page of ours on which a form was filled in, answers and all; "" when unknown."""
    referer = request.headers.get("referer", "")
    if not url_has_allowed_host_and_scheme(referer, allowed_hosts={request.get_host()}):
        return ""
    parts = urlsplit(referer)
    return parts._replace(scheme="", netloc="", fragment="").geturl()
