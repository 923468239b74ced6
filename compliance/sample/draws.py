from __future__ import annotations

from random import Random


def draws(seed: int | str) -> Random:
    """Random numbers that are the same in every run: the sample has no secrets."""
    return Random(seed)  # noqa: S311 - not for cryptography
