"""`manifest.json`: what everything else is checked against."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from compliance.archive.packages import datapackage, to_json
from compliance.archive.pages import index_html
from compliance.archive.records import Category, Part, Record


def leaflets(record: Record) -> list[tuple[str, bytes]]:
    """Name and content of what goes with the data, for `assemble`. Raises `IncompleteRecord`."""
    written = [("index.html", index_html(record)), ("datapackage.json", datapackage(record))]
    return [*written, ("manifest.json", manifest(record, written))]


def manifest(record: Record, others: Iterable[tuple[str, bytes]] = ()) -> bytes:
    """Size, SHA-256 and reading interval of every entry, and the state of each category.

    `others` are the other leaflets, by name.
    """
    return to_json(
        {
            "reference": record["reference"],
            "scope": record["scope"],
            "contract": record["contract"],
            "seats": record["seats"],
            "created_at": record["created_at"],
            "cutoff_at": record["cutoff_at"],
            "categories": [
                {name: category[name] for name in ("slug", "state", "rows", "files")}
                for category in record["categories"]
            ],
            "leaflets": [
                {
                    "path": name,
                    "bytes": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
                for name, content in others
            ],
            "entries": [
                _entry(category, part)
                for category in record["categories"]
                for part in category["parts"]
            ],
        }
    )


def _entry(category: Category, part: Part) -> dict[str, Any]:
    return {
        "path": part["path"],
        "category": category["slug"],
        "rows": part["rows"],
        "bytes": part["bytes"],
        "sha256": part["sha256"],
        "read": {"from": part["read_from"], "to": part["read_to"]},
    }
