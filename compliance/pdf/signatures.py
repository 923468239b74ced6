"""What is signed, and how: Ed25519 (RFC 8032), each use under its own prefix.

Three signatures by the same key:
- of the record, attached as `receipt.json.sig` (RECORD_PREFIX before the bytes of `receipt.json`);
- of the file, inside it: over the whole PDF with the seal's 128 digits read as zeros (SEAL_PREFIX);
- of the file, detached: over the PDF's bytes as they are (FILE_PREFIX), kept beside it.
The prefixes keep a signature of one kind from passing as another. The seal is what makes a PDF
tell by itself, without our database, that a figure on its page was changed.
"""

from __future__ import annotations

import base64
import binascii
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from compliance.pdf.canonical import canonical, fingerprint

RECORD_PREFIX = b"rightsdesk receipt record v1\0"
SEAL_PREFIX = b"rightsdesk receipt seal v1\0"
FILE_PREFIX = b"rightsdesk receipt file v1\0"
ALGORITHM = "Ed25519"

SEAL_LABEL = "rightsdesk-seal:"
OPEN_SEAL = SEAL_LABEL + "0" * 128
_SEAL = re.compile(re.escape(SEAL_LABEL.encode()) + rb"([0-9a-f]{128})")


class SignatureBroken(ValueError):
    """A signature is missing, malformed, or of something else; the message says which."""


def sign_record(record: bytes, key: Ed25519PrivateKey) -> bytes:
    return key.sign(RECORD_PREFIX + record)


def check_record(record: bytes, signature: bytes, key: Ed25519PublicKey) -> None:
    _check(RECORD_PREFIX + record, signature, key, "The record was changed after it was signed.")


def sign_file(pdf: bytes, key: Ed25519PrivateKey) -> bytes:
    return key.sign(FILE_PREFIX + pdf)


def check_file(pdf: bytes, signature: bytes, key: Ed25519PublicKey) -> None:
    _check(FILE_PREFIX + pdf, signature, key, "The detached signature is not of this file.")


def seal(pdf: bytes, key: Ed25519PrivateKey) -> bytes:
    """The PDF with its open seal closed. Raises `SignatureBroken` unless it has exactly one."""
    start, end = _seal_place(pdf)
    if pdf[start:end].strip(b"0"):
        raise SignatureBroken("The file is sealed already.")
    signature = key.sign(SEAL_PREFIX + pdf).hex().encode()
    return pdf[:start] + signature + pdf[end:]


def check_seal(pdf: bytes, key: Ed25519PublicKey) -> None:
    start, end = _seal_place(pdf)
    opened = pdf[:start] + b"0" * (end - start) + pdf[end:]
    signature = bytes.fromhex(pdf[start:end].decode())
    _check(SEAL_PREFIX + opened, signature, key, "The file was changed after it was sealed.")


def signature_file(record: bytes, signature: bytes, key_id: str) -> bytes:
    """`receipt.json.sig`: all that is needed beside a public key to check the record offline."""
    return canonical(
        {
            "algorithm": ALGORITHM,
            "key": key_id,
            "prefix": RECORD_PREFIX.decode(),
            "record_sha256": fingerprint(record),
            "signature": base64.b64encode(signature).decode(),
        }
    )


def read_signature_file(content: bytes) -> tuple[str, bytes]:
    """Key id and signature from `receipt.json.sig`. Raises `SignatureBroken`."""
    try:
        data = json.loads(content)
        key_id, encoded, algorithm = data["key"], data["signature"], data["algorithm"]
        signature = base64.b64decode(encoded, validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        raise SignatureBroken("The attached signature cannot be read.") from None
    if algorithm != ALGORITHM or not isinstance(key_id, str):
        raise SignatureBroken(f"The attached signature is not one of {ALGORITHM}.")
    return key_id, signature


def _check(message: bytes, signature: bytes, key: Ed25519PublicKey, wrong: str) -> None:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        raise SignatureBroken(wrong) from None


def _seal_place(pdf: bytes) -> tuple[int, int]:
    places = [match.span(1) for match in _SEAL.finditer(pdf)]
    if len(places) != 1:
        raise SignatureBroken("The seal of the file is gone: the file was changed.")
    return places[0]
