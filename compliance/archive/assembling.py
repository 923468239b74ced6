"""An archive: a ZIP file put together from parts, as they are."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Protocol

from compliance.archive.names import BadName, entry_name, folded
from compliance.archive.parts import Member, PartWriter, Sink
from compliance.archive.sealed import SealBroken

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # the first moment a ZIP file can name
_COPY_BYTES = 1 << 20
_UNIX = 3
_OWNER_ONLY = 0o100600 << 16  # personal data: unpacked, it stays its owner's


class PartReader(Protocol):
    """The content of a part: a `SealedReader`, or any seekable binary file."""

    def seek(self, offset: int, /) -> int: ...
    def read(self, size: int, /) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Assembled:
    """What went to the target: bytes and SHA-256 (hexadecimal) of the plain ZIP file."""

    size: int
    sha256: str


def assemble(
    target: Sink,
    pieces: Iterable[tuple[PartReader, Sequence[Member]]],
    leaflets: Sequence[tuple[str, bytes]],
    *,
    created: datetime = EARLIEST,
) -> Assembled:
    """Write the ZIP file of `leaflets`, then of each piece's members, to `target`.

    Nothing is compressed again; ZIP64 where sizes or counts need it. `target` is only written to,
    front to back, and stays open. `pieces` may open one part after the other as it goes. Every
    entry carries `created`: the same input gives the same bytes.
    Raises `BadName` for an unsafe or repeated name, `SealBroken` for a part that ends early; the
    target then lacks the directory and is no ZIP file.
    """
    tally = _Tally(target)
    archive = zipfile.ZipFile(tally, "w")
    seen: set[str] = set()
    try:
        for reader, members in chain([_printed(leaflets)], pieces):
            for member in members:
                _refuse_repeated(member.name, seen)
                _append(archive, tally, reader, member, created)
        archive.close()
    finally:
        # Closed by the collector after an error, `zipfile` would write a directory all the same.
        archive.fp = None
    return Assembled(tally.tell(), tally.sha256)


def _printed(leaflets: Sequence[tuple[str, bytes]]) -> tuple[PartReader, list[Member]]:
    part = io.BytesIO()
    writer = PartWriter(part)
    return part, [writer.add(name, [content], rows=lambda: 1) for name, content in leaflets]


def _refuse_repeated(name: str, seen: set[str]) -> None:
    key = folded(entry_name(name))
    if key in seen:
        raise BadName(f"{name!r} is already the name of an entry of this archive.")
    seen.add(key)


def _append(
    archive: zipfile.ZipFile, tally: _Tally, reader: PartReader, member: Member, created: datetime
) -> None:
    """Add an entry whose deflate stream exists already, for which `zipfile` has no call.

    Header, bytes and directory entry are what its own writing leaves behind; as CRC and sizes are
    known, the header holds them and no descriptor follows the data.
    """
    info = zipfile.ZipInfo(member.name, created.astimezone(UTC).timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = _UNIX
    info.external_attr = _OWNER_ONLY
    info.CRC, info.file_size, info.compress_size = member.crc, member.size, member.packed
    info.header_offset = tally.tell()
    tally.write(info.FileHeader())
    for block in _stream(reader, member):
        tally.write(block)
    archive.filelist.append(info)
    archive.NameToInfo[info.filename] = info
    archive.start_dir = tally.tell()


def _stream(reader: PartReader, member: Member) -> Iterator[bytes]:
    reader.seek(member.offset)
    missing = member.packed
    while missing:
        block = reader.read(min(missing, _COPY_BYTES))
        if not block:
            raise SealBroken(f"The part ends {missing} bytes before the end of {member.name}.")
        missing -= len(block)
        yield block


class _Tally:
    """Passes bytes on, hashing and counting them; cannot seek, so `zipfile` only writes onward."""

    def __init__(self, target: Sink) -> None:
        self._target = target
        self._digest = hashlib.sha256()
        self._size = 0

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        self._target.write(data)
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """Nothing is kept back here."""

    def close(self) -> None:
        """The target is its owner's to close."""
