"""Whether a receipt is genuine: needs the file and our public keys, no database.

A module by itself: only who checks a file needs a PDF reader in memory.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, NamedTuple

import pypdf

from compliance.pdf.canonical import NotCanonical, canonical, fingerprint
from compliance.pdf.records import SCHEMA
from compliance.pdf.rendering import RECORD_NAME, SIGNATURE_NAME
from compliance.pdf.signatures import (
    SignatureBroken,
    check_file,
    check_record,
    check_seal,
    read_signature_file,
)
from seats.keys import VerifyingKey

# What it remarks on in a broken file, we say in our words.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a file, a sentence each; none: it is genuine. "" stands for not found."""

    problems: tuple[str, ...]
    record: Mapping[str, Any]
    record_sha256: str
    pdf_sha256: str
    key_id: str

    @property
    def genuine(self) -> bool:
        return not self.problems


class Known(NamedTuple):
    """What the register of issued documents holds under a code."""

    number: str
    record_sha256: str
    pdf_sha256: str
    superseded_by: str


class _Contents(NamedTuple):
    record: bytes
    signature: bytes
    text: str


def verify(
    pdf: bytes, detached: bytes | None = None, *, keys: Mapping[str, VerifyingKey]
) -> Verdict:
    """Check a PDF's attached record, both signatures inside, and the fingerprint on its pages.

    `detached` is the file's own signature where one is at hand. `keys` are all that ever signed.
    Whether the document is still the latest, only the register knows: `against`.
    """
    digest = fingerprint(pdf)
    try:
        contents = _open(pdf)
    except _Unreadable as unreadable:
        return Verdict((str(unreadable),), {}, "", digest, "")
    problems: list[str] = []
    record = _read(contents.record, problems)
    key_id = _check_signatures(pdf, contents, record, detached, keys, problems)
    printed = fingerprint(contents.record)
    if printed not in contents.text:
        problems.append("The fingerprint printed on the page is not that of the attached record.")
    return Verdict(tuple(problems), record, printed, digest, key_id)


def against(verdict: Verdict, known: Known) -> tuple[str, ...]:
    """What the register says otherwise than the file; nothing when they agree."""
    problems = []
    if verdict.record_sha256 != known.record_sha256:
        problems.append(f"The record is not the one issued as {known.number}.")
    if verdict.pdf_sha256 != known.pdf_sha256:
        problems.append(f"The file is not, byte for byte, the one issued as {known.number}.")
    return tuple(problems)


class _Unreadable(ValueError):
    """Not a receipt that can be checked at all."""


def _open(pdf: bytes) -> _Contents:
    try:
        reader = pypdf.PdfReader(BytesIO(pdf))
        attached = {name: list(contents) for name, contents in reader.attachments.items()}
        text = "".join(page.extract_text() for page in reader.pages)
    except Exception:
        # A broken or hostile file can make a parser fail in any way; they all mean the same.
        raise _Unreadable("The file cannot be read as a PDF.") from None
    for name in (RECORD_NAME, SIGNATURE_NAME):
        if len(attached.get(name, ())) != 1:
            raise _Unreadable(f"The file does not carry one {name}: it is no receipt of ours.")
    return _Contents(
        record=attached[RECORD_NAME][0],
        signature=attached[SIGNATURE_NAME][0],
        text="".join(text.split()),
    )


def _read(content: bytes, problems: list[str]) -> Mapping[str, Any]:
    try:
        record = json.loads(content)
        if not isinstance(record, dict) or canonical(record) != content:
            raise NotCanonical
    except (ValueError, RecursionError):
        problems.append("The attached record is not written as we write records.")
        return {}
    if record.get("schema") != SCHEMA:
        problems.append("The attached record is of a kind this version does not know.")
    return record


def _check_signatures(
    pdf: bytes,
    contents: _Contents,
    record: Mapping[str, Any],
    detached: bytes | None,
    keys: Mapping[str, VerifyingKey],
    problems: list[str],
) -> str:
    """The id of the key that is said to have signed."""
    try:
        key_id, signature = read_signature_file(contents.signature)
    except SignatureBroken as broken:
        problems.append(str(broken))
        return ""
    key = keys.get(key_id)
    if key is None:
        problems.append(f"It is signed with a key that is not ours: {key_id!r}.")
        return key_id
    checks: list[Callable[[], None]] = [
        lambda: check_record(contents.record, signature, key.public),
        lambda: check_seal(pdf, key.public),
    ]
    if detached is not None:
        checks.append(lambda: check_file(pdf, detached, key.public))
    for check in checks:
        try:
            check()
        except SignatureBroken as broken:
            problems.append(str(broken))
    problems += _wrong_day(record, key_id, key)
    return key_id


def _wrong_day(record: Mapping[str, Any], key_id: str, key: VerifyingKey) -> list[str]:
    """A key counts for the days it was in use: what it signs later may be another's doing."""
    try:
        day = datetime.fromisoformat(record["issued_at"]).astimezone(UTC).date()
    except (KeyError, TypeError, ValueError):
        return ["The attached record does not say when it was issued."]
    if day < key.valid_from or (key.valid_until is not None and day > key.valid_until):
        return [f"The key {key_id} was not in use on {day}, when it says it was issued."]
    return []
