"""Everything that is not answered, as a problem (RFC 9457): a code for programs, a sentence for
people, and where it was in the call. Always in English, for who reads it builds the other side.
"""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from compliance.api.fields import Wire
from compliance.api.texts import Notice, as_notice
from compliance.services.errors import Refused
from consent.services.notices import Superseded

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
LONGEST_LIST = 50  # of faults named in one answer
LONGEST_NAME = 40
RETRY = 5  # seconds


class Fault(Wire):
    """One place in the call that is not as it must be, such as `body.seats.3.number`."""

    where: str
    detail: str


class Problem(Wire):
    """Why a call was refused. `code` is stable; nothing was done."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    faults: list[Fault] | None = None
    notice: Notice | None = None
    incident: str | None = None


class TooMany(Refused):
    code = "too_many_calls"
    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(f"This key called too often: go on in {seconds} seconds.")
        self.seconds = seconds


def problem(status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    """`more`: `faults`, `notice` or `incident` of `Problem`."""
    told = Problem(title=HTTPStatus(status).phrase, status=status, code=code, detail=detail, **more)
    return JsonResponse(
        told.model_dump(mode="json", exclude_none=True), status=status, content_type=MEDIA_TYPE
    )


def described(status: int) -> dict[str, str]:
    """Where the API's description says what a status means."""
    return {"$ref": f"#/components/responses/Problem{status}"}


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    more = {"notice": as_notice(error.notice)} if isinstance(error, Superseded) else {}
    response = problem(error.status, error.code, str(error), **more)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def misshapen(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What came is never repeated: it may be somebody's address in the wrong field."""
    faults = [
        Fault(where=".".join(str(part) for part in _place(one["loc"])), detail=one["msg"])
        for one in error.errors[:LONGEST_LIST]
    ]
    detail = f"{faults[0].where}: {faults[0].detail}." if faults else "The call is misshapen."
    return problem(422, "misshapen", detail, faults=faults)


def _place(loc: Any) -> list[Any]:
    """Without the name our code gives to the whole body; a field's, as long as fields' are."""
    parts = [part[:LONGEST_NAME] if isinstance(part, str) else part for part in loc]
    return [parts[0], *parts[2:]] if parts[:1] == ["body"] and len(parts) > 1 else parts


def unauthorised(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    told = bool(request.headers.get("Authorization"))
    response = problem(
        401,
        "unauthorised",
        "This key is unknown, expired or revoked."
        if told
        else "Send a key: Authorization: Bearer rk_….",
    )
    error_part = ', error="invalid_token"' if told else ""
    response.headers["WWW-Authenticate"] = f'Bearer realm="Rightsdesk"{error_part}'
    return response


def malformed(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, "malformed", "The body is not JSON.")


def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(413, "too_big", "The body is too big: send fewer rows at once.")


def out_of_reach(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("api: the database is out of reach: %s", type(error).__name__)
    response = problem(503, "out_of_reach", "Something we need is out of reach. Try again.")
    response.headers["Retry-After"] = str(RETRY)
    return response


def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    incident = secrets.token_hex(4)
    match = request.resolver_match
    log.exception("api incident %s in %s", incident, match.view_name if match else "no view")
    detail = "Something failed on our side. Nothing was done. Quote the incident to us."
    return problem(500, "failed", detail, incident=incident)


def answer_with_problems(api: NinjaAPI) -> None:
    handlers: dict[type[Exception], Any] = {
        Refused: refused,
        ValidationError: misshapen,
        AuthenticationError: unauthorised,
        HttpError: malformed,
        RequestDataTooBig: too_big,
        OperationalError: out_of_reach,
        InterfaceError: out_of_reach,
        Exception: failed,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)
