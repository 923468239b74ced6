"""Receipts of what members were told and chose: once a state, signed, and of nobody by name."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import IntegrityError, transaction

from compliance import pdf, personal_data
from compliance.enums import ReceiptKind, RequestKind, Status
from compliance.models import Receipt
from compliance.pdf.verification import verify
from compliance.services import documents, receipts, records, retention
from compliance.services.errors import NotFound
from consent.enums import Channel, Purpose, Surface
from consent.models import Confirmation, KeptEvidence
from consent.services import choices, notices
from consent.services import retention as consent_retention
from seats import evidence
from seats.keys import verifying_keys
from seats.models import Member
from seats.roles import Role
from tests.compliance.pdf.printed import text_of
from tests.factories import (
    make_contract,
    make_document,
    make_evidence,
    make_member,
    make_request,
    make_seat,
    make_staff,
    make_version,
)
from tests.telling import NEWS, TIPS, Told, confirm, make_told

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Told:
    return make_told()


def record_of(receipt: Receipt) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(bytes(receipt.record))
    return content


def choose(member: Member, pair: tuple[Purpose, Channel], answer: bool) -> None:
    choices.save_choices(member, {pair: answer}, make_evidence())


# --- What they say ----------------------------------------------------------------------------


def test_a_receipt_of_choices_is_a_signed_record_of_the_standard(told: Told) -> None:
    receipt = receipts.for_choices(told.member)
    record = record_of(receipt)
    assert record["schema_version"] == "ISO/IEC TS 27560:2023"
    assert record["receipt_id"] == record["number"] == receipt.number
    assert record["pii_principal_id"] == told.member.number
    assert {one["event_state"] for one in record["events"]} == {"given", "declined", "objected"}
    assert len(record["events"]) == 3  # stopping everything is one event, not one for each pair
    assert all(one["consent_state"] != "given" for one in record["pii_processing"])
    assert (record["reference"], receipt.reference) == ("", receipt.number)

    content = evidence.read(receipt.pdf_name)
    verdict = verify(content, bytes(receipt.pdf_signature), keys=verifying_keys())
    assert verdict.problems == ()
    assert verdict.record == record


def test_a_receipt_of_a_notice_is_never_one_of_consent(told: Told) -> None:
    receipt = receipts.for_confirmation(told.member, told.confirmation.pk)
    record = record_of(receipt)
    assert (receipt.kind, record["kind"]) == (ReceiptKind.CONFIRMATION, "confirmation_receipt")
    (processing,) = record["pii_processing"]
    assert "not consent" in processing["lawful_basis"]
    assert record["text"]["sha256"] == told.first.text_sha256
    assert not record["accepted"]


def test_terms_are_a_contract_on_their_receipt(told: Told) -> None:
    row = Confirmation.objects.get(version=told.terms)
    record = record_of(receipts.for_confirmation(told.member, row.pk))
    assert record["accepted"]
    assert record["pii_processing"][0]["lawful_basis"] == "contract, Art. 6(1)(b) GDPR; not consent"


def test_what_was_confirmed_on_our_pages_is_no_app(told: Told) -> None:
    noted = notices.confirm(
        told.member,
        told.second.pk,
        sha256=told.second.text_sha256,
        surface=Surface.MOBILE,
        client="privacy pages",
    )
    record = record_of(receipts.for_confirmation(told.member, noted.confirmation.pk))
    assert record["surface"] == "Privacy pages, on a phone"


def test_receipts_name_the_seat_and_no_person(told: Told, tmp_path: Path) -> None:
    seat = told.member.seats.get()
    for receipt in (
        receipts.for_choices(told.member),
        receipts.for_confirmation(told.member, told.confirmation.pk),
    ):
        said = text_of(evidence.read(receipt.pdf_name), tmp_path)
        assert seat.number in said
        for private in (told.member.name, told.member.email, "203.0.113"):
            assert private not in said
            assert private not in bytes(receipt.record).decode()


def test_no_receipt_opens_somebodys_choices_to_whoever_is_shown_it(told: Told) -> None:
    record = record_of(receipts.for_choices(told.member))
    links = {record["withdraw_url"], *(p["withdrawal_method"] for p in record["pii_processing"])}
    (link,) = links
    assert link.endswith("/privacy/choices/")


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_a_receipt_is_in_the_members_language(language: str) -> None:
    told = make_told(language)
    for receipt in (
        receipts.for_choices(told.member),
        receipts.for_confirmation(told.member, told.confirmation.pk),
    ):
        assert receipt.language == record_of(receipt)["language"] == language


# --- Once a state -----------------------------------------------------------------------------


def test_the_same_state_has_the_same_receipt_and_a_changed_one_another(told: Told) -> None:
    first = receipts.for_choices(told.member)
    assert receipts.for_choices(told.member) == first
    choose(told.member, TIPS, True)
    second = receipts.for_choices(told.member)
    first.refresh_from_db()
    assert first.superseded_by == second
    assert record_of(second)["replaces"] == first.number
    assert receipts.of_choices(told.member) == second

    choose(told.member, TIPS, False)  # the same answer as before, by another act
    assert receipts.for_choices(told.member).superseded_by is None
    assert Receipt.objects.count() == 3


def test_a_confirmation_has_one_receipt_and_each_surface_its_own(told: Told) -> None:
    first = receipts.for_confirmation(told.member, told.confirmation.pk)
    assert receipts.for_confirmation(told.member, told.confirmation.pk) == first
    mobile = confirm(told.member, told.second, Surface.MOBILE)
    other = receipts.for_confirmation(told.member, mobile.pk)
    first.refresh_from_db()
    assert (first.superseded_by, other.superseded_by) == (None, None)


def test_who_reads_another_language_now_gets_a_receipt_in_it(told: Told) -> None:
    first = receipts.for_confirmation(told.member, told.confirmation.pk)
    Member.objects.filter(pk=told.member.pk).update(locale="de")
    told.member.refresh_from_db()
    second = receipts.for_confirmation(told.member, told.confirmation.pk)
    assert (second.language, receipts.for_confirmation(told.member, first.attests or 0)) == (
        "de",
        second,
    )
    first.refresh_from_db()
    assert first.superseded_by == second


def test_there_is_no_receipt_of_what_is_not_theirs_or_not_confirmed(told: Told) -> None:
    stranger = make_member()
    put_off = notices.postpone(
        told.member, told.second.pk, sha256=told.second.text_sha256, surface=Surface.DESKTOP
    )
    for member, pk in (
        (stranger, told.confirmation.pk),
        (told.member, put_off.confirmation.pk),
        (told.member, 999_999),
    ):
        with pytest.raises(NotFound):
            receipts.for_confirmation(member, pk)
    with pytest.raises(NotFound):
        receipts.for_choices(stranger)
    assert not Receipt.objects.exists()


def test_a_receipt_is_of_a_request_or_of_a_member_and_never_of_both(told: Told) -> None:
    receipt = receipts.for_choices(told.member)
    facts = {
        field.attname: getattr(receipt, field.attname)
        for field in Receipt._meta.concrete_fields
        if field.attname != "id"
    }
    request = make_request()
    for wrong in (
        {"member_id": None},
        {"attests": None},
        {"request_id": request.pk},
        {"kind": ReceiptKind.DECISION},
        {"kind": ReceiptKind.DECISION, "request_id": request.pk},
    ):
        fresh = {**facts, "number": "RC-x", "code": "x", **wrong}
        with pytest.raises(IntegrityError, match="receipt_is_of_a"), transaction.atomic():
            Receipt.objects.create(**fresh)


# --- Checked by others ------------------------------------------------------------------------


def test_anybody_can_check_one_and_learns_nothing_else(client: Any, told: Told) -> None:
    receipt = receipts.for_confirmation(told.member, told.confirmation.pk)
    assert documents.find(receipt.code).intact
    assert pdf.read_code(receipt.code.lower().replace("-", " ")) == receipt.code
    body = client.get(f"/v/{receipt.code}").content.decode()
    assert receipt.number in body
    assert "Confirmation receipt" in body
    for secret in (told.member.number, told.member.seats.get().number, told.first.title):
        assert secret not in body


def test_the_command_checks_one_too(
    told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = receipts.for_choices(told.member)
    file = tmp_path / "receipt.pdf"
    file.write_bytes(evidence.read(receipt.pdf_name))
    call_command("verify_receipt", str(file))
    said = capsys.readouterr().out
    assert f"Genuine: consent_receipt {receipt.number}, issued" in said
    assert "It is in our register" in said


def test_representatives_see_those_of_their_contracts_members(told: Told) -> None:
    mine, theirs = make_staff(Role.REPRESENTATIVE), make_staff(Role.REPRESENTATIVE)
    contract = told.member.seats.get().contract
    contract.representative = mine
    contract.save()
    make_seat(make_contract(representative=theirs))
    receipt = receipts.for_choices(told.member)
    assert list(Receipt.objects.visible_to(mine)) == [receipt]
    assert list(Receipt.objects.visible_to(theirs)) == []
    assert list(Receipt.objects.visible_to(make_staff(Role.AUDITOR))) == [receipt]
    assert list(Receipt.objects.visible_to(make_staff())) == []


def test_the_desk_shows_whose_they_are_by_number(client: Any, told: Told) -> None:
    receipt = receipts.for_choices(told.member)
    client.force_login(make_staff(Role.AUDITOR))
    for path in ("/admin/compliance/receipt/", f"/admin/compliance/receipt/{receipt.pk}/change/"):
        body = client.get(path).content.decode()
        assert receipt.number in body
        assert told.member.number in body
        assert told.member.email not in body


# --- After an erasure -------------------------------------------------------------------------


def test_receipts_stay_as_long_as_the_evidence_and_go_with_it(told: Told) -> None:
    older = receipts.for_choices(told.member)
    choose(told.member, NEWS, True)
    receipts.for_choices(told.member)
    receipts.for_confirmation(told.member, told.confirmation.pk)
    names = list(Receipt.objects.values_list("pdf_name", flat=True))
    bystander = make_told()
    kept = receipts.for_choices(bystander.member)

    personal_data.erase_member(told.member)
    assert documents.find(older.code).intact
    with pytest.raises(NotFound):
        receipts.for_choices(told.member)  # nothing is made any more

    until = KeptEvidence.objects.get(member=told.member).until
    consent_retention.purge(until - timedelta(days=1))
    assert retention.purge_receipts() == 0
    assert Receipt.objects.count() == 4

    consent_retention.purge(until)
    assert retention.purge_receipts() == 3
    assert retention.purge_receipts() == 0
    assert list(Receipt.objects.all()) == [kept]
    assert not any(storages["evidence"].exists(name) for name in names)
    assert storages["evidence"].exists(kept.pdf_name)
    with pytest.raises(NotFound):
        documents.find(older.code)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Receipt.objects.filter(pk=kept.pk)._raw_delete("default")


def test_a_purge_that_was_interrupted_is_taken_up_again(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipts.for_choices(told.member)
    personal_data.erase_member(told.member)
    consent_retention.purge(KeptEvidence.objects.get().until)

    def fail(name: str) -> None:
        raise OSError("gone away")

    with monkeypatch.context() as patch:
        patch.setattr(retention.evidence, "remove", fail)
        with pytest.raises(OSError, match="gone away"):
            retention.purge_receipts()
    assert retention.purge_receipts() == 1


def test_a_certificate_lists_what_proof_of_consent_outlives_the_person(told: Told) -> None:
    seat = told.member.seats.get()
    request = make_request(RequestKind.DELETION, Status.RUNNING, seat=seat)
    assert records.deletion_certificate(request, {})["evidence"] is None

    personal_data.erase_member(told.member)
    kept = KeptEvidence.objects.get()
    assert records.deletion_certificate(request, {})["evidence"] == {
        "records": 6,  # terms and their event, a notice, two answers, one objection
        "ground": "claims",
        "text": "Defence of legal claims (Art. 17(3)(e) GDPR)",
        "until": kept.until.isoformat(),
    }
    elsewhere = make_request(RequestKind.DELETION, Status.RUNNING)
    assert records.deletion_certificate(elsewhere, {})["evidence"] is None


def test_who_was_never_told_anything_leaves_nothing_to_list() -> None:
    seat = make_seat()
    make_version(make_document())
    request = make_request(RequestKind.DELETION, Status.RUNNING, seat=seat)
    personal_data.erase_member(seat.member)
    assert records.deletion_certificate(request, {})["evidence"] is None
