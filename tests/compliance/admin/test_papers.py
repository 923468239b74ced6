"""Documents on the desk: drafted, looked at, published for ever, and who is reminded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import EmailMessage
from compliance.services import reminders
from consent.enums import Audience, DocumentKind
from consent.models import Confirmation, Document, DocumentVersion
from consent.services import documents
from seats.models import Member, StaffUser
from seats.roles import Role
from tests import factories
from tests.compliance.admin import world

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()


def at(name: str, document: Document, *more: Any) -> str:
    return reverse(f"admin:consent_document_{name}", args=[document.pk, *more])


def typed(client: Client, url: str, **fields: Any) -> dict[str, Any]:
    """What a browser posts: the form as it came, with what somebody typed into it."""
    form = client.get(url).context["form"]
    return {name: form[name].value() or "" for name in form.fields} | fields


def confirm(version: DocumentVersion, *members: Member) -> None:
    for member in members:
        Confirmation.objects.create(
            member=member,
            version=version,
            surface="mobile",
            state="confirmed",
            at=timezone.now(),
        )


@pytest.fixture
def document(db: None) -> Document:
    """Version 1 is in force, in English and German."""
    document = factories.make_document(name="How we use your data")
    factories.make_version(document, text="Same.\nOld.")
    factories.make_version(document, language="de", number=1, text="Gleich.\nAlt.")
    return document


@pytest.fixture
def desk(client: Client, officer: StaffUser) -> Client:
    client.force_login(officer)
    return client


def test_a_document_is_made_drafted_and_published(desk: Client, officer: StaffUser) -> None:
    made = desk.post(
        reverse("admin:consent_document_add"),
        {
            "name": "Privacy notice",
            "slug": "notice",
            "kind": DocumentKind.DATA_USE_NOTICE,
            "audience": Audience.MEMBERS,
            "binding_language": "en",
        },
    )
    document = Document.objects.get()
    assert made.status_code == 302
    write = at("draft", document, "en")
    words = {"title": "Notice", "text": "We keep leads.\r\n\r\nYou stay in charge."}
    assert desk.post(write, typed(desk, write, **words)).status_code == 302
    draft = document.versions.get()
    assert draft.text == "We keep leads.\n\nYou stay in charge."

    factories.make_seat()
    put_out = at("publish", document)
    page = desk.get(put_out).content.decode()
    assert "1 active member will be asked to confirm version 1." in page
    assert "cannot be undone" in page
    assert draft.text_sha256 in page
    assert desk.post(put_out, typed(desk, put_out)).status_code == 302
    draft.refresh_from_db()
    assert (draft.published_by, draft.effective_on, draft.material) == (officer, TODAY, True)


def test_a_draft_begins_with_the_last_text_and_shows_what_it_changes(
    desk: Client, document: Document
) -> None:
    write = at("draft", document, "en")
    begun = typed(desk, write)
    assert begun["text"] == "Same.\nOld."
    desk.post(write, begun | {"text": "Same.\nNew.", "change_summary": "It is new."})
    draft = document.versions.drafts().get()
    assert (draft.number, draft.language, draft.change_summary) == (2, "en", "It is new.")
    changes = desk.get(at("changes", document, draft.pk)).content.decode()
    assert "</span>New.</ins>" in changes
    assert "</span>Old.</del>" in changes
    preview = desk.get(at("preview", document, draft.pk)).content.decode()
    assert preview.count("New.") == 2  # on a computer and on a telephone


def test_a_new_language_begins_with_the_binding_text(desk: Client, document: Document) -> None:
    assert typed(desk, at("draft", document, "fr"))["text"] == "Same.\nOld."
    assert typed(desk, at("draft", document, "de"))["text"] == "Gleich.\nAlt."
    assert desk.get(at("draft", document, "tlh")).status_code == 404


def test_two_who_write_at_once_do_not_overwrite_each_other(
    desk: Client, document: Document
) -> None:
    write = at("draft", document, "en")
    first, second = typed(desk, write, text="Mine."), typed(desk, write, text="Yours.")
    assert desk.post(write, first).status_code == 302
    answer = desk.post(write, second)
    assert answer.status_code == 409
    assert "Somebody else changed this draft" in answer.content.decode()
    assert "Yours." in answer.content.decode()  # what was typed is not lost
    assert document.versions.drafts().get().text == "Mine."


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"text": " \n"}, {"text": "x" * 100_001}, {"seen": ""}]
)
def test_a_draft_that_says_too_little_or_too_much_is_not_kept(
    desk: Client, document: Document, wrong: dict[str, str]
) -> None:
    write = at("draft", document, "en")
    assert desk.post(write, typed(desk, write, **wrong)).status_code == 400
    assert not document.versions.drafts().exists()


def test_a_draft_is_thrown_away(desk: Client, document: Document) -> None:
    factories.make_version(document, published=False)
    discard = at("discard", document, "en")
    assert desk.get(discard).status_code == 200
    assert document.versions.drafts().exists()
    assert desk.post(discard).status_code == 302
    assert not document.versions.drafts().exists()
    assert desk.post(discard).status_code == 404


@pytest.mark.parametrize(("weight", "material"), [("material", True), ("small", False)])
def test_how_much_changed_is_decided_with_its_consequence_in_sight(
    desk: Client, document: Document, weight: str, material: bool
) -> None:
    for _ in range(3):
        factories.make_seat()
    factories.make_version(document, published=False)
    put_out = at("publish", document)
    page = desk.get(put_out).content.decode()
    assert "3 active members will be asked to confirm version 2 again." in page
    assert "nobody is asked again" in page
    assert desk.post(put_out, typed(desk, put_out)).status_code == 400  # nothing is preset
    desk.post(put_out, typed(desk, put_out, weight=weight))
    assert documents.published(document.slug, 2).material is material


def test_a_draft_changed_meanwhile_is_not_published(desk: Client, document: Document) -> None:
    draft = factories.make_version(document, published=False)
    put_out = at("publish", document)
    seen = typed(desk, put_out, weight="small")
    DocumentVersion.objects.filter(pk=draft.pk).update(text="Something else.")
    answer = desk.post(put_out, seen)
    assert answer.status_code == 409
    assert "Nothing was published." in answer.content.decode()
    assert document.versions.drafts().exists()


@pytest.mark.parametrize("day", [date(2020, 1, 1), TODAY - timedelta(days=1), "soon", ""])
def test_a_text_takes_effect_today_or_later(desk: Client, document: Document, day: Any) -> None:
    factories.make_version(document, published=False)
    put_out = at("publish", document)
    answer = desk.post(put_out, typed(desk, put_out, weight="small", effective_on=str(day)))
    assert answer.status_code == 400
    assert document.versions.drafts().exists()


def test_without_the_binding_language_nothing_is_published(
    desk: Client, document: Document
) -> None:
    assert "There is no draft to publish." in desk.get(at("publish", document)).content.decode()
    assert desk.post(at("publish", document)).status_code == 409
    factories.make_version(document, published=False, language="de")
    assert "lacks the binding language" in desk.get(at("publish", document)).content.decode()
    assert desk.post(at("publish", document)).status_code == 400


def test_what_hangs_on_a_published_document_stays(desk: Client, document: Document) -> None:
    change = at("change", document)
    desk.post(change, {"name": "Renamed", "slug": "other", "audience": "public", "kind": "terms"})
    kept = Document.objects.get()
    assert (kept.name, kept.slug, kept.audience) == ("Renamed", document.slug, document.audience)


def test_a_dpa_for_members_is_refused_in_words(desk: Client) -> None:
    fields = {"name": "DPA", "slug": "dpa", "kind": "dpa", "audience": "members"}
    answer = desk.post(reverse("admin:consent_document_add"), fields | {"binding_language": "en"})
    assert "A data processing agreement concerns contracts." in answer.content.decode()
    assert not Document.objects.exists()


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.REPRESENTATIVE, Role.AUDITOR])
def test_drafting_and_publishing_are_compliances(
    client: Client, document: Document, role: Role
) -> None:
    factories.make_version(document, published=False)
    client.force_login(world.person(role))
    page = client.get(at("change", document)).content.decode()
    assert "Your role does not include this." in page
    before = world.everything()
    for url in (
        at("draft", document, "en"),
        at("discard", document, "en"),
        at("publish", document),
    ):
        assert "Your role does not include this." in client.get(url).content.decode()
        assert client.post(url, {"title": "x", "text": "x", "seen": "x"}).status_code == 403
    assert client.get(reverse("admin:consent_document_add")).status_code == 403
    assert world.everything() == before


# --- Coverage and reminders -------------------------------------------------------------------


def test_coverage_is_shown_in_words_and_by_contract(desk: Client, document: Document) -> None:
    version = document.versions.get(language="en")
    half, none = factories.make_contract(), factories.make_contract()
    confirm(version, factories.make_seat(half).member)
    factories.make_seat(half)
    factories.make_seat(none)
    page = desk.get(at("coverage", document, 1))
    words = " ".join(page.content.decode().split())
    assert "<b>33%</b> of active seats confirmed version 1" in words
    assert [contract for contract, _found in page.context["rows"]] == [none, half]
    assert "<b>33%</b> of active seats" in desk.get(at("change", document)).content.decode()
    assert desk.get(at("coverage", document, 7)).status_code == 404


def test_a_representative_sees_only_their_contracts_covered_and_reminds_only_those(
    client: Client, document: Document
) -> None:
    rep = factories.make_staff(Role.REPRESENTATIVE)
    own = factories.make_seat(factories.make_contract(representative=rep))
    factories.make_seat()
    client.force_login(rep)
    page = client.get(at("coverage", document, 1))
    assert [contract for contract, _found in page.context["rows"]] == [own.contract]
    assert page.context["total"].concerned == 1
    assert client.get(at("change", document)).context["coverage_now"].concerned == 1
    assert client.post(at("remind", document, 1)).status_code == 302
    assert [mail.member for mail in EmailMessage.objects.all()] == [own.member]


@pytest.mark.parametrize("name", ["change", "coverage", "remind"])
def test_pages_cost_the_same_whatever_there_is(
    desk: Client,
    document: Document,
    name: str,
    queries: Callable[[Callable[[], Any]], int],
) -> None:
    version = document.versions.get(language="en")
    url = at(name, document) if name == "change" else at(name, document, 1)
    costs = []
    for many in (1, 29, 970):
        contract = factories.make_contract()
        seats = [factories.make_seat(contract) for _ in range(many)]
        confirm(version, *(seat.member for seat in seats[::2]))
        costs.append(queries(lambda: desk.get(url)))
    assert len(set(costs)) == 1
    assert costs[0] <= 20


@pytest.mark.parametrize("role", [Role.AUDITOR])
def test_an_auditor_reads_who_confirmed_and_reminds_nobody(
    client: Client, document: Document, role: Role
) -> None:
    factories.make_seat()
    client.force_login(world.person(role))
    assert client.get(at("coverage", document, 1)).status_code == 200
    assert "Your role does not" in client.get(at("remind", document, 1)).content.decode()
    assert client.post(at("remind", document, 1)).status_code == 403
    assert not EmailMessage.objects.exists()


def test_the_count_comes_before_the_reminder(desk: Client, document: Document) -> None:
    factories.make_seat()
    factories.make_seat(member=factories.make_member(email=""))
    remind = at("remind", document, 1)
    assert "Send 1 reminder" in desk.get(remind).content.decode()
    assert not EmailMessage.objects.exists()
    answer = desk.post(remind, follow=True)
    assert "1 reminder is on its way." in answer.content.decode()
    assert "Send 0 reminders" in desk.get(remind).content.decode()
    history = desk.get(at("history", document)).content.decode()
    assert "version 1: 1 reminded" in history


def test_more_than_one_page_can_send_is_left_for_the_next(
    desk: Client, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "MOST", 2)
    for _ in range(3):
        factories.make_seat()
    page = desk.get(at("remind", document, 1))
    assert "Send 2 reminders" in page.content.decode()
    assert page.context["later"] == 1
    desk.post(at("remind", document, 1))
    assert EmailMessage.objects.count() == 2
