from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django import Settings

from compliance.pdf import Rendered, render
from compliance.pdf.verification import Known, Verdict, against, verify
from seats.keys import VerifyingKey, verifying_keys
from tests.compliance.pdf import records
from tests.compliance.pdf.printed import MAKERS, printed

UNSEALED = "The seal of the file is gone: the file was changed."
Change = Callable[[pikepdf.Pdf], None]


def check(pdf: bytes, detached: bytes | None = None) -> Verdict:
    return verify(pdf, detached, keys=verifying_keys())


def changed(change: Change, pdf: bytes | None = None) -> bytes:
    """A receipt as somebody with a PDF editor leaves it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf or printed().pdf)) as document:
        change(document)
        document.save(out)
    return out.getvalue()


def attach(name: str, content: bytes) -> Change:
    def put(pdf: pikepdf.Pdf) -> None:
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content, filename=name)

    return put


@pytest.mark.parametrize("kind", MAKERS)
def test_a_receipt_as_issued_is_genuine(kind: str) -> None:
    made = printed(kind)
    verdict = check(made.pdf, made.pdf_signature)
    assert verdict.problems == ()
    assert verdict.genuine
    assert verdict.record["number"] == MAKERS[kind]()["number"]
    assert verdict.record_sha256 == made.record_sha256
    assert verdict.pdf_sha256 == made.pdf_sha256
    assert verdict.key_id == made.key_id


def test_one_changed_byte_anywhere_shows() -> None:
    pdf = printed().pdf
    for place in range(0, len(pdf), len(pdf) // 40):
        broken = bytearray(pdf)
        broken[place] ^= 1
        assert not check(bytes(broken)).genuine, place


def test_bytes_added_or_cut_off_show() -> None:
    pdf = printed().pdf
    assert not check(pdf + b"\n").genuine
    assert not check(pdf[:-200]).genuine


def test_a_changed_figure_on_the_page_shows_though_the_record_is_genuine() -> None:
    def cover(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].contents_add(b"q 1 1 1 rg 300 500 60 20 re f Q")

    assert check(changed(cover)).problems == (UNSEALED,)


def test_another_record_under_the_same_signature_shows() -> None:
    record = json.loads(printed().record)
    record["categories"][0]["found"] = 1
    forged = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    problems = check(changed(attach("receipt.json", forged))).problems
    assert "The record was changed after it was signed." in problems
    assert "The fingerprint printed on the page is not that of the attached record." in problems


def test_a_record_and_signature_of_another_receipt_show() -> None:
    other = printed("export_receipt")
    with pikepdf.open(io.BytesIO(other.pdf)) as pdf:
        signature = pdf.attachments["receipt.json.sig"].get_file().read_bytes()

    def swap(pdf: pikepdf.Pdf) -> None:
        attach("receipt.json", other.record)(pdf)
        attach("receipt.json.sig", signature)(pdf)

    assert check(changed(swap)).problems == (
        UNSEALED,
        "The fingerprint printed on the page is not that of the attached record.",
    )


def test_a_record_spelled_otherwise_shows() -> None:
    spaced = json.dumps(json.loads(printed().record), indent=1).encode()
    verdict = check(changed(attach("receipt.json", spaced)))
    assert "The attached record is not written as we write records." in verdict.problems


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"algorithm":"none","key":"s-test","signature":""}', "not one of Ed25519"),
        (b'{"algorithm":"Ed25519","key":"s-other","signature":""}', "not ours: 's-other'"),
        (b'{"algorithm":"Ed25519","key":"s-test","signature":""}', "was changed"),
    ],
)
def test_a_signature_that_is_none_shows(content: bytes, said: str) -> None:
    assert said in " ".join(check(changed(attach("receipt.json.sig", content))).problems)


def test_a_receipt_of_somebody_elses_key_shows(settings: Settings) -> None:
    genuine = verifying_keys()
    settings.SIGNING_KEYS = [settings.SIGNING_KEYS[0].replace("c3Nz", "eHh4")]
    forged = render(records.consent_receipt(), language="en")
    assert verify(forged.pdf, keys=genuine).problems == (
        "The record was changed after it was signed.",
        "The file was changed after it was sealed.",
    )


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 11, 29), None), (date(2026, 1, 1), date(2026, 11, 27))],
)
def test_a_key_counts_only_for_the_days_it_was_in_use(first: date, last: date | None) -> None:
    keys = {
        key_id: VerifyingKey(key.public, first, last) for key_id, key in verifying_keys().items()
    }
    assert verify(printed().pdf, keys=keys).problems == (
        "The key s-test was not in use on 2026-11-28, when it says it was issued.",
    )


def test_a_detached_signature_is_of_one_file_only() -> None:
    stranger = Ed25519PrivateKey.generate().sign(b"x")
    for signature in (printed("decision").pdf_signature, stranger, b"", printed().record_signature):
        assert check(printed().pdf, signature).problems == (
            "The detached signature is not of this file.",
        )


def without_attachments(pdf: pikepdf.Pdf) -> None:
    for name in list(pdf.attachments):
        del pdf.attachments[name]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot be read as a PDF"),
        (b"%PDF-1.7\n" + b"\0" * 500, "cannot be read as a PDF"),
        (b"PK\x03\x04 not a PDF", "cannot be read as a PDF"),
    ],
)
def test_what_is_no_pdf_is_said_to_be_none(content: bytes, said: str) -> None:
    [problem] = check(content).problems
    assert said in problem


def test_a_pdf_without_a_record_is_no_receipt() -> None:
    [problem] = check(changed(without_attachments)).problems
    assert problem == "The file does not carry one receipt.json: it is no receipt of ours."


def known(made: Rendered, **changes: Any) -> Known:
    entry = Known("RC-2026-000045", made.record_sha256, made.pdf_sha256, superseded_by="")
    return entry._replace(**changes)


def test_the_register_knows_a_file_byte_for_byte() -> None:
    verdict = check(printed().pdf)
    assert against(verdict, known(printed())) == ()
    assert against(verdict, known(printed(), record_sha256="00")) == (
        "The record is not the one issued as RC-2026-000045.",
    )
    assert against(replace(verdict, pdf_sha256="00"), known(printed())) == (
        "The file is not, byte for byte, the one issued as RC-2026-000045.",
    )
