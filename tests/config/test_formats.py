from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.utils import translation
from django.utils.formats import date_format

DAY, MOMENT = date(2026, 11, 3), datetime(2026, 11, 3, 18, 5, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "en-gb", "en-us"])
def test_days_and_times_in_english_are_not_american(language: str) -> None:
    with translation.override(language):
        assert date_format(DAY) == "3 Nov 2026"
        assert date_format(DAY, "SHORT_DATE_FORMAT") == "3 Nov 2026"
        assert date_format(MOMENT, "DATETIME_FORMAT") == "3 Nov 2026, 18:05"
        assert date_format(MOMENT, "SHORT_DATETIME_FORMAT") == "3 Nov 2026, 18:05"
        assert date_format(MOMENT, "TIME_FORMAT") == "18:05"
        assert Template("{{ at }}").render(Context({"at": MOMENT})) == "3 Nov 2026, 18:05"


@pytest.mark.parametrize(
    ("language", "said"),
    [("de", "3. November 2026"), ("fr", "3 novembre 2026"), ("es", "3 de noviembre de 2026")],
)
def test_other_languages_write_days_as_they_do(language: str, said: str) -> None:
    with translation.override(language):
        assert date_format(DAY) == said
