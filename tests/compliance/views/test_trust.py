"""What others checked about us, who works for us, and how to ask: the same for whoever looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from compliance.models import DataCategory
from consent.enums import Audience, DocumentKind
from consent.models import Certification
from consent.services import certifications
from seats.roles import Role
from tests.catalogues import TRANSLATED, english_in
from tests.compliance.views.test_cases import text_of
from tests.factories import (
    make_certification,
    make_document,
    make_member,
    make_staff,
    make_sub_processor,
    make_version,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()
PDF = b"%PDF-1.7 a certificate"
PAGES = ["/trust/", "/trust/sub-processors/", "/privacy/how/"]
Attach = Callable[[Certification], Certification]


@pytest.fixture
def attach() -> Attach:
    officer = make_staff(Role.COMPLIANCE)
    return lambda row: certifications.attach(row, PDF, actor=officer)


# --- Certificates ---------------------------------------------------------------------------------


def test_a_certificate_is_shown_with_all_that_makes_it_one(client: Client, attach: Attach) -> None:
    row = attach(
        make_certification(
            name="ISO/IEC 27001:2022",
            meaning="How we manage security.",
            number="IS 771204",
            scope="Operation of the product.",
            valid_from=date(2026, 5, 1),
            valid_until=TODAY,
        )
    )
    response = client.get("/trust/")
    said = text_of(response)
    for words in (
        "ISO/IEC 27001:2022",
        "How we manage security.",
        "Issued by Nordcert.",
        "IS 771204",
        "Covers: Operation of the product.",
        "1 May 2026",
    ):
        assert words in said
    assert 'class="tag ok">Valid<' in response.content.decode()
    assert f'href="/trust/certifications/{row.pk}/certificate.pdf"' in response.content.decode()


def test_what_expired_or_is_to_come_is_said_and_not_hidden(client: Client) -> None:
    make_certification(valid_from=date(2020, 1, 1), valid_until=TODAY - timedelta(1))
    make_certification(valid_from=TODAY + timedelta(2))
    body = client.get("/trust/").content.decode()
    assert 'class="tag warn">Expired<' in body
    assert "Was valid from" in body
    assert "Not valid yet" in body
    assert 'class="tag ok"' not in body
    assert "Certificate (PDF)" not in body


def test_what_is_not_public_is_absent(client: Client, attach: Attach) -> None:
    row = attach(make_certification(name="Still secret", is_public=False))
    assert "Still secret" not in client.get("/trust/").content.decode()
    assert "We hold no certificates at the moment." in text_of(client.get("/trust/"))
    assert client.get(f"/trust/certifications/{row.pk}/certificate.pdf").status_code == 404


def test_the_evidence_is_handed_out_as_it_was_given(client: Client, attach: Attach) -> None:
    row = attach(make_certification(name="ISO/IEC 27001:2022"))
    path = f"/trust/certifications/{row.pk}/certificate.pdf"
    response = client.get(path)
    assert response.content == PDF
    assert response.headers["Content-Type"] == "application/pdf"
    name = 'attachment; filename="iso-iec-27001-2022.pdf"'
    assert response.headers["Content-Disposition"] == name
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(path, headers={"if-none-match": f'"{row.file_sha256}"'}).status_code == 304
    assert (client.head(path).status_code, client.post(path).status_code) == (200, 405)


@pytest.mark.parametrize("name", ['"; x="', "../../etc/passwd", "a\r\nSet-Cookie: b", "Ελληνικά"])
def test_a_files_name_does_no_harm(client: Client, attach: Attach, name: str) -> None:
    row = attach(make_certification(name=name))
    response = client.get(f"/trust/certifications/{row.pk}/certificate.pdf")
    value = response.headers["Content-Disposition"].removeprefix('attachment; filename="')
    assert value.removesuffix('.pdf"').replace("-", "").isalnum()
    assert not response.cookies


@pytest.mark.parametrize("pk", ["0", "9" * 40, "9" * 5000, "-1", "x"])
def test_there_is_no_other_file(client: Client, pk: str) -> None:
    response = client.get(f"/trust/certifications/{pk}/certificate.pdf")
    assert response.status_code == 404
    assert "There is no such page" in text_of(response)


def test_a_file_that_cannot_be_read_is_our_fault(
    client: Client, attach: Attach, storages: Path
) -> None:
    row = attach(make_certification())
    (storages / "evidence" / row.file_name).unlink()
    response = client.get(f"/trust/certifications/{row.pk}/certificate.pdf")
    assert response.status_code == 503
    assert response.headers["Cache-Control"] == "no-store"


# --- Who works for us -----------------------------------------------------------------------------


def test_sub_processors_are_listed_by_what_they_are_were_and_will_be(client: Client) -> None:
    make_sub_processor(name="Now Ltd", since=date(2023, 1, 2), safeguards="Clauses")
    make_sub_processor(name="Soon Ltd", since=TODAY + timedelta(40))
    make_sub_processor(name="Gone Ltd", since=date(2022, 3, 4), until=date(2024, 6, 30))
    said = text_of(client.get("/trust/sub-processors/"))
    now, soon, gone = (said.index(f"{name} Ltd") for name in ("Now", "Soon", "Gone"))
    assert now < said.index("Planned") < soon < said.index("Before") < gone
    for words in (
        "What Hosting",
        "Where Frankfurt, Germany",
        "Since 2 January 2023",
        "Safeguards Clauses",
        "4 March 2022 – 30 June 2024",
    ):
        assert words in said
    trust = text_of(client.get("/trust/"))
    assert "Now Ltd" in trust
    assert "Soon Ltd" not in trust
    assert "Gone Ltd" not in trust


def test_the_agreement_in_force_is_beside_the_list(client: Client) -> None:
    dpa = make_document(DocumentKind.DPA, Audience.CONTRACTS, slug="dpa")
    make_version(dpa, title="The old one", effective_on=date(2020, 1, 1))
    make_version(dpa, title="The agreement of today", effective_on=date(2026, 9, 1))
    make_version(dpa, title="Drafted", published=False)
    make_version(make_document(DocumentKind.TERMS, slug="terms"), title="The terms")
    response = client.get("/trust/sub-processors/")
    said = text_of(response)
    assert "Version 2, 1 September 2026 The agreement of today" in said
    assert 'href="/legal/dpa/"' in response.content.decode()
    assert "The terms" not in said
    assert "Drafted" not in said
    assert 'href="/trust/sub-processors/"' in client.get("/legal/dpa/").content.decode()


def test_an_empty_list_says_so(client: Client) -> None:
    said = text_of(client.get("/trust/sub-processors/"))
    assert "No other company processes this data for us." in said
    assert "No change is planned." in said


# --- How to ask -----------------------------------------------------------------------------------


def test_it_says_who_may_ask_how_long_it_takes_and_whom_to_write_to(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now().replace(year=2026, month=11, day=23, hour=12)
    monkeypatch.setattr(timezone, "now", lambda: now)
    said = text_of(client.get("/privacy/how/"))
    for words in (
        "by 23 December 2026",
        "until 23 February 2027",
        "As of 23 November 2026",
        "by 28 December 2026",  # the backups
        "An administrator of your company’s contract",
        "Go to court.",
    ):
        assert words in said
    for name in ("name", "address", "email", "phone", "dpo", "authority"):
        assert django_settings.CONTROLLER[name] in said


def test_every_category_is_in_the_table_as_the_registry_has_it(client: Client) -> None:
    said = text_of(client.get("/privacy/how/"))
    assert "Notes At once Your company" in said
    assert "InMails and messages After review Your company" in said
    assert "Seat management At once We" in said
    assert "Saved leads When asked for Your company" in said
    assert DataCategory.objects.count() == 14
    assert "All of it can be deleted." in said
    DataCategory.objects.filter(slug="notes").update(deletable=False)
    said = text_of(client.get("/privacy/how/"))
    assert "All of it can be deleted." not in said
    assert "Notes At once No Your company" in said


def test_it_says_how_long_a_deletion_can_be_cancelled(client: Client, settings: Any) -> None:
    assert "cancel a seat’s deletion for 3 days" in text_of(client.get("/privacy/how/"))
    settings.COOLING_OFF_SEAT = settings.COOLING_OFF_CONTRACT = timedelta(0)
    said = text_of(client.get("/privacy/how/"))
    assert "You can cancel until it begins" in said
    assert "First you get a date." not in said


# --- All of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_reading_only_and_may_be_kept(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert "Cookie" not in response.headers["Vary"]
    assert not response.cookies
    assert "noindex" not in response.content.decode()
    assert client.post(path).status_code == 405
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    etag = response.headers["ETag"]
    assert client.get(path, headers={"if-none-match": etag}).status_code == 304


@pytest.mark.parametrize("path", PAGES)
def test_pages_say_their_date_and_are_no_legal_advice(client: Client, path: str) -> None:
    said = text_of(client.get(path))
    assert "As of" in said
    assert "not legal advice" in said


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_is_left_in_english(client: Client, path: str, language: str) -> None:
    make_certification(valid_until=TODAY)
    make_sub_processor(until=TODAY)
    response = client.get(path, headers={"accept-language": language})
    assert f'<html lang="{language}"' in response.content.decode()
    assert english_in(text_of(response), language) == []


@pytest.mark.parametrize("path", PAGES)
def test_pages_cost_few_queries_however_much_there_is(
    client: Client, path: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        make_certification()
        make_sub_processor()
        make_sub_processor(until=TODAY)
        make_sub_processor(since=TODAY + timedelta(3))
        document = make_document(DocumentKind.TERMS)
        for version in (1, 2, 3):
            make_version(document, number=version, title=f"Terms {number}")
    with django_assert_max_num_queries(5):
        client.get(path)


@pytest.mark.parametrize("path", ["/", *PAGES, "/legal/"])
def test_nobody_is_named_on_them(client: Client, path: str) -> None:
    member = make_member()
    staff = make_staff(Role.COMPLIANCE)
    version = make_version(make_document(DocumentKind.TERMS, slug="terms"), published_by=staff)
    for page in (path, f"/legal/terms/{version.number}/"):
        body = client.get(page).content.decode()
        for secret in (member.name, member.email, member.number, staff.username):
            assert secret not in body


def test_every_page_leads_to_them(client: Client) -> None:
    for path in ("/", "/v/", "/no/such/page"):
        body = client.get(path).content.decode()
        for link in ("/privacy/how/", "/trust/", "/legal/"):
            assert f'href="{link}"' in body
