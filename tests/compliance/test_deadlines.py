from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import deadlines
from compliance.deadlines import due_at, due_date, explain
from tests.compliance.places import BAVARIA, DE, IE, PLACES, is_working_day, noon


@pytest.mark.parametrize(
    ("place", "received", "options", "due"),
    [
        # The worked examples: plain; Sunday and Easter Monday; no 31 September; clip, then roll.
        (IE, "2026-11-23", {}, "2026-12-23"),
        (IE, "2026-03-05", {}, "2026-04-07"),
        (IE, "2026-08-31", {}, "2026-09-30"),
        (DE, "2026-08-31", {}, "2026-09-30"),
        (DE, "2026-01-31", {}, "2026-03-02"),
        # Good Friday is a holiday in Germany and not in Ireland.
        (DE, "2026-03-03", {}, "2026-04-07"),
        (IE, "2026-03-03", {}, "2026-04-03"),
        # The two readings of an extension; the first month is not moved by it.
        (DE, "2026-01-31", {"extended": True}, "2026-04-28"),
        # A pause of seven days.
        (DE, "2026-03-02", {}, "2026-04-02"),
        (DE, "2026-03-02", {"paused_days": 7}, "2026-04-09"),
        # Short and long Februaries: 29, 30 and 31 January, and 29 February itself.
        (IE, "2027-01-28", {}, "2027-03-01"),
        (IE, "2027-01-29", {}, "2027-03-01"),
        (IE, "2027-01-30", {}, "2027-03-01"),
        (IE, "2027-01-31", {}, "2027-03-01"),
        (IE, "2028-01-29", {}, "2028-02-29"),
        (IE, "2028-01-30", {}, "2028-02-29"),
        (IE, "2028-01-31", {}, "2028-02-29"),
        (IE, "2028-02-29", {}, "2028-03-29"),
        (IE, "2028-02-29", {"extended": True}, "2028-05-29"),
        # Over the end of a year: 1 January is moved over with the week-end after it.
        (IE, "2026-12-01", {}, "2027-01-04"),
        (IE, "2026-12-31", {}, "2027-02-02"),  # Sunday, then Saint Brigid's Day
        (IE, "2026-11-25", {}, "2026-12-28"),  # Christmas, Saint Stephen's, Sunday
        (IE, "2026-10-31", {"extended": True}, "2027-02-02"),  # Saturday, Sunday, Saint Brigid's
        # A region's own holiday: Epiphany in Bavaria, and not in all of Germany.
        (BAVARIA, "2025-12-06", {}, "2026-01-07"),
        (DE, "2025-12-06", {}, "2026-01-06"),
        # Nothing is moved twice: a pause ends on the rolled day or is rolled itself, once.
        (DE, "2026-01-31", {"paused_days": 1}, "2026-03-02"),
        (DE, "2026-01-31", {"paused_days": 2}, "2026-03-02"),
        (DE, "2026-01-31", {"paused_days": 3}, "2026-03-03"),
        # Received on a week-end or a holiday: the start is never moved.
        (IE, "2026-08-02", {}, "2026-09-02"),
        (IE, "2026-12-25", {}, "2027-01-25"),
    ],
)
def test_an_answer_is_due(
    place: dict[str, Any], received: str, options: dict[str, Any], due: str
) -> None:
    assert due_date(noon(received, place), **place, **options) == date.fromisoformat(due)


@pytest.mark.parametrize(("country", "due"), [("DE", "2026-08-03"), ("IE", "2026-08-04")])
def test_the_day_of_receipt_is_the_controllers_not_utcs(country: str, due: str) -> None:
    received = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)  # 00:30 on 1 July in Berlin
    berlin = {"country": country, "time_zone": "Europe/Berlin"}
    assert due_date(received, **berlin) == date.fromisoformat(due)


def test_the_senders_offset_does_not_move_the_day_of_receipt() -> None:
    written = datetime.fromisoformat("2026-07-01T05:00+12:00")  # 30 June, 19:00, in Berlin
    assert due_date(written, **DE) == date(2026, 7, 30)


def test_a_minute_before_and_after_midnight_are_two_days() -> None:
    midnight = datetime(2026, 9, 15, tzinfo=ZoneInfo("Europe/Dublin"))
    assert due_date(midnight - timedelta(minutes=1), **IE) == date(2026, 10, 14)
    assert due_date(midnight, **IE) == date(2026, 10, 15)


