"""Anybody who holds a document of ours sees whether it is genuine, and nothing else about it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compliance import pdf
from compliance.services import documents
from compliance.services.errors import BadInput, NotFound
from compliance.views import errors
from compliance.views.personal import personal, unhurried


@require_safe
@unhurried
def check(request: HttpRequest) -> HttpResponse:
    """Where a code from paper is typed in."""
    typed = request.GET.get("code", "")[:200]
    if not typed:
        return render(request, "public/check.html")
    code = pdf.read_code(_last_part(typed))
    if code:
        return redirect("verify", code)
    return render(request, "public/check.html", {"typed": typed, "error": True}, status=400)


def _last_part(typed: str) -> str:
    """The code of a whole address, as somebody may paste it."""
    return typed.strip().rstrip("/").rpartition("/v/")[2]


@require_safe
@unhurried
@personal
def verify(request: HttpRequest, code: str) -> HttpResponse:
    try:
        found = documents.find(code)
    except NotFound:
        wording = errors.Wording(
            _("We know no such document"),
            _("No document of ours has this code."),
            _("Check that you typed it as it is printed. If you did, the document is not ours."),
        )
        return errors.page(request, 404, wording=wording, back="check")
    typed = request.GET.get("fingerprint", "")[:200]
    context = {"found": found, "receipt": found.receipt, "typed": typed}
    if typed:
        try:
            context["match"] = documents.compare(found.receipt, typed)
        except BadInput as error:
            context["error"] = str(error)
    return render(request, "public/verify.html", context, status=400 if "error" in context else 200)
