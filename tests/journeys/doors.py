"""The sample product's data map, with doors: places where a test makes a process wait.

A door NAME is closed while a file of that name lies in the folder DOORS. The first process that
comes to it renames the file to NAME.PID and waits until that is gone; the others walk through. So a
test knows who stands where, and can kill or stop it there.

The doors of sources are RESOURCE.METHOD (before), RESOURCE.erased (after a batch, uncommitted),
RESOURCE.chunk (before each chunk read) and RESOURCE.end (after the last). Those in our own code are
`claim`, `claimed`, `batch` (before its transactions), `commit` and `committed` (the product's; ours
follows), `ledger.KIND` (the entry is on disk), `assemble`, `piece` (before each part goes into the
archive), `own_side` (before a seat is erased), `issue.KIND` and `issued.KIND` (a receipt), `done`
(committed, the parts still there).

And where a file `exports_full` or `evidence_full` lies in that folder, the storage has no room.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

from compliance import archive
from compliance.enums import ReceiptKind
from compliance.models import Receipt
from compliance.services import archives, deletions, leases, objects, receipts
from compliance.sources import navigator
from compliance.sources.base import Erased, Format, Scope, Source, Stream
from compliance.sources.product import ProductTransaction
from seats import evidence, ledger, personal_data
from tests.journeys.processes import lives

EDITIONS, GROUNDS = navigator.EDITIONS, navigator.GROUNDS
FOLDER = Path(os.environ["DOORS"])


def door(name: str) -> None:
    """Wait here while the door is closed, if this process is the first to find it so.

    A door at which somebody died is still closed.
    """
    place = FOLDER / f"{name}.{os.getpid()}"
    left = (one for one in FOLDER.glob(f"{name}.[0-9]*") if not lives(int(one.suffix[1:])))
    for closed in (FOLDER / name, *left):
        with suppress(FileNotFoundError):
            closed.rename(place)
            while place.exists():
                time.sleep(0.02)
            return


class Doored:
    """A source with doors."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        if name in {"count", "counts_by_seat", "split", "remaining", "retained", "later"}:
            door(f"{self._source.name}.{name}")
        return getattr(self._source, name)

    def read(self, scope: Scope, fmt: Format) -> Iterator[Stream]:
        door(f"{self._source.name}.read")
        for stream in self._source.read(scope, fmt):
            yield replace(stream, chunks=self._chunks(stream))

    def _chunks(self, stream: Stream) -> Iterator[bytes]:
        for chunk in stream.chunks:
            door(f"{self._source.name}.chunk")
            yield chunk
        door(f"{self._source.name}.end")

    def erase(self, scope: Scope, limit: int) -> Erased:
        door(f"{self._source.name}.erase")
        done = self._source.erase(scope, limit)
        door(f"{self._source.name}.erased")
        return done


SOURCES = tuple(Doored(source) for source in navigator.SOURCES)


def _put(owner: Any, name: str, *, before: str = "", after: str = "") -> None:
    """Doors before and after one of our own functions."""
    function: Callable[..., Any] = getattr(owner, name)

    @wraps(function)
    def doored(*args: Any, **kwargs: Any) -> Any:
        if before:
            door(before)
        made = function(*args, **kwargs)
        if after:
            door(after)
        return made

    setattr(owner, name, doored)


def _put_into_ledger() -> None:
    append = ledger.append

    def doored(kind: ledger.Kind, body: Any) -> ledger.Entry:
        entry = append(kind, body)
        door(f"ledger.{kind}")
        return entry

    ledger.append = doored


def _put_into_issuing() -> None:
    issue = receipts.issue

    def doored(request: Any, kind: ReceiptKind, **kwargs: Any) -> Receipt:
        door(f"issue.{kind}")
        receipt = issue(request, kind, **kwargs)
        door(f"issued.{kind}")
        return receipt

    receipts.issue = doored


def _put_into_assembling() -> None:
    assemble = archive.assemble

    def doored(target: Any, pieces: Any, *args: Any, **kwargs: Any) -> archive.Assembled:
        door("assemble")
        return assemble(target, _pieces(pieces), *args, **kwargs)

    archive.assemble = doored


def _pieces(pieces: Iterator[Any]) -> Iterator[Any]:
    for piece in pieces:
        yield piece
        door("piece")


def _fill(owner: Any, name: str, storage: str) -> None:
    function: Callable[..., Any] = getattr(owner, name)

    @wraps(function)
    def full(*args: Any, **kwargs: Any) -> Any:
        if (FOLDER / f"{storage}_full").exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return function(*args, **kwargs)

    setattr(owner, name, full)


_fill(objects, "writing", "exports")
_fill(evidence, "put", "evidence")
_put(leases, "claim", before="claim", after="claimed")
_put(deletions, "product_transaction", before="batch")
_put(ProductTransaction, "commit", before="commit", after="committed")
_put(personal_data, "erase_seat", before="own_side")
_put(archives, "destroy_parts", before="done")
_put_into_ledger()
_put_into_issuing()
_put_into_assembling()
