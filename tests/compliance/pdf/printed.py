"""Documents printed once a test run: most tests only look at them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from compliance.pdf import Rendered, render
from tests.compliance.pdf import records

MAKERS = {
    "acknowledgement": records.acknowledgement,
    "decision": records.decision,
    "export_receipt": records.export_receipt,
    "deletion_certificate": records.deletion_certificate,
    "consent_receipt": records.consent_receipt,
    "confirmation_receipt": records.confirmation_receipt,
}
LANGUAGES = ("en", "de", "fr", "es")


def record(kind: str, language: str = "en") -> dict[str, Any]:
    return {**MAKERS[kind](), "language": language}


@cache
def printed(kind: str = "deletion_certificate", language: str = "en") -> Rendered:
    return render(record(kind, language), language=language)


def text_of(pdf: bytes, folder: Path) -> str:
    """What a reader sees, by poppler; no-break spaces as spaces."""
    file = folder / "printed.pdf"
    file.write_bytes(pdf)
    run = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True, text=True
    )
    return " ".join(run.stdout.split())
