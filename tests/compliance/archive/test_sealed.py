from __future__ import annotations

import io
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.archive import SealBroken, SealedReader, SealedWriter, new_key
from compliance.archive.sealed import FRAME_BYTES, HEADER_BYTES, SEALED_FRAME_BYTES, TAG_BYTES

KEY = new_key()
# Sizes around the borders of frames are where frames go wrong.
FRAME = FRAME_BYTES
BORDERS = [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 7]
sizes = st.one_of(st.sampled_from(BORDERS), st.integers(0, 4 * FRAME))


def content_of(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def sealed(content: bytes, key: bytes = KEY, object_id: str = "archive-1") -> bytes:
    target = io.BytesIO()
    with SealedWriter(target, key, object_id) as writer:
        writer.write(content)
    return target.getvalue()


def opened(data: bytes, key: bytes = KEY, object_id: str = "archive-1") -> SealedReader:
    return SealedReader(io.BytesIO(data), key, object_id)


def frames_of(data: bytes) -> list[bytes]:
    """The header, then each frame."""
    starts = range(HEADER_BYTES, len(data), SEALED_FRAME_BYTES)
    return [data[:HEADER_BYTES], *(data[at : at + SEALED_FRAME_BYTES] for at in starts)]


class OnlyWritable:
    """A target that can neither seek, nor tell, nor flush."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)


@pytest.mark.parametrize("size", BORDERS)
def test_what_was_sealed_is_read_back(size: int) -> None:
    content = content_of(size)
    reader = opened(sealed(content))
    assert reader.size == size
    assert reader.read() == content
    assert reader.read(1) == b""


@given(size=sizes, cuts=st.lists(st.integers(0, 3 * FRAME), max_size=6))
def test_how_it_was_written_does_not_matter(size: int, cuts: list[int]) -> None:
    content = content_of(size)
    target, rest = OnlyWritable(), memoryview(content)
    with SealedWriter(target, KEY, "archive-1") as writer:
        for cut in cuts:
            assert writer.write(rest[:cut]) == len(rest[:cut])
            rest = rest[cut:]
        writer.write(rest)
    assert opened(target.data).read() == content


@given(
    size=sizes, seeks=st.lists(st.tuples(st.floats(0, 1.1), st.integers(0, 2 << 20)), max_size=8)
)
def test_any_range_can_be_read_in_any_order(size: int, seeks: list[tuple[float, int]]) -> None:
    content = content_of(size)
    reader = opened(sealed(content))
    for place, length in seeks:
        start = int(place * size)
        assert reader.seek(start) == reader.tell() == start
        assert reader.read(length) == content[start : start + length]


def test_seeking_counts_from_start_position_and_end() -> None:
    reader = opened(sealed(b"0123456789"))
    assert (reader.readable(), reader.seekable(), reader.writable()) == (True, True, False)
    assert reader.seek(-3, io.SEEK_END) == 7
    assert reader.read(2) == b"78"
    assert reader.seek(-8, io.SEEK_CUR) == 1
    assert reader.read() == b"123456789"
    assert reader.seek(100) == 100
    assert reader.read() == b""
    with pytest.raises(ValueError, match="before the beginning"):
        reader.seek(-1)


def test_a_buffered_reader_can_stand_on_it() -> None:
    content = content_of(2 * FRAME + 9)
    with io.BufferedReader(opened(sealed(content))) as buffered:
        buffered.seek(FRAME - 5)
        assert buffered.read(10) == content[FRAME - 5 : FRAME + 5]


def test_reading_touches_only_the_frames_it_needs() -> None:
    data = sealed(content_of(5 * FRAME))
    asked: list[int] = []

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            asked.append(self.tell())
            return super().read(size)

    reader = SealedReader(Watched(data), KEY, "archive-1")
    asked.clear()
    reader.seek(2 * FRAME - 10)
    reader.read(20)
    reader.read(20)
    assert asked == [HEADER_BYTES + SEALED_FRAME_BYTES * frame for frame in (1, 2)]


@given(size=sizes, place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_single_flipped_bit_is_found(size: int, place: float, bit: int) -> None:
    data = bytearray(sealed(content_of(size)))
    data[int(place * len(data))] ^= 1 << bit
    with pytest.raises(SealBroken):
        opened(bytes(data)).read()


@given(size=sizes, place=st.floats(0, 1, exclude_max=True))
def test_a_cut_is_found_on_opening(size: int, place: float) -> None:
    data = sealed(content_of(size))
    with pytest.raises(SealBroken):
        opened(data[: int(place * len(data))])


@pytest.mark.parametrize("size", BORDERS)
@pytest.mark.parametrize("kept", range(4))
def test_a_cut_between_frames_is_found_on_opening(size: int, kept: int) -> None:
    frames = frames_of(sealed(content_of(size)))
    if kept < len(frames) - 1:
        with pytest.raises(SealBroken):
            opened(b"".join(frames[: kept + 1]))


@pytest.mark.parametrize("size", BORDERS)
@pytest.mark.parametrize(
    "extra", [b"\x00", bytes(TAG_BYTES), bytes(FRAME), bytes(SEALED_FRAME_BYTES)]
)
def test_added_bytes_are_found_on_opening(size: int, extra: bytes) -> None:
    with pytest.raises(SealBroken):
        opened(sealed(content_of(size)) + extra)


def test_a_repeated_last_frame_is_found_on_opening() -> None:
    data = sealed(content_of(2 * FRAME))
    with pytest.raises(SealBroken):
        opened(data + frames_of(data)[-1])


@pytest.mark.parametrize("order", [(2, 1, 3), (1, 1, 3), (3, 2, 1), (1, 3, 3)])
def test_moved_frames_are_found(order: tuple[int, ...]) -> None:
    frames = frames_of(sealed(content_of(3 * FRAME)))
    with pytest.raises(SealBroken):
        opened(frames[0] + b"".join(frames[at] for at in order)).read()


def test_a_frame_of_another_object_under_the_same_key_is_found() -> None:
    mine = frames_of(sealed(content_of(3 * FRAME)))
    for foreign_id in ("archive-1", "archive-2"):
        foreign = frames_of(sealed(content_of(3 * FRAME, seed=2), object_id=foreign_id))
        with pytest.raises(SealBroken):
            opened(mine[0] + mine[1] + foreign[2] + mine[3]).read()


@pytest.mark.parametrize("size", [0, 5, FRAME])
def test_neither_another_key_nor_another_id_opens_it(size: int) -> None:
    data = sealed(content_of(size))
    with pytest.raises(SealBroken):
        opened(data, key=new_key())
    with pytest.raises(SealBroken):
        opened(data, object_id="archive-2")
    with pytest.raises(SealBroken):
        opened(data, object_id="")


@pytest.mark.parametrize("data", [b"", b"RDSEAL", b"PK\x03\x04" + bytes(100), bytes(40)])
def test_what_is_no_sealed_object_is_refused(data: bytes) -> None:
    with pytest.raises(SealBroken, match="no sealed object"):
        opened(data)


def test_another_version_is_refused() -> None:
    data = sealed(b"content")
    with pytest.raises(SealBroken, match="version not known"):
        opened(data[:7] + b"\x02" + data[8:])


@pytest.mark.parametrize("size", BORDERS)
def test_an_object_never_closed_cannot_be_opened(size: int) -> None:
    target = io.BytesIO()
    writer = SealedWriter(target, KEY, "archive-1")
    writer.write(content_of(size))
    del writer
    with pytest.raises(SealBroken):
        opened(target.getvalue())


def test_an_object_left_by_an_exception_cannot_be_opened() -> None:
    target = io.BytesIO()

    def interrupted() -> None:
        with SealedWriter(target, KEY, "archive-1") as writer:
            writer.write(content_of(FRAME))
            raise ConnectionError

    with pytest.raises(ConnectionError):
        interrupted()
    with pytest.raises(SealBroken):
        opened(target.getvalue())


def test_a_target_that_takes_only_a_little_at_a_time_gets_everything() -> None:
    class Hesitant(OnlyWritable):
        def write(self, data: bytes) -> int:
            return super().write(data[:300_000])

    content, target = content_of(2 * FRAME + 9), Hesitant()
    with SealedWriter(target, KEY, "archive-1") as writer:
        writer.write(content)
    assert opened(target.data).read() == content


def test_a_target_that_takes_nothing_more_is_an_error() -> None:
    class Full(OnlyWritable):
        def write(self, data: bytes) -> int:
            return super().write(data[: FRAME - len(self.data)])

    writer = SealedWriter(Full(), KEY, "archive-1")
    writer.write(content_of(FRAME))
    with pytest.raises(OSError, match="takes nothing more"):
        writer.close()


def test_closing_twice_is_closing_once_and_nothing_can_follow() -> None:
    target = io.BytesIO()
    writer = SealedWriter(target, KEY, "archive-1")
    writer.write(b"content")
    writer.close()
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"more")
    assert opened(target.getvalue()).read() == b"content"


def test_a_closed_reader_closed_its_source_and_reads_nothing() -> None:
    source = io.BytesIO(sealed(b"content"))
    with SealedReader(source, KEY, "archive-1") as reader:
        pass
    assert source.closed
    with pytest.raises(ValueError, match="closed"):
        reader.read(1)


def test_the_same_content_sealed_twice_under_one_key_shares_no_bytes() -> None:
    first, second = sealed(bytes(1000)), sealed(bytes(1000))
    same = sum(a == b for a, b in zip(first[8:], second[8:], strict=True))
    assert same < 40


@pytest.mark.parametrize("key", [b"", bytes(16), bytes(33)])
def test_a_key_of_another_length_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SealedWriter(io.BytesIO(), key, "archive-1")
    with pytest.raises(ValueError, match="32 bytes"):
        opened(sealed(b""), key=key)


def test_memory_does_not_grow_with_the_object(tmp_path: Path) -> None:
    block = content_of(FRAME)
    tracemalloc.start()
    try:
        path = tmp_path / "object"
        with path.open("wb") as target, SealedWriter(target, KEY, "archive-1") as writer:
            for _ in range(64):
                writer.write(block)
        with SealedReader(path.open("rb"), KEY, "archive-1") as reader:
            while reader.read(100_000):
                pass
        assert tracemalloc.get_traced_memory()[1] < 8 * FRAME
    finally:
        tracemalloc.stop()
