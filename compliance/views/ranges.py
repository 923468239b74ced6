"""Long files, sent from any byte on, so that a download that broke off goes on (RFC 9110 s. 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import RawIOBase

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

PIECE = 256 * 1024  # bytes in memory at a time
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class Piecewise:
    """A stretch of a file, read while it is sent; closing it closes the file, begun or not."""

    def __init__(self, source: RawIOBase, start: int, length: int) -> None:
        self._source, self._start, self._left = source, start, length

    def __iter__(self) -> Iterator[bytes]:
        self._source.seek(self._start)
        while self._left:
            piece = self._source.read(min(PIECE, self._left))
            if not piece:
                # Fewer bytes than were announced: the connection breaks off, and nobody takes
                # what came for the whole.
                raise EOFError("The file ended before its length.")
            self._left -= len(piece)
            yield piece

    def close(self) -> None:
        self._source.close()


def answer(
    request: HttpRequest, source: RawIOBase, size: int, *, sha256: str, name: str
) -> HttpResponseBase:
    """The file, or the one stretch of it that was asked for; `sha256` of the whole names it.

    Several ranges at once get the whole, as the RFC allows. `name` is ASCII, made by us.
    """
    etag = f'"{sha256}"'
    wanted = _wanted(request, size, etag)
    response: HttpResponseBase
    if wanted is None:
        source.close()
        response = HttpResponse(status=416)
        response.headers["Content-Range"] = f"bytes */{size}"
    else:
        start, length = wanted
        part = wanted != (0, size)
        response = StreamingHttpResponse(
            Piecewise(source, start, length),
            status=206 if part else 200,
            content_type="application/zip",
        )
        response.headers["Content-Length"] = str(length)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        if part:
            response.headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = etag
    return response


def _wanted(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """First byte and length; the whole file where no range holds; None for one outside it."""
    whole = (0, size)
    asked = request.headers.get("range", "")
    condition = request.headers.get("if-range")
    if request.method != "GET" or (condition is not None and condition != etag):
        return whole
    found = ONE_RANGE.fullmatch(asked.strip())
    if found is None or found.group(1, 2) == ("", ""):
        return whole
    first, last = found.group(1, 2)
    if not first:  # the last so many bytes
        length = min(int(last), size)
        return (size - length, length) if length else None
    start, end = int(first), min(int(last or size), size - 1)
    if last and int(last) < start:
        return whole  # no valid range: as if none were asked for
    return (start, end - start + 1) if start < size else None
