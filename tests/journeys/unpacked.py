"""An archive as somebody opens it who has nothing but the file: its rows, files and leaflets."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

LEAFLETS = ("index.html", "datapackage.json", "manifest.json")
# One cell of RFC 4180 and what ends it; only a quoted one can be empty without being NULL.
CELL = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\n)')
# What spreadsheets take for a formula, also behind what they trim.
FORMULA = re.compile(r"[\s\u200b\ufeff;,|\"']*[=+\-@＝＋－＠]|[\t\r\0]")


class Unpacked:
    def __init__(self, file: Path) -> None:
        tested = subprocess.run(
            ["unzip", "-tqq", str(file)], capture_output=True, text=True, check=False
        )
        assert tested.returncode == 0, tested.stdout + tested.stderr
        with zipfile.ZipFile(file) as archive:
            self.names = archive.namelist()
            self.content = {name: archive.read(name) for name in self.names}
        assert len(self.content) == len(self.names), "a name is in the archive twice"
        self.package = json.loads(self.content["datapackage.json"])
        self.manifest = json.loads(self.content["manifest.json"])
        self.page = self.content["index.html"].decode()
        self.states = {one["slug"]: one["state"] for one in self.manifest["categories"]}

    def check_leaflets(self) -> None:
        """Every entry is listed once, with the size, digest and rows it has; none is missing."""
        data = {name for name in self.names if name not in LEAFLETS}
        listed = {entry["path"]: entry for entry in self.manifest["entries"]}
        resources = {one["path"]: one for one in self.package["resources"]}
        assert listed.keys() == data
        assert resources.keys() == {*data, "index.html"}
        assert len({one["name"] for one in resources.values()}) == len(resources)
        for name in data:
            content = self.content[name]
            digest = hashlib.sha256(content).hexdigest()
            assert (listed[name]["sha256"], listed[name]["bytes"]) == (digest, len(content))
            assert resources[name]["hash"] == f"sha256:{digest}"
            assert resources[name]["bytes"] == len(content)
            assert listed[name]["read"]["from"] <= listed[name]["read"]["to"]
            if name.startswith("data/"):
                assert listed[name]["rows"] == sum(1 for _ in self._rows(name))
        for one in self.manifest["leaflets"]:
            assert one["sha256"] == hashlib.sha256(self.content[one["path"]]).hexdigest()

    def tables(self) -> dict[str, dict[str, list[str]]]:
        """Category → table → its entries, in the order of the archive."""
        found: dict[str, dict[str, list[str]]] = {}
        for name in self.names:
            if name.startswith("data/"):
                _data, category, part = name.split("/")
                table = re.fullmatch(r"(\w+)-\d{4}\.(csv|jsonl)", part)
                assert table, name
                found.setdefault(category, {}).setdefault(table[1], []).append(name)
        return found

    def rows(self, names: list[str]) -> Iterator[dict[str, Any]]:
        """Rows of these entries: of CSV, cells as texts or None; of JSON Lines, JSON's values."""
        for name in names:
            yield from self._rows(name)

    def files(self, category: str) -> dict[str, bytes]:
        folder = f"files/{category}/"
        return {
            name.removeprefix(folder): content
            for name, content in self.content.items()
            if name.startswith(folder)
        }

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        text = self.content[name].decode()
        if name.endswith(".jsonl"):
            assert text.endswith("\n")
            for line in text[:-1].split("\n"):
                yield json.loads(line, parse_float=Decimal)
            return
        lines = _lines(text)
        head = next(lines)
        for line in lines:
            assert len(line) == len(head)
            yield dict(zip(head, line, strict=True))

    def fields(self, name: str) -> list[str]:
        (resource,) = (one for one in self.package["resources"] if one["path"] == name)
        return [field["name"] for field in resource["schema"]["fields"]]


def _lines(text: str) -> Iterator[list[str | None]]:
    place, line = 0, []
    while place < len(text):
        cell = CELL.match(text, place)
        assert cell, f"no CSV at {text[place : place + 40]!r}"
        quoted, plain, end = cell.groups()
        line.append(plain or None if quoted is None else quoted.replace('""', '"'))
        place = cell.end()
        if end == "\n":
            yield line
            line = []
    assert not line


def is_cell_of(cell: str | None, value: str | None) -> bool:
    """Whether a cell of CSV shows a text: as it is, or guarded where a spreadsheet would run it."""
    if not value:
        return cell == value
    if FORMULA.match(value):
        return cell == f"'{value}"
    return cell == value
