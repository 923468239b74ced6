from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from compliance.enums import RequestKind, Status
from compliance.models import PrivacyRequest
from seats.models import Contract, StaffUser
from tests import factories

QUEUE = "admin:compliance_privacyrequest_changelist"
MOST_QUERIES = 12


def shown(client: Client, **query: str) -> list[PrivacyRequest]:
    return list(client.get(reverse(QUEUE), query).context["cl"].result_list)


def fill(contract: Contract, rows: int) -> None:
    """Requests of every look a row can have: whole contracts, second approvals, holds, progress."""
    statuses = [Status.RECEIVED, Status.AWAITING_APPROVAL, Status.RUNNING]
    for number in range(rows):
        whole = number % 2 == 0
        request = factories.make_request(
            RequestKind.DELETION,
            statuses[number % 3],
            contract=contract,
            requester=factories.make_member(),
            **({"seat": None} if whole else {}),
        )
        factories.make_item(request)
        request.approvals.create(actor="staff:x", role="support")


@pytest.mark.parametrize("rows", [1, 30])
def test_a_page_asks_the_database_as_often_with_many_rows(
    desk: Client, contract: Contract, rows: int
) -> None:
    fill(contract, rows)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = desk.get(reverse(QUEUE))
    assert len(page.context["cl"].result_list) == rows
    assert len(asked) <= MOST_QUERIES


def test_what_must_be_decided_first_stands_first(desk: Client) -> None:
    now = timezone.now()
    later = factories.make_request(received_at=now)
    first = factories.make_request(received_at=now - timedelta(days=20))
    assert shown(desk) == [first, later]


def test_closed_requests_stand_in_a_tab_of_their_own(desk: Client) -> None:
    opened = factories.make_request()
    closed = factories.make_request(status=Status.COMPLETED)
    assert shown(desk) == [opened]
    assert shown(desk, tab="closed") == [closed]
    assert shown(desk, tab="all") == [closed, opened]
    assert shown(desk, tab="no-such-tab") == [opened]


@pytest.mark.parametrize(
    ("tab", "fields"),
    [
        ("late", {"received_at": timezone.now() - timedelta(days=50)}),
        ("approval", {"status": Status.AWAITING_APPROVAL}),
        ("paused", {"status": Status.WAITING}),
        ("failed", {"status": Status.ATTENTION}),
    ],
)
def test_a_tab_shows_its_own_and_counts_them(
    desk: Client, tab: str, fields: dict[str, Any]
) -> None:
    wanted = factories.make_request(**fields)
    factories.make_request()
    assert shown(desk, tab=tab) == [wanted]
    tabs = desk.get(reverse(QUEUE)).context["cl"].tabs
    (counted,) = (entry["count"] for entry in tabs if f"tab={tab}" in entry["query_string"])
    assert counted == 1


def test_ones_own_and_the_unassigned_are_parted(desk: Client, agent: StaffUser) -> None:
    mine = factories.make_request(assignee=agent)
    free = factories.make_request()
    assert (shown(desk, tab="mine"), shown(desk, tab="free")) == ([mine], [free])


def test_a_whole_reference_leads_to_its_page(desk: Client) -> None:
    request = factories.make_request()
    answer = desk.get(reverse(QUEUE), {"q": request.reference.lower()})
    assert answer.headers["Location"] == reverse(
        "admin:compliance_privacyrequest_change", args=[request.pk]
    )


def test_whole_numbers_are_found_and_parts_of_them_are_not(desk: Client) -> None:
    request = factories.make_request()
    factories.make_request()
    for number in (request.seat.number, request.contract.number, request.contract.number.lower()):
        assert shown(desk, q=number) == [request]
    for part in (request.reference[:8], request.seat.number[:2], request.requester.email):
        assert shown(desk, q=part) == []


def test_filters_stand_on_choices_and_need_no_query(desk: Client) -> None:
    copy = factories.make_request(RequestKind.EXPORT)
    factories.make_request(RequestKind.DELETION, seat=None)
    assert shown(desk, kind__exact="export") == [copy]
    assert shown(desk, scope__exact="seat") == [copy]
    assert shown(desk, status__exact="received", channel__exact="email", kind__exact="export") == [
        copy
    ]


def test_a_row_says_what_stands_in_its_way(desk: Client, contract: Contract) -> None:
    request = factories.make_request(
        RequestKind.DELETION, Status.AWAITING_APPROVAL, contract=contract, seat=None
    )
    factories.make_seat(contract)
    request.approvals.create(actor="staff:x", role="representative")
    contract.holds.create(
        ground="claims",
        case="4 O 1/26",
        review_on=timezone.now().date(),
        placed_by=factories.make_staff(),
        entry="h",
    )
    page = desk.get(reverse(QUEUE)).content.decode()
    assert "Whole contract, 1 seat" in page
    assert "Second approval" in page
    assert "Legal hold" in page


def test_an_empty_queue_says_what_it_means(desk: Client) -> None:
    assert "No request is waiting here." in desk.get(reverse(QUEUE)).content.decode()
    assert "No request matches." in desk.get(reverse(QUEUE), {"q": "S-0"}).content.decode()
