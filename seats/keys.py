"""The keys of this installation, read from the settings and nowhere else.

Pure functions of `settings`: no database, no file. What is malformed raises `ImproperlyConfigured`
with the setting, the place in it and the shape it should have, and never repeats the value, which
may be a secret typed into the wrong field.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
EMAIL = "email"
_NONCE_BYTES = 12
_SEALED = "s1."  # names the format, so that another can follow
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_SHAPES = {
    "KEY_ENCRYPTION_KEYS": "id:base64 of 32 bytes",
    "SIGNING_KEYS": "id:base64 of a 32-byte seed:YYYY-MM-DD[:YYYY-MM-DD]",
    "RETIRED_SIGNING_KEYS": "id:base64 of a 32-byte public key:YYYY-MM-DD:YYYY-MM-DD",
    "PSEUDONYM_KEY": "base64 of 32 bytes, such as `openssl rand -base64 32` prints",
}
Key = TypeVar("Key")


class SealedTextBroken(ValueError):
    """A sealed text was changed, cut, sealed for another context, or under another key."""


class VerifyingKey(NamedTuple):
    """A public key and the days (UTC, both inclusive) on which it signs or signed."""

    public: Ed25519PublicKey
    valid_from: date
    valid_until: date | None


class _SigningKey(NamedTuple):
    private: Ed25519PrivateKey
    verifying: VerifyingKey


def key_encryption_keys() -> dict[str, bytes]:
    """AES-256 keys that wrap the keys of archives, by id; the first is the one for new archives."""
    return dict(_encryption_keys(tuple(settings.KEY_ENCRYPTION_KEYS)))


def signing_key(today: date | None = None) -> tuple[str, Ed25519PrivateKey]:
    """Id and key that sign on `today` (by default the present day, UTC).

    The first listed whose days include it, so that a key can be listed ahead of its first day.
    """
    day = today or datetime.now(UTC).date()
    for key_id, key in _signing_keys(tuple(settings.SIGNING_KEYS)).items():
        last = key.verifying.valid_until
        if key.verifying.valid_from <= day and (last is None or day <= last):
            return key_id, key.private
    raise ImproperlyConfigured(
        f"SIGNING_KEYS: no key is valid on {day}. Add one whose first day is {day} or earlier, "
        "and keep the old ones, so that what they signed still verifies."
    )


def verifying_keys() -> dict[str, VerifyingKey]:
    """Every key whose signatures count, by id: those that sign, and those retired."""
    signing = _signing_keys(tuple(settings.SIGNING_KEYS))
    retired = _retired_keys(tuple(settings.RETIRED_SIGNING_KEYS))
    if twice := signing.keys() & retired.keys():
        raise ImproperlyConfigured(
            f"RETIRED_SIGNING_KEYS: the id {min(twice)} is also in SIGNING_KEYS. "
            "What was signed names its key by id: give every key an id of its own."
        )
    return {key_id: key.verifying for key_id, key in signing.items()} | retired


def normalised_email(address: str) -> str:
    """The one spelling of an address under which it is compared and pseudonymised."""
    if address.isascii():  # is its own normal form
        return address.strip().lower()
    folded = unicodedata.normalize("NFC", address).strip().casefold()
    return unicodedata.normalize("NFC", folded)


def pseudonym(kind: str, value: str) -> str:
    """Keyed HMAC-SHA256 of `value`, 64 hexadecimal digits; the same value differs between kinds.

    Names an erased id or address without holding it (Art. 4(5) GDPR). Of the kind `EMAIL`, every
    spelling of an address gives the same pseudonym.
    """
    return pseudonyms(kind, [value])[0]


def pseudonyms(kind: str, values: Iterable[str]) -> list[str]:
    """The same of many values, in their order."""
    key, name = _derived("pseudonym"), kind.encode()
    # The length in front keeps ("ab", "c") and ("a", "bc") apart.
    head = len(name).to_bytes(4, "big") + name
    texts = map(normalised_email, values) if kind == EMAIL else values
    return [
        hmac.digest(key, head + text.encode(errors="surrogatepass"), "sha256").hex()
        for text in texts
    ]


def seal_text(plaintext: str, context: str) -> str:
    """`plaintext` as a URL-safe token that only `open_text` with the same `context` can read.

    AES-256-GCM under a key of its own derived from PSEUDONYM_KEY. The nonce is random: safe for
    2^32 texts (NIST SP 800-38D, 8.3), far beyond what a ledger holds.
    """
    nonce = os.urandom(_NONCE_BYTES)
    text = plaintext.encode(errors="surrogatepass")
    sealed = nonce + AESGCM(_derived("sealed text")).encrypt(nonce, text, context.encode())
    return _SEALED + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_text(sealed: str, context: str) -> str:
    """The text `seal_text` sealed for `context`; raises `SealedTextBroken` for anything else."""
    opener = AESGCM(_derived("sealed text"))
    try:
        if not sealed.startswith(_SEALED):
            raise ValueError("not a sealed text")
        body = sealed.removeprefix(_SEALED)
        raw = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        if base64.urlsafe_b64encode(raw).decode().rstrip("=") != body:
            raise ValueError("another spelling of a sealed text")
        text = opener.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode())
    except (ValueError, InvalidTag):
        raise SealedTextBroken(
            "This sealed text cannot be opened: it was changed, belongs elsewhere, "
            "or was sealed under another PSEUDONYM_KEY."
        ) from None
    return text.decode(errors="surrogatepass")


# Cached by the settings' text, so that each value is parsed once and a changed one is seen.
@lru_cache(maxsize=8)
def _encryption_keys(entries: tuple[str, ...]) -> dict[str, bytes]:
    return _parsed("KEY_ENCRYPTION_KEYS", entries, (2,), _key_bytes)


@lru_cache(maxsize=8)
def _signing_keys(entries: tuple[str, ...]) -> dict[str, _SigningKey]:
    def parse(seed: str, first: str, last: str = "") -> _SigningKey:
        private = Ed25519PrivateKey.from_private_bytes(_key_bytes(seed))
        return _SigningKey(private, VerifyingKey(private.public_key(), *_days(first, last)))

    return _parsed("SIGNING_KEYS", entries, (3, 4), parse)


@lru_cache(maxsize=8)
def _retired_keys(entries: tuple[str, ...]) -> dict[str, VerifyingKey]:
    def parse(material: str, first: str, last: str) -> VerifyingKey:
        public = Ed25519PublicKey.from_public_bytes(_key_bytes(material))
        return VerifyingKey(public, *_days(first, last))

    return _parsed("RETIRED_SIGNING_KEYS", entries, (4,), parse)


def _parsed(
    setting: str, entries: tuple[str, ...], lengths: tuple[int, ...], parse: Callable[..., Key]
) -> dict[str, Key]:
    keys: dict[str, Key] = {}
    for place, entry in enumerate(entries, start=1):
        fields = [field.strip() for field in entry.split(":")]
        try:
            if len(fields) not in lengths or not all(fields):
                raise ValueError("it has fields too few, too many or empty")
            if not _ID.fullmatch(fields[0]):
                raise ValueError("the id is not 1 to 32 letters, digits, dots, hyphens or _")
            if fields[0] in keys:
                raise ValueError(f"the id {fields[0]} is there twice")
            keys[fields[0]] = parse(*fields[1:])
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{setting}, entry {place}: {error}. Expected: {_SHAPES[setting]}."
            ) from None
    if not keys and setting != "RETIRED_SIGNING_KEYS":
        raise ImproperlyConfigured(f"{setting} is empty. Expected: {_SHAPES[setting]}.")
    return keys


def _derived(use: str) -> bytes:
    """A key for one use only, so that what one use reveals says nothing about another."""
    return _derived_from(settings.PSEUDONYM_KEY, use)


@lru_cache(maxsize=16)
def _derived_from(pseudonym_key: str, use: str) -> bytes:
    try:
        root = _key_bytes(pseudonym_key)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"PSEUDONYM_KEY: {error}. Expected: {_SHAPES['PSEUDONYM_KEY']}."
        ) from None
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"rightsdesk {use}".encode()).derive(root)


def _key_bytes(material: str) -> bytes:
    try:
        key = base64.b64decode(material.strip(), validate=True)
    except ValueError:  # the message of binascii may quote the value
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"the key is not the base64 of {KEY_BYTES} bytes")
    return key


def _days(first: str, last: str) -> tuple[date, date | None]:
    try:
        days = date.fromisoformat(first), date.fromisoformat(last) if last else None
    except ValueError:
        raise ValueError("a day is not YYYY-MM-DD") from None
    if days[1] and days[1] < days[0]:
        raise ValueError("its last day is before its first")
    return days
