"""The preference centre: signed in, and behind the link in a message's footer."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from compliance.services import throttle
from compliance.views.choosing import ALL
from consent.enums import PAIRS, Act, Channel, Origin, Purpose, Reason, Surface
from consent.models import ConsentEvent, Wording
from consent.services import choices, links
from consent.services.permission import may_send
from seats.models import Member
from tests.compliance.views.test_cases import text_of
from tests.factories import make_evidence, make_member, suppress
from tests.visits import signed_in

pytestmark = pytest.mark.django_db
NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)
TIPS = (Purpose.TIPS, Channel.EMAIL)
INMAIL = (Purpose.INMAIL_MARKETING, Channel.INMAIL)


@pytest.fixture
def member() -> Member:
    return make_member(name="Nora Brennan", email="nora@brennan-freight.example")


@pytest.fixture
def inside(client: Client, member: Member) -> Client:
    return signed_in(client, member)


@pytest.fixture
def link(member: Member) -> str:
    return f"/p/{links.preferences_token(member)}"


@pytest.fixture(params=["signed in", "by link"])
def door(request: pytest.FixtureRequest, member: Member) -> tuple[Client, str]:
    """Both ways to the same page; by the link there are no cookies, and forms are checked."""
    if request.param == "signed in":
        return signed_in(Client(), member), "/privacy/choices/"
    return Client(enforce_csrf_checks=True), f"/p/{links.preferences_token(member)}"


def version(page: HttpResponse) -> str:
    return re.search(r'name="version" value="(\d+)"', page.content.decode())[1]


def filled(page: HttpResponse, **changes: str) -> dict[str, str]:
    """The form as the page shows it, and what somebody then clicks."""
    shown = re.findall(r'name="([a-z_]+\.[a-z_]+)" value="(yes|no)" checked', page.content.decode())
    assert len(shown) == len(PAIRS)
    clicked = {name.replace("__", "."): value for name, value in changes.items()}
    return {"version": version(page), **dict(shown), **clicked}


def allowed(member: Member) -> set[Any]:
    return {pair for pair in PAIRS if may_send(member, *pair).allowed}


def test_a_first_visit_stands_on_no_everywhere_and_records_nothing(
    door: tuple[Client, str],
) -> None:
    client, here = door
    page = client.get(here)
    assert set(filled(page).values()) == {version(page), "no"}
    assert "You have not chosen yet" in text_of(page)
    assert not ConsentEvent.objects.exists()


def test_what_is_saved_is_told_and_kept_with_the_words_that_were_shown(
    door: tuple[Client, str], member: Member
) -> None:
    client, here = door
    page = client.get(here)
    form = filled(page, product_news__email="yes")
    response = client.post(here, form, follow=True, REMOTE_ADDR="203.0.113.9")
    said = text_of(response)
    assert "Your choices are saved" in said
    assert "Product news · E-mail Yes , from" in said
    assert "Tips for your work · E-mail No" in said
    assert allowed(member) == {NEWS}
    event = ConsentEvent.objects.get(act=Act.GIVEN)
    by_link = here.startswith("/p/")
    assert event.origin == (Origin.FOOTER_LINK if by_link else Origin.PREFERENCE_CENTRE)
    assert event.surface == (Surface.EMAIL if by_link else Surface.DESKTOP)
    assert (event.language, event.ip) == ("en", "203.0.113.0")
    shown, words = text_of(page), Wording.objects.get(sha256=event.text_sha256).text
    asked = next(one for one in ALL if one.pair == NEWS)
    for part in ("Which messages do you want?", "Nothing is sent unless you say yes.",
                 asked.purpose.label, asked.example, asked.often):  # fmt: skip
        assert str(part) in words
        assert str(part) in shown


def test_the_same_form_twice_is_told_alike_and_writes_once(
    door: tuple[Client, str],
) -> None:
    client, here = door
    form = filled(client.get(here), tips__inmail="yes")
    first, second = (client.post(here, form) for _click in range(2))
    assert first["Location"] == second["Location"]
    assert ConsentEvent.objects.count() == len(PAIRS)
    told = [text_of(client.get(first["Location"])) for _reload in range(2)]
    assert told[0] == told[1]
    assert "Tips for your work · InMail Yes" in told[0]


def test_saving_what_stands_changes_nothing_and_says_so(door: tuple[Client, str]) -> None:
    client, here = door
    client.post(here, filled(client.get(here), product_news__email="yes"))
    events = ConsentEvent.objects.count()
    said = text_of(client.post(here, filled(client.get(here)), follow=True))
    assert "Nothing changed" in said
    assert ConsentEvent.objects.count() == events


def test_stopping_everything_stands_until_the_member_allows_it_again(
    door: tuple[Client, str], member: Member
) -> None:
    choices.save_choices(member, {NEWS: True, INMAIL: True}, make_evidence())
    client, here = door
    page = client.get(here)
    response = client.post(here, {"version": version(page), "all": "stop"}, follow=True)
    said = text_of(response)
    assert "All promotional messages Stopped since" in said
    assert "Product news · E-mail No , from" in said
    assert may_send(member, *NEWS).reason == Reason.OBJECTED
    event = ConsentEvent.objects.get(act=Act.OBJECTED)
    assert (event.purpose, event.channel) == ("", "")
    assert Wording.objects.get(sha256=event.text_sha256).text in text_of(page)

    page = client.get(here)
    assert text_of(page).count("Allow again") == 2
    client.post(here, {"version": version(page), "all": "again"})
    assert allowed(member) == {NEWS, INMAIL}
    words = Wording.objects.get(sha256=ConsentEvent.objects.latest("pk").text_sha256).text
    heading, _dot, about = words.partition("All promotional messages ")
    assert (heading, about in text_of(page)) == ("", True)
    assert "since" not in words, "what only one member saw is not kept"


def test_never_inmail_is_a_button_of_its_own(door: tuple[Client, str], member: Member) -> None:
    choices.save_choices(member, {NEWS: True}, make_evidence())
    client, here = door
    for _click in range(2):
        response = client.post(here, {"version": "1", "inmail": "stop"}, follow=True)
    assert "InMail Stopped since" in text_of(response)
    assert may_send(member, *INMAIL).reason == Reason.OBJECTED
    assert allowed(member) == {NEWS}
    assert ConsentEvent.objects.filter(act=Act.OBJECTED).count() == 1
    page = client.get(here)
    assert "The button allows: InMail from customers and partners · InMail." in text_of(page)
    client.post(here, {"version": version(page), "inmail": "again"})
    assert allowed(member) == {NEWS, INMAIL}


def test_a_stop_before_any_choice_is_told_and_offers_no_empty_button(
    door: tuple[Client, str],
) -> None:
    client, here = door
    response = client.post(here, {"version": "0", "all": "stop"}, follow=True)
    assert "Your choices are saved" in text_of(response)
    page = client.get(here)
    assert 'name="all"' not in page.content.decode()
    assert "To allow some of it, choose below." in text_of(page)


def test_a_form_from_before_a_stop_allows_nothing(door: tuple[Client, str], member: Member) -> None:
    client, here = door
    old = filled(client.get(here), product_news__email="yes")
    choices.stop_all(member, make_evidence())
    events = ConsentEvent.objects.count()
    for form in (old, {"version": old["version"], "all": "again"}):
        response = client.post(here, form)
        if "all" not in form:
            assert response.status_code == 409
            assert "Nothing was changed." in text_of(response)
    assert ConsentEvent.objects.count() == events
    assert client.post(here, {"version": "0", "all": "stop"}).status_code == 302, "never too late"


@pytest.mark.parametrize(
    "change",
    [
        {"version": None},
        {"version": "x"},
        {"version": "9" * 30},
        {"tips.email": None},
        {"tips.email": "maybe"},
        {"tips.email": ["yes", "no"]},
        {"lottery.email": "yes"},
        {"tips.pigeon": "yes"},
        {"inmail_marketing.email": "yes"},
        {"nonsense": "yes"},
        {"all": "stop"},
        {"long": "x" * 10_000},
    ],
    ids=str,
)
def test_a_form_that_is_not_whole_or_not_ours_is_refused_in_a_sentence(
    door: tuple[Client, str], change: dict[str, Any]
) -> None:
    client, here = door
    form: dict[str, Any] = {**filled(client.get(here), tips__inmail="yes"), **change}
    sent = {name: value for name, value in form.items() if value is not None}
    response = client.post(here, sent)
    assert response.status_code == 400
    assert "Nothing was changed." in text_of(response)
    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize("button", ["all", "inmail"])
def test_a_button_that_was_not_on_the_page_allows_nothing(
    door: tuple[Client, str], member: Member, button: str
) -> None:
    """Its words, which are kept as what was agreed to, were never shown."""
    client, here = door
    given = {NEWS: True, (Purpose.TIPS, Channel.INMAIL): True}
    choices.save_choices(member, given, make_evidence())
    choices.stop_all(member, make_evidence())
    choices.save_choices(member, {TIPS: True, INMAIL: True}, make_evidence())
    shown = client.get(here)
    assert 'value="again"' not in shown.content.decode()
    events = ConsentEvent.objects.count()
    response = client.post(here, {"version": version(shown), button: "again"})
    assert response.status_code == 400
    assert ConsentEvent.objects.count() == events


@pytest.mark.parametrize("form", [{"all": "x"}, {"inmail": "again", "all": "stop"}, {"all": ""}])
def test_a_button_that_is_none_is_refused(door: tuple[Client, str], form: dict[str, str]) -> None:
    client, here = door
    assert client.post(here, {"version": "0", **form}).status_code == 400
    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize("saved", ["0-9", "5-1", "x", "0-99999999999", "-1-0", ""])
def test_an_address_of_nothing_saved_is_the_page_itself(
    door: tuple[Client, str], saved: str
) -> None:
    client, here = door
    assert "Which messages do you want?" in text_of(client.get(f"{here}?saved={saved}"))


def test_the_page_says_what_is_always_sent_and_who_answers(door: tuple[Client, str]) -> None:
    client, here = door
    said = text_of(client.get(here))
    for words in ("Always sent", "You need the answer.", "The law asks us to tell you.",
                  "A customer who writes to you by InMail answers for that message."):  # fmt: skip
        assert words in said


def test_the_link_sets_no_cookie_opens_no_visit_and_names_nobody(member: Member, link: str) -> None:
    client = Client(enforce_csrf_checks=True)
    for response in (
        client.get(link),
        client.post(link, {"version": "0", "all": "stop"}),
        client.get(f"{link}?saved=0-1"),
    ):
        assert not response.cookies
        assert response.headers["Cache-Control"] == "no-store, private"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "Nora" not in response.content.decode()
        assert member.email not in response.content.decode()
    assert "n***@brennan-freight.example" in text_of(client.get(link))
    assert client.get("/privacy/").status_code == 302
    assert client.get("/privacy/choices/").status_code == 302


def test_the_link_is_about_its_own_member_whoever_is_signed_in(
    member: Member, link: str, client: Client
) -> None:
    other = make_member()
    signed_in(client, other).post(link, {"version": "0", "all": "stop"})
    assert may_send(member, *NEWS).reason == Reason.OBJECTED
    assert may_send(other, *NEWS).reason == Reason.NO_CONSENT
    assert other.name not in client.get(link).content.decode()


def test_a_link_that_is_none_opens_nothing(member: Member, link: str, client: Client) -> None:
    unsubscribe = links.unsubscribe_token(member, *NEWS)
    for broken in (link[:-1], f"/p/{unsubscribe}", "/p/x", f"/p/s1.{'A' * 50_000}"):
        for response in (client.get(broken), client.post(broken, {"all": "stop"})):
            assert response.status_code == 404
            assert "This link does not work" in text_of(response)
    Member.objects.filter(pk=member.pk).update(
        erased_at=timezone.now(), name="", email="", product_id=None
    )
    assert "your data was deleted" in text_of(client.get(link))
    assert not ConsentEvent.objects.exists()


def test_signed_in_the_form_is_checked_to_be_ours(member: Member) -> None:
    client = signed_in(Client(enforce_csrf_checks=True), member)
    assert client.post("/privacy/choices/", {"version": "0", "all": "stop"}).status_code == 403
    assert Client().post("/privacy/choices/", {"version": "0", "all": "stop"}).status_code == 403
    assert not ConsentEvent.objects.exists()


def test_a_telephone_is_told_from_a_computer(inside: Client) -> None:
    form = {"version": "0", "all": "stop"}
    inside.post("/privacy/choices/", form, HTTP_USER_AGENT="Mozilla/5.0 (iPhone) Mobile/15E148")
    assert ConsentEvent.objects.get().surface == Surface.MOBILE


def test_a_yes_that_somebody_elses_opt_out_of_the_address_ended_shows_as_no(
    door: tuple[Client, str], member: Member
) -> None:
    choices.save_choices(member, {NEWS: True}, make_evidence())
    suppress(member.email, purpose=NEWS[0], channel=NEWS[1], origin=Origin.ONE_CLICK)
    client, here = door
    page = client.get(here)
    assert filled(page)["product_news.email"] == "no"
    said = text_of(client.post(here, filled(page, product_news__email="yes"), follow=True))
    assert "Product news · E-mail Yes , from" in said
    assert allowed(member) == {NEWS}


def test_who_saves_without_end_waits(
    door: tuple[Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "LIMIT", 1)
    client, here = door
    client.post(here, {"version": "0", "all": "stop"})
    response = client.post(here, {"version": "0", "all": "stop"})
    assert (response.status_code, "Retry-After" in response.headers) == (429, True)


@pytest.mark.parametrize("language", [code for code, _name in django_settings.LANGUAGES])
def test_the_page_and_its_words_are_in_the_members_language(language: str) -> None:
    member = make_member(locale=language)
    here = f"/p/{links.preferences_token(member)}"
    client = Client(headers={"accept-language": "fr"})
    page = client.get(here)
    assert f'<html lang="{language}"' in page.content.decode()
    client.post(here, filled(page, tips__email="yes"))
    event = ConsentEvent.objects.get(act=Act.GIVEN)
    assert event.language == language
    words = Wording.objects.get(sha256=event.text_sha256).text
    heading = re.search(r"<h1>(.+?)</h1>", page.content.decode())[1]
    assert words.startswith(html.unescape(heading))


def test_it_takes_few_queries(
    door: tuple[Client, str], member: Member, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, here = door
    choices.save_choices(member, dict.fromkeys(PAIRS, True), make_evidence())
    choices.never_inmail(member, make_evidence())
    choices.stop_all(member, make_evidence())
    with django_assert_max_num_queries(10):
        client.get(here)
    count = ConsentEvent.objects.count()
    with django_assert_max_num_queries(10):
        client.get(f"{here}?saved=0-{count}")
