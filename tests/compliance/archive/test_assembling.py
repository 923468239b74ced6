from __future__ import annotations

import gc
import hashlib
import io
import random
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from compliance.archive import (
    Assembled,
    BadName,
    Member,
    PartWriter,
    SealBroken,
    SealedReader,
    SealedWriter,
    assemble,
    new_key,
)

INDEX = ("index.html", b"<!doctype html>" * 100)
Contents = dict[str, bytes]


def part(contents: Contents) -> tuple[io.BytesIO, list[Member]]:
    target = io.BytesIO()
    writer = PartWriter(target)
    return target, [writer.add(name, [data], lambda: 1) for name, data in contents.items()]


def assembled(
    *contents: Contents, leaflets: Sequence[tuple[str, bytes]] = (INDEX,)
) -> tuple[bytes, Assembled]:
    target = io.BytesIO()
    result = assemble(target, map(part, contents), leaflets)
    return target.getvalue(), result


def unpacked(data: bytes) -> Contents:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def moments(target: io.BytesIO) -> set[tuple[int, ...]]:
    with zipfile.ZipFile(target) as archive:
        return {info.date_time for info in archive.infolist()}


def unzip_is_content(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(data)
    tested = subprocess.run(["unzip", "-tqq", path], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def random_bytes(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def test_every_entry_of_every_part_comes_out_as_it_went_in(tmp_path: Path) -> None:
    first = {"data/notes/1.csv": b"id\n1\n", "data/notes/2.csv": b""}
    second = {"files/größe/17-42.pdf": random_bytes(3_000_000), "data/leads/一.jsonl": b"{}\n"}
    data, result = assembled(first, second)
    assert unpacked(data) == dict([INDEX]) | first | second
    assert result == Assembled(size=len(data), sha256=hashlib.sha256(data).hexdigest())
    unzip_is_content(data, tmp_path)


def test_an_archive_of_nothing_is_still_a_zip_file() -> None:
    assert unpacked(assembled(leaflets=())[0]) == {}
    assert unpacked(assembled({})[0]) == dict([INDEX])


def test_nothing_is_compressed_again() -> None:
    reader, (member,) = part({"data/notes/1.csv": b"row\n" * 100_000})
    target = io.BytesIO()
    assemble(target, [(reader, [member])], [])
    assert reader.getvalue() in target.getvalue()


def test_it_streams_from_sealed_parts_to_a_sealed_archive() -> None:
    keys = [new_key() for _ in range(3)]
    contents = [{f"data/notes/{number}.csv": random_bytes(1_500_000)} for number in range(3)]
    objects, saved = [], []
    for number, content in enumerate(contents):
        target = io.BytesIO()
        with SealedWriter(target, keys[number], f"part-{number}") as sealed:
            writer = PartWriter(sealed)
            members = [writer.add(name, [data], lambda: 1) for name, data in content.items()]
            saved.append([member.to_json() for member in members])
        objects.append(target.getvalue())

    def pieces() -> Iterator[tuple[SealedReader, list[Member]]]:
        for number, data in enumerate(objects):
            with SealedReader(io.BytesIO(data), keys[number], f"part-{number}") as reader:
                yield reader, [Member.from_json(member) for member in saved[number]]

    target, key = io.BytesIO(), new_key()
    with SealedWriter(target, key, "archive") as writer:
        result = assemble(writer, pieces(), [INDEX])
    reader = SealedReader(target, key, "archive")
    assert reader.size == result.size
    data = reader.read()
    assert hashlib.sha256(data).hexdigest() == result.sha256
    assert unpacked(data) == dict([INDEX]) | contents[0] | contents[1] | contents[2]
    with zipfile.ZipFile(reader) as archive:
        assert archive.testzip() is None


def test_the_same_parts_give_the_same_bytes_at_the_moment_given() -> None:
    pieces = [part({"data/notes/1.csv": b"row\n"})]
    moment = datetime(2026, 11, 23, 12, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    targets = [io.BytesIO() for _ in range(3)]
    for target in targets[:2]:
        assemble(target, pieces, [INDEX], created=moment)
    assemble(targets[2], pieces, [INDEX])
    assert targets[0].getvalue() == targets[1].getvalue()
    assert moments(targets[0]) == {(2026, 11, 23, 10, 0, 30)}
    assert moments(targets[2]) == {(1980, 1, 1, 0, 0, 0)}


def test_entries_unpack_as_files_only_their_owner_reads_and_need_no_descriptor() -> None:
    with zipfile.ZipFile(io.BytesIO(assembled({"data/größe.csv": b"row\n"})[0])) as archive:
        infos = archive.infolist()
    assert {info.external_attr >> 16 for info in infos} == {0o100600}
    assert [info.flag_bits & 0x08 for info in infos] == [0, 0]
    assert infos[1].flag_bits & 0x800


@pytest.mark.parametrize("name", ["index.html", "INDEX.html", "data/STRASSE.csv"])
def test_two_entries_of_one_name_are_refused(name: str) -> None:
    with pytest.raises(BadName, match="already the name"):
        assembled({"data/straße.csv": b"1"}, {name: b"2"})


def test_an_unsafe_name_is_refused_wherever_it_comes_from() -> None:
    reader, (member,) = part({"a.csv": b"1"})
    evil = Member.from_json(member.to_json() | {"name": "../a.csv"})
    with pytest.raises(BadName):
        assemble(io.BytesIO(), [(reader, [evil])], [])
    with pytest.raises(BadName):
        assembled(leaflets=[("/index.html", b"")])


def test_a_part_that_ends_early_is_no_archive() -> None:
    reader, members = part({"data/notes/1.csv": random_bytes(100_000)})
    reader.truncate(50_000)
    target = io.BytesIO()
    with pytest.raises(SealBroken, match="before the end of data/notes"):
        assemble(target, [(reader, members)], [INDEX])
    gc.collect()
    assert not zipfile.is_zipfile(target)


def test_the_error_of_a_full_disk_comes_through() -> None:
    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        assemble(Full(), [], [INDEX])


def test_more_entries_than_a_plain_zip_file_can_count(tmp_path: Path) -> None:
    reader, (member,) = part({"a.csv": b"row\n"})
    saved = member.to_json()
    members = [Member.from_json(saved | {"name": f"files/{n}.csv"}) for n in range(66_000)]
    target = io.BytesIO()
    assemble(target, [(reader, members)], [])
    with zipfile.ZipFile(target) as archive:
        assert len(archive.infolist()) == 66_000
        assert archive.read("files/65999.csv") == b"row\n"
    unzip_is_content(target.getvalue(), tmp_path)


def test_sizes_and_offsets_beyond_the_limit_use_zip64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 50_000)
    content = {"1.csv": random_bytes(60_000), "2.csv": b"row\n" * 40_000, "3.csv": b"row\n"}
    data, _ = assembled(content)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert [info.extract_version for info in archive.infolist()] == [20, 45, 45, 45]
    assert b"PK\x06\x06" in data
    assert unpacked(data) == dict([INDEX]) | content
    unzip_is_content(data, tmp_path)


def test_memory_does_not_grow_with_the_archive() -> None:
    class Nowhere:
        def write(self, data: bytes) -> int:
            return len(data)

    reader, (member,) = part({"0.bin": random_bytes(4 << 20)})
    saved = member.to_json()
    members = [Member.from_json(saved | {"name": f"{n}.bin"}) for n in range(16)]
    tracemalloc.start()
    try:
        assert assemble(Nowhere(), [(reader, members)], [INDEX]).size > 64 << 20
        assert tracemalloc.get_traced_memory()[1] < 6 << 20
    finally:
        tracemalloc.stop()
