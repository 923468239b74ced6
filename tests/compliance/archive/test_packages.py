"""Checked by hand against specs.frictionlessdata.io, version 1."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from compliance.archive import datapackage
from tests.compliance.archive.sample import FIELDS, category, part, record, usual


def package(*args: Any, **changes: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(datapackage(record(*args, **changes)))
    return loaded


def resources(**changes: Any) -> dict[str, dict[str, Any]]:
    return {resource["path"]: resource for resource in package(**changes)["resources"]}


def test_every_part_is_a_resource_with_its_size_and_hash() -> None:
    made = resources()
    parts = [entry for row in usual() for entry in row["parts"]]
    assert set(made) == {"index.html"} | {entry["path"] for entry in parts}
    for entry in parts:
        resource = made[entry["path"]]
        assert resource["bytes"] == entry["bytes"]
        assert resource["hash"] == f"sha256:{entry['sha256']}"


def test_the_package_says_what_it_is_and_who_made_it() -> None:
    made = package()
    assert made["profile"] == "data-package"
    assert made["name"] == "exp-2026-000123"
    assert made["created"] == "2026-07-01T15:04:05Z"
    assert made["contributors"][0]["title"] == "Larkfield Software Ltd"


def test_rows_in_csv_have_the_tabular_profile_their_schema_and_their_dialect() -> None:
    resource = resources()["data/notes/0001.csv"]
    assert resource["profile"] == "tabular-data-resource"
    assert (resource["format"], resource["mediatype"]) == ("csv", "text/csv")
    assert resource["encoding"] == "utf-8"
    assert resource["schema"] == {"fields": FIELDS, "missingValues": [""]}
    dialect = resource["dialect"]
    written = 'id,text\n1,"a ""b"", c"\n'
    read = csv.reader(
        io.StringIO(written, newline=""),
        delimiter=dialect["delimiter"],
        quotechar=dialect["quoteChar"],
        doublequote=dialect["doubleQuote"],
        skipinitialspace=dialect["skipInitialSpace"],
    )
    assert list(read) == [["id", "text"], ["1", 'a "b", c']]
    assert dialect["lineTerminator"] == "\n"
    assert dialect["header"] is True


def test_rows_in_json_lines_keep_empty_text_apart_from_nothing() -> None:
    entry = part("data/notes/0001.jsonl")
    (_, resource) = package(category("notes", "delivered", entry), format="jsonl")["resources"]
    assert (resource["format"], resource["mediatype"]) == ("ndjson", "application/x-ndjson")
    assert resource["schema"] == {"fields": FIELDS, "missingValues": []}
    assert "dialect" not in resource


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("files/presentations/1.pdf", "application/pdf"),
        ("files/presentations/1.csv", "text/csv"),
        ("files/presentations/1.unheard-of", "application/octet-stream"),
        ("files/presentations/1", "application/octet-stream"),
    ],
)
def test_a_file_is_a_resource_without_a_schema(path: str, kind: str) -> None:
    (_, resource) = package(category("presentations", "delivered", part(path)))["resources"]
    assert resource["profile"] == "data-resource"
    assert resource["mediatype"] == kind
    assert "schema" not in resource


def test_names_keep_to_the_specification_and_never_meet() -> None:
    paths = ["data/a/é.csv", "data/a/è.csv", "data/a/e e.csv", "data/A/1.csv", "data/b/1.csv"]
    made = package(category("notes", "delivered", *map(part, paths)))
    names = [resource["name"] for resource in made["resources"]]
    assert len(set(names)) == len(names) == 6
    assert all(re.fullmatch(r"[a-z0-9._-]+", name) for name in names)


def test_a_copy_of_nothing_is_still_a_valid_package() -> None:
    assert len(package(category("notes", "nothing held"))["resources"]) == 1
