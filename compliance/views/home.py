from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compliance.services import documents


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "public/home.html")


@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    """The public keys of our documents, with the days on which they sign."""
    response = JsonResponse(documents.public_keys())
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
