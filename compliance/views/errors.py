"""Pages for what went wrong, in plain words, with a number to quote that stands in our log."""

from __future__ import annotations

import logging
import secrets
import sys
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.pdf.codes import ALPHABET

log = logging.getLogger(__name__)
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Wording:
    title: Text
    lead: Text
    text: Text = ""


NOTHING_CHANGED = _("Nothing was changed.")
WORDS: dict[int, Wording] = {
    400: Wording(
        _("We did not understand that"),
        _("Your browser sent something we cannot read."),
        _("Go back, check what you entered, and try again. Nothing was changed."),
    ),
    403: Wording(
        _("You cannot open this page"),
        _("This page is not for you, or it was open for too long."),
        _("Go back, load the page again, and try once more. Nothing was changed."),
    ),
    404: Wording(
        _("There is no such page"),
        _("The address may be incomplete, or the page is gone."),
        _("If you followed a link in an e-mail, copy the whole link into your browser."),
    ),
    409: Wording(
        _("This was not possible any more"),
        _("The request changed since you opened the page. Nothing was done."),
    ),
    410: Wording(
        _("This page is gone"),
        _("We keep the page of a request only for some time after our last e-mail about it."),
        _("The documents we sent you stay valid. You can ask again at any time."),
    ),
    429: Wording(
        _("Too many visits at once"),
        _("We had very many visits from your network in a short time."),
        _("Wait a minute, and then try again."),
    ),
    500: Wording(
        _("Something failed on our side"),
        _("We could not show this page. It is not your fault."),
        _("Try again in a few minutes. Your requests and your data are as they were."),
    ),
    503: Wording(
        _("We cannot do this right now"),
        _("Something we need is out of reach for the moment."),
        _("Try again in a few minutes. Nothing was changed."),
    ),
}


def page(
    request: HttpRequest, status: int, *, wording: Wording | None = None, back: str = ""
) -> HttpResponse:
    """The page for a status, logged under its number by the view's name, never by the address.

    `back` is an address of ours to go on from. It needs neither database nor session.
    """
    number = new_number()
    match = getattr(request, "resolver_match", None)
    view = match.view_name if match else "no view"
    log.log(
        logging.ERROR if status >= 500 else logging.INFO,
        "error page %s: %s in %s, %s",
        number,
        status,
        view,
        getattr(sys.exc_info()[0], "__name__", "no exception"),
    )
    words = wording or WORDS[status]
    context = {
        "controller": settings.CONTROLLER,
        "words": words,
        "number": number,
        "back": back,
    }
    try:
        body = render_to_string("public/error.html", context)
    except Exception:  # the page about a failure must not fail too
        log.exception("error page %s could not be made", number)
        return HttpResponse(
            f"{words.title}. {words.lead} {number}",
            status=status,
            content_type="text/plain; charset=utf-8",
        )
    response = HttpResponse(body, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def new_number() -> str:
    """What a person can read out on the telephone: "7F3K-29QX"."""
    letters = "".join(secrets.choice(ALPHABET) for _letter in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For `CSRF_FAILURE_VIEW`."""
    return page(request, 403)
