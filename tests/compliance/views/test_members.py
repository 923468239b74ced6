"""Home and lists of somebody who is signed in, and what they may do on a request in any state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.enums import Action, Capacity, RequestKind, Status
from compliance.lifecycle import MOVES, legal
from compliance.models import PrivacyRequest
from compliance.services import choices
from compliance.services.actors import MEMBER_VERBS, member_actor
from compliance.views import tags
from consent.enums import PAIRS, Surface
from consent.services import choices as consent_choices
from consent.services import notices
from seats import personal_data
from seats.models import Member
from tests import factories
from tests.compliance.views import scenes
from tests.compliance.views.test_cases import text_of
from tests.visits import signed_in

pytestmark = pytest.mark.django_db


def office(customer: str = "Brennan Freight GmbH", **fields: Any) -> tuple[Any, Member]:
    """A contract and its administrator, who holds no seat."""
    contract = factories.make_contract(customer=customer, **fields)
    administrator = factories.make_member()
    factories.make_administration(contract, administrator)
    return contract, administrator


# --- Home ---------------------------------------------------------------------------------------


def test_home_says_what_is_to_do_and_what_is_done(client: Client) -> None:
    member = factories.make_seat().member
    version = factories.make_version(title="How we use your data")
    signed_in(client, member)
    said = text_of(client.get("/privacy/"))
    assert "You have one thing to do." in said
    assert "How we use your data" in said
    assert "Until you choose, we send you no promotional messages." in said

    notices.confirm(member, version.pk, sha256=version.text_sha256, surface=Surface.DESKTOP)
    answers = dict.fromkeys(PAIRS, False)
    consent_choices.save_choices(member, answers, factories.make_evidence(), {})
    said = text_of(client.get("/privacy/"))
    assert "You have nothing to do." in said
    assert "You chose on" in said


def test_home_shows_data_requests_and_seats_within_ten_queries(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    contract, member = office(instruction="administrator")
    seat = factories.make_seat(contract, member)
    factories.make_seat(member=member, released_at=timezone.now() - timedelta(days=9))
    for status in (Status.RUNNING, Status.COMPLETED, Status.REJECTED, Status.RECEIVED):
        made = factories.make_request(RequestKind.EXPORT, status, seat=seat)
        if status == Status.COMPLETED:
            scenes.make_archive(made)
    asked = factories.make_request(
        RequestKind.EXPORT, Status.AWAITING_APPROVAL, seat=factories.make_seat(contract)
    )
    signed_in(client, member)
    with django_assert_max_num_queries(10):
        response = client.get("/privacy/")
    said = text_of(response)
    for words in ("Get a copy of your data", "Delete your data", "All your requests"):
        assert words in said
    assert "You can still ask about it." in said
    assert "Requests for my organisation Brennan Freight GmbH" in said
    assert "One request waits for you" in said
    assert asked.reference not in said
    assert response.content.decode().count('class="ref">EXP-') == 3


def test_who_has_nothing_is_offered_nothing(client: Client) -> None:
    signed_in(client, factories.make_member())
    said = text_of(client.get("/privacy/"))
    assert "You hold no seat, and held none before." in said
    assert "You asked for nothing so far." in said


@pytest.mark.parametrize(("kind", "status"), scenes.STATES)
def test_every_state_has_its_word(kind: RequestKind, status: Status) -> None:
    request = scenes.make(kind, status)
    found = tags.line(request)
    assert str(found.tag.word)
    assert found.note
    if (kind, status) == (RequestKind.EXPORT, Status.COMPLETED):
        assert found.tag.word == "Ready"
        request.archives.update(destroyed_at=timezone.now())
        assert tags.line(PrivacyRequest.objects.get(pk=request.pk)).tag.word == "No longer here"


# --- Lists --------------------------------------------------------------------------------------


def test_all_requests_are_listed_and_nobody_elses(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    seat = factories.make_seat()
    closed = {"status": Status.CANCELLED, "seat": seat}
    mine = [factories.make_request(**closed) for _number in range(25)]
    gone = factories.make_request(
        status=Status.COMPLETED, seat=seat, contact_purged_at=timezone.now()
    )
    foreign = factories.make_request(seat=factories.make_seat(seat.contract))
    signed_in(client, seat.member)
    with django_assert_max_num_queries(10):
        first = client.get("/privacy/requests/")
    both = first.content.decode()
    both += client.get("/privacy/requests/?page=2").content.decode()
    for request in (*mine, gone):
        assert request.reference in both
    assert f"/r/{mine[0].public_id}/" in both
    assert f"/r/{gone.public_id}/" not in both
    assert foreign.reference not in both
    assert client.get("/privacy/requests/?page=nonsense").status_code == 200


def test_an_administrator_sees_what_was_asked_for_the_organisation_only(client: Client) -> None:
    contract, administrator = office()
    colleague = factories.make_member()
    factories.make_administration(contract, colleague)
    common = {"contract": contract, "capacity": Capacity.ADMINISTRATOR}
    own = factories.make_request(seat=None, requester=administrator, **common)
    theirs = factories.make_request(seat=None, requester=colleague, **common)
    private = factories.make_request(seat=factories.make_seat(contract))
    other_contract = factories.make_request(seat=None)
    signed_in(client, administrator)
    body = client.get("/privacy/organisation/").content.decode()
    assert f"/r/{own.public_id}/" in body
    assert theirs.reference in body
    # Whoever holds a request's link can cancel it.
    assert theirs.public_id not in body
    for hidden in (private, other_contract):
        assert hidden.reference not in body


def test_the_contract_is_switched_and_no_foreign_one_is_there(client: Client) -> None:
    contract, administrator = office("Brennan Freight GmbH")
    other = factories.make_contract(customer="Osterlund Shipping AB")
    factories.make_administration(other, administrator)
    foreign = factories.make_contract()
    signed_in(client, administrator)
    address = "/privacy/organisation/?contract="
    assert "Osterlund Shipping AB" in text_of(client.get(f"{address}{other.number}"))
    assert 'aria-current="page">Osterlund' in client.get(address + other.number).content.decode()
    for number in (foreign.number, "C-0", "%00", "x" * 500):
        assert client.get(address + number).status_code == 404
    administrator.administrations.filter(contract=contract).update(until=timezone.now())
    assert client.get(address + contract.number).status_code == 404
    signed_in(client, factories.make_member())
    assert client.get("/privacy/organisation/").status_code == 404


def test_every_page_sends_strangers_to_the_entrance(client: Client) -> None:
    case = factories.make_request()
    for path in (
        *("/privacy/", "/privacy/requests/", "/privacy/organisation/", "/privacy/ask/"),
        *("/privacy/ask/about/", "/privacy/ask/included/", "/privacy/ask/check/"),
        *(f"/privacy/decide/{case.reference}/", f"/r/{case.public_id}/waive/"),
    ):
        assert client.get(path).url.startswith("/privacy/sign-in/?next="), path


# --- The confirmation ---------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "status"), scenes.STATES)
def test_the_confirmation_stays_valid(
    client: Client, kind: RequestKind, status: Status, django_assert_max_num_queries: Any
) -> None:
    request = scenes.make(kind, status)
    with django_assert_max_num_queries(10):
        response = client.get(f"/r/{request.public_id}/received/")
    said = text_of(response)
    assert response.status_code == 200
    assert request.reference in said
    assert "Save the receipt (PDF" in said
    assert request.contact_email not in said
    assert ("It has gone on since" in said) == request.is_closed
    if not request.is_closed:
        assert "That is the legal deadline." in said


def test_the_confirmation_is_gone_with_the_request(client: Client) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.COMPLETED)
    PrivacyRequest.objects.update(contact_purged_at=timezone.now())
    assert client.get(f"/r/{request.public_id}/received/").status_code == 410
    assert client.get("/r/AAAAAAAAAAAAAAAAAAAAAA/received/").status_code == 404


# --- Erased people ------------------------------------------------------------------------------


def test_an_erased_persons_page_and_certificate_stay_until_their_time_is_over(
    client: Client,
) -> None:
    """Design: 30 days after the last notice was delivered."""
    request = scenes.make(RequestKind.DELETION, Status.COMPLETED, printed=True)
    number = request.receipts.get().number
    personal_data.erase_member(request.requester)
    for part in ("", "received/", f"{number}.pdf"):
        assert client.get(f"/r/{request.public_id}/{part}").status_code == 200
    assert client.post(f"/r/{request.public_id}/write/", {"text": "Hello?"}).status_code == 403
    PrivacyRequest.objects.update(contact_purged_at=timezone.now())
    for part in ("", "received/", f"{number}.pdf"):
        assert client.get(f"/r/{request.public_id}/{part}").status_code == 410


# --- Status × action ----------------------------------------------------------------------------


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize(("kind", "status"), scenes.STATES)
def test_what_a_member_may_do_in_every_state(
    kind: RequestKind, status: Status, action: Action
) -> None:
    """Answer, go without the copy, cancel: as the table says, and nothing else ever."""
    request = factories.make_request(
        kind, status, copy_first=factories.make_request() if kind == RequestKind.DELETION else None
    )
    holder, stranger = member_actor(request.requester), member_actor(factories.make_member())
    may = not choices.why_not(action, request, actor=holder)
    mine = {Action.ANSWER, Action.WAIVE_COPY, Action.CANCEL, Action.ABORT}
    assert may == (action in mine and legal(action, kind=kind, status=status))
    assert choices.why_not(action, request, actor=stranger)
    assert {MOVES[one].permission for one in mine} <= MEMBER_VERBS
