"""Anybody who holds a document sees whether it is genuine; nobody sees anything else."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client

from compliance.enums import ReceiptKind, RequestKind, Status
from compliance.models import PrivacyRequest, Receipt
from compliance.services import receipts, throttle
from tests.catalogues import TRANSLATED, english_in
from tests.compliance.views import scenes
from tests.compliance.views.test_cases import text_of

pytestmark = pytest.mark.django_db
UNKNOWN = "EXP-2026-000123-00000-00000-00000-00000-000000"


@pytest.fixture
def request_() -> PrivacyRequest:
    return scenes.make(RequestKind.EXPORT, Status.RECEIVED, printed=True)


@pytest.fixture
def receipt(request_: PrivacyRequest) -> Receipt:
    return request_.receipts.get()


def test_a_genuine_document_is_said_to_be_so(client: Client, receipt: Receipt) -> None:
    said = text_of(client.get(f"/v/{receipt.code}"))
    assert "This document is genuine" in said
    assert "Acknowledgement" in said
    assert receipt.number in said
    assert receipt.request.reference in said
    assert receipt.key_id in said
    assert "valid since 1 January 2020" in said
    assert receipt.record_sha256 in said.replace(" ", "")
    assert "No later document replaces it." in said


def test_the_printed_address_works_as_it_is_printed(client: Client, receipt: Receipt) -> None:
    record = json.loads(bytes(receipt.record))
    path = record["url"].partition("://")[2].partition("/")[2]
    assert client.get(f"/{path}").status_code == 200
    assert client.get(f"/{path}/").status_code == 200
    assert client.get(f"/{path.lower()}").status_code == 200


def test_the_page_names_nobody_and_nothing_of_the_data(
    client: Client, request_: PrivacyRequest, receipt: Receipt
) -> None:
    body = client.get(f"/v/{receipt.code}").content.decode()
    for secret in (
        request_.public_id,
        request_.contact_email,
        request_.requester.name,
        request_.requester.number,
        request_.contract.customer,
        request_.contract.number,
        request_.seat.number,
        receipt.pdf_sha256,
    ):
        assert secret not in body


def test_a_replaced_document_names_the_one_in_force(
    client: Client, request_: PrivacyRequest, receipt: Receipt
) -> None:
    later = receipts.issue(request_, ReceiptKind.ACKNOWLEDGEMENT)
    said = text_of(client.get(f"/v/{receipt.code}"))
    assert "This document is genuine" in said
    assert f"It was replaced by {later.number}." in said
    assert "No later document replaces it." in text_of(client.get(f"/v/{later.code}"))


def test_a_record_changed_in_our_own_database_is_not_vouched_for(
    client: Client, receipt: Receipt, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = bytes(receipt.record).replace(b"export", b"EXPORT", 1)
    monkeypatch.setattr(
        Receipt,
        "from_db",
        classmethod(lambda cls, db, names, values: _changed(cls, values, changed)),
    )
    said = text_of(client.get(f"/v/{receipt.code}"))
    assert "We cannot vouch for this document" in said
    assert "This document is genuine" not in said


def _changed(cls: type[Receipt], values: Any, record: bytes) -> Receipt:
    found = cls(*values)
    found.record = record
    return found


def test_a_document_whose_key_we_no_longer_know_is_not_vouched_for(
    client: Client, receipt: Receipt, settings: Any
) -> None:
    settings.SIGNING_KEYS = [f"s-other:{base64.b64encode(b'x' * 32).decode()}:2020-01-01"]
    assert "We cannot vouch for this document" in text_of(client.get(f"/v/{receipt.code}"))


def test_a_key_that_was_retired_still_vouches(
    client: Client, receipt: Receipt, settings: Any
) -> None:
    public = client.get("/.well-known/rightsdesk-keys.json").json()["keys"][0]["public_key"]
    settings.RETIRED_SIGNING_KEYS = [f"{receipt.key_id}:{public}:2020-01-01:2026-12-31"]
    settings.SIGNING_KEYS = [f"s-new:{base64.b64encode(b'n' * 32).decode()}:2020-01-01"]
    said = text_of(client.get(f"/v/{receipt.code}"))
    assert "This document is genuine" in said
    assert "valid from 1 January 2020 to 31 December 2026" in said


def test_a_pasted_fingerprint_is_compared_with_record_and_file(
    client: Client, receipt: Receipt
) -> None:
    spaced = " ".join(receipt.record_sha256[at : at + 8] for at in range(0, 64, 8)).upper()
    for pasted, answer in (
        (receipt.record_sha256, "This is the fingerprint of the record in our document."),
        (spaced, "This is the fingerprint of the record in our document."),
        (receipt.pdf_sha256, "This is the fingerprint of our PDF file."),
        ("0" * 64, "No, yours is not the same"),
    ):
        response = client.get(f"/v/{receipt.code}", {"fingerprint": pasted})
        assert response.status_code == 200
        assert answer in text_of(response)
    assert "This document is genuine" not in text_of(response)


@pytest.mark.parametrize("pasted", ["nonsense", "ab" * 31, "zz" * 32, "<script>", "\x00", "ä" * 64])
def test_what_is_no_fingerprint_is_said_to_be_none(
    client: Client, receipt: Receipt, pasted: str
) -> None:
    response = client.get(f"/v/{receipt.code}", {"fingerprint": pasted})
    assert response.status_code == 400
    assert "Paste all 64 characters" in text_of(response)
    assert "Error:" in text_of(response)
    assert "<script" not in response.content.decode()


@pytest.mark.parametrize("code", [UNKNOWN, "nonsense", "%00", "ä", "a" * 400, "..%2F..", "'--"])
def test_unknown_and_malformed_codes_answer_alike(client: Client, code: str) -> None:
    response = client.get(f"/v/{code}")
    assert response.status_code == 404
    assert "page" in text_of(response) or "We know no such document" in text_of(response)
    assert "EXP-2026-000123" not in text_of(response)


def test_a_right_code_under_a_wrong_reference_is_unknown(client: Client, receipt: Receipt) -> None:
    code = receipt.code.replace(receipt.request.reference, "EXP-2026-999999")
    assert client.get(f"/v/{code}").status_code == 404


@pytest.mark.parametrize("separator", ["-", " ", ""])
def test_a_code_is_found_however_it_is_typed(
    client: Client, receipt: Receipt, separator: str
) -> None:
    typed = receipt.code.lower().replace("-", separator)
    response = client.get("/v/", {"code": f"  {typed} "})
    assert response.status_code == 302
    assert response.headers["Location"] == f"/v/{receipt.code}"


def test_a_whole_address_may_be_pasted(client: Client, receipt: Receipt) -> None:
    pasted = f"https://privacy.example.test/v/{receipt.code}/"
    response = client.get("/v/", {"code": pasted})
    assert response.headers["Location"] == f"/v/{receipt.code}"


def test_what_cannot_be_a_code_is_said_so_where_it_was_typed(client: Client) -> None:
    response = client.get("/v/", {"code": '"><script>alert(1)</script>'})
    assert response.status_code == 400
    assert "This is not one of our codes." in text_of(response)
    assert "<script" not in response.content.decode()


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_public_page_mixes_languages(client: Client, receipt: Receipt, language: str) -> None:
    for path in (
        "/",
        "/v/",
        "/v/?code=nonsense",
        f"/v/{UNKNOWN}",
        f"/v/{receipt.code}",
        f"/v/{receipt.code}?fingerprint={receipt.pdf_sha256}",
        f"/v/{receipt.code}?fingerprint={'0' * 64}",
        f"/v/{receipt.code}?fingerprint=nonsense",
        "/nowhere/",
    ):
        response = client.get(path, headers={"accept-language": language})
        assert english_in(text_of(response), language) == []


def test_looking_a_document_up_leaves_no_cookie_and_no_trace_elsewhere(
    client: Client, receipt: Receipt
) -> None:
    response = client.get(f"/v/{receipt.code}")
    assert not response.cookies
    assert response.headers["Cache-Control"] == "no-store, private"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert client.post(f"/v/{receipt.code}").status_code == 405


def test_the_page_needs_two_queries_at_most(
    client: Client, receipt: Receipt, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(2):
        client.get(f"/v/{receipt.code}")


def test_who_asks_very_often_waits_a_little(
    client: Client, receipt: Receipt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "LIMIT", 3)
    answers = [client.get(f"/v/{receipt.code}").status_code for _visit in range(4)]
    assert answers == [200, 200, 200, 429]
    last = client.get(f"/v/{receipt.code}")
    assert 0 < int(last.headers["Retry-After"]) <= throttle.WINDOW
    assert "Too many visits at once" in text_of(last)
    assert client.get(f"/v/{receipt.code}", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_the_published_keys_check_a_document_without_us(client: Client, receipt: Receipt) -> None:
    response = client.get("/.well-known/rightsdesk-keys.json")
    published = response.json()
    assert published["algorithm"] == "Ed25519"
    (key,) = published["keys"]
    assert (key["id"], key["valid_from"], key["valid_until"]) == (
        receipt.key_id,
        "2020-01-01",
        None,
    )
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public_key"]))
    message = published["record_prefix"].encode() + bytes(receipt.record)
    public.verify(bytes(receipt.record_signature), message)


def test_no_secret_is_published(client: Client, settings: Any) -> None:
    body = client.get("/.well-known/rightsdesk-keys.json").content.decode()
    for setting in (settings.SIGNING_KEYS, settings.KEY_ENCRYPTION_KEYS):
        for entry in setting:
            assert entry.split(":")[1] not in body
