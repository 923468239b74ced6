from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from compliance.services import throttle
from compliance.services.errors import Refused
from compliance.views import errors

View = Callable[..., HttpResponseBase]


def personal(view: View) -> View:
    """For pages only their reader should have: no cache, search engine or next site learns of them.

    What a service refuses because the page is unknown or gone becomes its page.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except Refused as refused:
            response = errors.page(request, refused.status)
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        return response

    return guarded


def unhurried(view: View) -> View:
    """For public pages: who asks for them very often waits a little."""

    @wraps(view)
    def limited(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if seconds := throttle.wait(visitor(request), view.__name__):
            response: HttpResponseBase = errors.page(request, 429)
            response.headers["Retry-After"] = str(seconds)
            return response
        return view(request, *args, **kwargs)

    return limited


def visitor(request: HttpRequest) -> str:
    """The visitor's network address; behind a proxy, the one that the proxy itself put last."""
    forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if request.is_secure() and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def in_language(response: HttpResponse, language: str) -> HttpResponse:
    """Say that a page is in its request's language, whatever the browser asked for."""
    response.headers["Content-Language"] = language
    return response
