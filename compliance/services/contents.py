"""What an archive says about itself: what is in it, what is not and why, and Art. 15(1) and (2)."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from compliance import archive
from compliance.enums import ExportRule
from compliance.models import DataCategory, PrivacyRequest, RequestItem
from compliance.services import scopes
from compliance.services.languages import written_in
from compliance.services.records import utc
from compliance.sources.base import data_map


def delivered(part: RequestItem) -> list[dict[str, Any]]:
    """The members of a part that hold something: a table without rows gets no entry."""
    return [member for member in part.members if member["rows"]]


def record(request: PrivacyRequest, parts: list[RequestItem]) -> archive.Record:
    """The record the leaflets are written from, in the requester's language."""
    language = written_in(request.language)
    with translation.override(language):
        categories = [_category(request, row, parts) for row in DataCategory.objects.all()]
    return {
        "reference": request.reference,
        "scope": "contract" if request.whole_contract else "seat",
        "contract": request.contract.number,
        "seats": list(scopes.seats_of(request).values_list("number", flat=True)),
        "created_at": utc(timezone.now()),
        "cutoff_at": utc(request.cutoff_at or timezone.now()),
        "format": "jsonl" if request.format == "jsonl" else "csv",
        "language": language,
        "controller": cast(archive.Controller, _controller()),
        "categories": categories,
    }


def _controller() -> dict[str, str]:
    wanted = ("name", "product", "address", "email", "phone", "dpo", "authority", "time_zone")
    return {name: settings.CONTROLLER[name] for name in wanted}


def _category(
    request: PrivacyRequest, row: DataCategory, parts: list[RequestItem]
) -> archive.Category:
    entries: list[archive.Part] = []
    rows = files = 0
    for part in (part for part in parts if part.category == row.slug):
        source = data_map().source(part.resource)
        for member in delivered(part):
            entries.append(archive.part_of(archive.Member.from_json(member), source.fields))
            if source.shape == "files":
                files += 1
            else:
                rows += member["rows"]
    asked = row.slug in request.categories
    category: archive.Category = {
        "slug": row.slug,
        "name": row.said("name"),
        "state": _state(request, row, asked=asked, held=bool(entries)),
        "rows": rows,
        "files": files,
        "parts": entries,
        "how_to_ask": "" if asked else _how_to_ask(row),
        "information": _information(row),
    }
    if asked and any(source.masks for source in data_map().for_category(row.slug)):
        category["note"] = _("E-mail addresses of other people are masked (Art. 15(4)).")
    return category


def _state(request: PrivacyRequest, row: DataCategory, *, asked: bool, held: bool) -> Any:
    if not scopes.applies(row.slug, request.contract.edition):
        return "not applicable"
    if asked:
        return "delivered" if held else "nothing held"
    return "on request" if row.export == ExportRule.ON_REQUEST else "not asked"


def _how_to_ask(row: DataCategory) -> str:
    said = {"email": settings.CONTROLLER["email"]}
    if row.export == ExportRule.ON_REQUEST:
        return _("Ask your account representative, or write to %(email)s.") % said
    return _("Ask for another copy that includes it, or write to %(email)s.") % said


def _information(row: DataCategory) -> archive.Information:
    return {
        "role": "controller" if row.role == "controller" else "processor",
        "purpose": row.said("purpose"),
        "data": row.said("description"),
        "recipients": row.said("recipients").splitlines(),
        "retention": row.said("retention"),
        "source": row.said("source"),
        "decisions": row.said("decisions"),
        "safeguards": row.said("safeguards"),
    }
