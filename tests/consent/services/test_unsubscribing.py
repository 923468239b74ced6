from __future__ import annotations

import email
import email.policy
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from pytest_django import Settings

from compliance import personal_data
from consent.enums import PAIRS, Act, Channel, Origin, Purpose, Reason
from consent.models import ConsentEvent, Suppression
from consent.services import choices, links, unsubscribing
from consent.services.permission import may_send
from seats import keys
from seats.models import Member
from seats.services.errors import BadInput, NotFound
from tests.factories import make_evidence, make_member

pytestmark = pytest.mark.django_db
NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)
TIPS = (Purpose.TIPS, Channel.EMAIL)
FORM = {"List-Unsubscribe": ["One-Click"]}


@pytest.fixture(autouse=True)
def _https(settings: Settings) -> None:
    settings.BASE_URL = "https://privacy.example.test"


@pytest.fixture
def member() -> Member:
    reader = make_member()
    choices.save_choices(reader, {NEWS: True, TIPS: True}, make_evidence())
    return reader


@pytest.fixture
def inbox() -> Iterator[tuple[list[bytes], Controller]]:
    class Keep:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            kept.append(envelope.content)
            return "250 kept"

    kept: list[bytes] = []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Keep(), hostname="127.0.0.1", port=port)
    controller.start()
    yield kept, controller
    controller.stop()


def test_a_mail_program_unsubscribes_with_what_it_was_sent(
    member: Member, inbox: tuple[list[bytes], Controller]
) -> None:
    kept, controller = inbox
    EmailMessage(
        "News", "Text", to=[member.email], headers=links.mail_headers(member, NEWS[0]),
        connection=EmailBackend(host="127.0.0.1", port=controller.port),
    ).send()  # fmt: skip

    received = email.message_from_bytes(kept[0], policy=email.policy.default)
    uris = re.findall(r"<([^>]+)>", received["List-Unsubscribe"])
    secure = [uri for uri in uris if uri.startswith("https://")]
    assert len(secure) == 1
    assert [uri.partition(":")[0] for uri in uris] == ["https", "mailto"]
    assert received["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    name, value = received["List-Unsubscribe-Post"].split("=")
    token = secure[0].removeprefix(f"https://privacy.example.test{links.UNSUBSCRIBE}")
    done = unsubscribing.one_click(token, {name: [value]}, ip="203.0.113.9")

    assert not done.again
    assert may_send(member, *NEWS).reason == Reason.UNSUBSCRIBED
    assert may_send(member, *TIPS).allowed


def test_where_there_is_no_https_no_header_is_made(member: Member, settings: Settings) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"
    with pytest.raises(ImproperlyConfigured, match="8058"):
        links.mail_headers(member, NEWS[0])


def test_a_second_click_succeeds_and_writes_nothing(member: Member) -> None:
    token = links.unsubscribe_token(member, *NEWS)
    unsubscribing.one_click(token, FORM)
    events = ConsentEvent.objects.count()
    assert unsubscribing.one_click(token, FORM).again
    assert ConsentEvent.objects.count() == events


def test_the_page_stops_one_purpose_or_everything(member: Member) -> None:
    token = links.unsubscribe_token(member, *NEWS)
    unsubscribing.unsubscribe(token, text="Stop the news", language="de")
    event = ConsentEvent.objects.get(act=Act.UNSUBSCRIBED)
    assert (event.origin, event.purpose, event.language) == (Origin.FOOTER_LINK, NEWS[0], "de")
    assert may_send(member, *TIPS).allowed

    assert unsubscribing.unsubscribe(token, everything=True).everything
    assert not any(may_send(member, *pair).allowed for pair in PAIRS)
    assert unsubscribing.unsubscribe(token, everything=True).again


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"List-Unsubscribe": ["one-click"]},
        {"List-Unsubscribe": ["One-Click", "One-Click"]},
        {"List-Unsubscribe": ["One-Click"], "more": ["x"]},
        {"unsubscribe": ["One-Click"]},
    ],
)
def test_any_other_body_is_refused(member: Member, form: dict[str, list[str]]) -> None:
    events = ConsentEvent.objects.count()
    with pytest.raises(BadInput, match="One-Click"):
        unsubscribing.one_click(links.unsubscribe_token(member, *NEWS), form)
    assert ConsentEvent.objects.count() == events


def test_a_link_that_was_cut_or_altered_is_no_link(member: Member) -> None:
    events = ConsentEvent.objects.count()
    token = links.unsubscribe_token(member, *NEWS)
    other = "A" if token[20] != "A" else "B"
    nobody = keys.seal_text("9999999 tips email", "unsubscribe link")
    altered = token[:20] + other + token[21:]
    foreign = links.preferences_token(member)
    for broken in ("", "x", "s1.", token[:-1], token + "=", altered, foreign, nobody):
        with pytest.raises(NotFound):
            unsubscribing.one_click(broken, FORM)
        with pytest.raises(NotFound):
            unsubscribing.unsubscribe(broken)
    assert ConsentEvent.objects.count() == events


def test_a_link_says_nothing_about_anybody_and_opens_one_thing(member: Member) -> None:
    token = links.unsubscribe_token(member, *NEWS)
    assert not {member.email, member.name, str(member.product_id)} & set(re.split(r"\W", token))
    assert token != links.unsubscribe_token(member, *NEWS)
    assert links.read_preferences(links.preferences_token(member)) == member
    with pytest.raises(NotFound):
        links.read_preferences(token)
    with pytest.raises(BadInput):
        links.unsubscribe_token(member, "lottery", "email")


def test_a_link_survives_everything_but_the_one_key_that_is_never_rotated(
    member: Member, settings: Settings
) -> None:
    token = links.unsubscribe_token(member, *NEWS)
    settings.SECRET_KEY = "another" * 9
    assert links.read_unsubscribe(token).member == member
    assert links.unsubscribe_url(member, *NEWS).startswith("https://privacy.example.test/u/s1.")


def test_an_erased_members_click_still_takes_effect_on_the_address(member: Member) -> None:
    token, address = links.unsubscribe_token(member, *NEWS), member.email
    assert personal_data.erase_member(member)
    assert not Suppression.objects.exists()

    assert unsubscribing.one_click(token, FORM).again
    assert unsubscribing.one_click(token, FORM).again

    row = Suppression.objects.get()
    assert (row.key, row.purpose, row.channel) == (keys.pseudonym(keys.EMAIL, address), *NEWS)
    with pytest.raises(NotFound, match="deleted"):
        links.read_preferences(links.preferences_token(member))
