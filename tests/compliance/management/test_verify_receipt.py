from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compliance.models import Receipt
from tests.compliance.pdf import records
from tests.compliance.pdf.printed import printed
from tests.factories import make_request


def run(*arguments: object) -> None:
    call_command("verify_receipt", *map(str, arguments))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "receipt.pdf"
    path.write_bytes(printed().pdf)
    return path


def test_the_command_needs_no_database(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "compliance.management.commands.verify_receipt.Command.lookup", lambda *_: None
    )
    (tmp_path / "receipt.json").write_bytes(printed().record)
    (tmp_path / "receipt.sig").write_bytes(printed().pdf_signature)
    run(file, "--record", tmp_path / "receipt.json", "--signature", tmp_path / "receipt.sig")
    said = capsys.readouterr().out
    assert "Genuine: deletion_certificate RC-2026-000045 about DEL-2026-000124" in said
    assert printed().record_sha256 in said


@pytest.mark.django_db
def test_the_command_fails_with_what_is_wrong(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(SystemExit) as left:
        run(file)
    assert left.value.code == 1
    assert capsys.readouterr().err == "The file was changed after it was sealed.\n"


@pytest.mark.django_db
def test_the_command_compares_a_record_kept_apart(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.json").write_bytes(printed("decision").record)
    with pytest.raises(SystemExit):
        run(file, "--record", tmp_path / "other.json")
    assert "other.json is not the record attached to the file." in capsys.readouterr().err


@pytest.mark.django_db
def test_the_command_answers_in_json_for_other_programs(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(file, "--json")
    answer = json.loads(capsys.readouterr().out)
    assert answer["genuine"] is True
    assert answer["problems"] == []
    assert answer["code"] == records.CODE
    assert answer["register"] == "not asked or not found"


def issued(number: str = "RC-2026-000045", **fields: Any) -> Receipt:
    made = printed()
    entry = {
        "request": make_request(),
        "kind": "deletion_certificate",
        "number": number,
        "code": records.CODE,
        "language": "en",
        "issued_at": "2026-11-28T10:06:41Z",
        "record": made.record,
        "record_sha256": made.record_sha256,
        "record_signature": made.record_signature,
        "pdf_name": "receipt.pdf",
        "pdf_size": len(made.pdf),
        "pdf_sha256": made.pdf_sha256,
        "pdf_signature": made.pdf_signature,
        "key_id": made.key_id,
    }
    return Receipt.objects.create(**{**entry, **fields})


@pytest.mark.django_db
def test_the_register_is_asked_where_there_is_one(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issued()
    run(file)
    assert "It is in our register, and no later document replaces it." in capsys.readouterr().out


@pytest.mark.django_db
def test_a_receipt_that_was_replaced_is_genuine_and_says_by_what(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = issued("RC-2026-000046", code="another")
    issued(request=later.request, superseded_by=later)
    run(file)
    assert "A later document replaces it: RC-2026-000046." in capsys.readouterr().out


@pytest.mark.django_db
def test_a_file_other_than_the_registered_one_is_not_genuine(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issued(pdf_sha256="00" * 32)
    with pytest.raises(SystemExit):
        run(file)
    assert "not, byte for byte, the one issued as RC-2026-000045" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no\.pdf cannot be read: No such file or directory"):
        run(tmp_path / "no.pdf")
