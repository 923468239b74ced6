from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from compliance.deadlines import asked_in_time, paused_days
from tests.compliance.places import DE, noon


def span(first: str, last: str) -> tuple[datetime, datetime]:
    return noon(first), noon(last)


@pytest.mark.parametrize(
    ("intervals", "days"),
    [
        ([], 0),
        ([span("2026-03-03", "2026-03-10")], 7),
        ([span("2026-03-03", "2026-03-03")], 0),
        ([span("2026-03-03", "2026-03-10"), span("2026-03-08", "2026-03-12")], 9),
        ([span("2026-03-03", "2026-03-10"), span("2026-03-05", "2026-03-06")], 7),
        ([span("2026-03-03", "2026-03-05"), span("2026-03-08", "2026-03-10")], 4),
        ([span("2026-03-28", "2026-03-30")], 2),  # clocks change in between: 47 hours
    ],
)
def test_a_pause_counts_whole_days_once(intervals: list[Any], days: int) -> None:
    assert paused_days(intervals, time_zone="Europe/Dublin") == days
    assert paused_days(reversed(intervals), time_zone="Europe/Dublin") == days


def test_days_of_a_pause_are_local_days() -> None:
    asked = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)  # 2 July in Berlin
    answered = datetime(2026, 7, 2, 21, 30, tzinfo=UTC)  # still 2 July
    assert paused_days([(asked, answered)], time_zone="Europe/Berlin") == 0
    assert paused_days([(asked, answered)], time_zone="UTC") == 1


def test_an_unanswered_question_pauses_until_now() -> None:
    asked = noon("2026-03-03")
    assert paused_days([(asked, None)], time_zone="UTC", now=noon("2026-03-06")) == 3
    with pytest.raises(ValueError, match="present time"):
        paused_days([(asked, None)], time_zone="UTC")


def test_an_answer_before_its_question_is_refused() -> None:
    with pytest.raises(ValueError, match="earlier than its question"):
        paused_days([span("2026-03-10", "2026-03-03")], time_zone="UTC")


def test_a_question_stops_the_clock_only_when_asked_without_undue_delay() -> None:
    received = noon("2026-04-02", DE)  # Thursday before Easter: three working days are 9 April
    assert asked_in_time(received, noon("2026-04-09", DE), **DE)
    assert not asked_in_time(received, noon("2026-04-10", DE), **DE)
