from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.enums import ItemState, RequestKind, Status, Work
from compliance.models import Hold, PrivacyRequest, RequestItem
from compliance.services import leases, planning, preview
from compliance.sources.base import Reach, Scope
from compliance.sources.product import ProductUnavailable
from seats.models import Seat
from tests.compliance.services import fake_map
from tests.factories import make_contract, make_item, make_request, make_seat, make_staff

pytestmark = pytest.mark.django_db
DELETION = RequestKind.DELETION


@pytest.fixture(autouse=True)
def _mapped(settings: Any) -> None:
    settings.DATA_MAP = "tests.compliance.services.fake_map"


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Scope]]:
    """Makes a table say so many rows a seat (or a contract), and keeps what it was asked."""

    def say(table: fake_map.Table, rows: int, **kept: int) -> list[Scope]:
        asked: list[Scope] = []

        def counted(scope: Scope) -> int:
            asked.append(scope)
            return rows * (len(scope.seats) if scope.reach == Reach.SEATS else 1)

        monkeypatch.setattr(table, "counted", counted)
        monkeypatch.setattr(table, "shared", lambda scope: kept)
        return asked

    return say


def hold(on: Seat, **fields: Any) -> Hold:
    return Hold.objects.create(
        contract=on.contract,
        ground="claims",
        case="12 O 34/26",
        review_on=date(2027, 1, 1),
        placed_by=make_staff(),
        entry=f"entry {Hold.objects.count()}",
        **fields,
    )


def asked_for(**fields: Any) -> PrivacyRequest:
    return make_request(DELETION, **{"categories": ["notes", "crm-sync"], **fields})


def test_each_category_is_counted_and_kept_on_the_request(counting: Any) -> None:
    counting(fake_map.NOTES, 7)
    counting(fake_map.CRM, 5, shared=2)
    request = asked_for()
    preview.refresh(request)
    request.refresh_from_db()
    assert request.preview == {
        "notes": {"found": 7, "kept": 0, "applies": True},
        "crm-sync": {"found": 5, "kept": 2, "applies": True},
    }
    assert preview.totals(request) == {"found": 12, "kept": 2, "going": 10}
    assert preview.is_fresh(request)


def test_what_the_edition_does_not_have_is_said_to_be_none(counting: Any) -> None:
    asked = counting(fake_map.CRM, 5)
    request = asked_for(seat=make_seat(make_contract(edition="core")))
    assert preview.refresh(request)["crm-sync"] == {"found": 0, "kept": 0, "applies": False}
    assert asked == []


def test_what_a_hold_keeps_is_counted_as_kept(counting: Any) -> None:
    contract = make_contract()
    held, _free = make_seat(contract), make_seat(contract)
    hold(held, seat=held, categories=["notes"])
    counting(fake_map.NOTES, 7)
    request = asked_for(contract=contract, seat=None, categories=["notes"])
    # Two seats, one of them held, and the rest of the contract.
    assert preview.refresh(request)["notes"] == {"found": 21, "kept": 7, "applies": True}
    hold(held, seat=None)
    assert preview.refresh(request)["notes"]["kept"] == 21


def test_a_count_is_good_for_a_day() -> None:
    request = make_request()
    assert not preview.is_fresh(request)
    request.counted_at = timezone.now() - timedelta(hours=23, minutes=59)
    assert preview.is_fresh(request)
    request.counted_at -= timedelta(minutes=1)
    assert not preview.is_fresh(request)


def test_a_product_that_is_away_leaves_the_old_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(scope: Scope) -> int:
        raise ProductUnavailable("away")

    monkeypatch.setattr(fake_map.NOTES, "counted", away)
    request = asked_for(preview={"notes": {"found": 1, "kept": 0, "applies": True}})
    with pytest.raises(ProductUnavailable):
        preview.refresh(request)
    request.refresh_from_db()
    assert request.preview["notes"]["found"] == 1


# --- Planning ---------------------------------------------------------------------------------


def plan(request: PrivacyRequest) -> int:
    lease = leases.claim(make_item(request, work=Work.PLAN, stage=0).pk)
    assert lease
    return planning.plan(lease)


def planned(request: PrivacyRequest) -> list[tuple[str, int, str, list[int], Any, Any]]:
    plan(request)
    fields = ("resource", "part", "reach", "seats", "low", "high")
    return list(request.items.filter(work__in=("export", "erase")).values_list(*fields))


def running(kind: RequestKind = DELETION, **fields: Any) -> PrivacyRequest:
    return make_request(kind, Status.RUNNING, **{"categories": ["notes"], **fields})


def test_seats_are_grouped_into_parts_of_bounded_size(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PART_ROWS = 10
    contract = make_contract()
    seats = [make_seat(contract) for _ in range(5)]
    sizes = dict(zip((planning.scopes.key(seat) for seat in seats), (4, 5, 25, 6, 3), strict=True))
    monkeypatch.setattr(fake_map.NOTES, "rows", sizes)
    a, b, large, d, e = (seat.pk for seat in seats)
    assert planned(running(contract=contract, seat=None)) == [
        ("notes", 1, "seats", [large], None, "10"),
        ("notes", 2, "seats", [large], "10", "20"),
        ("notes", 3, "seats", [large], "20", None),
        ("notes", 4, "seats", [a, b], None, None),
        ("notes", 5, "seats", [d, e], None, None),
        ("notes", 6, "rest", [], None, None),
    ]


def test_a_request_is_planned_by_whoever_holds_the_lease() -> None:
    request = running()
    item = make_item(request, work=Work.PLAN, stage=0)
    slow = leases.claim(item.pk)
    RequestItem.objects.filter(pk=item.pk).update(lease_until=leases.from_now(-timedelta(1)))
    quick = leases.claim(item.pk)
    assert slow
    assert quick

    assert planning.plan(quick) == 3
    with pytest.raises(leases.LeaseLost):
        planning.plan(slow)
    item.refresh_from_db()
    assert item.state == ItemState.DONE
    assert request.items.exclude(pk=item.pk).count() == 3


def test_a_deletion_goes_table_by_table_and_an_export_all_at_once() -> None:
    both = ["notes", "crm-sync"]
    stages = [
        list(request.items.order_by("stage", "pk").values_list("work", "stage")[1:])
        for request in (running(categories=both), running(RequestKind.EXPORT, categories=both))
        if plan(request)
    ]
    assert stages == [
        [("erase", 1), ("erase", 2), ("recount", 3), ("own_side", 4)],
        [("export", 1), ("export", 1), ("assemble", 2)],
    ]
