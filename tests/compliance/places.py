"""Where deadlines are tried: countries, regions and zones that differ."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import holidays

IE: dict[str, Any] = {"country": "IE", "time_zone": "Europe/Dublin"}
DE: dict[str, Any] = {"country": "DE", "time_zone": "Europe/Berlin"}
BAVARIA: dict[str, Any] = {**DE, "subdivision": "BY"}
FR: dict[str, Any] = {"country": "FR", "time_zone": "Europe/Paris"}
SCOTLAND: dict[str, Any] = {"country": "GB", "subdivision": "SCT", "time_zone": "Europe/London"}
PLACES = [IE, DE, BAVARIA, FR, SCOTLAND]


def noon(day: str, place: dict[str, Any] = IE) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(place["time_zone"]))


def is_working_day(day: date, place: dict[str, Any]) -> bool:
    known = holidays.country_holidays(place["country"], subdiv=place.get("subdivision"))
    return day.weekday() < 5 and day not in known
