from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import transaction

from compliance.models import NumberSeries
from compliance.services import numbers
from seats import ledger

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def in_2026() -> object:
    with time_machine.travel(datetime(2026, 5, 4, 12, tzinfo=UTC)) as clock:
        yield clock


def test_numbers_count_up_in_each_series() -> None:
    assert [numbers.issue("EXP") for _ in range(3)] == [
        "EXP-2026-000001", "EXP-2026-000002", "EXP-2026-000003",
    ]  # fmt: skip
    assert numbers.issue("DEL") == "DEL-2026-000001"


def test_every_year_begins_anew(in_2026: time_machine.Traveller) -> None:
    numbers.issue("EXP")
    in_2026.move_to(datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC))
    assert numbers.issue("EXP") == "EXP-2027-000001"


def test_the_millionth_is_just_longer() -> None:
    numbers.raise_to("EXP-2026", 999_999)
    assert numbers.issue("EXP") == "EXP-2026-1000000"


def test_a_number_is_in_the_ledger_before_it_is_anywhere_else() -> None:
    numbers.issue("EXP")
    (entry,) = ledger.entries(kinds=(ledger.Kind.NUMBER_ISSUED,))
    assert entry.body == {"series": "EXP-2026", "number": 1}
    assert entry.confirmed


def test_what_was_rolled_back_gave_nothing_out() -> None:
    with transaction.atomic():
        numbers.issue("EXP")
        transaction.set_rollback(True)
    assert numbers.issue("EXP") == "EXP-2026-000001"
    assert [entry.confirmed for entry in ledger.entries()] == [False, True]


def test_a_restored_series_is_raised_to_what_the_ledger_knows_and_never_lowered() -> None:
    assert numbers.raise_to("EXP-2026", 41)
    assert not numbers.raise_to("EXP-2026", 41)
    assert not numbers.raise_to("EXP-2026", 7)
    assert numbers.issue("EXP") == "EXP-2026-000042"
    assert NumberSeries.objects.get().last == 42
