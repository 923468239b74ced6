from __future__ import annotations

import re
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
    """The rows of the list; what a search found once is opened instead."""
    page = client.get(reverse(QUEUE), query)
    if page.status_code == 302:
        return [PrivacyRequest.objects.get(pk=page.headers["Location"].split("/")[-3])]
    return list(page.context["cl"].result_list)


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


@pytest.mark.parametrize("rows", [1, 30, 1_000])
def test_a_page_asks_the_database_as_often_with_many_rows(
    desk: Client, contract: Contract, rows: int
) -> None:
    fill(contract, rows)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = desk.get(reverse(QUEUE))
    assert len(page.context["cl"].result_list) == min(rows, 50)
    assert len(asked) <= MOST_QUERIES, [q["sql"][:150] for q in asked.captured_queries]


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


def test_the_queue_opens_with_ones_own_else_with_what_nobody_has(
    desk: Client, agent: StaffUser
) -> None:
    others = factories.make_request(assignee=factories.make_staff())
    free = factories.make_request()
    assert shown(desk) == [free]
    mine = factories.make_request(assignee=agent)
    assert shown(desk) == [mine]
    assert shown(desk, tab="open") == [others, free, mine]


def test_a_search_looks_through_every_queue_and_opens_its_only_hit(
    desk: Client, contract: Contract
) -> None:
    one, other = (
        factories.make_request(contract=contract, status=status)
        for status in (Status.COMPLETED, Status.RECEIVED)
    )
    page = desk.get(reverse(QUEUE), {"q": contract.number})
    assert list(page.context["cl"].result_list) == [other, one]
    answer = desk.get(reverse(QUEUE), {"q": one.seat.number, "tab": "mine"})
    assert answer.headers["Location"] == reverse(
        "admin:compliance_privacyrequest_change", args=[one.pk]
    )
    narrowed = desk.get(reverse(QUEUE), {"q": one.seat.number, "kind__exact": "export"})
    assert list(narrowed.context["cl"].result_list) == [one]


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
    for part in (request.reference[:8], request.seat.number[:2], request.requester.number[:2]):
        assert shown(desk, q=part) == []


def test_a_members_number_finds_what_they_asked_for_and_what_is_about_their_seats(
    desk: Client,
) -> None:
    own = factories.make_request()
    by_another = factories.make_request(seat=own.seat, requester=factories.make_member())
    other = factories.make_request()
    assert set(shown(desk, q=own.requester.number.lower())) == {own, by_another}
    both = f"{own.requester.number} {other.requester.number}"
    assert set(shown(desk, q=both)) == {own, by_another, other}
    assert set(shown(desk, q=f"{own.requester.number} {other.reference}")) == {
        own, by_another, other,
    }  # fmt: skip
    assert shown(desk, q=f"M-{'9' * 30} M-²") == []


def found(client: Client, term: str, **query: str) -> str:
    """Where a search that was posted leads."""
    answer = client.post(reverse(QUEUE, query=query), {"q": term})
    assert answer.status_code == 302
    assert "@" not in answer.url
    assert "%40" not in answer.url
    return str(answer.url)


def test_an_address_is_looked_for_and_stands_in_no_url(desk: Client) -> None:
    request = factories.make_request()
    factories.make_request()
    where = found(desk, f" {request.requester.email.upper()} ", tab="all", p="3")
    assert where == f"{reverse(QUEUE)}?tab=all&q={request.requester.number}"
    assert desk.get(where).headers["Location"] == reverse(
        "admin:compliance_privacyrequest_change", args=[request.pk]
    )
    assert request.requester.email not in desk.get(where).content.decode()


def test_an_address_that_is_only_on_a_request_leads_to_it(desk: Client) -> None:
    request = factories.make_request(contact_email="New.Address@a.example")
    where = found(desk, "new.address@a.example")
    assert where.endswith(f"?q={request.reference}")


def test_two_people_with_one_mailbox_are_both_found(desk: Client) -> None:
    people = [factories.make_member(email="office@a.example") for _ in range(2)]
    where = found(desk, "office@a.example")
    assert where.endswith(f"?q={people[0].number}+{people[1].number}")


def test_an_unknown_address_and_a_foreign_one_are_answered_alike(
    client: Client, rep: StaffUser
) -> None:
    foreign = factories.make_request(contact_email="other@a.example")
    client.force_login(rep)
    for address in ("nobody@a.example", foreign.requester.email, "other@a.example", "@"):
        where = found(client, address, tab="all")
        assert where == f"{reverse(QUEUE)}?tab=all"
        assert "Nothing here belongs to that address." in client.get(where).content.decode()


def test_an_address_in_a_url_goes_no_further(desk: Client) -> None:
    request = factories.make_request()
    answer = desk.get(reverse(QUEUE), {"q": request.requester.email})
    assert answer.url == f"{reverse(QUEUE)}?q={request.requester.number}"


def test_what_is_no_address_is_searched_for_as_it_is(desk: Client) -> None:
    assert found(desk, "S-1 & more", tab="all") == f"{reverse(QUEUE)}?tab=all&q=S-1+%26+more"
    assert found(desk, "", tab="all") == f"{reverse(QUEUE)}?tab=all"


def test_every_search_box_posts(desk: Client) -> None:
    page = desk.get(reverse(QUEUE)).content.decode()
    boxes = re.findall(r'<form[^>]*role="search"[^>]*>', page)
    assert len(boxes) == 2
    assert all('method="post"' in box for box in boxes)


def test_who_may_not_see_requests_does_not_search_them(db: None, client: Client) -> None:
    client.force_login(factories.make_staff())
    assert client.post(reverse(QUEUE), {"q": "S-1"}).status_code == 403


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
