"""Receipts: signed documents printed from a record.

`render(record, language=…)` makes one. `verification` takes one apart again; it is a module of its
own because only who checks a file needs a PDF reader in memory.
"""

from __future__ import annotations

from compliance.pdf.canonical import NotCanonical, canonical, fingerprint
from compliance.pdf.codes import new_code, read_code
from compliance.pdf.pages.deletion_certificate import NotCertain
from compliance.pdf.pages.page import UnknownCode
from compliance.pdf.records import SCHEMA, Record
from compliance.pdf.rendering import Rendered, page_html, render, style
from compliance.pdf.typesetting import TypesettingFailed

__all__ = [
    "SCHEMA",
    "NotCanonical",
    "NotCertain",
    "Record",
    "Rendered",
    "TypesettingFailed",
    "UnknownCode",
    "canonical",
    "fingerprint",
    "new_code",
    "page_html",
    "read_code",
    "render",
    "style",
]
