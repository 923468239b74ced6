"""What stands in a log: what happened, where and to which ids; never whom it concerns.

A log is read by more people than the desk, kept elsewhere, and erased by nobody on request. So
what could name a person is left out by its kind: addresses in the web (their route stands instead),
what an exception says (it quotes rows), secret links, e-mail addresses, query strings.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest

LINK = re.compile(
    r"(/(?:r|u|p|privacy/enter|privacy/verify)/)[\w.-]{16,}(?:/download/[\w.:-]{16,})?"
)
# Products' ids of people, which may be their addresses.
PERSON = re.compile(r"(/api/v1/(?:members|administrations/[^/\s]+)/)[^/\s]+")
EMAIL = re.compile(r"[^\s<>\"'(),:;=@/]{1,64}@[\w-]+(?:\.[\w-]+)*")
CALLER = re.compile(r"\bip=\S+")  # as gunicorn names who sent what it cannot read
QUERY = re.compile(r"(?<=[\w/])\?[^\s\"']+")
HIDDEN = ((LINK, r"\1…"), (PERSON, r"\1…"), (QUERY, "?…"), (EMAIL, "…@…"), (CALLER, "ip=…"))
BREAKING = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}
CAUSES = 5  # exceptions of a chain
FRAMES = 40  # of each, the innermost
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
REQUEST_ID = "HTTP_X_REQUEST_ID"

# What this thread answers at the moment.
current: ContextVar[HttpRequest | None] = ContextVar("current", default=None)


def said(record: logging.LogRecord) -> str:
    """The message of a record, on one line, without what could name somebody or open a page."""
    request: Any = getattr(record, "request", None)
    if record.name.startswith("django.") and hasattr(request, "resolver_match"):
        # Django's own words hold the path, which anybody can type, and what an exception says.
        status = getattr(record, "status_code", "")
        method = request.method if request.method in METHODS else "another method"
        return f"{status} {method} {_route(request)}".strip()
    message = record.getMessage()
    if record.name == "django-q":
        message = message.partition(" - ")[0]  # after it: the traceback of a task, with its values
    for pattern, instead in HIDDEN:
        message = pattern.sub(instead, message)
    return message.translate(BREAKING)


def _route(request: HttpRequest) -> str:
    return f"/{request.resolver_match.route}" if request.resolver_match else "no view"


def situation(record: logging.LogRecord) -> dict[str, str]:
    """In which request a record was made, at which view and for whom, as far as that is known.

    Nobody is looked up for it: who was not asked for yet is not told.
    """
    request = current.get() or getattr(record, "request", None)
    if request is None or not hasattr(request, "META"):
        return {}
    found = {"request_id": request.META.get(REQUEST_ID, "")}
    if match := getattr(request, "resolver_match", None):
        found["view"] = match.view_name or match.route
    known = vars(request)
    user = known.get("_cached_user")  # where django.contrib.auth keeps whom it has found
    if member := known.get("member"):
        found["actor"] = f"member:{member.pk}"
    elif user is not None and user.pk:
        found["actor"] = f"staff:{user.pk}"
    return found


def causes(record: logging.LogRecord) -> list[dict[str, Any]]:
    """The exception of a record and what led to it: classes and places in the code, no words."""
    error = record.exc_info[1] if record.exc_info else None
    found: list[dict[str, Any]] = []
    while error is not None and len(found) < CAUSES:
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
        found.append(
            {
                "type": f"{type(error).__module__}.{type(error).__qualname__}",
                "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
            }
        )
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _at(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class JsonLines(logging.Formatter):
    """One JSON object a line, ASCII: time (UTC), level, logger, message, and what is known more."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _at(record),
            "level": record.levelname,
            "logger": record.name,
            "message": said(record),
            **situation(record),
        }
        if chain := causes(record):
            line["exception"] = chain
        return json.dumps(line)


class Plain(logging.Formatter):
    """The same for a person at a terminal; an exception's places follow on lines of their own."""

    def format(self, record: logging.LogRecord) -> str:
        known = " ".join(f"{name}={value}" for name, value in situation(record).items())
        lines = [
            f"{_at(record)} {record.levelname} {record.name} {said(record)}"
            + (f" [{known.translate(BREAKING)}]" if known else "")
        ]
        for cause in causes(record):
            lines += [f"  {cause['type']}", *(f"    {place}" for place in cause["at"])]
        return "\n".join(lines)
