"""The code in a document's address: what a person may have to type from paper."""

from __future__ import annotations

import secrets

# Crockford's base 32: no I, L, O or U, so nothing is taken for something else or spells a word.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 128
LENGTH = 26
GROUPS = (5, 5, 5, 5, 6)
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = str.maketrans("", "", "- \t\u00a0\u2010\u2011\u2013")


def new_code() -> str:
    """128 random bits as 26 letters and digits in five groups: what a document is looked up by."""
    number = secrets.randbits(BITS)
    return _grouped("".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH)))


def read_code(typed: str) -> str | None:
    """The code somebody typed or scanned, as it is stored; None when it cannot be one.

    Small letters, missing or other separators, and the letters O, I and L for 0 and 1 are forgiven.
    """
    plain = typed.strip().upper().translate(_BETWEEN).translate(_MISREAD)
    if len(plain) != LENGTH or not set(plain) <= set(ALPHABET):
        return None
    return _grouped(plain)


def _grouped(plain: str) -> str:
    groups, start = [], 0
    for size in GROUPS:
        groups.append(plain[start : start + size])
        start += size
    return "-".join(groups)
