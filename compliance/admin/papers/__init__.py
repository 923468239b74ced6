"""Documents on the desk: drafted, compared, published for ever, and who has yet to confirm them."""

from __future__ import annotations

from compliance.admin.papers import pages

__all__ = ["pages"]
