from __future__ import annotations

import hashlib
import io
import random
import sys
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from compliance.archive import BadName, Member, PartWriter, SealedReader, SealedWriter, new_key
from compliance.archive import parts as shipped

NAME = "data/notes/0001.csv"


def without_isal() -> ModuleType:
    """The module as it loads on a platform for which isal has no wheel."""
    spec = spec_from_file_location("parts_without_isal", shipped.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "isal", None)
        patch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["isal", "zlib"])
def parts(request: pytest.FixtureRequest) -> ModuleType:
    return shipped if request.param == "isal" else without_isal()


def inflated(part: bytes, member: Member) -> bytes:
    """The member's content; the stream must end where the member says and leave nothing."""
    reader = zlib.decompressobj(-15)
    content = reader.decompress(part[member.offset : member.offset + member.packed])
    assert reader.eof
    assert reader.unused_data == b""
    return content


def test_each_of_the_two_compressors_is_tried() -> None:
    assert shipped.deflate.__name__ == "isal.isal_zlib"
    assert without_isal().deflate is zlib


def test_entries_lie_one_after_the_other_with_what_an_archive_needs(parts: ModuleType) -> None:
    contents = [b"id,text\n1,a\n", b"", random.Random(1).randbytes(3_000_000), b"x" * 2_000_000]
    target = io.BytesIO()
    writer = parts.PartWriter(target)
    members = [
        writer.add(f"data/notes/{number}.csv", [content], lambda number=number: number)
        for number, content in enumerate(contents)
    ]
    part = target.getvalue()
    end = 0
    for number, (content, member) in enumerate(zip(contents, members, strict=True)):
        assert inflated(part, member) == content
        assert member.offset == end
        end += member.packed
        assert (member.name, member.rows) == (f"data/notes/{number}.csv", number)
        assert (member.size, member.crc) == (len(content), zlib.crc32(content))
        assert member.sha256 == hashlib.sha256(content).hexdigest()
    assert end == len(part)
    assert members[3].packed < 20_000


@given(st.lists(st.binary(max_size=400_000), max_size=12))
def test_how_the_content_is_cut_into_chunks_does_not_matter(chunks: list[bytes]) -> None:
    target = io.BytesIO()
    member = PartWriter(target).add(NAME, chunks, lambda: 1)
    assert inflated(target.getvalue(), member) == b"".join(chunks)
    assert member.sha256 == hashlib.sha256(b"".join(chunks)).hexdigest()


def test_rows_are_asked_for_once_everything_was_read() -> None:
    count = 0

    def chunks() -> Iterator[bytes]:
        nonlocal count
        for _ in range(1000):
            count += 1
            yield b"row\n"

    assert PartWriter(io.BytesIO()).add(NAME, chunks(), lambda: count).rows == 1000


def test_the_reading_interval_is_on_record() -> None:
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:

        def chunks() -> Iterator[bytes]:
            clock.shift(timedelta(minutes=2, microseconds=7))
            yield b"row\n"

        member = PartWriter(io.BytesIO()).add(NAME, chunks(), lambda: 1)
    assert member.started == "2026-11-23T10:00:00.000000+00:00"
    assert datetime.fromisoformat(member.finished) == datetime(2026, 11, 23, 10, 2, 0, 7, UTC)


def test_a_member_survives_being_kept_as_json() -> None:
    member = PartWriter(io.BytesIO()).add(NAME, [b"row\n"], lambda: 1)
    saved = member.to_json()
    assert Member.from_json(saved) == member
    assert {type(value) for value in saved.values()} == {str, int}


def test_after_an_interrupted_entry_the_next_one_is_whole() -> None:
    target = io.BytesIO()
    writer = PartWriter(target)

    def lost() -> Iterator[bytes]:
        yield random.Random(1).randbytes(1_000_000)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        writer.add(NAME, lost(), lambda: 1)
    member = writer.add(NAME, [b"again"], lambda: 1)
    assert member.offset > 0
    assert inflated(target.getvalue(), member) == b"again"


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/passwd", "a\\b.csv"])
def test_an_unsafe_name_is_refused_before_anything_is_read(name: str) -> None:
    target = io.BytesIO()
    with pytest.raises(BadName):
        PartWriter(target).add(name, iter([b"row"]), lambda: 1)
    assert target.getvalue() == b""


def test_a_sealed_part_gives_back_its_streams() -> None:
    key, target = new_key(), io.BytesIO()
    content = random.Random(1).randbytes(2_500_000)
    with SealedWriter(target, key, "part-1") as sealed:
        member = PartWriter(sealed).add(NAME, [content], lambda: 1)
    assert content[:1000] not in target.getvalue()
    assert inflated(SealedReader(target, key, "part-1").read(), member) == content


def test_memory_does_not_grow_with_the_entry() -> None:
    class Nowhere:
        def write(self, data: bytes) -> int:
            return len(data)

    block = random.Random(1).randbytes(1 << 20)
    tracemalloc.start()
    try:
        chunks = (block[at : at + 5000] for _ in range(48) for at in range(0, len(block), 5000))
        member = PartWriter(Nowhere()).add(NAME, chunks, lambda: 1)
        assert member.size == 48 << 20
        assert tracemalloc.get_traced_memory()[1] < 6 << 20
    finally:
        tracemalloc.stop()
