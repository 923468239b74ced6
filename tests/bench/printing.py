"""Receipts printed by us and by WeasyPrint alone, in one process of an installation."""

from __future__ import annotations

import json
import sys
import time
from io import BytesIO
from typing import cast

import pypdf

from compliance import pdf
from compliance.pdf import verification
from seats import keys
from tests.bench.measuring import in_turns
from tests.compliance.pdf import records

SEATS = 300


def compare(receipts: int, runs: int) -> None:
    """Print that many receipts in turns; seconds a run, pages and what is wrong, as JSON."""
    # Loaded here, where it is measured: the product keeps it out of its own processes.
    import weasyprint

    baseline: list[float] = []
    product: list[float] = []
    ours: list[pdf.Rendered] = []
    bare: list[bytes] = []
    pages = [_page(record) for record in map(_record, range(receipts))]

    def print_bare() -> None:
        began = time.perf_counter()
        bare[:] = [
            weasyprint.HTML(string=page).write_pdf(stylesheets=[weasyprint.CSS(string=pdf.style())])
            for page in pages
        ]
        baseline.append(time.perf_counter() - began)

    def print_ours() -> None:
        began = time.perf_counter()
        ours[:] = [_rendered(number) for number in range(receipts)]
        product.append(time.perf_counter() - began)

    in_turns(runs, print_bare, print_ours, lambda: (baseline.clear(), product.clear()))
    found = {
        "baseline": baseline,
        "product": product,
        "pages": len(pypdf.PdfReader(BytesIO(ours[0].pdf)).pages),
        "problems": _problems(ours, bare),
    }
    json.dump(found, sys.stdout)


def _rendered(number: int) -> pdf.Rendered:
    return pdf.render(_record(number), language="en")


def _record(number: int) -> pdf.Record:
    """Each is another document, as they are in life."""
    made = records.deletion_certificate(seats=SEATS, number=f"RC-2026-{number:06d}")
    return cast(pdf.Record, made)


def _page(record: pdf.Record) -> str:
    digest = pdf.fingerprint(pdf.canonical(record))
    return pdf.page_html(record, record_sha256=digest, key_id=keys.signing_key()[0])


def _problems(ours: list[pdf.Rendered], bare: list[bytes]) -> list[str]:
    problems = []
    for rendered, page in zip(ours, bare, strict=True):
        verdict = verification.verify(
            rendered.pdf, rendered.pdf_signature, keys=keys.verifying_keys()
        )
        problems += verdict.problems
        if _text(rendered.pdf) != _text(page):
            problems.append("The page does not say what WeasyPrint alone prints of it.")
    return sorted(set(problems))


def _text(content: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages)
