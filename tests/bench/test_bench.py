"""That the measurements run, and that none counts when what came out is not what went in."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from consent.enums import Reason
from consent.services.permission import Answer
from tests.bench import asking, digests, erase, export, installation, printing, queue
from tests.bench.__main__ import main
from tests.bench.digests import COLUMNS, Archives, of_rows
from tests.bench.measuring import Measurement, Mismatch, Reading
from tests.desk import Desk

FOLDER = "data/inmails-messages/"
ROWS = [[str(number), *"abcdefghij"] for number in range(40)]


def archive(path: Path, *parts: list[list[str]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("index.html", "not data")
        for number, rows in enumerate(parts):
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows([list(COLUMNS), *rows])
            made.writestr(f"{FOLDER}inmails-{number}.csv", text.getvalue())
    return path


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    """What a measurement said on a run that verified."""
    assert main([*words, "--runs", "1", "--json"]) == 0
    said: dict[str, object] = json.loads(capsys.readouterr().out)
    assert said["verified"] is True
    assert said["ratio"] > 0
    return said


def test_the_order_of_rows_and_their_parts_do_not_matter(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", ROWS[20:][::-1], ROWS[:20])
    assert Archives(FOLDER).digest(path) == of_rows(ROWS)


@pytest.mark.parametrize(
    "changed",
    [ROWS[:-1], [*ROWS, ROWS[0]], [ROWS[1], *ROWS[1:]], [["0", *"abcdefghiX"], *ROWS[1:]]],
    ids=["a row less", "a row twice", "a row for another", "a changed cell"],
)
def test_other_rows_have_another_digest(tmp_path: Path, changed: list[list[str]]) -> None:
    archives = Archives(FOLDER)
    assert archives.digest(archive(tmp_path / "a.zip", ROWS)) == of_rows(ROWS)
    assert archives.digest(archive(tmp_path / "b.zip", changed)) != of_rows(ROWS)


def test_a_column_less_or_a_broken_file_is_a_mismatch(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", ROWS)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(Mismatch, match="no sound ZIP"):
        Archives(FOLDER).digest(path)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as made:
        made.writestr(f"{FOLDER}inmails-1.csv", ",".join(COLUMNS[:-1]) + "\n")
    with pytest.raises(Mismatch, match="columns"):
        Archives(FOLDER).digest(tmp_path / "b.zip")


def test_an_address_is_expected_masked_and_a_formula_guarded() -> None:
    def cell(name: str, value: object) -> str:
        return digests._expected(name, value)

    assert cell("counterpart_email", "john@acme.example") == "j***@acme.example"
    assert cell("counterpart_email", "@acme.example") == "'***@acme.example"[1:]
    assert cell("counterpart_email", "nobody") == "***"
    assert cell("subject", "=1+1") == "'=1+1"
    assert cell("subject", " \t+1") == "' \t+1"
    assert cell("subject", "a=1") == "a=1"
    assert cell("subject", None) == cell("subject", "") == ""
    assert cell("is_read", 1) == "true"


def test_a_table_and_an_object_say_the_same() -> None:
    found = Measurement("export", "SQLite", 1000, [Reading("time", [2, 1, 9], [3, 1, 1], 0.6)])
    said = found.as_json()
    assert (said["baseline_seconds"], said["seconds"], said["ratio"]) == (2, 1, 0.5)
    assert "2.00 (1.00–9.00) s  1.00 (1.00–3.00) s  0.50 ×" in found.as_table()


def test_an_export_is_measured_and_its_rows_are_compared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(desk: Desk, reference: str) -> Path:
        path = give_out(desk, reference)
        whole = Archives(FOLDER).digest(path)
        assert whole.rows == 600
        lost = Archives(FOLDER).digest(without_a_row(path))
        assert (lost.rows, lost == whole) == (599, False)
        return path

    give_out = export.opened
    monkeypatch.setattr(export, "opened", opened)
    said = answer(capsys, "export", "--rows", "600")
    assert said["rows"] == 600
    assert said["size_ratio"] > 0


def without_a_row(path: Path) -> Path:
    """The archive of a product that loses a row."""
    with zipfile.ZipFile(path) as source:
        (name,) = (name for name in source.namelist() if name.startswith(FOLDER))
        rows = list(csv.reader(io.StringIO(source.read(name).decode(), newline="")))
    return archive(path.with_suffix(".less"), rows[1:-1])


def test_an_export_of_other_rows_does_not_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(export, "opened", lambda desk, reference: archive(desk.folder / "a", ROWS))
    desk = cast(Desk, SimpleNamespace(folder=tmp_path, exports=tmp_path))
    export._Bench(desk, of_rows(ROWS)).check("EXP-1")
    with pytest.raises(Mismatch, match="40 rows where the source has 39"):
        export._Bench(desk, of_rows(ROWS[1:])).check("EXP-1")


def test_an_erasure_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, "erase", "--rows", "300")
    assert said["rows"] == 300
    assert said["completed_ratio"] > said["ratio"]


def test_an_erasure_of_too_much_or_too_little_does_not_count(tmp_path: Path) -> None:
    product = tmp_path / "product.sqlite3"
    with closing(sqlite3.connect(product, isolation_level=None)) as connection:
        connection.execute(f"CREATE TABLE inmails ({', '.join(COLUMNS)})")
        connection.execute("CREATE TABLE conversations (id)")
        insert = "INSERT INTO inmails (id, seat_id) VALUES (%d, %d)"
        connection.execute(insert % (1, erase.LAST_SEAT + 1))
        copy = cast(
            Desk,
            SimpleNamespace(
                database_url=lambda alias: f"sqlite:///{product}",
                sql=lambda alias, query, params: connection.execute(
                    query.replace("%s", "?"), params
                ).fetchall(),
            ),
        )
        others = erase._others(copy)
        erase._check(copy, others)
        connection.execute("INSERT INTO conversations VALUES (1)")
        erase._check(copy, others, conversations=False)
        with pytest.raises(Mismatch, match="1 conversations are left"):
            erase._check(copy, others)
        connection.execute(insert % (2, erase.LAST_SEAT))
        with pytest.raises(Mismatch, match="1 rows of the contract are left"):
            erase._check(copy, others)
        connection.execute("DELETE FROM inmails")
        with pytest.raises(Mismatch, match="another contract"):
            erase._check(copy, others)


def test_receipts_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, "receipts", "--rows", "1")
    assert said["pages"] == 1


def test_a_receipt_that_was_changed_or_says_something_else_is_a_problem() -> None:
    first, second = (printing._rendered(number) for number in (1, 2))
    assert printing._problems([first], [first.pdf]) == []
    assert any("WeasyPrint" in said for said in printing._problems([first], [second.pdf]))
    assert printing._problems([first._replace(pdf=first.pdf + b" ")], [first.pdf])


def test_what_is_wrong_with_receipts_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "run", lambda desk, call: {"problems": ["Forged."]})
    assert main(["receipts", "--json"]) == 1
    assert "Forged." in capsys.readouterr().out


def test_asking_whether_a_message_may_go_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, "may_send", "--rows", "1000")
    assert (said["allowed"], said["suppressed"]) == (9600, 400)


def test_another_answer_than_the_databases_is_a_problem() -> None:
    bare = [[("1", None, "given", None, 7), ("2", None, None, None, None)]]
    yes, no = Answer(True, Reason.CONSENTED, 7), Answer(False, Reason.NO_CONSENT)
    assert asking._problems(bare, [{"1": yes, "2": no}]) == []
    assert asking._problems(bare, [{"1": yes}])
    assert asking._problems(bare, [{"1": no, "2": no}])


@pytest.mark.parametrize(
    "many",
    [
        {"status": 200, "rows": 50, "queries": 11},
        {"status": 200, "rows": 49, "queries": 10},
        {"status": 500, "rows": 50, "queries": 10},
    ],
    ids=["more queries", "fewer rows", "a failure"],
)
def test_a_page_that_is_not_the_same_page_measures_nothing(many: dict[str, int]) -> None:
    few = {"status": 200, "rows": 50, "queries": 10}
    queue._check({"mine": ([few], [few])})
    with pytest.raises(Mismatch):
        queue._check({"mine": ([few], [many])})


def test_a_page_with_too_many_queries_measures_nothing() -> None:
    page = {"status": 200, "rows": 50, "queries": 13}
    with pytest.raises(Mismatch):
        queue._check({"mine": ([page], [page])})
