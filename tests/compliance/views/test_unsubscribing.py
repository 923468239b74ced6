"""The page behind the unsubscribe link, as mail programs and people use it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from compliance import personal_data
from compliance.views import promotional
from config.logs import said as logged
from consent.enums import PAIRS, Act, Channel, Origin, Purpose, Reason, Surface
from consent.models import ConsentEvent, KeptEvidence, Suppression, Wording
from consent.services import choices, consents, links
from consent.services.permission import may_send
from seats.models import Member
from tests.compliance.views.test_cases import text_of
from tests.factories import make_evidence, make_member

pytestmark = pytest.mark.django_db
NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)
TIPS = (Purpose.TIPS, Channel.EMAIL)
ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"
MULTIPART = (
    '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
)


@pytest.fixture
def client() -> Client:
    """A browser that proves nothing, and whose forms are checked."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def member() -> Member:
    reader = make_member(email="nora@brennan-freight.example")
    choices.save_choices(reader, {NEWS: True, TIPS: True}, make_evidence())
    return reader


@pytest.fixture
def link(member: Member) -> str:
    return f"/u/{links.unsubscribe_token(member, *NEWS)}"


def send(client: Client, link: str, body: str, kind: str = FORM, **how: Any) -> HttpResponse:
    return client.generic("POST", link, body, kind, **how)


def unsubscribed() -> int:
    return ConsentEvent.objects.filter(act=Act.UNSUBSCRIBED).count()


@pytest.mark.parametrize(
    ("body", "kind"), [(ONE_CLICK, FORM), (MULTIPART, "multipart/form-data; boundary=b")]
)
def test_a_mail_program_needs_one_post_and_nothing_else(
    client: Client, member: Member, link: str, body: str, kind: str
) -> None:
    for _again in range(2):
        response = send(client, link, body, kind, REMOTE_ADDR="203.0.113.9")
        assert (response.status_code, len(response.content) < 200) == (200, True)
        assert not response.cookies
        assert "Location" not in response.headers
        assert response.headers["Cache-Control"] == "no-store, private"
    assert may_send(member, *NEWS).reason == Reason.UNSUBSCRIBED
    assert may_send(member, *TIPS).allowed
    event = ConsentEvent.objects.get(act=Act.UNSUBSCRIBED)
    assert (event.origin, event.surface, event.ip) == (
        Origin.ONE_CLICK, Surface.EMAIL, "203.0.113.0"
    )  # fmt: skip


def test_it_is_not_sent_on_to_https_or_to_a_slash(link: str, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert send(Client(), link, ONE_CLICK).status_code == 200
    assert Client().get("/privacy/sign-in/").status_code == 301
    assert send(Client(), f"{link}/", ONE_CLICK).status_code == 404


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", FORM),
        ("List-Unsubscribe=one-click", FORM),
        (f"{ONE_CLICK}&{ONE_CLICK}", FORM),
        (f"{ONE_CLICK}&more=x", FORM),
        (f"{ONE_CLICK}&stop=this", FORM),
        ("stop=this&stop=this", FORM),
        ("stop=all", FORM),
        ("stop=this&undo=this", FORM),
        (ONE_CLICK, "text/plain"),
        ('{"List-Unsubscribe": "One-Click"}', "application/json"),
        ("&".join(["List-Unsubscribe=One-Click"] * 400), FORM),
        ("a&" * 2_000, FORM),
        (MULTIPART, "multipart/form-data"),
        (MULTIPART.replace('"\r\n', '"; filename="x"\r\n', 1), "multipart/form-data; boundary=b"),
        ("x" * 5_000_000, FORM),
    ],
    ids=range(15),
)
def test_any_other_body_is_refused_in_a_sentence(
    client: Client, link: str, body: str, kind: str
) -> None:
    events = ConsentEvent.objects.count()
    response = send(client, link, body, kind)
    assert response.status_code == 400
    assert "Nothing was changed." in text_of(response)
    assert not response.cookies
    assert ConsentEvent.objects.count() == events


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client: Client, link: str, method: str) -> None:
    events = ConsentEvent.objects.count()
    response = getattr(client, method)(link)
    assert response.status_code == 200
    assert not response.cookies
    assert ConsentEvent.objects.count() == events
    for name, value in {
        "Cache-Control": "no-store, private",
        "X-Robots-Tag": "noindex, nofollow",
        "Referrer-Policy": "no-referrer",
    }.items():
        assert response.headers[name] == value


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_there_is_no_other_way(client: Client, link: str, method: str) -> None:
    assert getattr(client, method)(link).status_code == 405


def test_the_page_says_for_whom_and_what_in_words(client: Client, link: str) -> None:
    said = text_of(client.get(link))
    assert "n***@brennan-freight.example" in said
    assert "nora" not in said.casefold()
    for words in ("Nothing has changed yet", "Product news · E-mail", "Stop product news",
                  "Everything promotional", "Stop everything"):  # fmt: skip
        assert words in said


@pytest.mark.parametrize(("which", "stopped"), [("this", {NEWS}), ("everything", set(PAIRS))])
def test_a_button_stops_this_or_everything_and_the_way_back_gives_it_again(
    client: Client, member: Member, link: str, which: str, stopped: set[Any]
) -> None:
    page = text_of(client.get(link))
    response = send(client, link, f"stop={which}")
    assert (response.status_code, bool(response.cookies)) == (200, False)
    said = text_of(response)
    assert "It is stopped" in said
    assert "Stopped since" in said
    assert {pair for pair in PAIRS if not may_send(member, *pair).allowed} >= stopped
    event = ConsentEvent.objects.get(act=Act.UNSUBSCRIBED)
    assert (event.origin, event.language) == (Origin.FOOTER_LINK, "en")
    words = Wording.objects.get(sha256=event.text_sha256).text
    assert words in page, "what is kept is what was shown"

    assert text_of(send(client, link, f"stop={which}")).count("Stopped since") == 1
    assert unsubscribed() == 1

    assert "Allowed again" in text_of(send(client, link, f"undo={which}"))
    allowed = {pair for pair in PAIRS if may_send(member, *pair).allowed}
    assert allowed == {NEWS, TIPS}, "no more than before"


