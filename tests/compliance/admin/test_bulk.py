from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.enums import RequestKind, Status
from compliance.models import Approval, DeskEvent, PrivacyRequest
from seats.models import Contract, StaffUser
from seats.roles import Role
from tests import factories

QUEUE = "admin:compliance_privacyrequest_changelist"
BULK = "admin:compliance_privacyrequest_bulk"
LIST = "admin:compliance_privacyrequest_csv"


def tick(client: Client, what: str, *rows: PrivacyRequest) -> Any:
    data = {"action": what, "index": "0", "_selected_action": [row.pk for row in rows]}
    return client.post(f"{reverse(QUEUE)}?tab=all", data)


def confirm(client: Client, what: str, *rows: PrivacyRequest, **more: str) -> Any:
    pairs = [f"{row.pk}:{row.version}" for row in rows]
    return client.post(reverse(BULK, args=[what]), {"row": pairs, **more})


def awaiting(kind: RequestKind = RequestKind.EXPORT, **fields: Any) -> PrivacyRequest:
    return factories.make_request(kind, Status.AWAITING_APPROVAL, **fields)


def names(rows: list[Any]) -> list[PrivacyRequest]:
    return [row.request for row in rows]


def test_what_can_and_what_cannot_is_named_before_anything_is_done(
    desk: Client, agent: StaffUser
) -> None:
    able = awaiting()
    deletion = awaiting(RequestKind.DELETION)
    early = factories.make_request()
    own = awaiting(entered_by=f"staff:{agent.username}")
    page = tick(desk, "approve", able, deletion, early, own)
    assert names(page.context["able"]) == [able]
    assert {row.request: row.why_not for row in page.context["unable"]} == {
        deletion: "A deletion is approved alone: on its own page, with what is lost before your "
        "eyes.",
        early: "Not possible while the request is “Received”.",
        own: "You entered this request: somebody else has to approve it.",
    }
    assert "Approve 1 export?" in page.content.decode()
    assert not Approval.objects.exists()


def test_exports_are_approved_and_the_result_says_which(desk: Client) -> None:
    one, other = awaiting(), awaiting()
    page = confirm(desk, "approve", one, other)
    assert names(page.context["done"]) == [one, other] or names(page.context["done"]) == [
        other,
        one,
    ]
    assert {row.status for row in PrivacyRequest.objects.all()} == {Status.APPROVED}
    assert "2 exports approved" in page.content.decode()


def test_no_deletion_is_approved_with_others_whatever_is_posted(desk: Client) -> None:
    deletion = awaiting(RequestKind.DELETION)
    page = confirm(desk, "approve", deletion)
    assert names(page.context["failed"]) == [deletion]
    assert not Approval.objects.exists()


def test_what_changed_meanwhile_stays_and_the_rest_goes_on(desk: Client) -> None:
    stale, fresh = awaiting(), awaiting()
    PrivacyRequest.objects.filter(pk=stale.pk).update(version=stale.version + 1)
    page = confirm(desk, "approve", stale, fresh)
    assert (names(page.context["done"]), names(page.context["failed"])) == ([fresh], [stale])
    again = confirm(desk, "approve", stale, fresh)
    assert names(again.context["done"]) == []


def test_requests_are_given_to_a_colleague(desk: Client) -> None:
    colleague = factories.make_staff(Role.SUPPORT, first_name="Ben", last_name="Okafor")
    auditor = factories.make_staff(Role.AUDITOR)
    row, closed = factories.make_request(), factories.make_request(status=Status.COMPLETED)
    page = tick(desk, "assign", row, closed)
    assert (names(page.context["able"]), names(page.context["unable"])) == ([row], [closed])
    offered = {key for key, _name in page.context["form"].fields["to"].choices}
    assert str(colleague.pk) in offered
    assert str(auditor.pk) not in offered
    result = confirm(desk, "assign", row, closed, to=str(colleague.pk))
    assert (names(result.context["done"]), names(result.context["failed"])) == ([row], [closed])
    row.refresh_from_db()
    assert row.assignee == colleague
    assert row.events.filter(action="assigned").count() == 1


@pytest.mark.parametrize("to", ["", "999999", "everybody"])
def test_nobody_unknown_is_given_anything(desk: Client, to: str) -> None:
    row = factories.make_request()
    page = confirm(desk, "assign", row, to=to)
    assert page.status_code == 400
    assert names(page.context["able"]) == [row]


