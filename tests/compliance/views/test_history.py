"""What members find again of what they were told and chose, and the receipts they take along."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from compliance.models import Receipt
from compliance.services import receipts
from compliance.views import history as views
from consent.enums import Origin, Surface
from consent.models import Confirmation
from consent.services import choices, notices
from seats import evidence
from seats.models import Member
from tests.catalogues import TRANSLATED, english_in
from tests.compliance.views.test_cases import text_of
from tests.factories import make_evidence, make_member, make_version
from tests.telling import NEWS, Told, confirm, make_told
from tests.visits import signed_in

pytestmark = pytest.mark.django_db
HISTORY = "/privacy/history/"


@pytest.fixture
def told() -> Told:
    return make_told()


@pytest.fixture
def client(told: Told) -> Client:
    return signed_in(Client(), told.member)


def record(row: Confirmation, part: str = "") -> str:
    return f"{HISTORY}{row.pk}/{part}"


# --- The list ---------------------------------------------------------------------------------


def test_each_text_says_when_where_and_which_and_stays_when_it_is_replaced(
    client: Client, told: Told
) -> None:
    mobile = confirm(told.member, told.second, Surface.MOBILE)
    page = client.get(HISTORY)
    said = text_of(page)
    assert f"{told.first.title} , version 1 Replaced" in said
    assert f"{told.second.title} , version 2 Confirmed" in said
    for one in (told.first, told.second, told.terms):
        assert one.text_sha256 in said.replace(" ", "")
    for where in ("Mobile app", "Computer"):
        assert where in said
    for row in (mobile, told.confirmation):
        assert f'href="{record(row)}"' in page.content.decode()
    assert "What changed since" in said


def test_terms_say_that_they_were_accepted_on_joining(client: Client, told: Told) -> None:
    said = text_of(client.get(HISTORY))
    assert "Terms of use 1 , version 1 Accepted" in said
    assert "How When you joined" in said


def test_what_was_put_off_is_there_with_its_day(client: Client, told: Told) -> None:
    row = notices.postpone(
        told.member, told.second.pk, sha256=told.second.text_sha256, surface=Surface.DESKTOP
    ).confirmation
    page = client.get(HISTORY)
    assert "version 2 Not confirmed" in text_of(page)
    assert "Put off" in text_of(page)
    seen = text_of(client.get(record(row)))
    assert "We showed you this, and you said “Not now”." in seen
    assert "Receipt as PDF" not in seen


def test_choices_say_what_was_done_where_and_in_which_words(client: Client, told: Told) -> None:
    said = text_of(client.get(HISTORY))
    assert "All promotional messages Stopped" in said
    assert "Product news: E-mail Allowed" in said
    assert "Tips for your work: E-mail Not allowed" in said
    assert "Words No more of these." in said
    assert "Words Send me news about the product by e-mail." in said
    assert "Where Message choices, Computer" in said


def test_what_waits_is_said_first(client: Client, told: Told) -> None:
    page = client.get(HISTORY)
    assert "1 notice is waiting" in text_of(page)
    assert f'href="/privacy/notices/{told.second.pk}/"' in page.content.decode()
    confirm(told.member, told.second)
    assert "is waiting" not in text_of(client.get(HISTORY))


def test_who_was_told_and_chose_nothing_reads_that() -> None:
    said = text_of(signed_in(Client(), make_member()).get(HISTORY))
    assert "We have not shown you any text yet." in said
    assert "You have not chosen anything yet." in said
    assert "Receipt as PDF" not in said


def test_many_choices_are_turned_over_and_none_is_lost(
    client: Client, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "CHOICES_A_PAGE", 2)
    first = client.get(HISTORY)
    assert "Earlier choices" in text_of(first)
    last = client.get(HISTORY, {"page": "2"})
    assert "Later choices" in text_of(last)
    assert "Product news: E-mail Allowed" in text_of(last)
    for page in ("0", "99", "x", "-1", "9" * 40):
        assert client.get(HISTORY, {"page": page}).status_code == 200


# --- One of them ------------------------------------------------------------------------------


def test_a_record_shows_the_text_as_it_was_seen_and_what_came_after(
    client: Client, told: Told
) -> None:
    said = text_of(client.get(record(told.confirmation)))
    assert "You confirmed that you read this" in said
    assert "We never sell your data." in said
    assert told.first.text_sha256 in said.replace(" ", "")
    assert "What changed since Version 2" in said
    assert "with your company’s CRM." in said


def test_a_device_that_was_offline_has_both_clocks_told(client: Client, told: Told) -> None:
    row = notices.confirm(
        told.member,
        told.second.pk,
        sha256=told.second.text_sha256,
        surface=Surface.MOBILE,
        client_at=told.confirmation.at,
    ).confirmation
    assert "By your device’s clock" in text_of(client.get(record(row)))


@pytest.mark.parametrize("part", ["", "receipt.pdf", "receipt.json"])
def test_somebody_elses_record_is_as_unknown_as_any(client: Client, told: Told, part: str) -> None:
    theirs = make_told()
    receipts.for_confirmation(theirs.member, theirs.confirmation.pk)
    for path in (
        record(theirs.confirmation, part),
        f"{HISTORY}999999/{part}",
        f"{HISTORY}{10**30}/{part}",
    ):
        page = client.get(path)
        assert (page.status_code, "There is no such page" in text_of(page)) == (404, True)
        if part:
            assert client.post(path).status_code == 404
    assert Receipt.objects.count() == 1


# --- Receipts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["pdf", "json"])
@pytest.mark.parametrize("of", ["notice", "choices"])
def test_a_link_makes_no_receipt_and_a_button_makes_one(
    client: Client, told: Told, of: str, suffix: str
) -> None:
    about = told.confirmation.pk if of == "notice" else "choices"
    path = f"{HISTORY}{about}/receipt.{suffix}"
    assert client.get(path).status_code == client.head(path).status_code == 404
    assert not Receipt.objects.exists()
    for _click in range(2):
        assert client.post(path).headers["Location"] == path
    receipt = Receipt.objects.get()
    file = client.get(path)
    name = f"{receipt.number}.{suffix}"
    assert file.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert file.headers["Cache-Control"] == "no-store, private"
    kept = evidence.read(receipt.pdf_name) if suffix == "pdf" else bytes(receipt.record)
    assert file.content == kept
    if suffix == "json":
        assert json.loads(file.content)["schema_version"] == "ISO/IEC TS 27560:2023"


def test_a_new_choice_makes_a_new_receipt(client: Client, told: Told) -> None:
    path = f"{HISTORY}choices/receipt.json"
    client.post(path)
    first = client.get(path)
    choices.save_choices(told.member, {NEWS: True}, make_evidence(Origin.PREFERENCE_CENTRE))
    assert client.get(path).content == first.content
    client.post(path)
    assert client.get(path).content != first.content
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize("part", ["receipt.xml", "receipt.", "receipt.PDF", "receipt.pdf.exe"])
def test_there_are_no_other_forms_of_a_receipt(client: Client, told: Told, part: str) -> None:
    for path in (record(told.confirmation, part), f"{HISTORY}choices/{part}"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
    assert not Receipt.objects.exists()


def test_a_storage_that_is_away_is_said_to_be(
    client: Client, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise OSError("gone away")

    path = record(told.confirmation, "receipt.pdf")
    with monkeypatch.context() as patch:
        patch.setattr(receipts.evidence, "put", fail)
        assert client.post(path).status_code == 503
    assert not Receipt.objects.exists()
    client.post(path)
    monkeypatch.setattr(views.evidence, "read", fail)
    assert client.get(path).status_code == 503


def test_nobody_takes_a_receipt_without_being_signed_in(told: Told) -> None:
    path = record(told.confirmation, "receipt.pdf")
    assert Client().get(path).headers["Location"].startswith("/privacy/sign-in/")
    assert Client().post(path).status_code == 403
    forged = signed_in(Client(enforce_csrf_checks=True), told.member)
    assert forged.post(path).status_code == 403
    assert not Receipt.objects.exists()


# --- All pages --------------------------------------------------------------------------------


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_pages_cost_the_same_however_long_a_history_is(client: Client, told: Told) -> None:
    paths = (HISTORY, record(told.confirmation))
    before = [queries(client, path) for path in paths]
    for _time in range(5):
        one = make_version()
        for surface in (Surface.MOBILE, Surface.DESKTOP):
            confirm(told.member, one, surface)
        choices.save_choices(told.member, {NEWS: True}, make_evidence())
        choices.stop_all(told.member, make_evidence(text="Enough."))
    assert [queries(client, path) for path in paths] == before
    assert max(before) <= 10


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_page_mixes_languages(told: Told, language: str) -> None:
    Member.objects.filter(pk=told.member.pk).update(locale=language)
    told.member.refresh_from_db()
    client = signed_in(Client(), told.member)
    for path in (HISTORY, record(told.confirmation)):
        page = client.get(path)
        assert page.headers["Content-Language"] == language
        assert english_in(text_of(page), language) == []
