"""Whether a document is ours and unchanged: for anybody who holds one, and says nothing else."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils.translation import gettext as _

from compliance import pdf
from compliance.models import Receipt
from compliance.pdf import signatures
from compliance.services.errors import BadInput, NotFound
from seats import keys

DIGEST = re.compile("[0-9a-f]{64}")


class Match(StrEnum):
    RECORD = "record"
    FILE = "file"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Issued:
    """A document as we issued it; `intact` says that its signature still holds today."""

    receipt: Receipt
    intact: bool
    valid_from: date | None
    valid_until: date | None
    replaced_by: str


def find(typed: str) -> Issued:
    """The document with that code, however it was typed. Raises NotFound for anything else."""
    code = pdf.read_code(typed)
    receipt = (
        Receipt.objects.select_related("request", "superseded_by").filter(code=code).first()
        if code
        else None
    )
    if receipt is None:
        raise NotFound(_("We know no document with this code."))
    key = keys.verifying_keys().get(receipt.key_id)
    later = receipt.superseded_by
    return Issued(
        receipt=receipt,
        intact=key is not None and _holds(receipt, key),
        valid_from=key.valid_from if key else None,
        valid_until=key.valid_until if key else None,
        replaced_by=later.number if later else "",
    )


def _holds(receipt: Receipt, key: keys.VerifyingKey) -> bool:
    record, signature = bytes(receipt.record), bytes(receipt.record_signature)
    try:
        signatures.check_record(record, signature, key.public)
    except signatures.SignatureBroken:
        return False
    return pdf.fingerprint(record) == receipt.record_sha256


def compare(receipt: Receipt, typed: str) -> Match:
    """Whether a pasted SHA-256 is the record's or the file's. Raises BadInput for no SHA-256."""
    digest = "".join(typed.split()).replace("-", "").replace(":", "").lower()
    if not DIGEST.fullmatch(digest):
        raise BadInput(_("Paste all 64 characters: digits, and letters from a to f."))
    if digest == receipt.record_sha256:
        return Match.RECORD
    return Match.FILE if digest == receipt.pdf_sha256 else Match.NONE


def public_keys() -> dict[str, Any]:
    """Every key our documents may be signed with, for checking them without us.

    Ed25519 (RFC 8032); days are UTC and inclusive; `public_key` is the base64 of the 32 bytes. What
    is signed is `record_prefix`, its last byte a zero, and then the attached `receipt.json`.
    """
    return {
        "algorithm": signatures.ALGORITHM,
        "record_prefix": signatures.RECORD_PREFIX.decode(),
        "keys": [
            {
                "id": key_id,
                "public_key": base64.b64encode(
                    key.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
                ).decode(),
                "valid_from": key.valid_from.isoformat(),
                "valid_until": key.valid_until.isoformat() if key.valid_until else None,
            }
            for key_id, key in sorted(keys.verifying_keys().items())
        ],
    }
