"""What each kind of document says: from a record to the words and rows of its template."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compliance.pdf.pages import (
    acknowledgement,
    confirmation_receipt,
    consent_receipt,
    decision,
    deletion_certificate,
    export_receipt,
)
from compliance.pdf.pages.page import Page
from compliance.pdf.phrases import Phrases

PAGES: dict[str, Callable[[Any, Phrases], Page]] = {
    "acknowledgement": acknowledgement.page,
    "decision": decision.page,
    "export_receipt": export_receipt.page,
    "deletion_certificate": deletion_certificate.page,
    "consent_receipt": consent_receipt.page,
    "confirmation_receipt": confirmation_receipt.page,
}

__all__ = ["PAGES", "Page"]
