"""The sample product's data map, with InMails that come over a slow line: a fixed wait a chunk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from compliance.sources import navigator
from compliance.sources.base import Format, Scope, Source, Stream

EDITIONS, GROUNDS = navigator.EDITIONS, navigator.GROUNDS
WAIT = 0.05  # seconds, for each chunk of about 256 KiB


class Slow:
    """A source that makes its reader wait."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def read(self, scope: Scope, fmt: Format) -> Iterator[Stream]:
        for stream in self._source.read(scope, fmt):
            yield replace(stream, chunks=_slowly(stream.chunks))


def _slowly(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        time.sleep(WAIT)
        yield chunk


SOURCES = tuple(
    Slow(source) if source.name == "inmails" else source for source in navigator.SOURCES
)
