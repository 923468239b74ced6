from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compliance import pdf
from consent.enums import Act, Audience, Channel, DocumentKind, Origin, Purpose
from consent.services import choices, consents, history, notices, receipts
from consent.services.documents import fingerprint
from seats.models import Member
from seats.services.errors import NotFound
from tests.compliance.pdf import records
from tests.factories import make_document, make_evidence, make_member, make_seat, make_version

pytestmark = pytest.mark.django_db
NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)
TIPS = (Purpose.TIPS, Channel.EMAIL)
# The mandatory fields of ISO/IEC TS 27560:2023, and those the GDPR makes mandatory.
HEADER = {"schema_version", "record_id", "receipt_id", "pii_principal_id"}
PROCESSING = {
    *("privacy_notice", "language", "purpose", "lawful_basis", "pii_information"),
    *("pii_controllers", "collection_method", "processing_method", "storage_locations"),
    *("retention_period", "processing_locations", "jurisdiction", "recipient_third_parties"),
    *("withdrawal_method", "privacy_rights", "authority_party"),
}
PARTY = {"party_id", "name", "address", "contact", "type", "role"}
EVENT = {"event_time", "validity_duration", "entity_id", "event_type", "event_state"}


@pytest.fixture
def member() -> Member:
    return make_seat().member


def told(member: Member, version: Any, how: Any = notices.confirm, surface: str = "mobile") -> Any:
    return how(member, version.pk, sha256=version.text_sha256, surface=surface).confirmation


def test_each_document_says_when_and_where_it_was_confirmed(member: Member) -> None:
    document = make_document()
    first = make_version(document)
    told(member, first, notices.postpone)
    confirmed = told(member, first)
    desktop = told(member, first, surface="desktop")
    second = make_version(document)
    told(member, second, notices.show)

    newest, older = history.of(member).documents

    assert (newest.version, newest.is_replaced, newest.confirmed) == (second, False, [])
    assert (older.version, older.is_replaced) == (first, True)
    assert older.confirmed == [confirmed, desktop]
    assert len(older.postponed) == 1
    assert older.version.text == first.text
    assert history.confirmation_of(member, confirmed.pk) == confirmed
    with pytest.raises(NotFound):
        history.confirmation_of(make_member(), confirmed.pk)


def test_each_choice_says_what_was_done_and_in_which_words(member: Member) -> None:
    earlier = timezone.now() - timedelta(days=3)
    question = make_evidence(Origin.VERIFICATION_PAGE, text="News?", at=earlier)
    choices.verify_address(member, {NEWS: True}, question)
    choices.stop_all(member, make_evidence(text="Stop"))
    found = {chosen.pair: chosen for chosen in history.of(member).choices}
    news = found[NEWS]
    assert [event.act for event in news.events] == [Act.GIVEN, Act.OBJECTED]
    assert news.given
    assert (news.given.origin, news.is_opt_out) == (Origin.VERIFICATION_PAGE, True)
    assert history.words(news.given.text_sha256) == "News?"
    assert [event.act for event in found[TIPS].events] == [Act.OBJECTED]
    with pytest.raises(NotFound):
        history.words(fingerprint("Never said."))


def test_terms_stand_for_themselves(member: Member) -> None:
    terms = make_version(make_document(DocumentKind.TERMS))
    consents.accept_terms(member, terms, make_evidence(Origin.JOINING))
    found = history.of(member)
    assert [event.version for event in found.terms] == [terms]
    assert (found.choices, [one.version for one in found.documents]) == ([], [terms])


def test_a_history_costs_the_same_however_long_it_is(member: Member) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            history.of(member)
        return len(captured)

    told(member, make_version())
    choices.stop_all(member, make_evidence())
    before = queries()
    for _ in range(4):
        told(member, make_version())
        choices.save_choices(member, {NEWS: True, TIPS: True}, make_evidence())
        choices.stop_all(member, make_evidence())
    assert queries() == before


def test_a_receipt_has_the_fields_of_the_standard_and_no_name(member: Member) -> None:
    make_version(make_document(DocumentKind.PRIVACY_POLICY, Audience.PUBLIC))
    choices.save_choices(member, {NEWS: True, TIPS: False}, make_evidence())
    made = receipts.consent_record(member, "CR-2026-000001", "en")
    assert made["schema_version"] == "ISO/IEC TS 27560:2023"
    assert made.keys() >= HEADER
    assert len(made["pii_processing"]) == 2
    assert all(one.keys() >= PROCESSING for one in made["pii_processing"])
    assert all(one.keys() >= PARTY for one in made["parties"])
    assert all(one.keys() >= EVENT for one in made["events"])
    ids = {party["party_id"] for party in made["parties"]}
    for one in made["pii_processing"]:
        assert {*one["pii_controllers"], one["authority_party"]} <= ids
        assert "consent" in one["lawful_basis"]
    assert {one["consent_state"] for one in made["pii_processing"]} == {"given", "declined"}
    assert member.email not in json.dumps(made)
    assert member.name not in json.dumps(made)


def test_information_given_is_no_consent_in_a_receipt_either(member: Member) -> None:
    confirmation = told(member, make_version())
    made = receipts.confirmation_record(confirmation, "CR-2026-000002", "de")
    assert made.keys() >= HEADER
    (processing,), (event,) = made["pii_processing"], made["events"]
    assert "not consent" in processing["lawful_basis"]
    assert processing["withdrawal_method"] is None
    assert event["text_sha256"] == confirmation.version.text_sha256
    json.dumps(made)


def test_who_chose_nothing_has_no_receipt(member: Member) -> None:
    with pytest.raises(NotFound):
        receipts.consent_record(member, "CR-1", "en")
    with pytest.raises(NotFound):
        receipts.choices(member, "en")


def test_a_receipt_can_be_printed(member: Member) -> None:
    choices.save_choices(member, {NEWS: True, TIPS: True}, make_evidence())
    choices.save_choices(member, {TIPS: False}, make_evidence())
    sample = records.consent_receipt()
    body = receipts.choices(member, "en")
    assert set(body) <= set(sample)
    states = {(one["purpose"], one["state"], one["yes"]) for one in body["choices"]}
    assert states == {
        (str(NEWS[0].label), "given", True),
        (str(TIPS[0].label), "withdrawn", False),
    }
    page = pdf.page_html({**sample, **body}, record_sha256="0" * 64, key_id="s-test")
    assert str(NEWS[0].label) in page
