"""Requester and staff write to each other; a deletion goes without the copy."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compliance.enums import Action, ActorKind, Capacity, RequestKind, Status
from compliance.models import EmailMessage, PrivacyRequest
from compliance.services import correspondence, requests
from compliance.services.actors import member_actor, staff_actor
from compliance.services.mails import render
from seats.models import StaffUser
from seats.roles import Role
from tests import factories
from tests.compliance.views.test_cases import text_of
from tests.visits import signed_in

pytestmark = pytest.mark.django_db


def page(case: PrivacyRequest, part: str = "") -> str:
    return f"/r/{case.public_id}/{part}"


def asked_back() -> PrivacyRequest:
    case = factories.make_request(status=Status.IN_REVIEW)
    agent = staff_actor(factories.make_staff(Role.SUPPORT))
    return requests.take(Action.ASK, case.pk, actor=agent, reason="Which year?")


def test_an_answer_resumes_the_clock(client: Client) -> None:
    case = asked_back()
    assert "Yes. Answer our question below." in text_of(client.get(page(case)))
    assert case.pauses.get().answered_at is None
    sent = {"text": "2024, please.", "version": case.version}
    assert client.post(page(case, "write/"), sent).url == f"{page(case)}#messages"
    case.refresh_from_db()
    assert case.status == Status.IN_REVIEW
    assert case.pauses.get().answered_at is not None
    event = case.events.order_by("-sequence").first()
    assert (event.action, event.actor) == (Action.ANSWER, f"member:M-{case.requester_id}")
    said = text_of(client.get(page(case)))
    assert said.index("Which year?") < said.index("2024, please.")
    # The form once more: the question is answered, so it would be a message, from an old page.
    assert client.post(page(case, "write/"), sent).status_code == 302
    assert case.pauses.count() == 1


def test_a_message_is_kept_shown_and_told_to_who_works_on_it(client: Client) -> None:
    agent = factories.make_staff(Role.SUPPORT)
    case = factories.make_request(status=Status.IN_REVIEW, assignee=agent)
    text = "Is it <b>large</b>?\r\n=cmd()\nBcc: all@example.org"
    for _twice in range(2):
        assert client.post(page(case, "write/"), {"text": text}).status_code == 302
    message = case.messages.get()
    assert message.author_kind == ActorKind.MEMBER
    assert message.text == "Is it <b>large</b>?\n=cmd()\nBcc: all@example.org"
    assert case.events.filter(action="wrote").count() == 1
    mail = EmailMessage.objects.get(template="wrote")
    assert mail.to == agent.email
    assert "large" not in str(render(mail).body)
    assert "Is it &lt;b&gt;large&lt;/b&gt;?" in client.get(page(case)).content.decode()


@pytest.mark.parametrize("text", ["", "  \r\n ", "\x00\x07", "x" * (correspondence.LETTERS + 1)])
def test_nothing_and_too_much_is_no_message(client: Client, text: str) -> None:
    case = factories.make_request()
    response = client.post(page(case, "write/"), {"text": text})
    assert response.status_code == 400
    assert "<title>Error:" in response.content.decode()
    assert not case.messages.exists()


def test_a_mailbox_is_not_filled_up(client: Client) -> None:
    case = factories.make_request()
    for number in range(correspondence.A_DAY):
        client.post(page(case, "write/"), {"text": f"Message {number}"})
    response = client.post(page(case, "write/"), {"text": "One more"})
    assert response.status_code == 429
    assert "You wrote very often today." in text_of(response)
    assert case.messages.count() == correspondence.A_DAY


def test_who_lost_the_right_or_asked_through_us_writes_no_more(client: Client) -> None:
    administrator, seat = factories.make_member(), factories.make_seat()
    lost = factories.make_request(
        seat=seat, requester=administrator, capacity=Capacity.ADMINISTRATOR
    )
    through_us = factories.make_request(seat=None)
    for case in (lost, through_us):
        assert client.post(page(case, "write/"), {"text": "Hello"}).status_code == 403
        assert not case.messages.exists()
    assert "Send the message" not in text_of(client.get(page(through_us)))
    assert client.get(page(lost, "write/")).status_code == 405
    assert client.post("/r/AAAAAAAAAAAAAAAAAAAAAA/write/", {"text": "Hi"}).status_code == 404


def test_staff_answer_on_the_page_and_by_mail(client: Client) -> None:
    case = factories.make_request()
    agent = factories.make_staff(Role.SUPPORT)
    desk = Client()
    desk.force_login(agent)
    url = reverse("admin:compliance_privacyrequest_reply", args=[case.pk])
    assert desk.post(url, {"text": " "}).status_code == 400
    assert desk.post(url, {"text": "It is <i>small</i>."}).status_code == 302
    mail = EmailMessage.objects.get(template="reply")
    assert mail.to == case.contact_email
    message = render(mail)
    assert "It is <i>small</i>." in str(message.body)
    assert "It is &lt;i&gt;small&lt;/i&gt;." in str(message.alternatives[0][0])
    body = client.get(page(case)).content.decode()
    assert "It is &lt;i&gt;small&lt;/i&gt;." in body
    assert agent.username not in body
    shown = desk.get(reverse("admin:compliance_privacyrequest_change", args=[case.pk]))
    assert "Answered the requester" in text_of(shown)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REPRESENTATIVE])
def test_who_may_not_review_may_not_answer(role: Role) -> None:
    case = factories.make_request()
    user: StaffUser = factories.make_staff(role)
    desk = Client()
    desk.force_login(user)
    url = reverse("admin:compliance_privacyrequest_reply", args=[case.pk])
    assert desk.post(url, {"text": "Hello"}).status_code in (403, 404)
    assert not case.messages.exists()


# --- Without the copy ---------------------------------------------------------------------------


@pytest.fixture
def waiting() -> PrivacyRequest:
    seat = factories.make_seat()
    copy = factories.make_request(RequestKind.EXPORT, Status.IN_REVIEW, seat=seat)
    return factories.make_request(RequestKind.DELETION, Status.APPROVED, seat=seat, copy_first=copy)


def test_a_requester_who_needs_no_copy_says_so_in_two_clicks(
    client: Client, waiting: PrivacyRequest
) -> None:
    assert "Delete without the copy" in text_of(client.get(page(waiting)))
    signed_in(client, waiting.requester)
    assert "Delete without the copy?" in text_of(client.get(page(waiting, "waive/")))
    waiting.refresh_from_db()
    assert waiting.copy_waived_at is None
    sent = {"version": waiting.version}
    assert client.post(page(waiting, "waive/"), sent).url == page(waiting)
    waiting.refresh_from_db()
    assert waiting.copy_waived_at
    again = client.post(page(waiting, "waive/"), sent)
    assert again.status_code == 409
    assert "This deletion does not wait for a copy" in text_of(again)


def test_the_link_alone_gives_up_no_copy(client: Client, waiting: PrivacyRequest) -> None:
    assert client.post(page(waiting, "waive/")).status_code == 403
    signed_in(client, factories.make_member())
    assert client.post(page(waiting, "waive/")).status_code == 403
    waiting.refresh_from_db()
    assert waiting.copy_waived_at is None


def test_what_waits_for_no_copy_says_so(client: Client) -> None:
    case: Any = factories.make_request(RequestKind.DELETION, Status.RUNNING)
    signed_in(client, case.requester)
    assert client.get(page(case, "waive/")).status_code == 409
    assert member_actor(case.requester).may("answer", case)
