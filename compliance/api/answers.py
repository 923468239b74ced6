from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from compliance.api import problems

PREFIX = "/api/"
_SENTENCES = {
    400: ("bad_call", "The call cannot be read."),
    404: ("no_such_address", "There is nothing at this address."),
    405: ("no_such_method", "This address does not take that method."),
    500: ("failed", "Something failed on our side."),
}


class ApiAnswers:
    """Below /api/ every answer is one for programs: in English, never kept, its errors problems.

    Also those found before or beside the API's own code, such as an address there is not.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        with translation.override("en"):
            response = _as_problem(self.get_response(request))
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Content-Language", "en")
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response


def _as_problem(response: HttpResponse) -> HttpResponse:
    code = response.status_code
    if code < 400 or response.headers.get("Content-Type") == problems.MEDIA_TYPE:
        return response
    told = problems.problem(code, *_SENTENCES.get(code, ("refused", "The call was refused.")))
    if "Allow" in response.headers:
        told.headers["Allow"] = response.headers["Allow"]
    return told
