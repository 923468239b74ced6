from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from consent.models import Certification, SubProcessor
from consent.services import certifications
from seats import evidence
from seats.models import StaffUser
from seats.roles import Role
from tests.factories import make_certification, make_staff, make_sub_processor

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 certificate"
ADD = reverse("admin:consent_certification_add")


@pytest.fixture
def officer(client: Client) -> StaffUser:
    user = make_staff(Role.COMPLIANCE)
    client.force_login(user)
    return user


def typed(**fields: Any) -> dict[str, Any]:
    return {
        "name": "ISO/IEC 27001",
        "issuer": "Nordcert",
        "scope": "All of it.",
        "valid_from": "2026-01-01",
        "valid_until": "2028-12-31",
        "position": "0",
        "is_public": "on",
        **fields,
    }


def pdf(content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile("../../../etc/passwd", content, "application/pdf")


def test_a_certification_is_added_with_its_proof_and_a_history(
    client: Client, officer: StaffUser
) -> None:
    assert client.post(ADD, typed(file=pdf())).status_code == 302
    row = Certification.objects.get()
    assert evidence.read(row.file_name) == PDF
    assert "passwd" not in row.file_name
    assert row.history.latest().history_user == officer
    answer = client.get(reverse("admin:consent_certification_file", args=[row.pk]))
    assert (answer.content, answer.headers["Content-Type"]) == (PDF, "application/pdf")


def test_a_change_without_a_file_keeps_the_one_there_is(client: Client, officer: StaffUser) -> None:
    row = certifications.attach(make_certification(), PDF, actor=officer)
    change = reverse("admin:consent_certification_change", args=[row.pk])
    assert client.post(change, typed(name="Renamed")).status_code == 302
    changed = Certification.objects.get()
    assert (changed.name, changed.file_name) == ("Renamed", row.file_name)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"valid_until": "2025-12-31"}, "The last day is before the first."),
        ({"valid_from": "soon"}, "Enter a valid date."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_said(
    client: Client, officer: StaffUser, wrong: dict[str, str], said: str
) -> None:
    assert said in client.post(ADD, typed(**wrong)).content.decode()
    assert not Certification.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"<html>", "The evidence has to be a PDF."), (PDF * 10, "larger than 20 MB")],
)
def test_a_file_that_cannot_be_kept_is_not(
    client: Client,
    officer: StaffUser,
    content: bytes,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(certifications, "LARGEST", 100)
    assert said in client.post(ADD, typed(file=pdf(content))).content.decode()
    assert not Certification.objects.exists()


def test_a_full_storage_is_said_and_nothing_is_saved(
    client: Client, officer: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, content: bytes) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(evidence, "put", full)
    answer = client.post(ADD, typed(file=pdf()), follow=True)
    assert "Nothing was saved: try later." in answer.content.decode()
    assert not Certification.objects.exists()


def test_proof_that_is_not_there_is_not_there(client: Client, officer: StaffUser) -> None:
    url = reverse("admin:consent_certification_file", args=[make_certification().pk])
    assert client.get(url).status_code == 404


def test_a_sub_processor_is_engaged_and_let_go_in_that_order(
    client: Client, officer: StaffUser
) -> None:
    row = make_sub_processor(since=date(2026, 1, 1))
    change = reverse("admin:consent_subprocessor_change", args=[row.pk])
    form = {"name": row.name, "service": "Hosting", "place": "Ghent", "position": "0"}
    form |= {"since": "2026-01-01"}
    answer = client.post(change, form | {"until": "2025-01-01"})
    assert "The last day is before the first." in answer.content.decode()
    assert client.post(change, form | {"until": "2026-06-30"}).status_code == 302
    assert SubProcessor.objects.get().place == "Ghent"


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.REPRESENTATIVE, Role.AUDITOR])
def test_others_look_and_change_nothing(client: Client, role: Role) -> None:
    row = certifications.attach(make_certification(), PDF, actor=make_staff(Role.COMPLIANCE))
    client.force_login(make_staff(role))
    change = reverse("admin:consent_certification_change", args=[row.pk])
    page = client.get(change)
    assert page.status_code == 200
    assert 'type="file"' not in page.content.decode()
    assert client.post(change, typed(name="Mine")).status_code == 403
    assert client.post(ADD, typed()).status_code == 403
    url = reverse("admin:consent_certification_file", args=[row.pk])
    assert client.get(url).content == PDF
    assert client.post(url).status_code == 403
    assert Certification.objects.get().name == row.name
