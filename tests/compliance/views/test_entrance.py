from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from compliance.models import EmailMessage
from compliance.services import mails
from compliance.views.entrance import WAITING
from compliance.views.sessions import cookie_name
from seats.models import Member, MemberSession, SignInLink
from seats.roles import Role
from seats.services import signing_in
from tests.factories import make_member, make_seat, make_staff
from tests.visits import key_of, signed_in

pytestmark = pytest.mark.django_db
ADDRESS = "nora@brennan-freight.example"


@pytest.fixture
def member() -> Member:
    return make_seat(member=make_member(email=ADDRESS, name="Nora")).member


def ask(client: Client, address: str = ADDRESS, back: str = "") -> str:
    """Type an address; returns what was sent, "" for nothing."""
    outbox.outbox.clear()
    before = set(EmailMessage.objects.values_list("pk", flat=True))
    response = client.post(f"/privacy/sign-in/{back}", {"address": address})
    assert response.status_code == 302
    for pk in EmailMessage.objects.exclude(pk__in=before).values_list("pk", flat=True):
        mails.send(pk)
    return "".join(str(message.body) for message in outbox.outbox)


def code_in(text: str) -> str:
    found = re.search(r"\b\d{6}\b", text)
    assert found
    return found[0]


def link_in(text: str) -> str:
    found = re.search(r"https?://[^/\s]+(/privacy/enter/\S+)", text)
    assert found
    return found[1]


def test_a_member_comes_in_with_a_code_and_out_again(client: Client, member: Member) -> None:
    code = code_in(ask(client))
    response = client.post("/privacy/sign-in/code/", {"code": code})
    assert (response.status_code, response["Location"]) == (302, "/privacy/")
    home = client.get("/privacy/")
    assert "Hello, Nora" in home.content.decode()
    assert "no-store" in home["Cache-Control"]

    client.post("/privacy/sign-out/")
    assert client.get("/privacy/").status_code == 302
    assert not MemberSession.objects.exists()


def test_the_page_that_was_wanted_is_where_one_ends_up(client: Client, member: Member) -> None:
    response = client.get("/privacy/?from=mail")
    assert response["Location"] == "/privacy/sign-in/?next=%2Fprivacy%2F%3Ffrom%3Dmail"
    back = response["Location"].removeprefix("/privacy/sign-in/")
    code = code_in(ask(client, back=back))
    response = client.post(f"/privacy/sign-in/code/{back}", {"code": code})
    assert response["Location"] == "/privacy/?from=mail"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "x"],
)
def test_nobody_is_sent_elsewhere_after_signing_in(
    client: Client, member: Member, elsewhere: str
) -> None:
    code = code_in(ask(client))
    response = client.post(f"/privacy/sign-in/code/?next={elsewhere}", {"code": code})
    assert response["Location"] == "/privacy/"


def test_the_link_in_the_mail_shows_a_button_first(client: Client, member: Member) -> None:
    link = link_in(ask(client))
    for scanner in (Client(), Client()):
        assert scanner.get(link).status_code == 200
        assert scanner.head(link).status_code == 200
    assert not MemberSession.objects.exists()

    elsewhere = Client()
    assert elsewhere.post(link).status_code == 302
    assert elsewhere.get("/privacy/").status_code == 200
    assert Client().post(link).status_code == 410


def test_the_products_link_needs_no_button_and_works_once(client: Client, member: Member) -> None:
    link = f"/privacy/enter/{signing_in.link_from_product(member)[0]}"
    assert client.head(link).status_code == 200
    response = client.get(f"{link}?next=/privacy/?a=1")
    assert response["Location"] == "/privacy/?a=1"
    assert client.get("/privacy/").status_code == 200
    used = Client().get(link)
    assert used.status_code == 410
    assert "does not work any more" in used.content.decode()


def test_known_and_unknown_addresses_are_answered_alike(client: Client, member: Member) -> None:
    def page(address: str) -> str:
        visitor = Client()
        assert visitor.post("/privacy/sign-in/", {"address": address}).status_code == 302
        shown = visitor.get("/privacy/sign-in/code/").content.decode()
        wrong = visitor.post("/privacy/sign-in/code/", {"code": "no"})
        assert wrong.status_code == 400
        text = shown + wrong.content.decode()
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)

    assert page(ADDRESS) == page("n@brennan-freight.example")
    assert EmailMessage.objects.count() == 1


def test_a_sixth_wrong_try_is_told_to_ask_for_a_new_code(client: Client, member: Member) -> None:
    code = code_in(ask(client))
    for _try in range(signing_in.TRIES - 1):
        assert client.post("/privacy/sign-in/code/", {"code": "none"}).status_code == 400
    assert client.post("/privacy/sign-in/code/", {"code": "none"}).status_code == 410
    assert client.post("/privacy/sign-in/code/", {"code": code}).status_code == 410
    assert not MemberSession.objects.exists()

    assert client.post("/privacy/sign-in/code/", {"again": "1"}).status_code == 302
    newest = EmailMessage.objects.latest("pk")
    outbox.outbox.clear()
    mails.send(newest.pk)
    fresh = code_in(str(outbox.outbox[0].body))
    assert client.post("/privacy/sign-in/code/", {"code": fresh}).status_code == 302


