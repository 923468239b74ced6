"""What others checked about us, and who processes data for us (Art. 28)."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify

from compliance.services import clock
from compliance.views import errors, legal
from compliance.views.personal import unhurried
from compliance.views.public import public
from consent.enums import DocumentKind
from consent.services import certifications, library


@public()
def trust(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    engaged = [row for row in certifications.sub_processors(today) if row.since <= today]
    context = {
        "today": today,
        "certifications": certifications.public(today),
        "sub_processors": engaged,
        "documents": [legal.entry(found) for found in library.titles(today)],
    }
    return render(request, "public/trust.html", context)


@public()
def sub_processors(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    rows = certifications.sub_processors(today)
    context = {
        "today": today,
        "engaged": [row for row in rows if row.since <= today],
        "planned": [row for row in rows if row.since > today],
        "former": certifications.former_sub_processors(today),
        "agreements": [
            legal.entry(found)
            for found in library.titles(today)
            if found.document.kind == DocumentKind.DPA
        ],
    }
    return render(request, "public/sub_processors.html", context)


@unhurried
@public(back="/trust/")
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF that proves a public certification, as it was given to us."""
    try:
        row, content = certifications.opened(pk)
    except OSError:
        return errors.page(request, 503)
    response = HttpResponse(content, content_type="application/pdf")
    name = slugify(re.sub(r"\W", " ", row.name)) or f"certificate-{row.pk}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response.headers["ETag"] = f'"{row.file_sha256}"'
    return response
