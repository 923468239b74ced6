"""The code in a document's address: what a person may have to type from paper."""

from __future__ import annotations

import re
import secrets
from itertools import accumulate

# Crockford's base 32: no I, L, O or U, so nothing is taken for something else or spells a word.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 128
LENGTH = 26
GROUPS = (5, 5, 5, 5, 6)
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
# "EXP-2026-000123" without its hyphens.
_REFERENCE = re.compile("([A-Z]{3})([0-9]{4})([0-9]{6})")
_BETWEEN = str.maketrans("", "", "- \t\u00a0\u2010\u2011\u2013")


def new_code() -> str:
    """128 random bits as 26 letters and digits in five groups: what a document is looked up by."""
    number = secrets.randbits(BITS)
    return "-".join(_groups("".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH))))


def read_code(typed: str) -> str | None:
    """What somebody typed or scanned, as it is stored; None when it cannot be a code.

    The request's reference may stand in front. Small letters, missing or other separators, and the
    letters O, I and L for 0 and 1 are forgiven.
    """
    plain = typed.strip().upper().translate(_BETWEEN)
    before, code = plain[:-LENGTH], plain[-LENGTH:].translate(_MISREAD)
    reference = _REFERENCE.fullmatch(before)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET) or (before and not reference):
        return None
    return "-".join((*(reference.groups() if reference else ()), *_groups(code)))


def _groups(plain: str) -> list[str]:
    starts = accumulate(GROUPS, initial=0)
    return [plain[start : start + size] for start, size in zip(starts, GROUPS, strict=False)]
