"""A record as a small export of one seat would have it."""

from __future__ import annotations

from typing import Any

from compliance.archive import Category, Information, Part, Record

FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "integer"},
    {"name": "text", "type": "string"},
]


def part(path: str, **changes: Any) -> Part:
    made: Part = {
        "path": path,
        "rows": 3,
        "bytes": 1234,
        "sha256": "ab" * 32,
        "read_from": "2026-11-23T10:00:01.000000+00:00",
        "read_to": "2026-11-23T10:00:02.000000+00:00",
        "fields": FIELDS if path.startswith("data/") else [],
    }
    return {**made, **changes}


def information(slug: str, **changes: Any) -> Information:
    made: Information = {
        "role": "processor",
        "purpose": f"why {slug} is used",
        "data": f"what {slug} is",
        "recipients": [f"Host of {slug} Ltd", f"Help with {slug} SA"],
        "retention": f"how long {slug} is kept",
        "source": f"where {slug} came from",
        "decisions": f"what is decided on {slug}",
        "safeguards": f"where {slug} is sent",
    }
    return {**made, **changes}


def category(slug: str, state: str, *parts: Part, **changes: Any) -> Category:
    made: dict[str, Any] = {
        "slug": slug,
        "name": slug.capitalize(),
        "state": state,
        "rows": sum(entry["rows"] for entry in parts if entry["fields"]),
        "files": sum(not entry["fields"] for entry in parts),
        "parts": list(parts),
        "how_to_ask": f"how to ask for {slug}",
        "information": information(slug),
    }
    return {**made, **changes}


def record(*categories: Category, **changes: Any) -> Record:
    made: dict[str, Any] = {
        "reference": "EXP-2026-000123",
        "scope": "seat",
        "contract": "C-000017",
        "seats": ["S-204417"],
        "created_at": "2026-07-01T15:04:05Z",
        "cutoff_at": "2026-06-30T23:30:00Z",
        "format": "csv",
        "language": "en",
        "controller": {
            "name": "Larkfield Software Ltd",
            "product": "Larkfield",
            "address": "14 Hanover Quay, Dublin",
            "email": "privacy@larkfield.example",
            "phone": "+353 1 555 0142",
            "dpo": "dpo@larkfield.example",
            "authority": "Data Protection Commission",
            "time_zone": "Europe/Dublin",
        },
        "categories": list(categories) or usual(),
    }
    return {**made, **changes}


def usual() -> list[Category]:
    """One category in each state."""
    inapplicable = category("seat-management", "not applicable", how_to_ask="")
    del inapplicable["information"]
    return [
        category("notes", "delivered", part("data/notes/0001.csv"), part("data/notes/0002.csv")),
        category(
            "presentations",
            "delivered",
            part("data/presentations/0001.csv"),
            part("files/presentations/17-42.pdf", rows=1),
        ),
        category("usage", "nothing held"),
        inapplicable,
        category("leads", "not asked"),
        category("crm-sync", "on request"),
        category("messages", "withheld", note="why messages are held back"),
    ]
