"""`datapackage.json`: what a program reads first."""

from __future__ import annotations

import json
import mimetypes
import re
from typing import Any

from compliance.archive.records import Category, Part, Record

CSV_DIALECT = {
    "csvddfVersion": 1.2,
    "delimiter": ",",
    "lineTerminator": "\n",
    "quoteChar": '"',
    "doubleQuote": True,
    "skipInitialSpace": False,
    "header": True,
}
_INDEX = {
    "profile": "data-resource",
    "name": "index",
    "path": "index.html",
    "format": "html",
    "mediatype": "text/html",
    "encoding": "utf-8",
}
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._-]")
_MEDIA_TYPES = mimetypes.MimeTypes()  # Python's own list: the same on every machine


def datapackage(record: Record) -> bytes:
    """`datapackage.json`: a Frictionless Data Package (specs.frictionlessdata.io, version 1).

    Every part is a resource; rows have their Table Schema, so that any program can read them.
    """
    controller = record["controller"]
    package = {
        "profile": "data-package",
        "name": _name(record["reference"]),
        "title": f"{controller['product']}, {record['reference']}",
        "created": record["created_at"],
        "contributors": [
            {"title": controller["name"], "email": controller["email"], "role": "publisher"}
        ],
        # A package must have a resource; this one is there even when nothing was held.
        "resources": [_INDEX]
        + [
            _resource(record, category, part)
            for category in record["categories"]
            for part in category["parts"]
        ],
    }
    return to_json(package)


def _resource(record: Record, category: Category, part: Part) -> dict[str, Any]:
    resource = {
        "profile": "data-resource",
        # The whole path, as two categories may have parts of one name.
        "name": _name(part["path"]),
        "path": part["path"],
        "title": category["name"],
        "bytes": part["bytes"],
        "hash": f"sha256:{part['sha256']}",
    }
    if not part["fields"]:
        kind = _MEDIA_TYPES.guess_type(part["path"])[0]
        return resource | {"mediatype": kind or "application/octet-stream"}
    if record["format"] == "csv":
        return resource | {
            "profile": "tabular-data-resource",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "dialect": CSV_DIALECT,
            "schema": {"fields": part["fields"], "missingValues": [""]},
        }
    # Version 1 keeps the tabular profile for CSV; a Table Schema may stand on any resource.
    return resource | {
        "format": "ndjson",
        "mediatype": "application/x-ndjson",
        "encoding": "utf-8",
        "schema": {"fields": part["fields"], "missingValues": []},
    }


def _name(path: str) -> str:
    """The specification's small alphabet; two paths of an archive never give one name."""
    plain = path.replace("/", ".").lower()
    return _NOT_IN_A_NAME.sub(lambda found: f"_{ord(found[0]):x}_", plain)


def to_json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
