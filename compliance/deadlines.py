"""When an answer is due: Art. 12(3) GDPR, counted as Regulation (EEC, Euratom) No 1182/71 says.

The day of receipt is not counted (Art. 3(1)); a month ends on the day with the same number, or on
the month's last day where there is none (3(2)(c)); holidays inside it count (3(3)); an end on a
Saturday, Sunday or public holiday moves to the end of the next working day (3(4)). Public holidays
are those of the place where the action is to be taken (2(1)): the controller's. Days on which only
the company is closed move nothing that is owed to a person, so they count in our own plans alone.

Pure: no clock, no settings, no database. Days are local to the controller's time zone. What cannot
be counted raises `ValueError` with a sentence that can be shown.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from compliance.working_days import (
    CALENDAR_VERSION,
    DAY,
    Skipped,
    add_working_days,
    beyond,
    first_working_day,
    shifted,
    working_days_before,
)

__all__ = [
    "RULES_VERSION",
    "Explanation",
    "add_working_days",
    "asked_in_time",
    "decide_by",
    "due_at",
    "due_date",
    "explain",
    "local_day",
    "paused_days",
    "working_days_before",
]

RULES_VERSION = "1182/71 v1"
# What remains between the last moment to decide and the start of what must then still run.
WORKING_DAYS_TO_ACT = 3
# "Without undue delay": a question asked later than this does not stop the clock.
WORKING_DAYS_TO_ASK = 3


class Explanation(TypedDict):
    """How a due date was found, as plain JSON: stored with it, so that it can be checked later."""

    rules: str
    calendar: str
    holidays: str
    time_zone: str
    received_on: str
    extended: bool
    raw_end: str
    clipped: bool
    paused_days: int
    counted_to: str
    skipped: list[Skipped]
    due: str
    sentence: str


def due_date(
    received_at: datetime,
    *,
    country: str,
    subdivision: str = "",
    time_zone: str,
    extended: bool = False,
    paused_days: int = 0,
) -> date:
    """The last day on which an answer is in time.

    `country` and `subdivision` are ISO 3166 codes ("DE", "BY"); `time_zone` is an IANA name.
    `paused_days` are whole days on which the clock stood. Moves off a weekend once, at the end.
    """
    end, _clipped = _month_end(local_day(received_at, time_zone), extended=extended)
    return first_working_day(_paused(end, paused_days), country, subdivision)[0]


def due_at(due: date, *, time_zone: str) -> datetime:
    """The first instant, in UTC, at which an answer due on `due` is late: the next local midnight.

    Where clocks skip that midnight it is the instant of the change.
    """
    return _utc(datetime.combine(shifted(due, 1), time.min, _zone(time_zone)))


def explain(
    received_at: datetime,
    *,
    country: str,
    subdivision: str = "",
    time_zone: str,
    extended: bool = False,
    paused_days: int = 0,
) -> Explanation:
    """What `due_date` did with the same arguments, and with which edition of the calendar."""
    received_on = local_day(received_at, time_zone)
    end, clipped = _month_end(received_on, extended=extended)
    counted_to = _paused(end, paused_days)
    due, skipped = first_working_day(counted_to, country, subdivision)
    return Explanation(
        rules=RULES_VERSION,
        calendar="-".join(filter(None, (country, subdivision))),
        holidays=CALENDAR_VERSION,
        time_zone=time_zone,
        received_on=received_on.isoformat(),
        extended=extended,
        raw_end=end.isoformat(),
        clipped=clipped,
        paused_days=paused_days,
        counted_to=counted_to.isoformat(),
        skipped=skipped,
        due=due.isoformat(),
        sentence=_sentence(received_on, end, extended, clipped, paused_days, skipped, due),
    )


def decide_by(
    due: date,
    cooling_off: timedelta,
    *,
    country: str,
    subdivision: str = "",
    company_days: Collection[date] = (),
) -> date:
    """The last day to decide, so that cooling-off (begun days count whole) and work still fit."""
    if cooling_off < timedelta(0):
        raise ValueError("A cooling-off cannot be negative.")
    start = shifted(due, 1 - math.ceil(cooling_off / DAY))  # the midnight by which work is done
    return working_days_before(
        start,
        WORKING_DAYS_TO_ACT + 1,  # and the day of the decision itself
        country=country,
        subdivision=subdivision,
        company_days=company_days,
    )


def asked_in_time(
    received_at: datetime,
    asked_at: datetime,
    *,
    country: str,
    subdivision: str = "",
    time_zone: str,
) -> bool:
    """Whether a question to the requester may stop the clock (EDPB 01/2022, section 5.3)."""
    last = add_working_days(
        local_day(received_at, time_zone),
        WORKING_DAYS_TO_ASK,
        country=country,
        subdivision=subdivision,
    )
    return local_day(asked_at, time_zone) <= last


def paused_days(
    intervals: Iterable[tuple[datetime, datetime | None]],
    *,
    time_zone: str,
    now: datetime | None = None,
) -> int:
    """Whole local days from asking to being answered; a day in two intervals counts once.

    An interval without an answer runs to `now`, which must then be given.
    """
    days: set[date] = set()
    for asked_at, answered_at in intervals:
        until = answered_at or now
        if until is None:
            raise ValueError("A question without an answer needs the present time to count to.")
        first, last = local_day(asked_at, time_zone), local_day(until, time_zone)
        if until < asked_at:
            raise ValueError(f"An answer of {last} cannot be earlier than its question of {first}.")
        days.update(first + DAY * number for number in range((last - first).days))
    return len(days)


def local_day(moment: datetime, time_zone: str) -> date:
    """The calendar day at `moment` where the controller is."""
    zone = _zone(time_zone)
    if moment.utcoffset() is None:
        raise ValueError("The time has no time zone: give one with an offset, such as +00:00.")
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        raise beyond() from None


def _month_end(received_on: date, *, extended: bool) -> tuple[date, bool]:
    """Where the period ends before any move, and whether the day's number had to be clipped."""
    first = _add_months(received_on, 1)
    if not extended:
        return first, first.day != received_on.day
    # "Extended by two further months" can be read as three from receipt or as two from the first
    # month's end; they differ when that end was clipped. The earlier keeps to both.
    end = min(_add_months(received_on, 3), _add_months(first, 2))
    return end, end.day != received_on.day


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        raise beyond()
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _paused(end: date, days: int) -> date:
    if days < 0:
        raise ValueError(f"A deadline cannot be paused for {days} days: the number is negative.")
    return shifted(end, days)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise beyond() from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, a path, a directory of zones
        raise ValueError(
            f"There is no time zone {name!r}: give its IANA name, such as Europe/Dublin."
        ) from None


def _sentence(
    received_on: date,
    end: date,
    extended: bool,
    clipped: bool,
    paused: int,
    skipped: list[Skipped],
    due: date,
) -> str:
    parts = [
        f"Received on {_spoken(received_on)}; "
        f"{'three months' if extended else 'one month'} from then "
        f"{'(clipped to the length of a month) ' if clipped else ''}ends on {_spoken(end)}."
    ]
    if paused:
        parts.append(f"The clock stood for {paused} {'day' if paused == 1 else 'days'}.")
    if skipped:
        over = ", ".join(f"{day['day']} ({day.get('name', day['why'])})" for day in skipped)
        parts.append(f"Moved over {over}.")
    parts.append(f"Due by the end of {_spoken(due)}.")
    return " ".join(parts)


def _spoken(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"
