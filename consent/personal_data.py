"""Which of this app's fields hold personal data, and how each is erased: it has no models yet."""

from __future__ import annotations

PERSONAL: dict[str, str] = {}
HARMLESS: frozenset[str] = frozenset()
