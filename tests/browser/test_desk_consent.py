"""The desk's pages about what people are told, decided and signed, in a real browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from compliance.models import EmailMessage
from consent.enums import Audience, DocumentKind
from consent.models import Confirmation, Document
from consent.services import agreements, certifications, choices
from seats.models import Contract
from seats.roles import Role
from tests import factories
from tests.browser.test_desk import LONG, Open, check, colleague, go, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = """We keep what you make.

Your company sees how often you use the product.
It never sees your private messages.

You can get a copy of your data at any time."""
NEWER = TEXT.replace("how often", "how often, and what you share when") + "\n\nThe CRM is new."
ARABIC = "شركة التوزيع والخدمات اللوجستية المحدودة"


@pytest.fixture
def contract(db: None) -> Contract:
    rep = factories.make_staff(Role.REPRESENTATIVE)
    return factories.make_contract(customer=LONG, representative=rep)


@pytest.fixture
def document(contract: Contract) -> Document:
    """Two versions in force, a draft of the third in two languages, half of it confirmed."""
    document = factories.make_document(name="How we use your data")
    points = "We keep what you make.\nYour company sees some of it.\nYou stay in charge."
    words = {"title": "How Larkfield uses your data", "summary": points}
    factories.make_version(document, text=TEXT, **words)
    now = factories.make_version(document, text=NEWER, change_summary="The CRM is new.", **words)
    factories.make_version(document, number=now.number, language="de", text="Neu.")
    for language in ("en", "de"):
        factories.make_version(
            document, published=False, language=language, text=f"{TEXT}\n\nMore.", **words
        )
    for customer in (contract, factories.make_contract(customer=ARABIC)):
        members = [factories.make_seat(customer).member for _ in range(3)]
        Confirmation.objects.create(
            member=members[0],
            version=now,
            surface="mobile",
            state="confirmed",
            at=timezone.now(),
        )
    return document


def test_a_documents_pages(visit: Open, document: Document) -> None:
    seen = sign_in(visit, colleague(Role.COMPLIANCE))
    draft = document.versions.drafts().get(language="en")
    for name, page, args in (
        ("documents", "consent_document_changelist", ()),
        ("document-new", "consent_document_add", ()),
        ("document", "consent_document_change", (document.pk,)),
        ("document-draft", "consent_document_draft", (document.pk, "en")),
        ("document-discard", "consent_document_discard", (document.pk, "en")),
        ("document-preview", "consent_document_preview", (document.pk, draft.pk)),
        ("document-changes", "consent_document_changes", (document.pk, draft.pk)),
        ("document-publish", "consent_document_publish", (document.pk,)),
        ("document-coverage", "consent_document_coverage", (document.pk, 2)),
        ("document-remind", "consent_document_remind", (document.pk, 2)),
    ):
        go(seen.page, page, *args)
        check(seen, name)


def test_documents_that_hold_nothing_and_forbid_much(visit: Open) -> None:
    empty = factories.make_document()
    seen = sign_in(visit, colleague(Role.AUDITOR))
    for name, page, args in (
        ("document-empty", "consent_document_change", (empty.pk,)),
        ("document-refused", "consent_document_publish", (empty.pk,)),
        ("outdated-empty", "consent_agreement_outdated", ()),
    ):
        go(seen.page, page, *args)
        check(seen, name)


def test_a_members_page_and_what_they_said(visit: Open, document: Document) -> None:
    member = Confirmation.objects.filter(version__document=document)[0].member
    choices.stop_all(member, factories.make_evidence(at=timezone.now() - timedelta(days=3)))
    choices.allow_again(member, factories.make_evidence())
    seen = sign_in(visit, colleague(Role.SUPPORT))
    go(seen.page, "seats_member_change", member.pk)
    check(seen, "member")
    go(seen.page, "seats_member_record", member.pk)
    check(seen, "member-record")
    seen.page.get_by_role("button", name="Record it, and tell the member").click()
    assert seen.page.get_by_text("This field is required.").first.is_visible()
    check(seen, "member-record-error")


def test_a_contracts_agreement(visit: Open, contract: Contract) -> None:
    dpa = factories.make_document(DocumentKind.DPA, Audience.CONTRACTS)
    officer = colleague(Role.COMPLIANCE)
    old = factories.make_version(dpa, title="Data processing agreement")
    day = timezone.now().date() - timedelta(days=90)
    agreements.sign(contract, old, signed_by="Nora Brennan, director", signed_on=day, actor=officer)
    factories.make_version(dpa, title="Data processing agreement")
    factories.make_contract(customer=ARABIC)
    factories.make_administration(contract, factories.make_member())
    seen = sign_in(visit, officer)
    for name, page, args in (
        ("contract-agreement", "seats_contract_change", (contract.pk,)),
        ("outdated", "consent_agreement_outdated", ()),
        ("agreement-ask", "seats_contract_ask", (contract.pk,)),
        ("agreement-sign", "seats_contract_sign", (contract.pk,)),
        ("agreements", "consent_agreement_changelist", ()),
    ):
        go(seen.page, page, *args)
        check(seen, name)


def test_what_the_trust_page_shows(visit: Open) -> None:
    officer = colleague(Role.COMPLIANCE)
    row = certifications.attach(factories.make_certification(), b"%PDF-1.7", actor=officer)
    helper = factories.make_sub_processor(name=LONG)
    seen = sign_in(visit, officer)
    for name, page, args in (
        ("certification-new", "consent_certification_add", ()),
        ("certification", "consent_certification_change", (row.pk,)),
        ("sub-processor", "consent_subprocessor_change", (helper.pk,)),
    ):
        go(seen.page, page, *args)
        check(seen, name)


def test_a_version_is_written_published_and_reminded_of_without_scripts(
    visit: Open, contract: Contract
) -> None:
    document = factories.make_document(name="Data use")
    factories.make_seat(contract)
    page = sign_in(visit, colleague(Role.COMPLIANCE), java_script_enabled=False).page
    go(page, "consent_document_change", document.pk)
    assert page.get_by_role("button", name="Publish version 1").is_disabled()
    page.get_by_role("link", name="Write English").click()
    page.get_by_label("Title").fill("How we use your data")
    page.get_by_label("Text", exact=True).fill(TEXT)
    page.get_by_role("button", name="Save the draft").click()
    assert page.get_by_text("The draft of version 1 is kept.").is_visible()

    page.get_by_role("link", name="Publish version 1…").click()
    assert document.versions.drafts().exists()
    page.get_by_role("button", name="Publish version 1").click()
    assert page.get_by_text("Version 1 is published.").is_visible()
    assert document.versions.get().text == TEXT

    page.get_by_role("link", name="By contract, and remind the rest").click()
    page.get_by_role("link", name="Remind the rest…").click()
    assert not EmailMessage.objects.exists()
    page.get_by_role("button", name="Send 1 reminder").click()
    assert page.get_by_text("1 reminder is on its way.").is_visible()
    assert EmailMessage.objects.count() == 1
    assert reverse("admin:consent_document_coverage", args=[document.pk, 1]) in page.url
