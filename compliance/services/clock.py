"""A request's dates (Art. 12(3), Regulation 1182/71), stored with how they were found."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from compliance import deadlines
from compliance.enums import RequestKind
from compliance.models import PrivacyRequest


class Where(TypedDict):
    country: str
    subdivision: str
    time_zone: str


def calendar() -> Where:
    """Where the action is to be taken: the controller's country, region and time zone."""
    controller = settings.CONTROLLER
    return {
        "country": controller["country"],
        "subdivision": controller["subdivision"],
        "time_zone": controller["time_zone"],
    }


def cooling_off(kind: str, *, whole_contract: bool) -> timedelta:
    if kind != RequestKind.DELETION:
        return timedelta(0)
    span: timedelta = settings.COOLING_OFF_CONTRACT if whole_contract else settings.COOLING_OFF_SEAT
    return span


def dates(
    received_at: datetime, kind: str, *, whole_contract: bool, extended: bool = False
) -> dict[str, Any]:
    """due_on, due_at (UTC, the first instant that is late), decide_by and due_because."""
    where = calendar()
    due = deadlines.due_date(received_at, extended=extended, **where)
    return {
        "due_on": due,
        "due_at": deadlines.due_at(due, time_zone=where["time_zone"]),
        "decide_by": deadlines.decide_by(
            due,
            cooling_off(kind, whole_contract=whole_contract),
            country=where["country"],
            subdivision=where["subdivision"],
        ),
        "due_because": deadlines.explain(received_at, extended=extended, **where),
    }


def first_due(request: PrivacyRequest) -> date:
    """The end of month one: extensions and refusals are late after it, extended or not (L8, L9)."""
    return deadlines.due_date(request.received_at, **calendar())


def today() -> date:
    return timezone.now().astimezone(ZoneInfo(settings.CONTROLLER["time_zone"])).date()
