from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# Beyond this, JSON readers that hold numbers as doubles would read another number (RFC 7493, 2.2).
LARGEST = 2**53 - 1


class NotCanonical(ValueError):
    """A record that could not be read back as it was written; the message names the place."""


def canonical(record: Mapping[str, Any]) -> bytes:
    """The bytes of a record that are fingerprinted, signed and attached.

    JSON in UTF-8, keys sorted, no white space, no floats, ASCII keys: for such values the same
    bytes as the JSON Canonicalization Scheme (RFC 8785) gives. Raises `NotCanonical`.
    """
    _refuse(record, "record")
    text = json.dumps(
        record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def fingerprint(data: bytes) -> str:
    """SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _refuse(value: object, place: str) -> None:
    """Raise for what has no single, exact spelling in JSON."""
    match value:
        case None | bool():
            return
        case str():
            if any("\ud800" <= letter <= "\udfff" for letter in value):
                raise NotCanonical(f"{place} holds half of a surrogate pair, which UTF-8 lacks.")
        case int():
            if abs(value) > LARGEST:
                raise NotCanonical(
                    f"{place} is larger than JSON readers agree on: write it as text."
                )
        case Mapping():
            for key, item in value.items():
                if not isinstance(key, str) or not key.isascii():
                    raise NotCanonical(f"{place} has a key that is not ASCII text: {key!r}.")
                _refuse(item, f"{place}.{key}")
        case list() | tuple():
            for index, item in enumerate(value):
                _refuse(item, f"{place}[{index}]")
        case _:
            raise NotCanonical(f"{place} is a {type(value).__name__}, which records don't hold.")
