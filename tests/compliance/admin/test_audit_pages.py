from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compliance.models import DeskEvent
from compliance.services import events
from compliance.services.actors import SYSTEM
from seats.models import Contract, StaffUser
from seats.roles import Role
from tests import factories

STREAM = "admin:compliance_requestevent_stream"
REGISTER = "admin:compliance_privacyrequest_register"
RECORDS = "admin:compliance_datacategory_records"


@pytest.fixture
def eyes(client: Client, db: None) -> Client:
    """A browser in which an auditor is signed in."""
    client.force_login(factories.make_staff(Role.AUDITOR, username="otto"))
    return client


def content(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_the_stream_shows_and_narrows(eyes: Client) -> None:
    one, other = factories.make_request(), factories.make_request()
    page = eyes.get(reverse(STREAM))
    assert {entry.subject for entry in page.context["entries"]} >= {one.reference, other.reference}
    page = eyes.get(reverse(STREAM), {"about": f" {one.reference.lower()} "})
    assert {entry.subject for entry in page.context["entries"]} == {one.reference}
    page = eyes.get(reverse(STREAM), {"source": "holds"})
    assert "Nothing matches." in page.content.decode()


def test_the_stream_turns_its_pages(eyes: Client) -> None:
    request = factories.make_request()
    for _n in range(60):
        events.record(request, "noted", actor=SYSTEM)
    first = eyes.get(reverse(STREAM), {"source": "requests"})
    assert len(first.context["entries"]) == 50
    second = eyes.get(f"{reverse(STREAM)}?{first.context['older']}")
    assert len(second.context["entries"]) == 11
    assert not second.context["older"]
    assert "Newest" in second.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"source": "nonsense"},
        {"since": "yesterday"},
        {"until": "2026-13-45"},
        {"after": "x"},
        {"who": "x" * 500},
        {"about": "\x00"},
    ],
)
def test_nonsense_in_its_address_narrows_nothing_and_breaks_nothing(
    eyes: Client, query: dict[str, str]
) -> None:
    request = factories.make_request()
    page = eyes.get(reverse(STREAM), query)
    assert page.status_code == 200
    assert request.reference in page.content.decode()


def test_how_far_the_chains_were_verified_is_said(eyes: Client) -> None:
    assert "Not verified yet." in eyes.get(reverse(STREAM)).content.decode()
    data = {"last_event": 48213, "faults": 0}
    DeskEvent.objects.create(action="verified", actor="system", data=data)
    page = eyes.get(reverse(STREAM)).content.decode()
    assert "Verified to event 48,213" in page
    assert "manage.py verify_audit" in page
    data = {"last_event": 1, "faults": 2}
    DeskEvent.objects.create(action="verified", actor="system", data=data)
    assert "found 2 faults" in eyes.get(reverse(STREAM)).content.decode()


def test_the_stream_is_taken_as_csv_and_that_is_on_record(eyes: Client) -> None:
    request = factories.make_request()
    factories.make_request()
    answer = eyes.post(f"{reverse(f'{STREAM}_csv')}?about={request.reference}")
    (line,) = csv.DictReader(io.StringIO(content(answer), newline=""))
    event = request.events.get()
    assert (line["About"], line["Code"]) == (request.reference, "received")
    assert (line["Number"], line["Digest"]) == ("1", event.digest)
    taken = DeskEvent.objects.get()
    assert (taken.action, taken.actor) == ("audit_downloaded", "staff:otto")
    assert taken.data == {"format": "csv", "narrowed": {"about": request.reference}}


def test_the_stream_is_taken_as_lines_of_json(eyes: Client) -> None:
    request = factories.make_request()
    answer = eyes.post(f"{reverse(f'{STREAM}_jsonl')}?source=requests")
    (line,) = [json.loads(line) for line in content(answer).splitlines()]
    assert (line["about"], line["source"]) == (request.reference, "requests")
    assert line["digest"] == request.events.get().digest


def test_a_file_holds_no_formula_and_nothing_people_wrote(eyes: Client) -> None:
    request = factories.make_request()
    events.record(request, "=1+1", actor=SYSTEM, text="ana@secret.example wrote this")
    text = content(eyes.post(reverse(f"{STREAM}_csv")))
    assert "secret" not in text
    assert "'=1+1" in text


def test_a_representatives_file_holds_their_own(
    client: Client, rep: StaffUser, contract: Contract
) -> None:
    mine, foreign = factories.make_request(contract=contract), factories.make_request()
    client.force_login(rep)
    text = content(client.post(reverse(f"{STREAM}_csv")))
    assert mine.reference in text
    assert foreign.reference not in text


def test_the_register_shows_this_year_and_any_other_time(eyes: Client) -> None:
    factories.make_request()
    page = eyes.get(reverse(REGISTER))
    assert sum(line.received for line in page.context["register"].totals) == 1
    page = eyes.get(reverse(REGISTER), {"since": "2020-01-01", "until": "2020-12-31"})
    assert "Nothing was received in this time." in page.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-02-01", "until": "2026-01-01"},
        {"since": "1900-01-01", "until": "2026-01-01"},
        {"since": "2026-02-30"},
    ],
)
def test_a_time_that_is_none_is_said_and_not_taken(eyes: Client, query: dict[str, str]) -> None:
    page = eyes.get(reverse(REGISTER), query)
    assert page.status_code == 200
    assert page.context["register"] is None
    assert page.context["form"].errors
    answer = eyes.post(reverse(f"{REGISTER}_csv"), QUERY_STRING="since=2026-02-30")
    assert answer.status_code == 404
    assert not DeskEvent.objects.exists()


def test_the_register_is_taken_as_csv_and_that_is_on_record(eyes: Client) -> None:
    factories.make_request()
    lines = list(csv.DictReader(io.StringIO(content(eyes.post(reverse(f"{REGISTER}_csv"))))))
    assert {line["Received"] for line in lines if line["Month"] == "All"} == {"1", "0"}
    assert DeskEvent.objects.get().action == "register_downloaded"


def test_records_of_processing_are_a_page_and_two_files(eyes: Client) -> None:
    assert "Where customers decide" in eyes.get(reverse(RECORDS)).content.decode()
    lines = list(csv.DictReader(io.StringIO(content(eyes.get(reverse(f"{RECORDS}_csv"))))))
    record = json.loads(content(eyes.get(reverse(f"{RECORDS}_json"))))
    assert len(lines) == len(record["as_controller"]) + len(record["as_processor"])


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.REPRESENTATIVE])
def test_the_register_is_for_who_oversees(client: Client, db: None, role: Role) -> None:
    client.force_login(factories.make_staff(role))
    assert client.get(reverse(REGISTER)).status_code == 403
    assert client.post(reverse(f"{REGISTER}_csv")).status_code == 403
