from __future__ import annotations

from consent.models.choices import ConsentEvent, Preference, Wording
from consent.models.confirmations import Confirmation
from consent.models.documents import Document, DocumentVersion
from consent.models.keeping import KeptEvidence, Suppression
from consent.models.trust import Agreement, Certification, SubProcessor

__all__ = [
    "Agreement",
    "Certification",
    "Confirmation",
    "ConsentEvent",
    "Document",
    "DocumentVersion",
    "KeptEvidence",
    "Preference",
    "SubProcessor",
    "Suppression",
    "Wording",
]
