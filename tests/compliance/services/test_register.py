from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from compliance.enums import DataRole, RequestKind, Status
from compliance.models import DataCategory, Extension
from compliance.services import processing_records, register
from tests import factories

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 4, 9, tzinfo=UTC)


def closed(status: Status, days: int, kind: RequestKind = RequestKind.EXPORT) -> None:
    factories.make_request(
        kind, status, received_at=MAY, closed_at=MAY + timedelta(days=days), seat=None
    )


def test_a_month_says_what_became_of_what_came_in() -> None:
    for status, days in (
        (Status.COMPLETED, 4),
        (Status.COMPLETED, 60),
        (Status.REJECTED, 20),
        (Status.CANCELLED, 1),
    ):
        closed(status, days)
    extended = factories.make_request(received_at=MAY)
    Extension.objects.create(request=extended, until=extended.due_on)
    found = register.of(date(2026, 5, 1), date(2026, 5, 31))
    (line,) = (one for one in found.lines if one.kind == RequestKind.EXPORT)
    assert (line.received, line.completed, line.refused, line.withdrawn) == (5, 2, 1, 1)
    assert (line.open, line.extended, line.median) == (1, 1, 20)
    # Three in time; one answered late, one open and overdue.
    assert (line.in_time, line.late, line.share) == (3, 2, 60)


def test_kinds_are_parted_and_summed() -> None:
    closed(Status.COMPLETED, 4)
    closed(Status.COMPLETED, 8, RequestKind.DELETION)
    found = register.of(date(2026, 4, 1), date(2026, 6, 30))
    assert len(found.lines) == 6
    assert {one.kind: (one.received, one.median) for one in found.totals} == {
        "export": (1, 4),
        "deletion": (1, 8),
    }


def test_days_are_the_companys_and_both_ends_count() -> None:
    # 31 May, 23:30 in Dublin is still 31 May there, though UTC and Dublin differ by an hour.
    factories.make_request(received_at=datetime(2026, 5, 31, 22, 30, tzinfo=UTC))
    factories.make_request(received_at=datetime(2026, 5, 31, 23, 30, tzinfo=UTC))
    (may, _deletions) = register.of(date(2026, 5, 31), date(2026, 5, 31)).totals
    (june, _deletions) = register.of(date(2026, 6, 1), date(2026, 6, 1)).totals
    assert (may.received, june.received) == (1, 1)


def test_nothing_received_has_neither_median_nor_share() -> None:
    for line in register.of(date(2026, 1, 1), date(2026, 3, 31)).lines:
        assert (line.received, line.median, line.share) == (0, None, None)
        assert len(register.cells(line)) == len(register.header())


def test_records_of_processing_part_the_two_roles() -> None:
    record = processing_records.of()
    rows = DataCategory.objects.all()
    assert len(record["as_controller"]) == rows.filter(role=DataRole.CONTROLLER).count() > 0
    assert len(record["as_processor"]) == rows.filter(role=DataRole.PROCESSOR).count() > 0
    assert record["controller"]["dpo"]
    for one in (*record["as_controller"], *record["as_processor"]):
        for field in ("name", "purpose", "retention", "safeguards"):
            assert one[field], (one["slug"], field)
    lines = processing_records.cells(record)
    assert len(lines) == rows.count()
    assert {len(line) for line in lines} == {len(processing_records.header())}