@pytest.mark.parametrize(
    "typed",
    ["", "nobody", "a@b", "x@y.example\nBcc: all@y.example", f"{'a' * 300}@y.example", "<b>@<i>"],
)
def test_what_is_no_address_is_refused_in_words(client: Client, typed: str) -> None:
    response = client.post("/privacy/sign-in/", {"address": typed})
    assert response.status_code == 400
    assert "Enter an e-mail address" in response.content.decode()
    assert "<i>" not in response.content.decode()
    assert not SignInLink.objects.exists()


def test_the_code_page_without_an_address_asks_for_one(client: Client) -> None:
    assert client.get("/privacy/sign-in/code/")["Location"] == "/privacy/sign-in/"
    client.cookies[WAITING] = "s1.forged"
    assert client.get("/privacy/sign-in/code/")["Location"] == "/privacy/sign-in/"


def test_the_mail_is_in_the_members_language_and_forgets_its_code(client: Client) -> None:
    make_member(email=ADDRESS, locale="de")
    text = ask(client)
    assert "Ihr Code" in text
    kept = EmailMessage.objects.get()
    assert code_in(text) not in str(kept.context)
    assert kept.context == {}


def test_a_code_is_not_readable_in_the_outbox_while_it_waits(
    client: Client, member: Member
) -> None:
    client.post("/privacy/sign-in/", {"address": ADDRESS})
    waiting = EmailMessage.objects.get()
    code = code_in(str(mails.render(waiting).body))
    assert code not in str(waiting.context)


def test_a_form_that_was_open_overnight_says_what_happened(client: Client, member: Member) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        signed_in(client, member)
        clock.shift(timedelta(hours=12))
        response = client.post("/privacy/switch/", {"member": member.pk})
        assert response.status_code == 403
        assert "You are signed out" in response.content.decode()
        assert "Nothing was changed" in response.content.decode()


def test_staying_signed_in_takes_a_post(client: Client, member: Member) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        signed_in(client, member)
        clock.shift(timedelta(minutes=20))
        assert client.get("/privacy/stay/").status_code == 405
        assert client.post("/privacy/stay/")["Location"] == "/privacy/"
        clock.shift(timedelta(minutes=20))
        assert client.get("/privacy/").status_code == 200


def test_staff_are_no_members_and_members_no_staff(client: Client, member: Member) -> None:
    client.force_login(make_staff(Role.COMPLIANCE, is_superuser=True))
    assert client.get("/privacy/").status_code == 302

    visitor = signed_in(Client(), member)
    assert visitor.get("/admin/").status_code == 302
    visitor.cookies[settings.SESSION_COOKIE_NAME] = key_of(member)
    assert visitor.get("/admin/").status_code == 302


def test_signing_out_of_one_leaves_the_other(client: Client, member: Member) -> None:
    client.force_login(make_staff(Role.COMPLIANCE))
    signed_in(client, member)
    client.post("/privacy/sign-out/")
    assert client.get("/privacy/").status_code == 302
    assert client.get("/admin/").status_code == 200


def test_signing_in_again_ends_the_visit_before(client: Client, member: Member) -> None:
    signed_in(client, member)
    other = make_member(email="other@brennan-freight.example")
    client.get(f"/privacy/enter/{signing_in.link_from_product(other)[0]}")
    assert MemberSession.objects.get().member == other


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: Client, member: Member
) -> None:
    response = client.get(f"/privacy/enter/{signing_in.link_from_product(member)[0]}")
    cookie = response.cookies[cookie_name()]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    # Until the browser is closed; an age of 0 would end it at once.
    assert (cookie["max-age"], cookie["expires"]) == ("", "")


def test_another_account_of_the_same_address_is_one_click_away(
    client: Client, member: Member
) -> None:
    other = make_member(email=ADDRESS, name="Nora at work")
    stranger = make_member(email="eve@evil.example")
    client.post("/privacy/sign-in/code/", {"code": code_in(ask(client))})
    session = MemberSession.objects.get()
    there = other if session.member == member else member
    assert client.post("/privacy/switch/", {"member": there.pk}).status_code == 302
    session.refresh_from_db()
    assert session.member == there
    for wrong in (stranger.pk, "x", "", "9" * 30):
        assert client.post("/privacy/switch/", {"member": wrong}).status_code in (400, 404)


def test_home_costs_few_queries(
    client: Client, member: Member, django_assert_max_num_queries: object
) -> None:
    for _seat in range(5):
        make_seat(member=member)
    signed_in(client, member)
    with django_assert_max_num_queries(10):
        client.get("/privacy/")