def test_an_extension_leaves_the_first_month_where_it_was() -> None:
    assert due_date(noon("2026-01-31", DE), **DE) == date(2026, 3, 2)
    explained = explain(noon("2026-01-31", DE), **DE, extended=True)
    assert (explained["raw_end"], explained["clipped"]) == ("2026-04-28", True)


@pytest.mark.parametrize(
    ("due", "zone", "late"),
    [
        ("2026-08-03", "Europe/Berlin", "2026-08-03T22:00+00:00"),
        ("2026-01-15", "Europe/Berlin", "2026-01-15T23:00+00:00"),
        ("2026-12-31", "Europe/Dublin", "2027-01-01T00:00+00:00"),
        # The day on which clocks change ends by the new time.
        ("2026-03-29", "Europe/Berlin", "2026-03-29T22:00+00:00"),
        ("2026-10-25", "Europe/Berlin", "2026-10-25T23:00+00:00"),
        # Midnight that clocks skip: the day begins at 01:00.
        ("2026-09-05", "America/Santiago", "2026-09-06T04:00+00:00"),
        # Midnight that comes twice: the first.
        ("2026-10-31", "America/Havana", "2026-11-01T04:00+00:00"),
        # A day that never was (Samoa crossed the date line).
        ("2011-12-29", "Pacific/Apia", "2011-12-30T10:00+00:00"),
    ],
)
def test_an_answer_is_late_from_the_next_local_midnight(due: str, zone: str, late: str) -> None:
    instant = due_at(date.fromisoformat(due), time_zone=zone)
    assert instant == datetime.fromisoformat(late)
    assert instant.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"received_at": datetime(2026, 3, 5, 12)}, "no time zone"),  # noqa: DTZ001
        ({"country": "XX"}, "'XX'"),
        ({"country": ""}, "two-letter"),
        ({"country": "de"}, "'de'"),
        ({"country": "HolidayBase"}, "'HolidayBase'"),
        ({"subdivision": "ZZ"}, "'ZZ'"),
        ({"time_zone": "Mars/Olympus"}, "'Mars/Olympus'"),
        ({"time_zone": ""}, "IANA"),
        ({"time_zone": "Europe"}, "'Europe'"),
        ({"time_zone": "../etc/passwd"}, "IANA"),
        ({"paused_days": -1}, "negative"),
        ({"received_at": datetime(9999, 12, 1, tzinfo=UTC)}, "9999"),
        ({"received_at": datetime.max.replace(tzinfo=UTC)}, "9999"),
        ({"paused_days": 10**9}, "9999"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_a_sentence(
    changes: dict[str, Any], words: str
) -> None:
    options = {**DE, **changes}
    received = options.pop("received_at", noon("2026-03-05", DE))
    for function in (due_date, explain):
        with pytest.raises(ValueError, match=words) as refusal:
            function(received, **options)
        assert str(refusal.value).endswith(".")


# --- Whatever comes in --------------------------------------------------------------------------

moments = st.timedeltas(timedelta(0), timedelta(days=99 * 365)).map(
    lambda passed: datetime(2000, 1, 1, tzinfo=UTC) + passed
)
places = st.sampled_from(PLACES)
pauses = st.integers(0, 400)


@given(moments, places, st.booleans(), pauses)
def test_a_due_date_is_a_working_day_and_no_working_day_was_skipped(
    received: datetime, place: dict[str, Any], extended: bool, paused: int
) -> None:
    explained = explain(received, **place, extended=extended, paused_days=paused)
    due = date.fromisoformat(explained["due"])
    counted = date.fromisoformat(explained["counted_to"])
    assert due == due_date(received, **place, extended=extended, paused_days=paused)
    assert is_working_day(due, place)
    between = [counted + timedelta(days=n) for n in range((due - counted).days)]
    assert [day["day"] for day in explained["skipped"]] == [day.isoformat() for day in between]
    assert not any(is_working_day(day, place) for day in between)


@given(moments, places, st.booleans())
def test_the_end_has_the_number_of_the_day_of_receipt_or_is_the_last_of_its_month(
    received: datetime, place: dict[str, Any], extended: bool
) -> None:
    explained = explain(received, **place, extended=extended)
    start = date.fromisoformat(explained["received_on"])
    end = date.fromisoformat(explained["raw_end"])
    months = (end.year - start.year) * 12 + end.month - start.month
    assert months == (3 if extended else 1)
    if not explained["clipped"]:
        assert end.day == start.day
    else:
        assert end.day < start.day
        if not extended:
            assert (end + timedelta(days=1)).day == 1


@given(moments, st.timedeltas(timedelta(0), timedelta(days=400)), places, st.booleans(), pauses)
def test_what_is_received_later_is_never_due_earlier(
    received: datetime, later: timedelta, place: dict[str, Any], extended: bool, paused: int
) -> None:
    options = {**place, "extended": extended, "paused_days": paused}
    assert due_date(received, **options) <= due_date(received + later, **options)


@given(moments, places, pauses, st.integers(0, 60))
def test_an_extension_or_a_longer_pause_never_brings_a_date_forward(
    received: datetime, place: dict[str, Any], paused: int, more: int
) -> None:
    due = due_date(received, **place, paused_days=paused)
    assert due <= due_date(received, **place, paused_days=paused + more)
    assert due < due_date(received, **place, extended=True, paused_days=paused)


@given(moments, places)
def test_an_answer_is_in_time_through_the_whole_last_day_and_not_after(
    received: datetime, place: dict[str, Any]
) -> None:
    due = due_date(received, **place)
    late = due_at(due, time_zone=place["time_zone"])
    assert deadlines.local_day(late - timedelta(microseconds=1), place["time_zone"]) == due
    assert deadlines.local_day(late, place["time_zone"]) == due + timedelta(days=1)


# --- Plans ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cooling_off", "day"),
    [
        (timedelta(0), "2026-12-18"),  # leaves 21, 22 and 23
        (timedelta(seconds=5), "2026-12-17"),  # a begun day counts
        (timedelta(hours=72), "2026-12-15"),  # up to Sunday 20: leaves 16, 17 and 18
        (timedelta(days=7), "2026-12-11"),
    ],
)
def test_a_decision_leaves_time_for_the_cooling_off_and_the_work(
    cooling_off: timedelta, day: str
) -> None:
    decided = deadlines.decide_by(date(2026, 12, 23), cooling_off, country="IE")
    assert decided == date.fromisoformat(day)


