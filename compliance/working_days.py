"""Working days: all but Saturdays, Sundays and public holidays (Art. 2(2), Regulation 1182/71).

Pure: no clock, no settings, no database. A place is an ISO 3166 country with its subdivision ("DE",
"BY"); one without a calendar raises `ValueError` with a sentence that can be shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from types import MappingProxyType
from typing import NotRequired, TypedDict

import holidays

CALENDAR_VERSION = version("holidays")
DAY = timedelta(days=1)
_WEEKEND = {5: "saturday", 6: "sunday"}


class Skipped(TypedDict):
    """A day the end of the period moved over. `why` is saturday, sunday or holiday."""

    day: str
    why: str
    name: NotRequired[str]


def working_days_before(
    day: date,
    count: int,
    *,
    country: str,
    subdivision: str = "",
    company_days: Collection[date] = (),
) -> date:
    """The working day `count` working days before `day`, which need not be one; 0 gives `day`."""
    return _stepped(day, count, -1, country, subdivision, company_days)


def add_working_days(
    day: date,
    count: int,
    *,
    country: str,
    subdivision: str = "",
    company_days: Collection[date] = (),
) -> date:
    """The working day `count` working days after `day`, which need not be one; 0 gives `day`."""
    return _stepped(day, count, 1, country, subdivision, company_days)


@lru_cache(maxsize=2048)
def public_holidays(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """Public holidays of one year by day, named in English where their calendar can."""
    # One year each and never extended: a calendar of that library fills itself while it is read,
    # and a second thread could find a year that is announced but still empty.
    if country not in holidays.list_supported_countries():
        raise ValueError(
            f"There is no holiday calendar for the country {country!r}: "
            "give its two-letter ISO 3166 code, such as IE."
        )
    try:
        days = holidays.country_holidays(
            country, subdiv=subdivision or None, years=year, expand=False, language="en_US"
        )
    except NotImplementedError:
        raise ValueError(
            f"The holiday calendar of {country} knows no subdivision {subdivision!r}: "
            "give its ISO 3166-2 code without the country, such as BY, or leave it empty."
        ) from None
    return MappingProxyType(dict(days))


def first_working_day(day: date, country: str, subdivision: str) -> tuple[date, list[Skipped]]:
    """The first working day from `day` on, and the days before it."""
    skipped: list[Skipped] = []
    while reason := day_off(day, country, subdivision):
        skipped.append(reason)
        day = shifted(day, 1)
    return day, skipped


def day_off(day: date, country: str, subdivision: str) -> Skipped | None:
    """Why `day` is no working day (Art. 2(2)), or None."""
    if name := public_holidays(country, subdivision, day.year).get(day):
        return Skipped(day=day.isoformat(), why="holiday", name=name)
    if weekend := _WEEKEND.get(day.weekday()):
        return Skipped(day=day.isoformat(), why=weekend)
    return None


def _stepped(
    day: date,
    count: int,
    step: int,
    country: str,
    subdivision: str,
    company_days: Collection[date],
) -> date:
    if count < 0:
        raise ValueError(f"Working days are counted from 0 up, not {count}.")
    public_holidays(country, subdivision, day.year)  # a wrong place is said even for 0 days
    while count:
        day = shifted(day, step)
        if day not in company_days and not day_off(day, country, subdivision):
            count -= 1
    return day


def shifted(day: date, days: int) -> date:
    try:
        return day + DAY * days
    except OverflowError:
        raise beyond() from None


def beyond() -> ValueError:
    return ValueError("The date lies outside the calendar, years 1 to 9999.")
