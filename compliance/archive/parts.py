"""A part: finished deflate streams, one after the other, that an archive later takes over as is."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, Protocol, Self

from compliance.archive.names import entry_name

deflate: ModuleType
try:
    from isal import isal_zlib as deflate
except ImportError:  # no wheel for this platform: five times slower, just as good an archive
    deflate = zlib

LEVEL = 1
RAW_DEFLATE = -15  # no header of its own: the form in which a ZIP entry holds it (RFC 1951)
BLOCK_BYTES = 256 << 10
_CUT_BYTES = 1 << 20


class Sink(Protocol):
    """Where bytes go: a `SealedWriter`, or any binary file."""

    def write(self, data: bytes, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive: what it holds, and where its deflate stream lies in its part."""

    name: str  # path in the archive
    rows: int
    size: int  # bytes of plain content
    packed: int  # bytes of the deflate stream
    crc: int
    sha256: str  # hexadecimal, of the plain content
    offset: int  # of the stream in the content of the part
    started: str  # UTC, ISO 8601: between these two moments the rows were read
    finished: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Self:
        return cls(**saved)


class PartWriter:
    """Compresses entries into `target` in one pass, whatever their size, in bounded memory.

    No threads: reading the next rows while these are compressed was measured on two cores, and the
    interpreter's lock made it slower, not faster.
    """

    def __init__(self, target: Sink) -> None:
        self._target = target
        self._written = 0

    def add(self, name: str, chunks: Iterable[bytes], rows: Callable[[], int]) -> Member:
        """Write one entry; `rows` is asked once `chunks` is exhausted.

        Raises `BadName`, and what `chunks` and the target raise; what was written up to then lies
        unused in the part, which stays good for further entries.
        """
        entry_name(name)
        started, offset = _now(), self._written
        compressor = deflate.compressobj(LEVEL, zlib.DEFLATED, RAW_DEFLATE)
        digest = hashlib.sha256()
        crc = size = 0
        for block in _blocks(chunks):
            crc = deflate.crc32(block, crc)
            digest.update(block)
            size += len(block)
            self._write(compressor.compress(block))
        self._write(compressor.flush())
        return Member(
            name=name,
            rows=rows(),
            size=size,
            packed=self._written - offset,
            crc=crc,
            sha256=digest.hexdigest(),
            offset=offset,
            started=started,
            finished=_now(),
        )

    def _write(self, data: bytes) -> None:
        if data:
            self._target.write(data)
            self._written += len(data)


def _blocks(chunks: Iterable[bytes]) -> Iterator[memoryview]:
    """The same bytes in pieces worth a call each: small chunks joined, large ones cut."""
    waiting: list[bytes] = []
    length = 0
    for chunk in chunks:
        waiting.append(chunk)
        length += len(chunk)
        if length >= BLOCK_BYTES:
            yield from _cut(b"".join(waiting))
            waiting, length = [], 0
    yield from _cut(b"".join(waiting))


def _cut(data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    return (view[start : start + _CUT_BYTES] for start in range(0, len(view), _CUT_BYTES))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
