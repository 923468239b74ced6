"""Encrypted objects: what lies in the storage of exports can be read only with its own key.

An object is a header and frames of 1 MiB of content, each AES-256-GCM, after the STREAM
construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015):

    header   8 bytes of magic and version, 16 of salt
    frame    content (1 MiB, the last one less or equal), 16 bytes of tag

The frame key is HKDF-SHA256 of the object's key, the salt and the object's id. The nonce is the
frame's index: no two frames share one, as each object has a key of its own; the salt keeps that so
even if one were written twice. Index, last-frame flag and object id are authenticated, so that a
changed, missing, moved, foreign or added byte is found (Art. 32(1)(a), (b) GDPR). Frames have one
size, so that any position can be read without what stands before it.
"""

from __future__ import annotations

import io
import os
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
FRAME_BYTES = 1 << 20
TAG_BYTES = 16
MAGIC = b"RDSEAL\x00\x01"
SALT_BYTES = 16
HEADER_BYTES = len(MAGIC) + SALT_BYTES
SEALED_FRAME_BYTES = FRAME_BYTES + TAG_BYTES


class SealBroken(Exception):
    """A sealed object was changed, cut, extended, swapped, or opened with a wrong key or id."""


def new_key() -> bytes:
    """A fresh random key for one object."""
    return AESGCM.generate_key(bit_length=8 * KEY_BYTES)


class SealedWriter:
    """Seals what is written to it into `target`, which need not be seekable and stays open.

    `target` must not keep the buffers it is given: they are used again.
    Only `close` writes the last frame: an object left without it, by an exception or a crash, can
    never be opened. As a context manager it closes on success only.
    """

    def __init__(self, target: BinaryIO, key: bytes, object_id: str) -> None:
        salt = os.urandom(SALT_BYTES)
        self._target = target
        self._frames = _FrameCipher(key, salt, object_id)
        self._content = memoryview(bytearray(FRAME_BYTES))
        self._sealed = memoryview(bytearray(SEALED_FRAME_BYTES))
        self._filled = 0
        self._index = 0
        self.closed = False
        self._put(memoryview(MAGIC + salt))

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take all of `data`; returns its length in bytes."""
        if self.closed:
            raise ValueError("This sealed object is closed.")
        rest = memoryview(data)
        while rest:
            if self._filled == FRAME_BYTES:
                # Only now is it known that this frame is not the last one.
                self._write_frame(last=False)
            taken = min(len(rest), FRAME_BYTES - self._filled)
            self._content[self._filled : self._filled + taken] = rest[:taken]
            self._filled += taken
            rest = rest[taken:]
        return len(data)

    def close(self) -> None:
        """Write the last frame. Flushing and closing `target` is the caller's."""
        if not self.closed:
            self._write_frame(last=True)
            self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()

    def _write_frame(self, *, last: bool) -> None:
        content = self._content[: self._filled]
        sealed = self._sealed[: self._filled + TAG_BYTES]
        self._frames.seal(content, self._index, sealed, last=last)
        self._put(sealed)
        self._index += 1
        self._filled = 0

    def _put(self, data: memoryview) -> None:
        # An unbuffered file may take less than it is given, above all on a disk that fills up.
        while data:
            taken = self._target.write(data)
            if not taken:
                raise OSError("The target of a sealed object takes nothing more.")
            data = data[taken:]


class SealedReader(io.RawIOBase):
    """The content of a sealed object, seekable; only the frames a read needs are decrypted.

    Raises `SealBroken` when opened, if the object was cut or extended or is not the one asked for,
    and when a broken frame is read. `size` (bytes of content) is authenticated. Closing it closes
    `source`.
    """

    def __init__(self, source: BinaryIO, key: bytes, object_id: str) -> None:
        source.seek(0)
        header = source.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
            raise SealBroken("This is no sealed object, or of a version not known here.")
        source.seek(0, io.SEEK_END)
        body = source.tell() - HEADER_BYTES
        self._source = source
        self._frames = _FrameCipher(key, header[len(MAGIC) :], object_id)
        self._last = max(0, (body - 1) // SEALED_FRAME_BYTES)
        self.size = body - TAG_BYTES * (self._last + 1)
        if self.size < self._last * FRAME_BYTES:
            raise SealBroken("This sealed object ends within a frame.")
        self._buffer = memoryview(bytearray(FRAME_BYTES))
        self._loaded = -1
        self._position = 0
        # The last frame proves that nothing after it is missing: after this, `size` is true.
        self._frame(self._last)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if origin + offset < 0:
            raise ValueError(f"Cannot seek to {origin + offset}, before the beginning.")
        self._position = origin + offset
        return self._position

    def tell(self) -> int:
        return self._position

    # The stubs' buffer type is not importable at run time.
    def readinto(self, into: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `into` whole, unless the content ends before; returns the bytes read."""
        self._refuse_when_closed()
        view = memoryview(into).cast("B")
        done = 0
        while done < len(view) and self._position < self.size:
            index, start = divmod(self._position, FRAME_BYTES)
            piece = self._frame(index)[start : start + len(view) - done]
            view[done : done + len(piece)] = piece
            done += len(piece)
            self._position += len(piece)
        return done

    def close(self) -> None:
        if not self.closed:
            self._loaded = -1
            self._source.close()
        super().close()

    def _refuse_when_closed(self) -> None:
        if self.closed:
            raise ValueError("This sealed object is closed.")

    def _frame(self, index: int) -> memoryview:
        length = min(FRAME_BYTES, self.size - index * FRAME_BYTES)
        content = self._buffer[:length]
        if index != self._loaded:
            self._loaded = -1
            self._source.seek(HEADER_BYTES + index * SEALED_FRAME_BYTES)
            sealed = self._source.read(length + TAG_BYTES)
            self._frames.open(sealed, index, content, last=index == self._last)
            self._loaded = index
        return content


class _FrameCipher:
    """Seals and opens single frames of one object."""

    def __init__(self, key: bytes, salt: bytes, object_id: str) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"The key of a sealed object has {KEY_BYTES} bytes, not {len(key)}.")
        self._bound = MAGIC + object_id.encode()
        kdf = HKDF(SHA256(), KEY_BYTES, salt=salt, info=b"rightsdesk frames " + self._bound)
        self._cipher = AESGCM(kdf.derive(key))

    def seal(self, content: memoryview, index: int, into: memoryview, *, last: bool) -> None:
        self._cipher.encrypt_into(*self._arguments(content, index, last), into)

    def open(self, sealed: bytes, index: int, into: memoryview, *, last: bool) -> None:
        if len(sealed) != len(into) + TAG_BYTES:
            raise SealBroken("This sealed object ends within a frame.")
        try:
            self._cipher.decrypt_into(*self._arguments(sealed, index, last), into)
        except InvalidTag:
            raise SealBroken(
                f"Frame {index} of this sealed object was changed, or key or id are wrong."
            ) from None

    def _arguments(
        self, data: memoryview | bytes, index: int, last: bool
    ) -> tuple[bytes, memoryview | bytes, bytes]:
        place = index.to_bytes(8, "big")
        return b"\x00\x00\x00\x00" + place, data, bytes([last]) + place + self._bound
