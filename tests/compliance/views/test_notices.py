"""What members still have to be told: shown as it is, recorded as they answer, and no further."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consent.enums import Audience, DocumentKind, Shown, Surface
from consent.models import Confirmation, ConsentEvent, DocumentVersion
from consent.services import notices
from seats.models import Member
from tests.catalogues import TRANSLATED, english_in
from tests.compliance.views.test_cases import text_of
from tests.factories import (
    make_administration,
    make_contract,
    make_document,
    make_member,
    make_seat,
    make_version,
)
from tests.telling import Told, confirm, make_told, version
from tests.visits import signed_in

pytestmark = pytest.mark.django_db
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1"


@pytest.fixture
def told() -> Told:
    return make_told()


@pytest.fixture
def client(told: Told) -> Client:
    return signed_in(Client(), told.member)


def address(one: DocumentVersion) -> str:
    return f"/privacy/notices/{one.pk}/"


def answer(client: Client, one: DocumentVersion, **fields: Any) -> Any:
    return client.post(address(one), {"sha256": one.text_sha256, **fields})


def rows() -> int:
    return Confirmation.objects.count()


# --- Reading ----------------------------------------------------------------------------------


def test_what_waits_is_listed_one_text_a_page(client: Client, told: Told) -> None:
    other = make_version(make_document(name="Cookies"))
    page = client.get("/privacy/notices/")
    said = text_of(page)
    assert "2 texts are waiting for you. Read them one by one." in said
    for one in (told.second, other):
        assert f'href="{address(one)}"' in page.content.decode()


def test_a_notice_is_shown_whole_with_its_version_date_and_fingerprint(
    client: Client, told: Told
) -> None:
    said = text_of(client.get(address(told.second)))
    assert told.second.title in said
    assert "3 things to know. The full text is below." in said
    for line in (*told.second.points, "We never sell your data."):
        assert line in said
    assert "Version 2, in force since 1 January" in said
    assert told.second.text_sha256 in said.replace(" ", "")
    assert "It is not consent, and it allows no advertising." in said


def test_who_knows_an_earlier_version_reads_what_changed_since(client: Client, told: Told) -> None:
    assert "with your company’s CRM." in text_of(client.get(address(told.second)))
    newest = version(told.first.document, change_summary="The assistant is new.")
    said = text_of(client.get(address(newest)))
    assert "What changed since version 1, which you know" in said
    assert said.index("with your company’s CRM.") < said.index("The assistant is new.")
    stranger = signed_in(Client(), make_seat().member)
    assert "What changed since" not in text_of(stranger.get(address(newest)))


def test_the_same_version_can_be_read_in_another_language(client: Client, told: Told) -> None:
    german = DocumentVersion.objects.get(document=told.first.document, number=2, language="de")
    assert (
        f'href="{address(german)}" lang="de"' in client.get(address(told.second)).content.decode()
    )
    page = client.get(address(german))
    assert german.title in text_of(page)
    assert 'lang="de"' in page.content.decode()
    assert "the text in English counts" in text_of(page)
    answer(client, german)
    assert notices.may_start(told.member, Surface.DESKTOP)


def test_not_now_says_honestly_what_it_means(client: Client, told: Told) -> None:
    said = text_of(client.get(address(told.second)))
    assert "“Not now” is always possible. Larkfield then stays closed" in said
    assert "ask for a copy or for deletion, choose your messages, and unsubscribe" in said
    answer(client, told.second, later="1")
    for path in ("/privacy/", "/privacy/history/", "/privacy/notices/"):
        assert client.get(path).status_code == 200


def test_reading_records_nothing(client: Client, told: Told) -> None:
    before = rows()
    for method in (client.get, client.head):
        for path in ("/privacy/notices/", address(told.second), "/privacy/history/"):
            assert method(path).status_code == 200
    assert rows() == before
    assert not notices.may_start(told.member, Surface.DESKTOP)


def test_an_old_link_leads_to_the_version_that_counts_now(client: Client, told: Told) -> None:
    assert client.get(address(told.first)).headers["Location"] == address(told.second)


def test_a_confirmed_notice_leads_to_its_record(client: Client, told: Told) -> None:
    answer(client, told.second)
    row = Confirmation.objects.get(version=told.second)
    assert client.get(address(told.second)).headers["Location"] == f"/privacy/history/{row.pk}/"


def test_small_changes_are_shown_and_not_asked_about(client: Client, told: Told) -> None:
    confirm(told.member, told.second)
    newer = version(told.first.document, material=False, change_summary="A typing error.")
    page = client.get(address(newer))
    assert "There is nothing to confirm." in text_of(page)
    assert "I confirm I have read this" not in text_of(page)
    assert "Nothing is waiting." in text_of(client.get("/privacy/notices/"))


def test_what_is_for_others_a_draft_or_unknown_answers_alike(client: Client, told: Told) -> None:
    others = [
        make_version(make_document(DocumentKind.DPA, Audience.CONTRACTS)),
        make_version(make_document(audience=Audience.ADMINISTRATORS)),
        make_version(make_document(DocumentKind.PRIVACY_POLICY, Audience.PUBLIC)),
        make_version(make_document(), published=False),
        make_version(make_document(), effective_on=date(2999, 1, 1)),
    ]
    paths = [
        *(address(one) for one in others),
        "/privacy/notices/999999/",
        f"/privacy/notices/{10**30}/",
    ]
    before = rows()
    for path in paths:
        page = client.get(path)
        assert (page.status_code, "There is no such page" in text_of(page)) == (404, True)
    for one in others:
        assert answer(client, one).status_code == 404
        assert answer(client, one, later="1").status_code == 404
    assert rows() == before


def test_an_administrator_reads_what_is_for_administrators(client: Client, told: Told) -> None:
    rules = make_version(make_document(audience=Audience.ADMINISTRATORS))
    assert client.get(address(rules)).status_code == 404
    make_administration(make_contract(), told.member)
    assert client.get(address(rules)).status_code == 200


# --- Answering --------------------------------------------------------------------------------


def test_confirming_is_recorded_for_this_text_and_kind_of_device(
    client: Client, told: Told
) -> None:
    response = answer(client, told.second)
    row = Confirmation.objects.get(version=told.second)
    assert response.headers["Location"] == f"/privacy/history/{row.pk}/"
    assert (row.member, row.state, row.surface) == (told.member, Shown.CONFIRMED, Surface.DESKTOP)
    assert (row.ip, row.client) == ("127.0.0.0", "privacy pages")
    assert notices.may_start(told.member, Surface.DESKTOP)
    assert not notices.may_start(told.member, Surface.MOBILE)
    said = text_of(client.get(response.headers["Location"]))
    assert "You confirmed that you read this" in said
    assert "Nothing else is waiting. You can go on in Larkfield." in said
    assert "Privacy pages, on a computer" in said


@pytest.mark.parametrize("header", [{"user-agent": IPHONE}, {"sec-ch-ua-mobile": "?1"}])
def test_on_a_phone_it_counts_for_phones(
    client: Client, told: Told, header: dict[str, str]
) -> None:
    client.post(address(told.second), {"sha256": told.second.text_sha256}, headers=header)
    assert Confirmation.objects.get(version=told.second).surface == Surface.MOBILE
    assert not notices.may_start(told.member, Surface.DESKTOP)


def test_the_next_notice_is_named_after_confirming(client: Client, told: Told) -> None:
    other = make_version(make_document(name="Cookies"))
    page = client.get(answer(client, told.second).headers["Location"])
    assert "1 notice is waiting" in text_of(page)
    assert f'href="{address(other)}"' in page.content.decode()


def test_a_second_click_changes_nothing(client: Client, told: Told) -> None:
    first, second = answer(client, told.second), answer(client, told.second)
    assert first.headers["Location"] == second.headers["Location"]
    assert Confirmation.objects.filter(version=told.second).count() == 1


def test_not_now_is_kept_once_a_day_and_is_asked_again(client: Client, told: Told) -> None:
    for _click in range(3):
        assert answer(client, told.second, later="1").headers["Location"] == "/privacy/notices/"
    row = Confirmation.objects.get(version=told.second)
    assert row.state == Shown.POSTPONED
    assert "Put off" in text_of(client.get("/privacy/notices/"))
    assert not notices.may_start(told.member, Surface.DESKTOP)
    answer(client, told.second)
    assert notices.may_start(told.member, Surface.DESKTOP)


def test_information_is_never_consent(client: Client, told: Told) -> None:
    before = ConsentEvent.objects.count()
    answer(client, told.second)
    assert ConsentEvent.objects.count() == before


def test_terms_are_accepted_and_say_so(client: Client, told: Told) -> None:
    newer = make_version(told.terms.document)
    assert "I accept these terms" in text_of(client.get(address(newer)))
    said = text_of(client.get(answer(client, newer).headers["Location"]))
    assert "You accepted these terms" in said
    assert notices.pending(told.member, Surface.MOBILE)[0].document != newer.document


def test_a_text_that_was_replaced_meanwhile_gives_way_to_the_new_one(
    client: Client, told: Told
) -> None:
    newest = version(told.first.document, change_summary="The assistant is new.")
    before = rows()
    page = answer(client, told.second)
    assert page.status_code == 409
    said = text_of(page)
    assert "The text changed while you were reading Nothing was recorded." in said
    assert "The assistant is new." in said
    assert newest.text_sha256 in page.content.decode()
    assert f'action="{address(newest)}"' in page.content.decode()
    assert rows() == before
    answer(client, newest)
    assert notices.may_start(told.member, Surface.DESKTOP)


def test_an_old_tab_does_not_ask_again_for_what_is_confirmed_already(
    client: Client, told: Told
) -> None:
    newest = version(told.first.document)
    row = confirm(told.member, newest)
    assert answer(client, told.second).headers["Location"] == f"/privacy/history/{row.pk}/"


@pytest.mark.parametrize("sha256", ["", "0" * 64, "nonsense", "\x00", "ä" * 70])
def test_a_fingerprint_of_another_text_confirms_nothing(
    client: Client, told: Told, sha256: str
) -> None:
    before = rows()
    assert answer(client, told.second, sha256=sha256).status_code == 400
    assert rows() == before


def test_nobody_confirms_without_being_signed_in(told: Told) -> None:
    stranger = Client()
    assert stranger.get(address(told.second)).headers["Location"].startswith("/privacy/sign-in/")
    assert answer(stranger, told.second).status_code == 403
    assert stranger.post("/privacy/notices/").status_code == 405


def test_a_forged_form_is_refused(told: Told) -> None:
    client = signed_in(Client(enforce_csrf_checks=True), told.member)
    before = rows()
    assert answer(client, told.second).status_code == 403
    assert rows() == before


# --- All pages --------------------------------------------------------------------------------


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_pages_cost_the_same_however_much_there_is(client: Client, told: Told) -> None:
    paths = ("/privacy/notices/", address(told.second))
    before = [queries(client, path) for path in paths]
    for number in range(4):
        document = make_document()
        make_version(document, language="en")
        make_version(document, number=1, language=("de", "fr", "es", "de-AT")[number])
    assert [queries(client, path) for path in paths] == before
    assert max(before) <= 10


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_page_mixes_languages(told: Told, language: str) -> None:
    Member.objects.filter(pk=told.member.pk).update(locale=language)
    told.member.refresh_from_db()
    client = signed_in(Client(), told.member)
    pages = [client.get("/privacy/notices/"), client.get(address(told.second))]
    pages.append(client.get(answer(client, told.second).headers["Location"]))
    for page in pages:
        assert page.headers["Content-Language"] == language
        assert english_in(text_of(page), language) == []


def test_what_the_author_writes_is_text(client: Client) -> None:
    hostile = "<script>alert(1)</script>"
    one = version(make_document(), title=hostile, summary=hostile, text=hostile)
    assert "<script" not in client.get(address(one)).content.decode()


def test_a_member_without_any_seat_is_told_too() -> None:
    one = make_version()
    client = signed_in(Client(), make_member())
    assert client.get(address(one)).status_code == 200
