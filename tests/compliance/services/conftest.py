from __future__ import annotations

from typing import Any

import pytest

from compliance.services import receipts


@pytest.fixture
def printer(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Prints nothing, and keeps the numbers of what it was asked to print."""
    printed: list[str] = []

    def render(record: dict[str, Any], *, language: str) -> receipts.pdf.Rendered:
        printed.append(record["number"])
        return receipts.pdf.Rendered(
            pdf=b"%PDF-1.7",
            record=b"{}",
            record_sha256="0" * 64,
            pdf_sha256="0" * 64,
            key_id="s-test",
            record_signature=b"",
            pdf_signature=b"",
        )

    monkeypatch.setattr(receipts.pdf, "render", render)
    return printed