def test_to_me_and_to_nobody(desk: Client, agent: StaffUser) -> None:
    row = factories.make_request()
    confirm(desk, "assign", row, to="me")
    row.refresh_from_db()
    assert row.assignee == agent
    confirm(desk, "assign", row, to="nobody")
    row.refresh_from_db()
    assert row.assignee is None


def test_a_colleague_who_may_not_see_it_does_not_get_it(
    desk: Client, rep: StaffUser, contract: Contract
) -> None:
    theirs, foreign = factories.make_request(contract=contract), factories.make_request()
    page = confirm(desk, "assign", theirs, foreign, to=str(rep.pk))
    assert (names(page.context["done"]), names(page.context["failed"])) == ([theirs], [foreign])


def test_foreign_requests_are_as_if_they_were_not_there(
    client: Client, rep: StaffUser, contract: Contract
) -> None:
    foreign = awaiting()
    client.force_login(rep)
    assert (
        "able" not in (tick(client, "approve", foreign).context or {})
        or names(tick(client, "approve", foreign).context["able"]) == []
    )
    page = confirm(client, "approve", foreign)
    assert foreign.reference not in page.content.decode()
    assert page.context["gone"] == 1
    assert not Approval.objects.exists()


def test_who_only_reads_is_offered_nothing_and_does_nothing(client: Client, db: None) -> None:
    row = awaiting()
    client.force_login(factories.make_staff(Role.AUDITOR))
    assert "action-select" not in client.get(f"{reverse(QUEUE)}?tab=all").content.decode()
    for what in ("approve", "assign"):
        assert confirm(client, what, row, to="me").status_code == 403
    assert confirm(client, "erase", row).status_code == 404


@pytest.mark.parametrize("row", ["", "x", "1", "1:x", "9" * 30 + ":1", "-1:0", "1:1:1"])
def test_damaged_rows_do_nothing(desk: Client, row: str) -> None:
    page = desk.post(reverse(BULK, args=["approve"]), {"row": [row]})
    assert page.status_code == 200
    assert page.context["done"] == []


def test_nothing_ticked_says_so(desk: Client) -> None:
    factories.make_request()
    data = {"action": "assign", "index": "0"}
    page = desk.post(f"{reverse(QUEUE)}?tab=all", data, follow=True)
    assert "must be selected" in page.content.decode()


def rows_of(answer: HttpResponse) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_list_is_taken_as_it_is_narrowed_and_that_is_on_record(
    desk: Client, agent: StaffUser, contract: Contract
) -> None:
    row = factories.make_request(contract=contract, assignee=agent)
    contract.holds.create(
        ground="claims",
        case="4 O 1/26",
        review_on=timezone.now().date(),
        placed_by=factories.make_staff(),
        entry="h",
    )
    factories.make_request()
    answer = desk.post(f"{reverse(LIST)}?tab=mine&q=&kind__exact=export")
    (line,) = rows_of(answer)
    assert line["Reference"] == row.reference
    assert (line["Customer"], line["Seat"]) == (contract.customer, row.seat.number)
    assert (line["Stage"], line["Flags"]) == ("Received", "Legal hold")
    assert (line["Assignee"], line["Due"]) == (str(agent), row.due_on.isoformat())
    event = DeskEvent.objects.get()
    assert (event.action, event.actor) == ("list_downloaded", f"staff:{agent.username}")
    assert event.data["narrowed"]["tab"] == "mine"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="requests-')


def test_a_file_names_nobody_and_runs_nowhere(desk: Client) -> None:
    contract = factories.make_contract(customer='=HYPERLINK("http://x","y")')
    row = factories.make_request(contract=contract, contact_email="ana@secret.example")
    answer = desk.post(f"{reverse(LIST)}?tab=all")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    for personal in (row.requester.name, row.requester.email, row.contact_email):
        assert personal not in text


def test_an_address_in_its_url_is_neither_used_nor_kept(desk: Client) -> None:
    desk.post(f"{reverse(LIST)}?tab=all&q=ana@secret.example")
    assert "ana@" not in str(DeskEvent.objects.get().data)


def test_a_representatives_list_holds_their_own(
    client: Client, rep: StaffUser, contract: Contract
) -> None:
    mine = factories.make_request(contract=contract)
    factories.make_request()
    client.force_login(rep)
    (line,) = rows_of(client.post(f"{reverse(LIST)}?tab=all"))
    assert line["Reference"] == mine.reference


def test_looking_at_the_address_of_the_list_takes_nothing(desk: Client) -> None:
    assert desk.get(reverse(LIST)).status_code == 405
    assert desk.get(reverse(BULK, args=["approve"])).status_code == 405
    assert not DeskEvent.objects.exists()
