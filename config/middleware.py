from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django_otp import DEVICE_ID_SESSION_KEY

from config import logs

GetResponse = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicyMiddleware:
    """Sends `SECURE_CSP` as Django 6 does; goes away with the upgrade."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = "; ".join(
            f"{directive} {' '.join(sources)}" for directive, sources in settings.SECURE_CSP.items()
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response


class RequestIdMiddleware:
    """Gives each request an id that stands in its log lines and on its answer.

    That of a proxy in front is taken over (`X-Request-ID`) when it is a number in hexadecimal or a
    UUID: anything else could be somebody's name, on its way into the logs.
    """

    WELL_FORMED = re.compile(r"[0-9a-fA-F-]{16,64}")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get(logs.REQUEST_ID, "")
        number = given if self.WELL_FORMED.fullmatch(given) else secrets.token_hex(16)
        request.META[logs.REQUEST_ID] = number
        before = logs.current.set(request)
        try:
            response = self.get_response(request)
        finally:
            logs.current.reset(before)
        response.headers["X-Request-ID"] = number
        return response


BEGAN, SEEN = "began", "seen"


def begin_session(sender: object, request: HttpRequest, **kwargs: object) -> None:
    """For `user_logged_in`: from when a session of staff is counted."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


class StaffSessionMiddleware:
    """Ends what a colleague left open: unused for `STAFF_IDLE`, or `SESSION_COOKIE_AGE` after it
    began however busy (Django itself would prolong it whenever something is stored in it), or once
    the second factor it was opened with was reset or replaced.
    """

    A_WHILE = 60  # seconds between two notes of use: not every page need write

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A page without the cookie must not come to depend on it ("Vary").
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            why = self._why_end(request)
            if why:
                logout(request)
                if request.path.startswith(reverse("admin:index")):
                    messages.info(request, why)
        return self.get_response(request)

    def _why_end(self, request: HttpRequest) -> str:
        """Why the session is over; "" while it is not, with its use noted."""
        session, now = request.session, int(time.time())
        began, seen = session.get(BEGAN, 0), session.get(SEEN, 0)
        proved = session.get(DEVICE_ID_SESSION_KEY)
        if now - began >= settings.SESSION_COOKIE_AGE:
            return _("You were signed out: a session ends after a working day.")
        if now - seen >= settings.STAFF_IDLE.total_seconds():
            return _("You were signed out: nothing was done here for a while.")
        if proved and not getattr(request.user, "otp_device", None):
            return _("You were signed out: your second factor was changed.")
        # What a page fetches by itself, to show how work goes on, is no sign of a person.
        if now - seen >= self.A_WHILE and request.headers.get("Sec-Fetch-Dest") != "empty":
            session[SEEN] = now
        return ""
