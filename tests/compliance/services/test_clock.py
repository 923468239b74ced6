from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from compliance import deadlines
from compliance.enums import RequestKind
from compliance.services import clock
from tests.compliance.places import BAVARIA, DE, IE, is_working_day, noon
from tests.factories import make_request

EXPORT, DELETION = RequestKind.EXPORT, RequestKind.DELETION


@pytest.fixture
def controller(settings: Any) -> Any:
    def at(place: dict[str, Any]) -> None:
        settings.CONTROLLER = {**settings.CONTROLLER, "subdivision": "", **place}

    return at


def test_the_calendar_is_the_controllers(controller: Any) -> None:
    due = []
    for place in (IE, DE):
        controller(place)
        due.append(clock.dates(noon("2026-03-03", place), EXPORT, whole_contract=False)["due_on"])
    assert due == [date(2026, 4, 3), date(2026, 4, 7)]  # Good Friday is a holiday in Germany


def test_a_region_has_holidays_of_its_own(controller: Any) -> None:
    due = []
    for place in (DE, BAVARIA):
        controller(place)
        # To 6 January: Epiphany in Bavaria, a working day elsewhere in Germany.
        due.append(clock.dates(noon("2026-12-06", place), EXPORT, whole_contract=False)["due_on"])
    assert due == [date(2027, 1, 6), date(2027, 1, 7)]


def test_an_answer_is_late_from_the_next_midnight_where_the_controller_is(controller: Any) -> None:
    controller(DE)
    summer = clock.dates(noon("2026-06-01", DE), EXPORT, whole_contract=False)
    winter = clock.dates(noon("2026-11-02", DE), EXPORT, whole_contract=False)
    assert summer["due_at"] == datetime(2026, 7, 1, 22, tzinfo=UTC)
    assert winter["due_at"] == datetime(2026, 12, 2, 23, tzinfo=UTC)


@pytest.mark.parametrize("kind", [EXPORT, DELETION])
@pytest.mark.parametrize("whole", [False, True])
def test_who_decides_on_the_last_day_leaves_three_working_days_and_the_cooling_off(
    kind: RequestKind, whole: bool
) -> None:
    span = clock.cooling_off(kind, whole_contract=whole)
    for offset in range(120):
        received = noon("2026-01-01") + timedelta(days=offset)
        dates = clock.dates(received, kind, whole_contract=whole)
        left = (dates["due_on"] - span - dates["decide_by"]).days
        days = [dates["decide_by"] + timedelta(days=number) for number in range(1, left + 1)]
        assert len([day for day in days if is_working_day(day, IE)]) == 3, received
        assert is_working_day(dates["decide_by"], IE)


def test_an_export_cools_off_not_at_all(settings: Any) -> None:
    settings.COOLING_OFF_SEAT, settings.COOLING_OFF_CONTRACT = timedelta(1), timedelta(2)
    spans = [
        clock.cooling_off(kind, whole_contract=whole)
        for kind in (EXPORT, DELETION)
        for whole in (False, True)
    ]
    assert spans == [timedelta(0), timedelta(0), timedelta(1), timedelta(2)]


def test_how_a_date_was_found_is_stored_with_it() -> None:
    found = clock.dates(noon("2026-03-05"), EXPORT, whole_contract=False)
    because = found["due_because"]
    assert because["due"] == found["due_on"].isoformat() == "2026-04-07"
    assert because["rules"] == deadlines.RULES_VERSION
    assert because["calendar"] == "IE"
    assert "Easter Monday" in because["sentence"]


@pytest.mark.django_db
def test_month_one_ends_where_it_ended_whatever_happens_later() -> None:
    request = make_request(received_at=noon("2026-01-31"))
    request.due_on = date(2026, 4, 28)
    assert clock.first_due(request) == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("moment", "today"),
    [
        ("2026-06-30T22:59:59Z", date(2026, 6, 30)),
        ("2026-06-30T23:00:00Z", date(2026, 7, 1)),
        ("2026-12-31T23:59:59Z", date(2026, 12, 31)),
        ("2026-03-29T00:59:59Z", date(2026, 3, 29)),  # clocks spring forward in Dublin
    ],
)
def test_today_is_the_controllers_day(moment: str, today: date) -> None:
    with time_machine.travel(datetime.fromisoformat(moment), tick=False):
        assert clock.today() == today
