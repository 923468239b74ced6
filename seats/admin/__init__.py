"""The desk's pages of this app; those of contracts and seats show requests: see `compliance`."""

from __future__ import annotations

from seats.admin import ledger, members, staff

__all__ = ["ledger", "members", "staff"]
