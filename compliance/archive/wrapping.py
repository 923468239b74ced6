"""The keys of sealed objects, wrapped by a key-encryption key from the environment.

Destroying the wrapped key destroys the object, wherever a copy of it may lie.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from compliance.archive.sealed import SealBroken
from seats.keys import key_encryption_keys

_NONCE_BYTES = 12


class KeyUnknown(Exception):
    """The key-encryption key that wrapped this key is not in the settings."""


def wrap(key: bytes, object_id: str) -> tuple[str, bytes]:
    """`key` under the current key-encryption key: that key's id, and 60 bytes to store."""
    kek_id, kek = next(iter(key_encryption_keys().items()))
    nonce = os.urandom(_NONCE_BYTES)
    return kek_id, nonce + AESGCM(kek).encrypt(nonce, key, _bound(kek_id, object_id))


def unwrap(kek_id: str, wrapped: bytes, object_id: str) -> bytes:
    """The key wrapped for `object_id`.

    Raises `KeyUnknown` when the settings lack the key-encryption key, `SealBroken` when `wrapped`
    was changed or belongs to another object.
    """
    kek = key_encryption_keys().get(kek_id)
    if kek is None:
        raise KeyUnknown(
            f"KEY_ENCRYPTION_KEYS lacks the key {kek_id}, which wrapped the key of this object. "
            "Add it again, behind the current one."
        )
    nonce, sealed = bytes(wrapped[:_NONCE_BYTES]), bytes(wrapped[_NONCE_BYTES:])
    try:
        return AESGCM(kek).decrypt(nonce, sealed, _bound(kek_id, object_id))
    except (InvalidTag, ValueError):
        raise SealBroken(
            "This wrapped key was changed, or belongs to another object or key-encryption key."
        ) from None


def _bound(kek_id: str, object_id: str) -> bytes:
    return f"rightsdesk wrapped key\x00{kek_id}\x00{object_id}".encode()
