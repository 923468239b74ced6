"""The desk's pages of this app. Those that also write to people are in `compliance.admin`."""

from __future__ import annotations

from consent.admin import choices, documents, trust

__all__ = ["choices", "documents", "trust"]
