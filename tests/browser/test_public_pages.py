"""What anybody can read without signing in, in a real browser."""

from __future__ import annotations

import hashlib

import pytest

from compliance.services import sample_consents, sample_staff
from consent.models import DocumentVersion
from tests.browser.test_member_pages import Open, look

pytestmark = pytest.mark.django_db(transaction=True)
ENDLESS = "Datenschutzgrundverordnungskonformitätserklärung"


@pytest.fixture(autouse=True)
def _published() -> None:
    """The sample company's documents, certificates and helpers."""
    sample_consents.adopt(sample_staff.engage()["clara"])


def test_the_pages_for_everybody_are_readable_by_everyone(visit: Open) -> None:
    for path, name in (
        ("/", "home"),
        ("/trust/", "trust"),
        ("/trust/sub-processors/", "sub-processors"),
        ("/legal/", "legal"),
        ("/privacy/how/", "how"),
        ("/legal/no-such-paper/", "legal-unknown"),
    ):
        look(visit, path, name)


def test_documents_are_readable_by_everyone(visit: Open) -> None:
    for path, name in (
        ("/legal/privacy-policy/", "legal-current"),
        ("/legal/privacy-policy/1/", "legal-past"),
        ("/legal/privacy-policy/3/?language=de", "legal-announced-de"),
        ("/legal/dpa/2/changes/", "legal-changes"),
        ("/legal/privacy-policy/3/changes/?language=de", "legal-changes-de"),
    ):
        look(visit, path, name)


def test_the_pages_hold_in_other_languages_and_with_long_words(visit: Open) -> None:
    version = DocumentVersion.objects.filter(document__slug="privacy-policy").first()
    assert version
    DocumentVersion.objects.create(
        document=version.document,
        number=9,
        language="en",
        title=ENDLESS,
        text=f"# {ENDLESS}\n{'x' * 300}\n- {ENDLESS}\n",
        text_sha256="0" * 64,
        change_summary=ENDLESS,
        effective_on=version.effective_on,
        published_at=version.published_at,
    )
    for path, name in (
        ("/trust/", "trust-fr"),
        ("/privacy/how/", "how-fr"),
        ("/legal/privacy-policy/9/", "legal-long-fr"),
        ("/legal/privacy-policy/9/changes/", "legal-changes-long-fr"),
    ):
        look(visit, path, name, locale="fr")


def test_a_reader_finds_the_past_and_the_other_language(visit: Open) -> None:
    page = visit("/", java_script_enabled=False).page
    page.get_by_role("contentinfo").get_by_role("link", name="Legal documents").click()
    page.get_by_role("link", name="Privacy policy", exact=True).click()
    page.get_by_role("link", name="Deutsch").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Datenschutzerklärung"
    assert page.locator("html").get_attribute("lang") == "de"
    page.get_by_role("link", name="Fassung 3").click()
    assert page.get_by_text("Diese Fassung gilt noch nicht.").is_visible()
    page.get_by_role("link", name="Mit der Fassung davor vergleichen").click()
    assert page.get_by_text("Verglichen mit Fassung 2").is_visible()
    assert page.locator("ins").first.inner_text() == "6. Der Assistent"


def test_the_evidence_and_the_bare_text_can_be_kept_and_checked(visit: Open) -> None:
    page = visit("/trust/").page
    with page.expect_download() as download:
        page.get_by_role("link", name="Certificate (PDF) ISO/IEC 27001:2022").click()
    assert download.value.suggested_filename == "iso-iec-27001-2022.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")

    page.goto(page.url.replace("/trust/", "/legal/dpa/"))
    shown = page.locator(".hash").inner_text().replace(" ", "")
    page.get_by_role("link", name="dpa-2-en.txt").click()
    text = page.request.get(page.url).body()
    assert hashlib.sha256(text).hexdigest() == shown
