"""Who has yet to sign: listed, asked, and recorded when it came back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import EmailMessage
from compliance.services import mails
from consent.enums import Audience, DocumentKind
from consent.models import Agreement, DocumentVersion
from consent.services import agreements
from seats.models import Contract, StaffUser
from seats.roles import Role
from tests import factories
from tests.compliance.admin import world

pytestmark = pytest.mark.django_db
OUTDATED = reverse("admin:consent_agreement_outdated")


def at(name: str, contract: Contract) -> str:
    return reverse(f"admin:seats_contract_{name}", args=[contract.pk])


@pytest.fixture
def dpa(db: None) -> DocumentVersion:
    document = factories.make_document(DocumentKind.DPA, Audience.CONTRACTS, slug="dpa")
    factories.make_version(document)
    version: DocumentVersion = factories.make_version(document, title="Data processing agreement")
    return version


@pytest.fixture
def boss(contract: Contract) -> Any:
    return factories.make_administration(contract, factories.make_member()).member


@pytest.fixture
def carrying(client: Client, rep: StaffUser) -> Client:
    client.force_login(rep)
    return client


def signature(signed: DocumentVersion, **fields: Any) -> dict[str, Any]:
    return {
        "version": signed.pk,
        "signed_on": "2026-05-03",
        "signed_by": "Nora Brennan, managing director",
        "at_end": "delete",
        "evidence": "LEGAL-2026-0417",
        **fields,
    }


def test_contracts_on_an_old_version_are_listed_and_only_ones_own(
    carrying: Client, contract: Contract, dpa: DocumentVersion
) -> None:
    factories.make_contract()
    page = carrying.get(OUTDATED)
    assert [row[0] for row in page.context["rows"]] == [contract]
    assert "1 contract has not signed what is in force" in page.content.decode()
    officer = factories.make_staff(Role.COMPLIANCE)
    terms = {"signed_by": "N", "signed_on": date(2026, 5, 3), "actor": officer}
    agreements.sign(contract, dpa, **terms)
    done = carrying.get(OUTDATED).content.decode()
    assert "Every running contract signed what is in force." in done


def test_the_contracts_administrators_are_asked_once_a_week(
    carrying: Client, contract: Contract, boss: Any, dpa: DocumentVersion, mailoutbox: list[Any]
) -> None:
    gone = factories.make_member()
    factories.make_administration(contract, gone, until=timezone.now())
    assert carrying.get(at("ask", contract)).status_code == 200
    assert not EmailMessage.objects.exists()
    answer = carrying.post(at("ask", contract), follow=True)
    assert "1 administrator is asked." in answer.content.decode()
    mail = EmailMessage.objects.get()
    assert (mail.member, mail.to) == (boss, boss.email)
    mails.send(mail.pk)
    assert "/legal/dpa/" in mailoutbox[0].body
    assert Agreement.objects.get().asked_at
    assert carrying.post(at("ask", contract)).status_code == 409
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        carrying.force_login(contract.representative)
        assert carrying.post(at("ask", contract)).status_code == 302
    assert EmailMessage.objects.count() == 2


@pytest.mark.parametrize("missing", ["administrator", "address", "agreement", "contract"])
def test_where_nobody_can_be_asked_the_page_says_so(
    carrying: Client, contract: Contract, missing: str, request: pytest.FixtureRequest
) -> None:
    if missing != "agreement":
        request.getfixturevalue("dpa")
    if missing != "administrator":
        address = "" if missing == "address" else "boss@customer.example"
        factories.make_administration(contract, factories.make_member(email=address))
    if missing == "contract":
        Contract.objects.filter(pk=contract.pk).update(ended_at=timezone.now())
    page = carrying.get(at("ask", contract))
    assert page.status_code == 200
    assert page.context["refused"]
    assert carrying.post(at("ask", contract)).status_code in (404, 409)
    assert not Agreement.objects.exists()


def test_a_signature_is_recorded_with_its_paper_and_shown(
    carrying: Client, rep: StaffUser, contract: Contract, dpa: DocumentVersion
) -> None:
    assert "Not signed" in carrying.get(at("change", contract)).content.decode()
    assert carrying.post(at("sign", contract), signature(dpa)).status_code == 302
    row = Agreement.objects.get()
    assert (row.version, row.signed_on, row.recorded_by) == (dpa, date(2026, 5, 3), rep)
    assert row.evidence == "LEGAL-2026-0417"
    page = carrying.get(at("change", contract)).content.decode()
    assert "Version 2, 3 May 2026" in page
    assert "Nora Brennan, managing director" in page
    assert "LEGAL-2026-0417" in page
    again = carrying.post(at("sign", contract), signature(dpa))
    assert again.status_code in (400, 409)
    assert Agreement.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"signed_on": "3026-01-01"},
        {"signed_on": ""},
        {"signed_by": " "},
        {"at_end": "burn"},
        {"evidence": ""},
        {"version": 999_999},
        {"version": "x"},
    ],
)
def test_half_a_signature_is_none(
    carrying: Client, contract: Contract, dpa: DocumentVersion, wrong: dict[str, Any]
) -> None:
    assert carrying.post(at("sign", contract), signature(dpa, **wrong)).status_code == 400
    assert not Agreement.objects.exists()


def test_nobody_signs_a_notice_or_a_draft(carrying: Client, contract: Contract) -> None:
    draft = factories.make_version(
        factories.make_document(DocumentKind.DPA, Audience.CONTRACTS), published=False
    )
    for version in (factories.make_version(), draft):
        assert carrying.post(at("sign", contract), signature(version)).status_code == 400
    assert not Agreement.objects.exists()


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR])
def test_others_look_and_neither_ask_nor_record(
    client: Client, contract: Contract, boss: Any, dpa: DocumentVersion, role: Role
) -> None:
    client.force_login(world.person(role))
    assert client.get(OUTDATED).status_code == 200
    for name in ("ask", "sign"):
        assert "Your role does not include" in client.get(at(name, contract)).content.decode()
        assert client.post(at(name, contract), signature(dpa)).status_code == 403
    assert not Agreement.objects.exists()
    assert not EmailMessage.objects.exists()


def test_a_strangers_contract_is_not_there(client: Client, contract: Contract, boss: Any) -> None:
    client.force_login(factories.make_staff(Role.REPRESENTATIVE))
    for name in ("ask", "sign"):
        assert client.get(at(name, contract)).status_code == 404
        assert client.post(at(name, contract)).status_code == 404


def test_the_list_costs_the_same_whatever_is_on_it(
    client: Client,
    officer: StaffUser,
    dpa: DocumentVersion,
    queries: Callable[[Callable[[], Any]], int],
) -> None:
    client.force_login(officer)
    old = dpa.document.versions.get(number=1)
    costs = []
    for many in (1, 29, 70):
        for _ in range(many):
            signed = {"signed_on": date(2025, 1, 1), "signed_by": "N"}
            Agreement.objects.create(contract=factories.make_contract(), version=old, **signed)
        costs.append(queries(lambda: client.get(OUTDATED)))
    assert len(set(costs)) == 1
    assert costs[0] <= 14
    assert client.get(OUTDATED, {"p": "2"}).context["page"].number == 2
    assert client.get(OUTDATED, {"p": "x"}).status_code == 200
