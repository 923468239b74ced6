from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from consent.enums import Audience, DocumentKind, Shown
from consent.models import Confirmation, Document, DocumentVersion
from consent.services import documents
from consent.services.documents import Change, Coverage, Line
from seats.models import StaffUser
from seats.roles import Role
from seats.services.errors import BadInput, IllegalMove, NotAllowed, NotFound
from tests.factories import (
    make_administration,
    make_contract,
    make_document,
    make_member,
    make_seat,
    make_staff,
    make_version,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()


@pytest.fixture
def officer() -> StaffUser:
    return make_staff(Role.COMPLIANCE)


def drafted(document: Document, officer: StaffUser, language: str = "en", text: str = "Text."):
    return documents.draft(document, language=language, title="Title", text=text, actor=officer)


def confirmed(version: DocumentVersion, *members: object) -> None:
    for member in members:
        Confirmation.objects.create(
            member=member, version=version, surface="mobile", state=Shown.CONFIRMED,
            at=timezone.now(),
        )  # fmt: skip


def test_a_draft_is_rewritten_until_it_is_published(officer: StaffUser) -> None:
    document = make_document()
    first = drafted(document, officer, text="One.")
    second = drafted(document, officer, text="Two.")
    assert (second.pk, second.number, second.text) == (first.pk, 1, "Two.")
    assert second.text_sha256 == hashlib.sha256(b"Two.").hexdigest()

    documents.publish(document, effective_on=TODAY, material=True, actor=officer)

    third = drafted(document, officer)
    assert (third.number, third.pk == first.pk) == (2, False)


def test_all_languages_of_a_version_are_published_together(officer: StaffUser) -> None:
    document = make_document()
    drafted(document, officer, "en")
    drafted(document, officer, "de", "Wörter.")

    made = documents.publish(document, effective_on=TODAY, material=False, actor=officer)

    assert {(version.language, version.effective_on, version.published_by) for version in made} == {
        ("en", TODAY, officer),
        ("de", TODAY, officer),
    }
    assert all(version.material for version in made), "a first version is news to everybody"


def test_what_cannot_be_published_is_not(officer: StaffUser) -> None:
    document = make_document()
    with pytest.raises(IllegalMove):
        documents.publish(document, effective_on=TODAY, material=True, actor=officer)
    drafted(document, officer, "de")
    with pytest.raises(BadInput, match="“en”"):
        documents.publish(document, effective_on=TODAY, material=True, actor=officer)
    drafted(document, officer, "en")
    with pytest.raises(NotAllowed):
        documents.publish(
            document, effective_on=TODAY, material=True, actor=make_staff(Role.SUPPORT)
        )
    documents.publish(document, effective_on=TODAY, material=True, actor=officer)
    drafted(document, officer, "en")
    with pytest.raises(BadInput, match="version 1"):
        documents.publish(document, effective_on=TODAY - timedelta(1), material=True, actor=officer)
    assert document.versions.published().count() == 2


def test_a_draft_is_thrown_away_and_a_published_version_is_not(officer: StaffUser) -> None:
    draft = drafted(make_document(), officer)
    documents.discard(draft, actor=officer)
    assert not DocumentVersion.objects.filter(pk=draft.pk).exists()
    with pytest.raises(IllegalMove):
        documents.discard(make_version(), actor=officer)


def test_a_draft_needs_a_language_of_ours_and_words(officer: StaffUser) -> None:
    document = make_document()
    with pytest.raises(BadInput, match="tlh"):
        drafted(document, officer, "tlh")
    with pytest.raises(BadInput):
        drafted(document, officer, text=" ")
    with pytest.raises(NotAllowed):
        drafted(document, make_staff(Role.AUDITOR))
    assert not document.versions.exists()


def test_the_version_in_force_is_the_newest_that_has_taken_effect() -> None:
    document = make_document()
    assert documents.current(document) is None
    old = make_version(document, effective_on=TODAY - timedelta(30))
    make_version(document, effective_on=TODAY + timedelta(30))
    new = DocumentVersion.objects.get(document=document, number=2)
    make_version(document, published=False)
    assert documents.current(document) == old
    assert documents.current(document, on=TODAY + timedelta(31)) == new
    assert documents.current(document, on=TODAY - timedelta(31)) is None
    assert documents.past(document) == [new, old]


@pytest.mark.parametrize(
    ("asked", "got"), [("de", "de"), ("de-AT", "de"), ("fr", "en"), (None, "en")]
)
def test_who_reads_another_language_gets_the_binding_one(asked: str | None, got: str) -> None:
    document = make_document()
    make_version(document, language="en", number=1)
    make_version(document, language="de", number=1)
    current = documents.current(document, asked)
    assert current
    assert current.language == got
    assert documents.published(document.slug, 1, asked).language == got


def test_a_draft_is_no_published_version() -> None:
    draft = make_version(published=False)
    with pytest.raises(NotFound):
        documents.published(draft.document.slug, 1)


def test_a_diff_shows_lines_against_the_same_language() -> None:
    document = make_document()
    first = make_version(document, text="Same.\nOld.")
    make_version(document, number=1, language="de", text="Anders.")
    second = make_version(document, number=2, text="Same.\nNew.", published=False)
    assert documents.diff(second) == [
        Line(Change.SAME, "Same."),
        Line(Change.REMOVED, "Old."),
        Line(Change.ADDED, "New."),
    ]
    assert documents.diff(first) == [Line(Change.ADDED, "Same."), Line(Change.ADDED, "Old.")]


def test_a_long_text_rewritten_from_end_to_end_is_compared_in_no_time() -> None:
    document = make_document()
    for number in (1, 2):
        lines = [
            f"Of {number} we keep {line * number} rows, {line} of them." for line in range(1500)
        ]
        make_version(document, text="\n\n".join(["Same.", *lines]))
    compared = documents.diff(document.versions.get(number=2))
    assert compared[0] == Line(Change.SAME, "Same.")
    assert {line.change for line in compared} == set(Change)


def test_coverage_counts_active_seats_that_confirmed_since_the_last_material_change() -> None:
    contract, document = make_contract(), make_document()
    members = [make_seat(contract).member for _ in range(4)]
    make_seat(contract, released_at=timezone.now())
    elsewhere = make_seat().member
    stranger_to_it = make_version()
    first = make_version(document)
    second = make_version(document)
    typo = make_version(document, material=False)

    confirmed(first, members[0], elsewhere)
    confirmed(second, members[1])
    confirmed(typo, members[2])
    confirmed(stranger_to_it, members[3])

    assert documents.coverage(typo, contract) == Coverage(4, 2)
    assert documents.coverage(second, contract) == Coverage(4, 2)
    assert documents.coverage(first, contract) == Coverage(4, 3)
    assert documents.coverage(first) == Coverage(5, 4)
    assert documents.coverage(first).percent == 80
    assert set(documents.unconfirmed(typo, contract)) == {members[0], members[3]}
    assert documents.coverage_by_contract(typo)[contract.pk] == Coverage(4, 2)


def test_coverage_is_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    contract, version = make_contract(), make_version()
    for _ in range(3):
        confirmed(version, make_seat(contract).member)
    with django_assert_num_queries(1):
        assert documents.coverage(version, contract) == Coverage(3, 3)
    with django_assert_num_queries(1):
        documents.coverage_by_contract(version)


def test_administrators_are_those_concerned_by_what_is_for_them() -> None:
    contract = make_contract()
    make_seat(contract)
    boss = make_member()
    make_administration(contract, boss)
    version = make_version(make_document(audience=Audience.ADMINISTRATORS))
    assert documents.coverage(version, contract) == Coverage(1, 0)
    assert list(documents.unconfirmed(version, contract)) == [boss]


def test_nobody_has_to_confirm_what_is_for_everybody_or_for_contracts() -> None:
    make_seat()
    for kind, audience in (
        (DocumentKind.PRIVACY_POLICY, Audience.PUBLIC),
        (DocumentKind.DPA, Audience.CONTRACTS),
    ):
        version = make_version(make_document(kind, audience))
        assert documents.coverage(version) == Coverage(0, 0)
        assert documents.coverage(version).percent == 100