def test_undoing_gives_nothing_that_was_not_there_and_lifts_no_objection(
    client: Client, member: Member
) -> None:
    never = f"/u/{links.unsubscribe_token(member, Purpose.EVENTS, Channel.EMAIL)}"
    send(client, never, "stop=this")
    send(client, never, "undo=this")
    assert not may_send(member, Purpose.EVENTS, Channel.EMAIL).allowed

    choices.stop_all(member, make_evidence())
    link = f"/u/{links.unsubscribe_token(member, *NEWS)}"
    for which in ("this", "everything"):
        send(client, link, f"stop={which}")
        assert "Allow again" not in text_of(client.get(link))
        send(client, link, f"undo={which}")
    assert may_send(member, *NEWS).reason == Reason.OBJECTED


def test_the_result_leads_to_all_choices(client: Client, link: str) -> None:
    for page in (client.get(link), send(client, link, "stop=this")):
        found = re.search(r'href="(/p/[^"]+)"', page.content.decode())
        assert client.get(found[1]).status_code == 200


def test_a_link_that_was_cut_or_altered_is_refused_in_plain_words(
    client: Client, member: Member, link: str
) -> None:
    events = ConsentEvent.objects.count()
    other = "A" if link[20] != "A" else "B"
    preferences = links.preferences_token(member)
    altered = link[:20] + other + link[21:]
    for broken in (link[:-1], altered, f"/u/{preferences}", "/u/x", f"/u/s1.{'A' * 100_000}",
                   "/u/s1.%00", "/u/s1.äö"):  # fmt: skip
        for response in (client.get(broken), *(send(client, broken, b) for b in
                         (ONE_CLICK, "stop=everything", "undo=everything"))):  # fmt: skip
            assert response.status_code == 404
            said = text_of(response)
            assert "This link does not work" in said
            assert django_settings.CONTROLLER["email"] in said
    assert ConsentEvent.objects.count() == events


def test_an_erased_member_succeeds_and_nothing_of_them_is_shown(
    client: Client, member: Member, link: str
) -> None:
    assert personal_data.erase_member(member)
    page = client.get(link, headers={"accept-language": "de"})
    assert '<html lang="de"' in page.content.decode()
    assert "brennan" not in page.content.decode()
    assert "/p/" not in page.content.decode()
    assert send(client, link, ONE_CLICK).status_code == 200
    assert send(client, link, "stop=this").status_code == 200
    assert Suppression.objects.count() == 1
    assert send(client, link, "stop=everything").status_code == 200
    assert send(client, link, "undo=everything").status_code == 404
    assert Suppression.objects.count() == 2


def test_a_link_promises_no_note_where_no_trace_of_the_address_is_left(
    client: Client, member: Member, link: str
) -> None:
    assert personal_data.erase_member(member)
    KeptEvidence.objects.update(address_key="")
    for response in (client.get(link), send(client, link, "stop=this")):
        said = text_of(response)
        assert response.status_code == 200
        assert "We no longer know you" in said
        assert "note" not in said
    assert send(client, link, ONE_CLICK).status_code == 200
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("which", ["this", "everything"])
def test_a_way_back_that_came_too_late_says_that_it_is_stopped(
    client: Client, member: Member, link: str, which: str
) -> None:
    """Somebody objected in the meantime: that is not what the button takes back."""
    send(client, link, f"stop={which}")
    consents.record(member, Act.OBJECTED, evidence=make_evidence(Origin.API))
    said = text_of(send(client, link, f"undo={which}"))
    assert "It is stopped" in said
    assert "Allowed again" not in said
    assert may_send(member, *NEWS).reason == Reason.OBJECTED


@pytest.mark.parametrize("language", [code for code, _name in django_settings.LANGUAGES])
def test_the_page_speaks_the_members_language_whatever_the_browsers(
    client: Client, language: str
) -> None:
    member = make_member(locale=language)
    link = f"/u/{links.unsubscribe_token(member, *NEWS)}"
    for response in (
        client.get(link, headers={"accept-language": "fr"}),
        send(client, link, "stop=this", HTTP_ACCEPT_LANGUAGE="fr"),
    ):
        assert f'<html lang="{language}"' in response.content.decode()
        assert response.headers["Content-Language"] == language
    assert ConsentEvent.objects.get().language == language


def test_every_purpose_and_channel_has_its_words(client: Client) -> None:
    member = make_member()
    for purpose, channel in PAIRS:
        said = text_of(client.get(f"/u/{links.unsubscribe_token(member, purpose, channel)}"))
        assert promotional.title((purpose, channel)) in said
        assert str(promotional.STOP[purpose]) in said


def test_it_takes_few_queries(
    client: Client, link: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(10):
        client.get(link)
    with django_assert_max_num_queries(30):
        send(client, link, "stop=everything")


def test_the_log_holds_no_link(client: Client, link: str, caplog: pytest.LogCaptureFixture) -> None:
    send(client, link, "nonsense")
    client.get(link[:-1])
    assert caplog.records
    for row in caplog.records:
        assert link[:-1] not in logged(row)
