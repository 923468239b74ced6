"""What proves the sample company's certifications: a page each that says it is invented."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time

from django.template.loader import render_to_string

from compliance.pdf.typesetting import typeset
from consent.models import Certification

STYLE = """
@page { size: A4; margin: 3cm }
* { font-family: "Linux Libertine O", serif }
body { text-align: center; line-height: 1.5 }
h1 { font-size: 30pt; font-weight: normal; margin: 5cm 0 1cm }
footer { margin-top: 5cm; font-size: 9pt }
"""


def printed(row: Certification) -> bytes:
    """The PDF for a certification. Raises `TypesettingFailed`."""
    html = render_to_string("documents/sample_certificate.html", {"row": row})
    return typeset(
        {
            "html": html,
            "css": STYLE,
            "identifier": hashlib.sha256(html.encode()).hexdigest()[:32],
            "issued_at": datetime.combine(row.valid_from, time(), UTC).isoformat(),
            "seal": "",
            "attachments": [],
        }
    )
