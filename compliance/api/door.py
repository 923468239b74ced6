"""What every call passes: its key, its scope, its pace, its kind, and its name if it has one."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Status
from ninja.security import HttpBearer
from pydantic import BaseModel

from compliance.api.problems import TooMany
from compliance.enums import ApiScope
from compliance.models import ApiKey
from compliance.services import api_keys, remembered, throttle
from compliance.services.errors import BadInput, NotAllowed, Refused
from compliance.services.remembered import Answer

SAFE = {"GET", "HEAD", "OPTIONS"}
JSON = "application/json"
_NAME = re.compile(rf"[\x21-\x7e]{{1,{remembered.LONGEST_NAME}}}")
View = TypeVar("View", bound=Callable[..., Any])


class ScopeMissing(NotAllowed):
    code = "scope_missing"


class NotJson(Refused):
    code = "not_json"
    status = 415


class LengthMissing(Refused):
    code = "length_missing"
    status = 411


class UnknownParameter(Refused):
    code = "misshapen"
    status = 422


class ApiRequest(HttpRequest):
    """A call that came through the door."""

    auth: ApiKey


class Bearer(HttpBearer):
    """A key that has the scope."""

    def __init__(self, scope: ApiScope) -> None:
        self.scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> ApiKey | None:
        key: ApiKey | None = super().__call__(request)
        if key is None:
            return None
        # Whoever's browser session came along has no say here, and is in no history.
        request.user = AnonymousUser()
        if seconds := throttle.wait(key.prefix, "api", limit=settings.API_CALLS_A_MINUTE):
            raise TooMany(seconds)
        if self.scope not in key.scopes:
            raise ScopeMissing(f"This key lacks the scope “{self.scope}”.")
        if "Transfer-Encoding" in request.headers and "Content-Length" not in request.headers:
            # Django reads as much as was announced, which is nothing.
            raise LengthMissing("Send a Content-Length: a body in chunks is not read.")
        if request.method not in SAFE and request.content_type != JSON and request.body:
            raise NotJson(f"Send {JSON}.")
        return key

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        return api_keys.recognised(token)


def asks_only(view: View) -> View:
    """For what is posted because it is long, or secret: it is answered anew each time."""
    view.asks_only = True  # type: ignore[attr-defined]
    return view


def once(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """Do a call that names itself once, and answer with what its view gives.

    Views give an object of the API, or one with its `Status`.
    """

    @wraps(view)
    def called(request: ApiRequest, **values: Any) -> HttpResponse:
        if unknown := sorted(set(request.GET) - set(values)):
            raise UnknownParameter(f"There is no parameter “{unknown[0][:40]}”.")

        def work() -> Answer:
            given = view(request, **values)
            status, body = (
                (given.status_code, given.value) if isinstance(given, Status) else (200, given)
            )
            if not isinstance(body, BaseModel):
                raise TypeError(f"{view.__name__} gives no object of the API")
            return Answer(status, body.model_dump(mode="json"))

        name = request.headers.get("Idempotency-Key")
        if name is None or request.method in SAFE or getattr(view, "asks_only", False):
            answer = work()
        else:
            answer = remembered.once(request.auth, _checked(name), _content(request), work)
        response = JsonResponse(answer.body, status=answer.status)
        if answer.again:
            response.headers["Idempotent-Replayed"] = "true"
        return response

    return called


def name_of(request: HttpRequest) -> str:
    """The call's name, for rows that keep it for good; "" for none."""
    return request.headers.get("Idempotency-Key", "")


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"An Idempotency-Key has 1 to {remembered.LONGEST_NAME} printable characters."
        )
    return name


def _content(request: HttpRequest) -> bytes:
    return f"{request.method} {request.get_full_path()}\n".encode() + request.body
