"""Documents anyone may read: what is in force, what was, what will be, and no draft ever."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent.enums import Audience, DocumentKind
from consent.models import Document, DocumentVersion
from tests.catalogues import TRANSLATED, english_in
from tests.compliance.views.test_cases import text_of
from tests.factories import make_document, make_version

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()
SECRET = "Nobody has decided this yet."


@pytest.fixture
def policy() -> Document:
    """Versions past, in force (two languages) and announced; and a draft of the next."""
    document = make_document(DocumentKind.PRIVACY_POLICY, Audience.PUBLIC, slug="policy")
    past, later = TODAY - timedelta(60), TODAY + timedelta(30)
    make_version(document, number=1, effective_on=past, title="Policy of old", text="Old text.")
    current = {"number": 2, "effective_on": TODAY}
    make_version(document, title="Policy", text="1. Who\nNew <b>text</b>.", **current)
    make_version(document, title="Richtlinie", language="de", text="Neuer Text.", **current)
    make_version(document, number=3, effective_on=later, title="Policy to be", text="Later text.")
    draft = {"title": SECRET, "text": SECRET, "change_summary": SECRET, "summary": SECRET}
    make_version(document, number=4, published=False, **draft)
    make_version(document, number=2, language="fr", published=False, **draft)
    return document


def test_the_list_names_what_is_in_force_and_what_is_announced(
    client: Client, policy: Document
) -> None:
    make_version(make_document(slug="for-members", name="For members"))
    make_version(make_document(DocumentKind.TERMS, slug="planned"), published=False)
    response = client.get("/legal/")
    said = text_of(response)
    assert "Policy Privacy policy Version 2, in force since" in said
    assert "Version 3 takes effect on" in said
    assert 'href="/legal/policy/"' in response.content.decode()
    assert 'href="/legal/policy/3/"' in response.content.decode()
    for hidden in ("For members", "planned", SECRET, "Version 4"):
        assert hidden not in said


def test_an_empty_list_says_so(client: Client) -> None:
    assert "No document is published yet." in text_of(client.get("/legal/"))


def test_a_document_opens_with_the_version_in_force(client: Client, policy: Document) -> None:
    response = client.get("/legal/policy/")
    body, said = response.content.decode(), text_of(response)
    assert "<h2>1. Who</h2>" in body
    assert "New &lt;b&gt;text&lt;/b&gt;." in body
    assert "in force since" in said
    assert "no longer in force" not in said
    assert "Binding language English" in said
    assert hashlib.sha256(b"1. Who\nNew <b>text</b>.").hexdigest() in said.replace(" ", "")
    for other in ("/legal/policy/1/", "/legal/policy/3/", "/legal/policy/2/changes/"):
        assert f'href="{other}"' in body
    assert "noindex" not in body
    assert SECRET not in body


def test_past_and_announced_versions_are_marked_as_such(client: Client, policy: Document) -> None:
    past, later = client.get("/legal/policy/1/"), client.get("/legal/policy/3/")
    assert "This version is no longer in force." in text_of(past)
    assert "Old text." in text_of(past)
    assert "This version is not in force yet." in text_of(later)
    assert "Until then, version 2 applies." in text_of(later)
    assert "Later text." in text_of(later)
    for response in (past, later):
        assert 'content="noindex, nofollow"' in response.content.decode()
        assert 'href="/legal/policy/"' in response.content.decode()


def test_what_is_not_in_force_yet_is_announced_where_nothing_else_is(client: Client) -> None:
    document = make_document(DocumentKind.TERMS, slug="terms")
    make_version(document, effective_on=TODAY + timedelta(3), text="Soon.")
    said = text_of(client.get("/legal/terms/"))
    assert "This version is not in force yet." in said
    assert "Until then" not in said
    assert "Version 1 takes effect on" in text_of(client.get("/legal/"))
    assert client.get("/trust/").status_code == 200


@pytest.mark.parametrize("path", ["", "1/", "2/changes/"])
def test_readers_get_their_own_language_or_are_told_that_there_is_none(
    client: Client, policy: Document, path: str
) -> None:
    make_version(policy, number=1, language="de", effective_on=TODAY - timedelta(60), text="Alt.")
    german = client.get(f"/legal/policy/{path}", headers={"accept-language": "de-AT"})
    assert '<html lang="de"' in german.content.decode()
    assert 'lang="de" dir="ltr"' in german.content.decode()
    french = client.get(f"/legal/policy/{path}", headers={"accept-language": "fr"}).content.decode()
    assert '<html lang="fr"' in french
    assert 'lang="en" dir="ltr"' in french


def test_a_translation_names_the_binding_text(client: Client, policy: Document) -> None:
    german = text_of(client.get("/legal/policy/", headers={"accept-language": "de"}))
    assert "Neuer Text." in german
    assert "Verbindlich ist der Text auf Englisch." in german
    french = text_of(client.get("/legal/policy/", headers={"accept-language": "fr"}))
    assert "Ce document n’est pas publié en français. Vous le lisez en anglais." in french


def test_a_language_can_be_chosen_whatever_the_browser_says(
    client: Client, policy: Document
) -> None:
    assert 'href="?language=de"' in client.get("/legal/policy/").content.decode()
    response = client.get("/legal/policy/?language=de", headers={"accept-language": "fr"})
    assert response.headers["Content-Language"] == "de"
    assert '<html lang="de"' in response.content.decode()
    assert "Neuer Text." in text_of(response)


def test_the_bare_text_is_what_the_fingerprint_is_of(client: Client, policy: Document) -> None:
    for language in ("en", "de"):
        version = DocumentVersion.objects.get(document=policy, number=2, language=language)
        response = client.get(f"/legal/policy/2/{language}.txt")
        assert hashlib.sha256(response.content).hexdigest() == version.text_sha256
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert response.headers["Content-Language"] == language
        assert response.headers["X-Content-Type-Options"] == "nosniff"


# --- Changes --------------------------------------------------------------------------------------


def test_changes_are_told_in_words_and_not_by_colour_alone(
    client: Client, policy: Document
) -> None:
    document = make_document(DocumentKind.TERMS, slug="terms")
    make_version(document, number=1, text="Kept.\nWe tell you early.\nGone <i>line</i>.\n\nLast.")
    make_version(
        document,
        number=2,
        text="Kept.\nWe tell you very early.\n\nLast.\nCome.",
        change_summary="Earlier.",
    )
    response = client.get("/legal/terms/2/changes/")
    body, said = response.content.decode(), text_of(response)
    assert "Earlier." in said
    assert "Compared with version 1 of" in said
    assert "<ins>very </ins>" in body
    assert "<del>Gone &lt;i&gt;line&lt;/i&gt;.</del>" in body
    assert "<ins>Come.</ins>" in body
    for word in ("Before", "Now", "New"):
        assert f"<h3>{word}</h3>" in body
    assert said.count("Kept.") == 1


def test_unchanged_stretches_fold_away(client: Client) -> None:
    document = make_document(DocumentKind.TERMS, slug="terms")
    same = "\n\n".join(f"Line {number}." for number in range(9))
    make_version(document, number=1, text=same)
    make_version(document, number=2, text=f"{same}\nMore.")
    make_version(document, number=3, text=f"{same}\nMore.")
    assert (
        "<summary>9 lines are the same</summary>"
        in client.get("/legal/terms/2/changes/").content.decode()
    )
    assert (
        "<summary>10 lines are the same</summary>"
        in client.get("/legal/terms/3/changes/").content.decode()
    )


def test_a_text_without_an_older_one_in_its_language_is_not_all_new(
    client: Client, policy: Document
) -> None:
    """The German reader is shown what changed in the language that has both."""
    response = client.get("/legal/policy/2/changes/", headers={"accept-language": "de"})
    assert "Old" in text_of(response)
    assert "Neuer Text." not in text_of(response)
    assert client.get("/legal/policy/2/changes/?language=de").status_code == 404
    german = client.get("/legal/policy/?language=de").content.decode()
    assert "/changes/" not in german


def test_drafts_are_in_no_comparison(client: Client, policy: Document) -> None:
    for number in (2, 3):
        assert SECRET not in client.get(f"/legal/policy/{number}/changes/").content.decode()


# --- What there is not ----------------------------------------------------------------------------

HUGE = "9" * 40
UNKNOWN = [
    "/legal/nothing/",
    "/legal/nothing/1/",
    "/legal/nothing/1/changes/",
    "/legal/members-only/",
    "/legal/members-only/1/",
    "/legal/members-only/1/en.txt",
    "/legal/drafted/",
    "/legal/drafted/1/",
    "/legal/policy/0/",
    "/legal/policy/4/",
    "/legal/policy/4/changes/",
    "/legal/policy/4/en.txt",
    "/legal/policy/2/fr.txt",
    "/legal/policy/2/xx.txt",
    "/legal/policy/1/changes/",
    f"/legal/policy/{HUGE}/",
    f"/legal/policy/{HUGE}/changes/",
    f"/legal/policy/{'9' * 5000}/",
    "/legal/policy/-1/",
    "/legal/policy/2.0/",
    "/legal/policy/?language=fr",
    "/legal/policy/?language=xx",
    "/legal/policy/?language=DE",
    "/legal/policy/?language=%00",
    "/legal/policy/2/?language=../en",
    "/legal/policy/2/changes/?language=fr",
    "/legal/pol%00icy/",
    "/legal/p%C3%B6licy/",
]


@pytest.mark.parametrize("path", UNKNOWN, ids=lambda path: path[:60])
def test_what_there_is_not_has_a_page_in_plain_words(
    client: Client, policy: Document, path: str
) -> None:
    make_version(make_document(slug="members-only", audience=Audience.MEMBERS), text=SECRET)
    drafted = make_document(DocumentKind.TERMS, slug="drafted")
    make_version(drafted, published=False, text=SECRET)
    response = client.get(path)
    assert response.status_code == 404
    assert "There is no such page" in text_of(response)
    assert "please give this number" in text_of(response)
    assert SECRET not in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"


def test_a_refusal_is_said_in_the_readers_language(client: Client) -> None:
    response = client.get("/legal/nothing/", headers={"accept-language": "de"})
    assert "Dieses Dokument gibt es nicht." in text_of(response)


PAGES = [
    "/legal/",
    "/legal/policy/",
    "/legal/policy/1/",
    "/legal/policy/3/",
    "/legal/policy/2/changes/",
    "/legal/policy/2/en.txt",
]


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_reading_only(client: Client, policy: Document, path: str) -> None:
    assert client.post(path).status_code == 405
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("path", PAGES)
def test_anyone_may_keep_a_page_and_ask_whether_it_changed(
    client: Client, policy: Document, path: str
) -> None:
    response = client.get(path)
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert "Accept-Language" in response.headers["Vary"]
    assert "Cookie" not in response.headers["Vary"]
    assert not response.cookies
    again = client.get(path, headers={"if-none-match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", PAGES[:-1])
@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_is_left_in_english(
    client: Client, policy: Document, path: str, language: str
) -> None:
    said = text_of(client.get(path, headers={"accept-language": language}))
    assert english_in(said, language) == []


@pytest.mark.parametrize("path", PAGES)
def test_pages_say_their_date_and_cost_few_queries_however_much_there_is(
    client: Client, policy: Document, path: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(10, 40):
        for language in ("en", "es"):
            make_version(
                policy, number=number, language=language, effective_on=TODAY + timedelta(90)
            )
        make_version(make_document(DocumentKind.TERMS, Audience.PUBLIC))
    with django_assert_max_num_queries(4):
        response = client.get(path)
    if not path.endswith(".txt"):
        assert "As of" in text_of(response)
        assert "not legal advice" in text_of(response)
