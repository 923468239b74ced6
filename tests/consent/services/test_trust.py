"""Certifications, sub-processors, and the agreements contracts signed."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from consent.enums import AtEnd, Audience, DocumentKind
from consent.models import Agreement, Document, DocumentVersion
from consent.services import agreements, certifications
from consent.services.certifications import Validity
from seats.models import StaffUser
from seats.roles import Role
from seats.services.errors import BadInput, IllegalMove, NotAllowed, NotFound
from tests.factories import (
    make_certification,
    make_contract,
    make_document,
    make_staff,
    make_sub_processor,
    make_version,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()
PDF = b"%PDF-1.7 a certificate"


@pytest.fixture
def officer() -> StaffUser:
    return make_staff(Role.COMPLIANCE)


@pytest.fixture
def dpa() -> Document:
    return make_document(DocumentKind.DPA, Audience.CONTRACTS)


def signed(contract: Any, version: DocumentVersion, actor: StaffUser, **fields: Any) -> Agreement:
    facts: dict[str, Any] = {"signed_by": "Eva Roth, CFO", "signed_on": TODAY, **fields}
    return agreements.sign(contract, version, **facts, actor=actor)


def test_contracts_on_an_outdated_version_are_listed(dpa: Document, officer: StaffUser) -> None:
    first = make_version(dpa)
    current, old, never = make_contract(), make_contract(), make_contract()
    make_contract(ended_at=timezone.now())
    signed(current, first, officer)
    signed(old, first, officer)
    assert set(agreements.outdated()) == {never}
    signed(current, make_version(dpa), officer)
    assert set(agreements.outdated()) == {old, never}
    make_version(dpa, material=False)
    assert set(agreements.outdated()) == {old, never}
    assert agreements.in_force(old) == Agreement.objects.get(contract=old)


def test_without_an_agreement_nobody_is_late() -> None:
    contract = make_contract()
    assert not agreements.outdated().exists()
    with pytest.raises(NotFound):
        agreements.current(contract)


def test_a_contract_is_asked_and_its_signature_recorded(dpa: Document) -> None:
    boss = make_staff(Role.REPRESENTATIVE)
    contract = make_contract(representative=boss, language="de")
    make_version(dpa, number=1)
    german = make_version(dpa, number=1, language="de")
    asked = agreements.ask(contract, actor=boss)
    assert agreements.ask(contract, actor=boss).pk == asked.pk
    assert (asked.version, asked.signed_on) == (german, None)
    row = signed(contract, german, boss, at_end=AtEnd.RETURN)
    assert (row.pk, row.recorded_by, row.at_end) == (asked.pk, boss, AtEnd.RETURN)
    for again in (
        lambda: signed(contract, german, boss),
        lambda: agreements.ask(contract, actor=boss),
    ):
        with pytest.raises(IllegalMove):
            again()


def test_only_who_may_records_what_can_be_signed(dpa: Document, officer: StaffUser) -> None:
    contract, version = make_contract(), make_version(dpa)
    with pytest.raises(NotAllowed):
        signed(contract, version, make_staff(Role.SUPPORT))
    with pytest.raises(NotFound):
        signed(contract, version, make_staff(Role.REPRESENTATIVE))
    for wrong in (
        {"signed_by": " "},
        {"signed_on": TODAY + timedelta(2)},
        {"at_end": "keep"},
    ):
        with pytest.raises(BadInput):
            signed(contract, version, officer, **wrong)
    for other in (make_version(), make_version(dpa, published=False)):
        with pytest.raises(BadInput):
            signed(contract, other, officer)
    assert not Agreement.objects.exists()


@pytest.mark.parametrize(
    ("valid_from", "until", "state"),
    [
        (-10, None, Validity.VALID),
        (-10, 0, Validity.VALID),
        (-10, -1, Validity.EXPIRED),
        (1, 9, Validity.LATER),
    ],
)
def test_a_certification_is_valid_from_its_first_to_its_last_day(
    valid_from: int, until: int | None, state: Validity
) -> None:
    row = make_certification(
        valid_from=TODAY + timedelta(valid_from),
        valid_until=None if until is None else TODAY + timedelta(until),
    )
    assert certifications.public() == [(row, state)]
    assert certifications.validity(row) == state


def test_a_certificate_is_kept_and_opened_as_it_was_given(officer: StaffUser) -> None:
    row = certifications.attach(make_certification(), PDF, actor=officer)
    assert row.file_sha256 == hashlib.sha256(PDF).hexdigest()
    assert certifications.opened(row.pk) == (row, PDF)
    row.is_public = False
    row.save()
    for pk in (row.pk, make_certification().pk, 0):
        with pytest.raises(NotFound):
            certifications.opened(pk)


def test_only_pdfs_of_a_bearable_size_are_kept(
    officer: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make_certification()
    with pytest.raises(NotAllowed):
        certifications.attach(row, PDF, actor=make_staff(Role.AUDITOR))
    with pytest.raises(BadInput, match="PDF"):
        certifications.attach(row, b"<html>", actor=officer)
    monkeypatch.setattr(certifications, "LARGEST", 9)
    with pytest.raises(BadInput, match="larger"):
        certifications.attach(row, PDF, actor=officer)
    row.refresh_from_db()
    assert row.file_name == ""


def test_sub_processors_of_today_come_first_and_those_to_come_are_told() -> None:
    today = make_sub_processor(since=date(2020, 1, 1))
    gone = make_sub_processor(since=date(2020, 1, 1), until=TODAY)
    long_gone = make_sub_processor(since=date(2020, 1, 1), until=date(2020, 5, 1))
    leaving = make_sub_processor(since=date(2020, 1, 1), until=TODAY + timedelta(1))
    later = make_sub_processor(since=TODAY + timedelta(30))
    assert certifications.sub_processors() == [today, leaving, later]
    assert certifications.former_sub_processors() == [gone, long_gone]
