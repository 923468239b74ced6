"""A promotional e-mail by SMTP, and the button of a mail program, over real sockets (RFC 8058).

The installation is on https behind a proxy that ends TLS: what is left of that here is the header
which the proxy adds, and that its one address leads to our web server.
"""

from __future__ import annotations

import email
import email.policy
import re
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage as Received
from http.client import HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import EmailMessage, get_connection
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from consent.enums import PAIRS, Act, Channel, Purpose, Reason
from consent.models import ConsentEvent
from consent.services import choices, links
from consent.services.permission import may_send
from seats.models import Member
from tests.factories import make_evidence, make_member

pytestmark = pytest.mark.django_db(transaction=True)
NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)
TIPS = (Purpose.TIPS, Channel.EMAIL)
ORIGIN = "https://privacy.example.test"


class Mailbox:
    """An SMTP server that keeps what it gets."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.kept.append(envelope.content)
        return "250 kept"


@dataclass(frozen=True)
class Button:
    """What a mail program keeps of a message for its unsubscribe button."""

    uri: str
    field: tuple[str, str]


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture
def web(transactional_db: None, settings: Settings) -> Iterator[str]:
    """Our web server as it is set up for https; it reads that once, when it starts."""
    settings.BASE_URL = ORIGIN
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    server = LiveServer("127.0.0.1")
    yield server.url
    server.stop()


def button_of(message: Received) -> Button:
    """As RFC 8058 has it: the button is there only with the one pair and exactly one https URI."""
    (post,) = message.get_all("List-Unsubscribe-Post")
    name, value = post.strip().split("=")
    (listed,) = message.get_all("List-Unsubscribe")
    uris = re.findall(r"<\s*([^>\s]+)\s*>", listed)
    (secure,) = [uri for uri in uris if urlsplit(uri).scheme == "https"]
    assert all(urlsplit(uri).scheme == "mailto" for uri in uris if uri != secure)
    return Button(secure, (name, value))


class NoWayOn(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        raise AssertionError("A mail program was sent on.")


def press(button: Button, web: str, *, multipart: bool) -> HTTPResponse:
    """POST it without cookies, as a mail program does, through the proxy."""
    name, value = button.field
    if multipart:
        body = f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--x--\r\n'
        kind = "multipart/form-data; boundary=x"
    else:
        body, kind = f"{name}={value}", "application/x-www-form-urlencoded"
    assert button.uri.startswith(f"{ORIGIN}/")
    proxied = urllib.request.Request(
        button.uri.replace(ORIGIN, web, 1),
        body.encode(),
        {
            "Content-Type": kind,
            "Host": urlsplit(ORIGIN).netloc,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "203.0.113.9",
        },
    )
    answer: HTTPResponse = urllib.request.build_opener(NoWayOn).open(proxied, timeout=20)
    return answer


@pytest.mark.parametrize("multipart", [False, True], ids=["urlencoded", "multipart"])
def test_what_was_sent_can_be_stopped_with_one_click_from_the_mail_program(
    web: str, mailbox: tuple[Mailbox, int], multipart: bool
) -> None:
    member, other = make_member(), make_member()
    for reader in (member, other):
        choices.save_choices(reader, {NEWS: True, TIPS: True}, make_evidence())
    handler, port = mailbox
    assert may_send(member, *NEWS).allowed
    EmailMessage(
        "New in Larkfield this month",
        f"News.\n\nStop these e-mails: {links.unsubscribe_url(member, *NEWS)}\n",
        to=[member.email],
        headers=links.mail_headers(member, *NEWS),
        connection=get_connection(
            "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port
        ),
    ).send()
    received = email.message_from_bytes(handler.kept[0], policy=email.policy.default)
    button = button_of(received)
    assert member.email not in button.uri

    for _click in range(2):
        with press(button, web, multipart=multipart) as answer:
            assert answer.status == 200
            assert answer.headers.get_all("Set-Cookie") is None
            assert len(answer.read()) < 200

    assert may_send(member, *NEWS)[:2] == (False, Reason.UNSUBSCRIBED)
    assert ConsentEvent.objects.filter(act=Act.UNSUBSCRIBED).count() == 1
    assert [pair for pair in PAIRS if may_send(member, *pair).allowed] == [TIPS]
    assert [pair for pair in PAIRS if may_send(other, *pair).allowed] == [NEWS, TIPS]


def test_a_button_that_was_cut_stops_nothing(web: str) -> None:
    member = make_member()
    choices.save_choices(member, {NEWS: True}, make_evidence())
    whole = links.unsubscribe_url(member, *NEWS)
    cut = Button(whole[:-1], ("List-Unsubscribe", "One-Click"))
    with pytest.raises(HTTPError) as refused:
        press(cut, web, multipart=False)
    with refused.value as answer:
        assert answer.code == 404
    assert may_send(Member.objects.get(pk=member.pk), *NEWS).allowed
