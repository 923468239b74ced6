"""What a person reads first: `index.html`, for the one who opens the archive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.dateformat import format as formatted
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from compliance.archive.records import Category, Information, Part, Record, check_complete

LISTED = 200  # files of a category the page links to one by one
_INCLUDED = frozenset({"delivered", "nothing held"})
_SHARED = ("source", "decisions", "safeguards")


def index_html(record: Record) -> bytes:
    """The page, in the record's language: it needs nothing but itself, opened from any disk.

    Raises `IncompleteRecord`: a copy without the information of Art. 15(1) must not go out.
    """
    check_complete(record)
    with translation.override(record["language"]):
        return render_to_string("archive/index.html", _context(record)).encode()


def _context(record: Record) -> dict[str, Any]:
    categories = record["categories"]
    told = [category for category in categories if category["state"] != "not applicable"]
    shared = _said_of_all([category["information"] for category in told])
    zone = ZoneInfo(record["controller"]["time_zone"])
    return {
        "record": record,
        "controller": record["controller"],
        "format": "CSV" if record["format"] == "csv" else "JSON Lines",
        "whole_contract": record["scope"] == "contract",
        "contract": _number(record["contract"]),
        "seat": _number("".join(record["seats"][:1])),
        "seats": len(record["seats"]),
        "created": _moment(record["created_at"], zone),
        "cutoff": _moment(record["cutoff_at"], zone),
        "included": [row for row in categories if row["state"] in _INCLUDED],
        "left_out": [row for row in categories if row["state"] not in _INCLUDED],
        "told": [_section(category, shared) for category in told],
        "shared": shared,
    }


def _said_of_all(told: Sequence[Information]) -> dict[str, str]:
    """What every category says in the same words: said once, not fourteen times."""
    shared: dict[str, str] = {}
    for name in _SHARED:
        words = {information[name] for information in told}  # type: ignore[literal-required]
        if len(words) == 1 and len(told) > 1:
            shared[name] = words.pop()
    return shared


def _section(category: Category, shared: dict[str, str]) -> dict[str, Any]:
    parts = category["parts"]
    return {
        "category": category,
        "included": category["state"] in _INCLUDED,
        "about": {**category["information"], **dict.fromkeys(shared, "")},
        "parts": [_listed(part) for part in parts[:LISTED]],
        "unlisted": max(0, len(parts) - LISTED),
    }


def _listed(part: Part) -> dict[str, Any]:
    return {**part, "name": part["path"].rsplit("/", 1)[-1]}


def _number(number: str) -> SafeString:
    return format_html('<span class="ref">{}</span>', number)


def _moment(iso: str, zone: ZoneInfo) -> SafeString:
    local = datetime.fromisoformat(iso).astimezone(zone)
    # Translators: Django's date format; "j. F Y, H:i" in German.
    text = formatted(local, pgettext("format of a moment", "j F Y, H:i")).replace(" ", "\u00a0")
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), text)
