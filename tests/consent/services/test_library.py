"""The documents anyone may read, and those nobody gets to see."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from consent.enums import Audience, DocumentKind
from consent.models import Document
from consent.services import library
from consent.services.library import Standing
from seats.services.errors import NotFound
from tests.factories import make_document, make_version

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()


@pytest.fixture
def policy() -> Document:
    return make_document(DocumentKind.PRIVACY_POLICY, Audience.PUBLIC, slug="policy")


def test_each_edition_says_whether_it_was_is_or_will_be_in_force(policy: Document) -> None:
    make_version(policy, effective_on=TODAY - timedelta(60))
    make_version(policy, effective_on=TODAY)
    make_version(policy, effective_on=TODAY + timedelta(1))
    make_version(policy, effective_on=TODAY + timedelta(9))

    found = library.title("policy", TODAY)

    assert [(row.number, row.standing, row.replaced_on) for row in found.editions] == [
        (4, Standing.ANNOUNCED, None),
        (3, Standing.ANNOUNCED, TODAY + timedelta(9)),
        (2, Standing.IN_FORCE, TODAY + timedelta(1)),
        (1, Standing.PAST, TODAY),
    ]
    assert found.in_force
    assert found.opened.number == found.in_force.number == 2
    assert [row.number for row in found.announced] == [3, 4]
    assert library.title("policy", TODAY + timedelta(1)).opened.number == 3


def test_what_is_only_announced_is_opened_by_its_first_version(policy: Document) -> None:
    make_version(policy, effective_on=TODAY + timedelta(5))
    make_version(policy, effective_on=TODAY + timedelta(9))
    found = library.title("policy", TODAY)
    assert found.in_force is None
    assert found.opened.number == 1


def test_a_draft_is_in_no_list_and_has_no_number(policy: Document) -> None:
    make_version(policy)
    make_version(policy, published=False)
    make_version(policy, number=1, language="de", published=False)
    (found,) = library.titles()
    (edition,) = found.editions
    assert edition.languages == ["en"]
    with pytest.raises(NotFound):
        found.numbered(2)
    with pytest.raises(NotFound):
        library.text(edition, "de")


def test_a_document_of_drafts_alone_is_unknown(policy: Document) -> None:
    make_version(policy, published=False)
    assert library.titles() == []
    with pytest.raises(NotFound):
        library.title("policy")


@pytest.mark.parametrize(
    ("kind", "audience"),
    [
        (kind, audience)
        for kind in DocumentKind
        for audience in Audience
        if kind != DocumentKind.DPA or audience == Audience.CONTRACTS
    ],
)
def test_only_notices_for_members_or_administrators_are_for_them_alone(
    kind: DocumentKind, audience: Audience
) -> None:
    document = make_document(kind, audience)
    make_version(document)
    hidden = kind == DocumentKind.DATA_USE_NOTICE and audience != Audience.PUBLIC
    assert [row.document for row in library.titles()] == ([] if hidden else [document])
    if hidden:
        with pytest.raises(NotFound):
            library.title(document.slug)


def test_the_list_is_in_the_order_of_the_kinds() -> None:
    for kind in reversed(DocumentKind):
        audience = Audience.CONTRACTS if kind == DocumentKind.DPA else Audience.PUBLIC
        make_version(make_document(kind, audience))
    assert [row.document.kind for row in library.titles()] == list(DocumentKind)


def test_texts_are_compared_only_where_there_is_an_older_one(policy: Document) -> None:
    make_version(policy, number=1)
    for language in ("en", "de"):
        make_version(policy, number=2, language=language)
    found = library.title("policy")
    assert library.comparable(found, found.numbered(1)) == []
    assert library.comparable(found, found.numbered(2)) == ["en"]


def test_however_many_versions_there_are_the_list_is_one_query_without_texts(
    policy: Document, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(1, 20):
        make_version(policy, number=number, effective_on=date(2020, 1, number))
    with django_assert_num_queries(1):
        (found,) = library.titles()
        assert found.document.binding_language == "en"
        assert found.heading(found.opened, "de").title
    assert "text" in found.editions[0].versions[0].get_deferred_fields()
