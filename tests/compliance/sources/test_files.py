from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, storages

from compliance.archive.names import entry_name as safe_entry
from compliance.sample import Seeded, seed
from compliance.sources.base import BadKey, Format, Reach, Scope, SeatKey, Source, data_map
from compliance.sources.files import Files
from tests.compliance.sources.specimens import content, run, stored

CUTOFF = datetime(2026, 6, 1, tzinfo=UTC)
ANA, BEN = SeatKey("7", "70"), SeatKey("7", "71")
SLIDES = Files(category="slides", folder="slides/{seat}/{member}/", stems=frozenset({"raw"}))


def scope(*seats: SeatKey, **values: Any) -> Scope:
    return Scope(Reach.SEATS, "1", seats or (ANA,), CUTOFF, **values)


@pytest.fixture(params=["on disk", "elsewhere"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of this machine; a storage without folders, which knows names only."""
    if request.param == "elsewhere":
        monkeypatch.setitem(storages._storages, "product_files", InMemoryStorage())


def save(path: str, text: str = "x", at: datetime = CUTOFF - timedelta(days=1)) -> None:
    storage = storages["product_files"]
    storage.save(path, ContentFile(text.encode()))
    if isinstance(storage, InMemoryStorage):
        node = storage._resolve(path)
        node.modified_time = at
    else:
        os.utime(storage.path(path), (at.timestamp(), at.timestamp()))


def read(some: Scope, source: Source = SLIDES) -> dict[str, bytes]:
    return {stream.name: content(stream) for stream in source.read(some, Format.CSV)}


def left(folder: str = "") -> set[str]:
    folders, files = storages["product_files"].listdir(folder)
    inner = {path for name in folders for path in left(f"{folder}{name}/")}
    return inner | {f"{folder}{name}" for name in files}


@pytest.mark.usefixtures("place")
def test_a_seats_files_are_found_however_deep_and_no_one_elses() -> None:
    for path in ("7/70/1/a.pdf", "7/70/2/sub/b.pdf", "7/70/c.txt"):
        save(f"slides/{path}", path)
    for path in (
        "slides/7/71/1/a.pdf",
        "slides/70/7/a.pdf",
        "slides/7/700/a.pdf",
        "other/7/70/1/a",
    ):
        save(path)
    assert (SLIDES.count(scope()), SLIDES.counts_by_seat(scope(ANA, BEN))) == (3, {ANA: 3, BEN: 1})
    assert sorted(read(scope()).values()) == [b"7/70/1/a.pdf", b"7/70/2/sub/b.pdf", b"7/70/c.txt"]
    assert SLIDES.erase(scope(), 100).erased == 3
    assert left() == {
        "slides/7/71/1/a.pdf",
        "slides/70/7/a.pdf",
        "slides/7/700/a.pdf",
        "other/7/70/1/a",
    }
    assert (SLIDES.remaining(scope()), SLIDES.erase(scope(), 100).erased) == (0, 0)


@pytest.mark.usefixtures("place")
def test_names_come_from_ids_and_never_from_users() -> None:
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    for path in (
        "1/raw.csv",
        "1/report.csv",
        "2/Müller, Anna (confidential).PDF",
        "3/=cmd.exe",
        "3/invoice.html",
        "3/z.pdf",
        f"{uuid}/x.png",
        "Anna Müller/y",
    ):
        save(f"slides/7/70/{path}", path)
    names = set(read(scope()))
    digest = sha256("Anna Müller".encode()).hexdigest()[:16]
    assert names == {
        "7-70-1-raw.csv",
        "7-70-1.csv",
        "7-70-2.pdf",
        "7-70-3.bin",
        "7-70-3_2.bin",
        "7-70-3_3.pdf",
        f"7-70-{uuid}.png",
        f"7-70-x{digest}.bin",
    }
    for name in names:
        assert safe_entry(f"files/slides/{name}")


@pytest.mark.usefixtures("place")
def test_files_changed_after_the_cut_off_stay_and_are_counted_apart() -> None:
    save("slides/7/70/1/a.pdf", at=CUTOFF)
    save("slides/7/70/1/b.pdf", at=CUTOFF + timedelta(seconds=1))
    assert (SLIDES.count(scope()), SLIDES.later(scope())) == (1, 1)
    assert SLIDES.erase(scope(), 10).erased == 1
    assert left() == {"slides/7/70/1/b.pdf"}


@pytest.mark.usefixtures("place")
def test_a_batch_is_bounded_and_the_next_one_goes_on() -> None:
    for number in range(7):
        save(f"slides/7/70/{number}/a.pdf")
    done = []
    more = True
    while more:
        batch = SLIDES.erase(scope(), 3)
        done.append(batch.erased)
        more = batch.more
    assert done == [3, 3, 1]


def test_a_slow_storage_ends_a_batch_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.sources.files.SECONDS", 0.0)
    for number in range(3):
        save(f"slides/7/70/{number}/a.pdf")
    assert [SLIDES.erase(scope(), 100).erased for _ in range(4)] == [1, 1, 1, 0]


def test_empty_folders_go_too_but_not_what_others_use(storages: Path) -> None:
    save("slides/7/70/1/deep/a.pdf")
    save("slides/8/80/1/a.pdf")
    (storages / "product_files/slides/7/71").mkdir()
    SLIDES.erase(scope(), 10)
    root = storages / "product_files"
    folders = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_dir()}
    assert folders == {
        "slides",
        "slides/7",
        "slides/7/71",
        "slides/8",
        "slides/8/80",
        "slides/8/80/1",
    }
    SLIDES.erase(scope(SeatKey("8", "80")), 10)
    assert not (storages / "product_files/slides/8").exists()
    assert (storages / "product_files/slides").exists()


def test_links_lead_nowhere(storages: Path, tmp_path: Path) -> None:
    save("slides/7/70/1/a.pdf")
    save("slides/8/80/1/secret.pdf")
    folder = storages / "product_files/slides/7/70"
    (folder / "linked").symlink_to(storages / "product_files/slides/8/80")
    (folder / "1/passwd.txt").symlink_to("/etc/passwd")
    assert set(read(scope())) == {"7-70-1.pdf"}
    assert SLIDES.erase(scope(), 10).erased == 1
    assert (storages / "product_files/slides/8/80/1/secret.pdf").exists()
    assert Path("/etc/passwd").exists()


@pytest.mark.parametrize(
    "key", ["..", ".", "", "7/70", "7\\70", "%2e%2e", "7\0", "a" * 65, "٣", "7\n"]
)
@pytest.mark.usefixtures("place")
def test_a_key_cannot_lead_out_of_the_folder(key: str) -> None:
    save("slides/7/70/1/a.pdf")
    for seat in (SeatKey(key, "70"), SeatKey("7", key)):
        with pytest.raises(BadKey):
            SLIDES.erase(scope(seat), 10)
        with pytest.raises(BadKey):
            SLIDES.count(scope(seat))
    assert left() == {"slides/7/70/1/a.pdf"}


@pytest.mark.usefixtures("place")
def test_splitting_leaves_no_gap_and_says_nothing_about_names() -> None:
    for number in range(1, 12):
        for name in ("a", "b"):
            save(f"slides/7/70/{number}/Anna {name}.pdf", f"{number}{name}")
    whole = read(scope())
    for size in (1, 3, 6, 22, 100):
        ranges = SLIDES.split(scope(), size)
        assert (ranges[0][0], ranges[-1][1]) == (None, None)
        assert [high for _, high in ranges[:-1]] == [low for low, _ in ranges[1:]]
        assert not any("Anna" in (low or "") for low, _ in ranges)
        parts = [read(scope(low=low, high=high)) for low, high in ranges]
        assert max(map(len, parts)) <= size + 1
        assert sum(map(len, parts)) == len(whole)
        assert {name: data for part in parts for name, data in part.items()} == whole


def test_the_rest_of_a_contract_is_what_no_known_seat_has(db: None) -> None:
    moment = stored(CUTOFF)
    for contract in (1, 2):
        run("INSERT INTO contracts VALUES (%s, 'C', 'Acme', 'core', %s)", contract, moment)
    for seat, contract in ((7, 1), (8, 1), (9, 2)):
        run("INSERT INTO seats VALUES (%s, %s, %s)", seat, contract, moment)
    for path in ("7/70/1/a.pdf", "7/71/1/a.pdf", "7/stray.pdf", "8/80/2/a.pdf", "9/90/1/a.pdf"):
        save(f"slides/{path}", path)
    rest = Scope(Reach.REST, "1", (ANA,), CUTOFF)
    assert sorted(read(rest).values()) == [b"7/71/1/a.pdf", b"7/stray.pdf", b"8/80/2/a.pdf"]
    assert SLIDES.counts_by_seat(rest) == {SeatKey("7", ""): 1, BEN: 1, SeatKey("8", "80"): 1}
    assert SLIDES.erase(rest, 10).erased == 3
    assert left() == {"slides/7/70/1/a.pdf", "slides/9/90/1/a.pdf"}
    with pytest.raises(ValueError, match="by seats and rest"):
        SLIDES.count(replace(rest, reach=Reach.CONTRACT))


def test_a_file_that_goes_meanwhile_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 3):
        save(f"slides/7/70/{number}/a.pdf", str(number))
    found = {}
    for stream in SLIDES.read(scope(), Format.CSV):
        found[stream.name] = content(stream)
        storages["product_files"].delete("slides/7/70/2/a.pdf")
    assert found == {"7-70-1.pdf": b"1", "7-70-3.pdf": b"3"}


def test_a_large_file_comes_in_small_chunks() -> None:
    save("slides/7/70/1/a.pdf", "0123456789" * 100_000)
    (stream,) = (
        (stream, list(stream.chunks), stream.rows()) for stream in SLIDES.read(scope(), Format.CSV)
    )
    assert b"".join(stream[1]) == b"0123456789" * 100_000
    assert max(map(len, stream[1])) <= 2**18
    assert stream[2] == 1


@pytest.fixture
def sample(db: None) -> Seeded:
    return seed(contracts=1, seats=6, rows_per_seat=40)


def test_the_sample_products_files_go_with_their_seat(sample: Seeded, storages: Path) -> None:
    root = storages / "product_files"
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    (seat, member) = run("SELECT seat_id, member_id FROM smartlinks_presentations LIMIT 1")[0]
    some = Scope(
        Reach.SEATS, "1", (SeatKey(str(seat), str(member)),), datetime.now(UTC) + timedelta(days=1)
    )
    mine = {
        path for path in before if path.relative_to(root).parts[1:3] == (str(seat), str(member))
    }
    assert len(mine) >= 3
    read_files: dict[str, bytes] = {}
    for source in data_map().sources:
        if source.shape == "files":
            read_files |= read(some, source)
            assert source.erase(some, 1000).erased
    assert sorted(read_files.values()) == sorted(before[path] for path in mine)
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert after == {path: data for path, data in before.items() if path not in mine}
