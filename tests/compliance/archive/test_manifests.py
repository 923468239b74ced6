from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest

from compliance.archive import (
    IncompleteRecord,
    PartWriter,
    assemble,
    index_html,
    leaflets,
    manifest,
    part_of,
)
from tests.compliance.archive.sample import FIELDS, category, record, usual


def test_it_has_size_hash_and_reading_interval_of_every_entry() -> None:
    entries = json.loads(manifest(record()))["entries"]
    assert [entry["path"] for entry in entries] == [
        entry["path"] for row in usual() for entry in row["parts"]
    ]
    assert entries[0] == {
        "path": "data/notes/0001.csv",
        "category": "notes",
        "rows": 3,
        "bytes": 1234,
        "sha256": "ab" * 32,
        "read": {
            "from": "2026-11-23T10:00:01.000000+00:00",
            "to": "2026-11-23T10:00:02.000000+00:00",
        },
    }


def test_it_has_the_state_of_every_category_and_what_was_asked() -> None:
    made = json.loads(manifest(record()))
    assert [(row["slug"], row["state"]) for row in made["categories"]] == [
        (row["slug"], row["state"]) for row in usual()
    ]
    assert made["categories"][0]["rows"] == 6
    assert made["seats"] == ["S-204417"]
    assert (made["reference"], made["scope"]) == ("EXP-2026-000123", "seat")
    assert made["cutoff_at"] == "2026-06-30T23:30:00Z"


def test_an_unpacked_archive_can_be_checked_against_it() -> None:
    part = io.BytesIO()
    writer = PartWriter(part)
    members = [
        writer.add("data/notes/0001.csv", [b"id,text\n1,a\n"], lambda: 1),
        writer.add("files/notes/17-42.pdf", [b"%PDF-1.7"], lambda: 1),
    ]
    parts = [part_of(members[0], FIELDS), part_of(members[1])]
    target = io.BytesIO()
    assemble(target, [(part, members)], leaflets(record(category("notes", "delivered", *parts))))
    with zipfile.ZipFile(target) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    made = json.loads(contents.pop("manifest.json"))
    assert {
        entry["path"]: (entry["bytes"], entry["sha256"])
        for entry in made["entries"] + made["leaflets"]
    } == {
        path: (len(content), hashlib.sha256(content).hexdigest())
        for path, content in contents.items()
    }


def test_the_leaflets_are_the_same_each_time_and_the_page_comes_first() -> None:
    made = leaflets(record())
    assert made == leaflets(record())
    assert [name for name, _ in made] == ["index.html", "datapackage.json", "manifest.json"]
    assert made[0][1] == index_html(record())


def test_an_incomplete_record_gives_no_leaflets() -> None:
    bare = category("notes", "delivered")
    del bare["information"]
    with pytest.raises(IncompleteRecord):
        leaflets(record(bare))