def test_a_negative_cooling_off_is_refused() -> None:
    with pytest.raises(ValueError, match="cooling-off"):
        deadlines.decide_by(date(2026, 12, 23), timedelta(days=-1), country="IE")


# --- The explanation ----------------------------------------------------------------------------


def test_an_explanation_says_why_and_survives_as_json() -> None:
    explained = explain(noon("2026-03-05"), **IE)
    assert json.loads(json.dumps(explained)) == {
        "rules": deadlines.RULES_VERSION,
        "calendar": "IE",
        "holidays": version("holidays"),
        "time_zone": "Europe/Dublin",
        "received_on": "2026-03-05",
        "extended": False,
        "raw_end": "2026-04-05",
        "clipped": False,
        "paused_days": 0,
        "counted_to": "2026-04-05",
        "skipped": [
            {"day": "2026-04-05", "why": "sunday"},
            {"day": "2026-04-06", "why": "holiday", "name": "Easter Monday"},
        ],
        "due": "2026-04-07",
        "sentence": (
            "Received on Thursday 5 March 2026; one month from then ends on Sunday 5 April 2026. "
            "Moved over 2026-04-05 (sunday), 2026-04-06 (Easter Monday). "
            "Due by the end of Tuesday 7 April 2026."
        ),
    }


def test_an_explanation_names_clip_extension_pause_and_region() -> None:
    explained = explain(noon("2026-01-31", DE), **BAVARIA, extended=True, paused_days=1)
    assert explained["calendar"] == "DE-BY"
    assert explained["counted_to"] == "2026-04-29"
    assert explained["sentence"] == (
        "Received on Saturday 31 January 2026; three months from then (clipped to the length of a "
        "month) ends on Tuesday 28 April 2026. The clock stood for 1 day. "
        "Due by the end of Wednesday 29 April 2026."
    )
