"""The desk's pages of this app: what was told, agreed and signed, to be looked at."""

from __future__ import annotations

from consent.admin import choices, documents, trust

__all__ = ["choices", "documents", "trust"]
