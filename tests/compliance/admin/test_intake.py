from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.enums import Capacity, Channel, RequestKind
from compliance.models import PrivacyRequest
from compliance.services import objects
from seats.models import Contract, Seat, StaffUser
from seats.roles import Role
from tests import factories

ADD = "admin:compliance_privacyrequest_add"


@pytest.fixture
def seat(contract: Contract) -> Seat:
    return factories.make_seat(contract)


def asked(**fields: Any) -> dict[str, Any]:
    return {
        "kind": "export",
        "seat": "",
        "contract": "",
        "format": "csv",
        "channel": "letter",
        "received_at_0": "2026-03-05",
        "received_at_1": "09:30",
        "contact_email": "",
        "language": "",
        **fields,
    }


def test_the_form_knows_where_it_was_opened(desk: Client, seat: Seat) -> None:
    page = desk.get(reverse(ADD), {"seat": seat.number}).content.decode()
    assert f'value="{seat.number}"' in page


def test_a_letter_becomes_a_request_of_the_seats_holder(
    desk: Client, seat: Seat, agent: StaffUser
) -> None:
    answer = desk.post(
        reverse(ADD), asked(seat=seat.number, categories=["notes"], contact_email="new@a.example")
    )
    request = PrivacyRequest.objects.get()
    assert answer.headers["Location"] == reverse(
        "admin:compliance_privacyrequest_change", args=[request.pk]
    )
    assert (request.kind, request.seat, request.requester) == ("export", seat, seat.member)
    assert (request.capacity, request.channel) == (Capacity.HOLDER, Channel.LETTER)
    assert request.categories == ["notes"]
    assert request.entered_by == f"staff:{agent.username}"
    assert request.contact_email == "new@a.example"
    assert request.received_at.isoformat() == "2026-03-05T09:30:00+00:00"
    assert request.due_on.isoformat() == "2026-04-07"  # Sunday, then Easter Monday
    assert "is filed. It is due on 7 Apr 2026." in desk.get(answer.url).content.decode()


def test_the_day_is_the_controllers(desk: Client, seat: Seat) -> None:
    """At 23:30 UTC it is the next day in Dublin's summer: that is the day of receipt there."""
    desk.post(
        reverse(ADD), asked(seat=seat.number, received_at_0="2026-07-01", received_at_1="00:30")
    )
    request = PrivacyRequest.objects.get()
    assert request.received_at.isoformat() == "2026-06-30T23:30:00+00:00"
    assert request.due_on.isoformat() == "2026-08-04"


def test_a_customers_instruction_names_the_contract(desk: Client, contract: Contract) -> None:
    assert (
        desk.post(reverse(ADD), asked(kind="deletion", contract=contract.number)).status_code == 302
    )
    request = PrivacyRequest.objects.get()
    assert (request.kind, request.seat, request.capacity) == ("deletion", None, Capacity.COMPANY)
    assert len(request.categories) == 14


def test_an_administrators_letter_about_a_seat_is_the_administrators(
    desk: Client, seat: Seat
) -> None:
    administrator = factories.make_member()
    factories.make_administration(seat.contract, administrator)
    answer = desk.post(reverse(ADD), asked(seat=seat.number, requester=administrator.number))
    assert answer.status_code == 302
    request = PrivacyRequest.objects.get()
    assert (request.requester, request.capacity) == (administrator, Capacity.ADMINISTRATOR)
    assert request.contact_email == administrator.email
    for number, status in (("M-0", 404), (factories.make_seat(seat.contract).member.number, 400)):
        again = desk.post(reverse(ADD), asked(seat=seat.number, requester=number))
        assert again.status_code == status
        assert number in again.content.decode()


def test_a_copy_first_makes_two_linked_requests(desk: Client, seat: Seat) -> None:
    assert desk.post(reverse(ADD), asked(kind="both", seat=seat.number)).status_code == 302
    copy, deletion = PrivacyRequest.objects.order_by("pk")
    assert (copy.kind, deletion.kind) == (RequestKind.EXPORT, RequestKind.DELETION)
    assert deletion.copy_first == copy


def test_a_representative_files_for_their_own_customers_only(
    client: Client, rep: StaffUser, seat: Seat
) -> None:
    client.force_login(rep)
    foreign = factories.make_seat()
    answers = {
        number: client.post(reverse(ADD), asked(seat=number))
        for number in (foreign.number, "S-0", seat.number)
    }
    assert [answer.status_code for answer in answers.values()] == [404, 404, 302]
    assert f"There is no seat {foreign.number}." in answers[foreign.number].content.decode()
    assert PrivacyRequest.objects.get().seat == seat


@pytest.mark.parametrize(
    "wrong",
    [
        {"seat": ""},
        {"contract": "C-0"},
        {"kind": "rectification"},
        {"channel": "self_service"},
        {"format": "xml"},
        {"categories": ["no-such"]},
        {"received_at_0": ""},
        {"received_at_0": "31/12/2026"},
        {"received_at_0": "2999-01-01"},
        {"contact_email": "not an address"},
        {"file": SimpleUploadedFile("x.pdf", b"%PDF-1.7"), "what": ""},
        {"file": SimpleUploadedFile("x.exe", b"MZ"), "what": "identity"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_filed(
    desk: Client, seat: Seat, wrong: dict[str, Any]
) -> None:
    answer = desk.post(reverse(ADD), asked(**{"seat": seat.number, **wrong}))
    assert answer.status_code == 400
    assert "rd-callout is-bad" in answer.content.decode() or "rd-error" in answer.content.decode()
    assert not PrivacyRequest.objects.exists()
    assert objects.names_below("evidence") == []


def test_what_came_with_it_is_attached(desk: Client, seat: Seat) -> None:
    letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.7 letter")
    assert (
        desk.post(reverse(ADD), asked(seat=seat.number, what="letter", file=letter)).status_code
        == 302
    )
    assert PrivacyRequest.objects.get().evidence.get().what == "letter"


def test_asking_twice_joins(desk: Client, seat: Seat) -> None:
    for slug in ("notes", "saved-leads"):
        desk.post(reverse(ADD), asked(seat=seat.number, categories=[slug]))
    assert PrivacyRequest.objects.get().categories == ["saved-leads", "notes"]


@pytest.mark.parametrize("role", [Role.AUDITOR, None])
def test_who_may_not_file_gets_no_form(client: Client, seat: Seat, role: Role | None) -> None:
    client.force_login(factories.make_staff(role))
    assert client.get(reverse(ADD)).status_code == 403
    assert client.post(reverse(ADD), asked(seat=seat.number)).status_code == 403
    assert not PrivacyRequest.objects.exists()


def test_the_time_offered_is_now(desk: Client) -> None:
    form = desk.get(reverse(ADD)).context["form"]
    assert timezone.now() - form.fields["received_at"].initial < timedelta(minutes=1)
