"""One entry of the ledger: its name, its signed form, and what makes it a forgery."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature

from seats.canonical import canonical
from seats.keys import signing_key, verifying_keys

ROOT = "ledger"
_FORMAT = "rightsdesk ledger entry 1"  # signed too: no other signed record passes for an entry
_FIELDS = {"format", "id", "at", "kind", "body", "key", "signature"}
_CLOCK = "%Y%m%dT%H%M%S%fZ"
_ID = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{16}")
# What addresses and written text look like. Codes, ids, digests and sealed texts do not; neither
# do the numbers of contracts and seats, which are the company's own and may hold spaces.
_CLEAR = re.compile(r"@|[\x00-\x1f\x7f]|([^\W\d_]{2,}\s+){3}[^\W\d_]{2}")


class LedgerBroken(Exception):
    """An entry was changed, forged, misplaced or removed; says which and how."""


class Kind(StrEnum):
    ERASURE_INTENT = "erasure_intent"
    ERASURE_OUTCOME = "erasure_outcome"
    HOLD_PLACED = "hold_placed"
    HOLD_LIFTED = "hold_lifted"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    EVIDENCE_PURGED = "evidence_purged"
    KEY_DESTROYED = "key_destroyed"
    NUMBER_ISSUED = "number_issued"
    SEAL = "seal"


@dataclass(frozen=True, slots=True)
class Entry:
    """What was announced, when (UTC), signed with which key.

    `id` sorts by time over all writers. `confirmed`: the database went on with what is announced;
    without it, the transaction was rolled back or its process died first.
    """

    id: str
    at: datetime
    kind: Kind
    body: dict[str, Any]
    key: str
    signature: str
    confirmed: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """Where the storage keeps it."""
        return f"{folder_of(self.id)}/{self.id}.{self.kind}.json"


def signed(kind: Kind, body: Mapping[str, Any], *, after: str) -> Entry:
    """A new entry that sorts after the entry `after` (an id, or ""), whatever this clock says.

    Raises `ValueError` for a body that holds an address or written text.
    """
    _check_opaque(body)
    now = datetime.now(UTC)
    later = max(now, moment_of(after) + timedelta(microseconds=1)) if after else now
    key, private = signing_key(now.date())
    entry = Entry(
        id=f"{floor_of(later)}-{secrets.token_hex(8)}",
        at=now,
        kind=Kind(kind),
        body=json.loads(canonical(dict(body))),  # as it will be read back
        key=key,
        signature="",
    )
    signature = base64.b64encode(private.sign(canonical(_announced(entry)).encode())).decode()
    return replace(entry, signature=signature)


def encode(entry: Entry) -> bytes:
    return canonical({**_announced(entry), "signature": entry.signature}).encode()


def decode(content: bytes, name: str, *, confirmed: bool) -> Entry:
    """The entry an object holds; raises `LedgerBroken` unless it is whole, genuine and in place."""
    try:
        data = json.loads(content)
        if not isinstance(data, dict) or data.keys() != _FIELDS or data["format"] != _FORMAT:
            raise ValueError("it is no ledger entry")
        entry = Entry(
            id=data["id"],
            at=datetime.fromisoformat(data["at"]),
            kind=Kind(data["kind"]),
            body=data["body"],
            key=data["key"],
            signature=data["signature"],
            confirmed=confirmed,
        )
        if encode(entry) != content:
            raise ValueError("it is not written as an entry is")
        _check_signature(entry)
        if entry.name != name:
            raise ValueError(f"its own name is {entry.name}")
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise LedgerBroken(f"The ledger entry {name} is broken: {error}.") from error
    return entry


def is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text))


def moment_of(entry_id: str) -> datetime:
    """The time an id sorts by: its writer's clock, or just after what its writer had seen."""
    return datetime.strptime(entry_id.partition("-")[0], _CLOCK).replace(tzinfo=UTC)


def floor_of(moment: datetime) -> str:
    """What sorts before every id of `moment` or later, and after all earlier ones."""
    return moment.astimezone(UTC).strftime(_CLOCK)


def folder_of(entry_id: str) -> str:
    return f"{ROOT}/{entry_id[:4]}/{entry_id[4:6]}/{entry_id[6:8]}"


def _announced(entry: Entry) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "id": entry.id,
        "at": entry.at.isoformat(timespec="microseconds"),
        "kind": entry.kind,
        "body": entry.body,
        "key": entry.key,
    }


def _check_signature(entry: Entry) -> None:
    key = verifying_keys().get(entry.key)
    if key is None:
        raise ValueError(f"it is signed with the unknown key {entry.key!r}")
    day = entry.at.astimezone(UTC).date()
    if day < key.valid_from or (key.valid_until and day > key.valid_until):
        raise ValueError(f"the key {entry.key!r} was not valid on {day}")
    try:
        signature = base64.b64decode(entry.signature, validate=True)
        key.public.verify(signature, canonical(_announced(entry)).encode())
    except InvalidSignature:
        raise ValueError("its signature does not match") from None


def _check_opaque(value: object, place: str = "the body") -> None:
    """The value itself is never repeated: it may be what must not be written anywhere."""
    match value:
        case str():
            if _CLEAR.search(value):
                raise ValueError(
                    f"The ledger takes codes and opaque ids only, and {place} holds other text."
                )
        case Mapping():
            for key, member in value.items():
                _check_opaque(key, place)
                _check_opaque(member, str(key))
        case list() | tuple():
            for member in value:
                _check_opaque(member, place)
