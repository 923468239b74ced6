from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.working_days import add_working_days, working_days_before
from tests.compliance.places import PLACES, is_working_day

places = st.sampled_from(PLACES)


@pytest.mark.parametrize(
    ("day", "count", "after", "before"),
    [
        ("2026-04-01", 0, "2026-04-01", "2026-04-01"),
        ("2026-04-01", 1, "2026-04-02", "2026-03-31"),
        ("2026-04-02", 1, "2026-04-07", "2026-04-01"),  # Good Friday to Easter Monday
        ("2026-04-05", 1, "2026-04-07", "2026-04-02"),  # from a Sunday
        ("2026-04-07", 3, "2026-04-10", "2026-03-31"),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(
    day: str, count: int, after: str, before: str
) -> None:
    start = date.fromisoformat(day)
    assert add_working_days(start, count, country="DE") == date.fromisoformat(after)
    assert working_days_before(start, count, country="DE") == date.fromisoformat(before)


def test_a_company_day_is_no_working_day_in_our_plans() -> None:
    closed = {date(2026, 12, 24)}
    eve = working_days_before(date(2026, 12, 28), 1, country="IE", company_days=closed)
    assert eve == date(2026, 12, 23)


@given(st.dates(date(2000, 1, 1), date(2099, 1, 1)), st.integers(1, 30), places)
def test_there_and_back_again_ends_on_a_working_day_not_after_the_first(
    day: date, count: int, place: dict[str, Any]
) -> None:
    where = {key: value for key, value in place.items() if key != "time_zone"}
    there = add_working_days(day, count, **where)
    back = working_days_before(there, count, **where)
    assert is_working_day(there, place)
    assert back <= day
    assert not any(
        is_working_day(back + timedelta(days=n), place) for n in range(1, (day - back).days + 1)
    )


@pytest.mark.parametrize("function", [add_working_days, working_days_before])
def test_working_days_of_a_wrong_place_or_number_are_refused(function: Any) -> None:
    with pytest.raises(ValueError, match="not -1"):
        function(date(2026, 1, 1), -1, country="IE")
    with pytest.raises(ValueError, match="'XX'"):
        function(date(2026, 1, 1), 0, country="XX")
