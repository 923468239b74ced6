"""The audit, the register for an authority and the records of processing, as pages and files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.admin.downloads import download
from compliance.admin.requests.forms import DayInput
from compliance.services import (
    auditing,
    clock,
    desk_log,
    processing_records,
    register,
    spreadsheets,
)
from compliance.services.actors import staff_actor
from compliance.services.audited import Entry
from compliance.services.auditing import Narrow, Place

Desk = admin.ModelAdmin
LONGEST = 366 * 10  # days


class NarrowForm(forms.Form):
    source = forms.ChoiceField(label=gettext_lazy("Source"), required=False)
    who = forms.CharField(label=gettext_lazy("Who"), max_length=150, required=False)
    about = forms.CharField(label=gettext_lazy("About"), max_length=40, required=False)
    since = forms.DateField(label=gettext_lazy("From"), widget=DayInput, required=False)
    until = forms.DateField(label=gettext_lazy("To"), widget=DayInput, required=False)

    def __init__(self, http: HttpRequest) -> None:
        super().__init__(http.GET or None)
        sources = [(one.name, one.label) for one in auditing.offered(http.user)]
        self.fields["source"].choices = [("", _("All")), *sources]
        self.fields["who"].widget.attrs["placeholder"] = _("Sign-in name")
        self.fields["about"].widget.attrs["placeholder"] = _("Reference, seat or contract")

    def narrow(self) -> Narrow:
        """What the fields say; those that say nothing sensible narrow nothing."""
        self.full_clean()
        data = self.cleaned_data if self.is_bound else {}
        given = {name: value for name, value in data.items() if value}
        if "about" in given:
            given["about"] = given["about"].strip().upper()
        return Narrow(**given)


class PeriodForm(forms.Form):
    since = forms.DateField(label=gettext_lazy("From"), widget=DayInput)
    until = forms.DateField(label=gettext_lazy("To"), widget=DayInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        since, until = data.get("since"), data.get("until")
        if since and until and not 0 <= (until - since).days <= LONGEST:
            raise forms.ValidationError(_("Give a first and a last day, at most ten years apart."))
        return data


def stream_urls(desk: Desk) -> list[Any]:
    return _urls(
        desk,
        "requestevent",
        {"stream": stream, "stream.csv": stream_csv, "stream.jsonl": stream_jsonl},
    )


def register_urls(desk: Desk) -> list[Any]:
    return _urls(desk, "privacyrequest", {"register": register_page, "register.csv": register_csv})


def records_urls(desk: Desk) -> list[Any]:
    return _urls(
        desk,
        "datacategory",
        {"records": records_page, "records.csv": records_csv, "records.json": records_json},
    )


def _urls(desk: Desk, model: str, views: dict[str, Any]) -> list[Any]:
    """Each view at its own address: pages end with a slash, files with what they are."""
    return [
        path(
            route if "." in route else f"{route}/",
            desk.admin_site.admin_view(partial(view, desk)),
            name=f"compliance_{model}_{route.replace('.', '_')}",
        )
        for route, view in views.items()
    ]


def _must(http: HttpRequest, permission: str) -> None:
    if not http.user.has_perm(f"compliance.{permission}"):
        raise PermissionDenied


def _page(desk: Desk, http: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    http.current_app = desk.admin_site.name
    common = {**desk.admin_site.each_context(http), "opts": desk.opts}
    return TemplateResponse(http, f"admin/compliance/audit/{name}.html", common | context)


# --- The stream -----------------------------------------------------------------------------------


def stream(desk: Desk, http: HttpRequest) -> HttpResponse:
    """What was done, newest first; older pages begin where this one ends."""
    _must(http, "view_requestevent")
    form = NarrowForm(http)
    narrow = form.narrow()
    after = Place.parse(http.GET.get("after", ""))
    rows = auditing.entries(http.user, narrow, after=after, size=auditing.PAGE + 1)
    query = http.GET.copy()
    query.pop("after", None)
    shown = rows[: auditing.PAGE]
    older = query.copy()
    if len(rows) > auditing.PAGE:
        older["after"] = shown[-1].place
    context = {
        "title": _("Audit"),
        "form": form,
        "entries": shown,
        "older": older.urlencode() if len(rows) > auditing.PAGE else "",
        "query": query.urlencode(),
        "narrowed": bool(narrow.as_data()),
        "paged": after is not None,
        "chain": auditing.chain() if http.user.has_perm("compliance.view_seal") else None,
    }
    return _page(desk, http, "stream", context)


def stream_csv(desk: Desk, http: HttpRequest) -> HttpResponse:
    def lines(pieces: Iterable[list[Entry]]) -> Iterator[bytes]:
        header = auditing.header()
        return spreadsheets.csv_bytes(header, ([*map(auditing.cells, one)] for one in pieces))

    return _taken(http, "csv", lines)


def stream_jsonl(desk: Desk, http: HttpRequest) -> HttpResponse:
    def lines(pieces: Iterable[list[Entry]]) -> Iterator[bytes]:
        for piece in pieces:
            said = (json.dumps(auditing.as_object(one), ensure_ascii=False) for one in piece)
            yield "".join(f"{line}\n" for line in said).encode()

    return _taken(http, "jsonl", lines)


def _taken(http: HttpRequest, suffix: str, lines: Any) -> HttpResponse:
    """The stream as it is narrowed; that it was taken is on record before its first line."""
    if http.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    _must(http, "view_requestevent")
    narrow = NarrowForm(http).narrow()
    data = {"format": suffix, "narrowed": narrow.as_data()}
    desk_log.record("audit_downloaded", actor=staff_actor(http.user), data=data)
    pieces = _spoken(auditing.everything(http.user, narrow), translation.get_language())
    return download("audit", suffix, lines(pieces))


def _spoken(pieces: Iterator[list[Entry]], language: str | None) -> Iterator[list[Entry]]:
    """Each piece made in the reader's language: it is asked for long after the page's own time."""
    while True:
        with translation.override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


# --- The register ---------------------------------------------------------------------------------


def register_page(desk: Desk, http: HttpRequest) -> HttpResponse:
    _must(http, "view_deskevent")
    form = PeriodForm(http.GET or _this_year())
    found = register.of(**form.cleaned_data) if form.is_valid() else None
    context = {
        "title": _("Register of requests"),
        "form": form,
        "register": found,
        "months": _by_month(found) if found else [],
        "query": http.GET.urlencode(),
    }
    return _page(desk, http, "register", context)


def _this_year() -> dict[str, date]:
    today = clock.today()
    return {"since": today.replace(month=1, day=1), "until": today}


def _by_month(found: register.Register) -> list[tuple[date, list[register.Line]]]:
    """The newest month first, without those in which nothing came in."""
    months: dict[date, list[register.Line]] = {}
    for line in found.lines:
        if line.month and line.received:
            months.setdefault(line.month, []).append(line)
    return sorted(months.items(), reverse=True)


def register_csv(desk: Desk, http: HttpRequest) -> HttpResponse:
    if http.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    _must(http, "view_deskevent")
    form = PeriodForm(http.GET or _this_year())
    if not form.is_valid():
        raise Http404
    found = register.of(**form.cleaned_data)
    narrowed = {name: str(day) for name, day in form.cleaned_data.items()}
    actor = staff_actor(http.user)
    desk_log.record("register_downloaded", actor=actor, data={"narrowed": narrowed})
    lines = [register.cells(line) for line in (*found.lines, *found.totals)]
    return download("register", "csv", spreadsheets.csv_bytes(register.header(), [lines]))


# --- Records of processing ------------------------------------------------------------------------


def records_page(desk: Desk, http: HttpRequest) -> HttpResponse:
    _must(http, "view_datacategory")
    record = processing_records.of()
    return _page(desk, http, "records", {"title": _("Records of processing"), "record": record})


def records_csv(desk: Desk, http: HttpRequest) -> HttpResponse:
    _must(http, "view_datacategory")
    rows = processing_records.cells(processing_records.of())
    return download("records", "csv", spreadsheets.csv_bytes(processing_records.header(), [rows]))


def records_json(desk: Desk, http: HttpRequest) -> HttpResponse:
    _must(http, "view_datacategory")
    content = json.dumps(processing_records.of(), ensure_ascii=False, indent=2)
    return download("records", "json", [content.encode()])
