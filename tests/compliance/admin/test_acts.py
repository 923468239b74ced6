from __future__ import annotations

import errno
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance import archive
from compliance.admin.requests import acts
from compliance.enums import RequestKind, Status
from compliance.models import Archive, PrivacyRequest
from compliance.services import objects
from compliance.sources.product import ProductUnavailable
from seats import evidence as storage
from seats.models import Contract, StaffUser
from seats.roles import Role
from tests import factories
from tests.compliance.admin import world

PDF = b"%PDF-1.7\nsigned by the customer"


def act(request: PrivacyRequest, name: str, *more: Any) -> str:
    return reverse(f"admin:compliance_privacyrequest_{name}", args=[request.pk, *more])


@pytest.fixture
def request_(contract: Contract) -> PrivacyRequest:
    return factories.make_request(
        RequestKind.DELETION, contract=contract, contact_email="jane.roe@customer.example"
    )


@pytest.mark.parametrize("name", ["count", "note", "assign", "reveal", "attach", "archive"])
def test_looking_at_an_act_does_nothing(desk: Client, request_: PrivacyRequest, name: str) -> None:
    assert desk.get(act(request_, name)).status_code == 405


@pytest.mark.parametrize("name", ["count", "note", "assign", "reveal", "attach", "archive"])
def test_a_strangers_request_cannot_be_acted_on(client: Client, db: None, name: str) -> None:
    request = factories.make_request()
    client.force_login(factories.make_staff(Role.REPRESENTATIVE))
    before = world.everything()
    assert client.post(act(request, name), {"text": "x", "to": "me"}).status_code == 404
    assert world.everything() == before


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "…"), "A storage for files is full, or takes no writing."),
        (TimeoutError("timed out"), "A storage for files cannot be reached."),
    ],
)
def test_a_storage_that_is_away_is_named_and_the_page_stands(
    desk: Client,
    request_: PrivacyRequest,
    monkeypatch: pytest.MonkeyPatch,
    error: OSError,
    said: str,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(acts.evidence, "attach", fail)
    monkeypatch.setattr(acts.archives, "opened", fail)
    file = SimpleUploadedFile("x.pdf", PDF)
    for name, posted in (("attach", {"what": "identity", "file": file}), ("archive", {})):
        answer = desk.post(act(request_, name), posted)
        assert answer.status_code == 503
        assert said in answer.content.decode()


def test_any_other_failure_is_not_taken_for_an_outage(
    desk: Client, request_: PrivacyRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise KeyError("notes")

    monkeypatch.setattr(acts.evidence, "attach", fail)
    file = SimpleUploadedFile("x.pdf", PDF)
    with pytest.raises(KeyError):
        desk.post(act(request_, "attach"), {"what": "identity", "file": file})


def test_a_count_is_kept_with_its_time(desk: Client, request_: PrivacyRequest) -> None:
    assert desk.post(act(request_, "count")).status_code == 302
    request_.refresh_from_db()
    assert set(request_.preview) == {"notes", "saved-accounts"}
    assert timezone.now() - request_.counted_at < timedelta(minutes=1)


def test_a_product_that_is_down_leaves_the_last_count(
    desk: Client, request_: PrivacyRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down() -> None:
        raise ProductUnavailable

    monkeypatch.setattr("compliance.services.preview.product_snapshot", down)
    answer = desk.post(act(request_, "count"))
    assert answer.status_code == 503
    assert "Nothing was counted" in answer.content.decode()
    request_.refresh_from_db()
    assert request_.counted_at is None


def test_an_address_is_shown_on_record(
    desk: Client, request_: PrivacyRequest, agent: StaffUser
) -> None:
    answer = desk.post(act(request_, "reveal"))
    assert "jane.roe@customer.example" in answer.content.decode()
    event = request_.events.latest("sequence")
    assert (event.action, event.actor) == ("contact_revealed", f"staff:{agent.username}")
    assert "jane.roe" not in desk.get(act(request_, "change")).content.decode()


def test_a_request_is_taken_and_given_back(
    desk: Client, request_: PrivacyRequest, agent: StaffUser
) -> None:
    for to, assignee in (("me", agent), ("nobody", None)):
        assert desk.post(act(request_, "assign"), {"to": to}).status_code == 302
        request_.refresh_from_db()
        assert request_.assignee == assignee


def test_a_note_is_kept_and_an_empty_one_is_not(desk: Client, request_: PrivacyRequest) -> None:
    assert desk.post(act(request_, "note"), {"text": " Call back. "}).status_code == 302
    assert desk.post(act(request_, "note"), {"text": "  "}).status_code == 400
    assert [note.text for note in request_.notes.all()] == ["Call back."]


def test_evidence_is_sealed_and_opened_on_record(
    desk: Client, request_: PrivacyRequest, agent: StaffUser
) -> None:
    upload = SimpleUploadedFile("Jane Roe passport.pdf", PDF)
    posted = {"what": "identity", "file": upload}
    assert desk.post(act(request_, "attach"), posted).status_code == 302
    kept = request_.evidence.get()
    with objects.storages["exports"].open(kept.object_name) as sealed:
        assert PDF not in sealed.read()
    assert "Jane" not in kept.object_name
    answer = desk.post(act(request_, "look", kept.pk))
    assert answer.content == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer.headers["Cache-Control"]
    actions = list(request_.events.order_by("sequence").values_list("action", flat=True))
    assert actions == ["received", "evidence_added", "evidence_opened"]


@pytest.mark.parametrize(
    "posted",
    [
        {"what": "identity"},
        {"what": "identity", "file": SimpleUploadedFile("x.pdf", b"MZ a program")},
        {"what": "identity", "file": SimpleUploadedFile("x.pdf", b"")},
        {"what": "identity", "file": SimpleUploadedFile("x.pdf", b"%PDF-" + b"x" * 10_485_760)},
        {"what": "a hunch", "file": SimpleUploadedFile("x.pdf", PDF)},
        {"file": SimpleUploadedFile("x.pdf", PDF)},
    ],
)
def test_what_cannot_be_kept_as_evidence_is_refused(
    desk: Client, request_: PrivacyRequest, posted: dict[str, Any]
) -> None:
    assert desk.post(act(request_, "attach"), posted).status_code == 400
    assert not request_.evidence.exists()
    assert objects.names_below("evidence") == []


def test_reading_along_is_not_enough_to_open_evidence(
    desk: Client, request_: PrivacyRequest
) -> None:
    desk.post(
        act(request_, "attach"), {"what": "identity", "file": SimpleUploadedFile("x.pdf", PDF)}
    )
    kept = request_.evidence.get()
    desk.force_login(factories.make_staff(Role.AUDITOR))
    answer = desk.post(act(request_, "look", kept.pk))
    assert answer.status_code == 403
    assert PDF not in answer.content


def test_evidence_of_another_request_is_not_there(desk: Client, request_: PrivacyRequest) -> None:
    desk.post(
        act(request_, "attach"), {"what": "identity", "file": SimpleUploadedFile("x.pdf", PDF)}
    )
    other = factories.make_request()
    assert desk.post(act(other, "look", request_.evidence.get().pk)).status_code == 404


def finished(contract: Contract) -> Archive:
    """A sealed ZIP of one file, as a finished export leaves it."""
    request = factories.make_request(status=Status.COMPLETED, contract=contract)
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as made:
        made.writestr("data/notes.csv", "id,text\n1,Grüße\n" * 200_000)
    name, key = f"archives/{request.public_id}.zip", archive.new_key()
    with objects.writing(name) as target:
        sealed = archive.SealedWriter(target, key, name)
        sealed.write(plain.getvalue())
        sealed.close()
    found: Archive = request.archives.create(
        object_name=name,
        key=objects.keep_key(name, key),
        size=len(plain.getvalue()),
        sha256="0" * 64,
        expires_at=timezone.now() + timedelta(days=7),
    )
    return found


def test_an_archive_is_streamed_and_opened_on_record(desk: Client, contract: Contract) -> None:
    kept = finished(contract)
    answer = desk.post(act(kept.request, "archive"))
    content = b"".join(answer.streaming_content)
    assert len(content) == kept.size == int(answer.headers["Content-Length"])
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.read("data/notes.csv").decode().startswith("id,text\n1,Grüße")
    kept.refresh_from_db()
    assert kept.opened == 1
    assert kept.request.events.latest("sequence").action == "archive_opened"


def test_an_archive_is_not_for_representatives(
    client: Client, rep: StaffUser, contract: Contract
) -> None:
    kept = finished(contract)
    client.force_login(rep)
    assert client.post(act(kept.request, "archive")).status_code == 403
    kept.refresh_from_db()
    assert kept.opened == 0


def test_an_expired_archive_is_not_there(desk: Client, contract: Contract) -> None:
    kept = finished(contract)
    Archive.objects.update(expires_at=timezone.now())
    assert desk.post(act(kept.request, "archive")).status_code == 404


def test_a_damaged_archive_is_not_handed_over_nor_counted(desk: Client, contract: Contract) -> None:
    kept = finished(contract)
    sealed = Path(objects.storages["exports"].path(kept.object_name))
    with sealed.open("r+b") as file:
        file.truncate(100)
    answer = desk.post(act(kept.request, "archive"))
    assert answer.status_code == 500
    assert "The archive cannot be read" in answer.content.decode()
    kept.refresh_from_db()
    assert kept.opened == 0


def test_a_receipt_is_handed_over_as_it_was_issued(desk: Client, contract: Contract) -> None:
    request = factories.make_request(contract=contract)
    receipt = world.receipt_of(request, "RC-2026-000007")
    storage.put(receipt.pdf_name, PDF)
    answer = desk.get(act(request, "receipt", receipt.number))
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="RC-2026-000007.pdf"'


def test_a_receipt_of_another_request_is_not_there(
    client: Client, rep: StaffUser, contract: Contract
) -> None:
    own, foreign = factories.make_request(contract=contract), factories.make_request()
    world.receipt_of(foreign, "RC-2026-000008")
    client.force_login(rep)
    assert client.get(act(own, "receipt", "RC-2026-000008")).status_code == 404
    assert client.get(act(foreign, "receipt", "RC-2026-000008")).status_code == 404
