from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path

import pikepdf
import pytest

from compliance.sample import Seeded, seed
from compliance.sample.files import NAMES
from tests.compliance.sample.product import query


@pytest.fixture
def folder(storages: Path) -> Path:
    return storages / "product_files"


def test_the_storage_holds_the_files_the_rows_name_and_no_others(
    sample: Seeded, folder: Path
) -> None:
    named = dict(query("SELECT file_key, size_bytes FROM smartlinks_presentations"))
    for raw, report in query("SELECT raw_key, report_key FROM account_imports"):
        named[raw] = named[report] = None
    found = {
        str(path.relative_to(folder)): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found.keys() == named.keys()
    assert all(size in {None, found[key]} for key, size in named.items())


def test_keys_say_whose_a_file_is_and_end_in_the_name_its_user_gave_it(sample: Seeded) -> None:
    names = {name for name, _, _ in NAMES} | {"Recording of the launch.bin"}
    rows = query("SELECT id, seat_id, member_id, file_key FROM smartlinks_presentations")
    for row, seat, member, key in rows:
        prefix, _, name = key.rpartition("/")
        assert prefix == f"smartlinks/{seat}/{member}/{row}"
        assert name in names
    assert {key.rpartition("/")[2] for *_, key in rows} == names


def test_a_holder_has_at_most_four_files_however_many_rows(db: None, folder: Path) -> None:
    seed(contracts=1, seats=2, rows_per_seat=3_000)
    holders = Counter(
        path.relative_to(folder).parts[1:3] for path in folder.rglob("*") if path.is_file()
    )
    assert set(holders.values()) == {4}


def test_the_files_are_what_they_say(sample: Seeded, folder: Path) -> None:
    kinds = Counter()
    for row, key, size in query("SELECT id, file_key, size_bytes FROM smartlinks_presentations"):
        path = folder / key
        kinds[path.suffix] += 1
        if path.suffix == ".pdf":
            with pikepdf.open(path) as document:
                page = document.pages[0].Contents.read_bytes()
            assert f"Presentation {row}".encode() in page
            assert not pikepdf.open(path).check_pdf_syntax()
        elif path.suffix == ".pptx":
            with zipfile.ZipFile(path) as package:
                assert package.testzip() is None
        elif path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
        else:
            assert size in {0, 3_000_000}
    assert len(kinds) >= 4


def test_an_import_is_the_list_as_uploaded_and_the_report_of_what_matched(
    sample: Seeded, folder: Path
) -> None:
    for raw, report, total, matched in query(
        "SELECT raw_key, report_key, rows_total, rows_matched FROM account_imports"
    ):
        uploaded = (folder / raw).read_bytes().decode("utf-8-sig")
        lists = list(csv.reader(io.StringIO(uploaded, newline=""), delimiter=";"))
        assert len(lists) == total + 1
        assert {len(line) for line in lists} == {3}
        found = list(
            csv.DictReader(io.StringIO((folder / report).read_bytes().decode(), newline=""))
        )
        assert len(found) == total
        assert sum(line["matched"] == "yes" for line in found) == matched


def test_a_file_that_an_interrupted_run_left_in_half_is_written_again(
    db: None, folder: Path
) -> None:
    half = folder / "imports" / "100001" / "100001" / "1000010000000" / "raw.csv"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"Acc")
    seed(contracts=1, seats=1)
    assert len(half.read_bytes().splitlines()) > 12
    assert [path.name for path in half.parent.iterdir() if path.name != "report.csv"] == ["raw.csv"]
