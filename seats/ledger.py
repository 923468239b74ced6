"""The ledger: what must survive the restore of either database, in the storage `evidence`.

Every entry is one signed object, synced before the effect it announces. Names sort by time and end
in 64 random bits: any number of hosts write without a counter, and none can overwrite another's.

How a restored database is told from a crash. An entry reaches the storage before the database can
know of it, so a crash or a rollback in between leaves an entry the database never heard of, just
as a restore does. What differs is whether the database ever committed. `append` therefore writes

1. the entry, to the storage;
2. a row naming it (`LedgerHead`), in the caller's transaction: it commits with the effect, or not;
3. a confirmation, an empty object beside the entry, once that row is committed.

An entry without a confirmation announces what did not happen. A confirmed entry whose row is
missing was once committed: the database is older than the storage. A crash between 2 and 3 leaves
the row, and the next `settle` writes the confirmation. Rows are kept for a day behind the newest
entry, not only the newest one: transactions commit out of order and clocks differ, so the newest
alone would vouch for entries it has never seen.

In a transaction, the effect is what that transaction writes. An effect outside our database must
be announced outside a transaction: `append` then returns with the entry confirmed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from seats import evidence
from seats.canonical import canonical
from seats.ledger_entry import (
    ROOT,
    Entry,
    Kind,
    LedgerBroken,
    decode,
    encode,
    floor_of,
    folder_of,
    is_id,
    moment_of,
    signed,
)
from seats.models import LedgerHead

__all__ = [
    "Entry",
    "Kind",
    "LedgerBroken",
    "append",
    "behind",
    "canonical",
    "catch_up",
    "entries",
    "lost",
    "newest",
    "record_head",
    "settle",
]

# No transaction and no difference of clocks lasts as long.
REMEMBERED = timedelta(days=1)
_CONFIRMATION = ".confirmed"
_PRUNED_AT_ONCE = 20


class _Listed(NamedTuple):
    id: str
    kind: str
    confirmed: bool


def append(kind: Kind, body: Mapping[str, Any]) -> Entry:
    """Announce something: when this returns, the entry is on disk. Raises before anything happened.

    `body` is JSON of codes, numbers and opaque ids, without floats. `ValueError` for an address or
    written text: personal data goes in under `seats.keys.pseudonym` or `seal_text`.
    """
    entry = signed(kind, body, after=_newest_known())
    evidence.put(entry.name, encode(entry))
    record_head(entry)
    if connection.in_atomic_block:
        # The effect is committed by then: a storage that fails now must not undo the answer.
        transaction.on_commit(settle, robust=True)
    else:
        settle()
    return entry


def record_head(entry: Entry) -> None:
    """Make the database know an entry, in the caller's transaction; known ones change nothing."""
    LedgerHead.objects.bulk_create([LedgerHead(entry=entry.id)], ignore_conflicts=True)


def settle() -> None:
    """Confirm in the storage what was committed and is not confirmed yet. Outside transactions.

    Runs after every append by itself, and once at start-up for what a crash left.
    """
    for head in LedgerHead.objects.filter(confirmed=False):
        with suppress(FileExistsError):  # another process settles too
            evidence.put(f"{folder_of(head.entry)}/{head.entry}{_CONFIRMATION}", b"")
        LedgerHead.objects.filter(pk=head.pk).update(confirmed=True)
    old = LedgerHead.objects.filter(confirmed=True, entry__lt=_floor(_newest_known()))
    # One row a statement: two processes deleting several could wait for each other.
    for pk in list(old.values_list("pk", flat=True)[:_PRUNED_AT_ONCE]):
        LedgerHead.objects.filter(pk=pk).delete()


def entries(since: datetime | None = None, kinds: Collection[Kind] = ()) -> Iterator[Entry]:
    """Every entry of these kinds (none: of all) from `since` on, verified, oldest first.

    Raises `LedgerBroken`, naming it, at the first that does not verify.
    """
    floor = floor_of(since) if since else ""
    for day in _days(floor):
        for listed in _listed(day):
            if listed.id >= floor and (not kinds or listed.kind in kinds):
                yield _read(listed)


def newest(*kinds: Kind) -> Entry | None:
    """The newest entry (of these kinds), verified; reads the folders of the last days only."""
    for day in _days(newest_first=True):
        for listed in reversed(_listed(day)):
            if not kinds or listed.kind in kinds:
                return _read(listed)
    return None


def behind() -> Entry | None:
    """The newest entry that took effect and that this database does not know, or None.

    If there is one, the database is a restored one: nothing may start before `replay` ran.
    """
    for day in _days(_floor(_newest_known()), newest_first=True):
        listed = _listed(day)
        # Asked after the listing: what is confirmed in it was committed before.
        known = set(LedgerHead.objects.values_list("entry", flat=True))
        floor = _floor(max(known, default=""))
        for one in reversed(listed):
            if one.confirmed and one.id >= floor and one.id not in known:
                return _read(one)
    return None


def lost() -> list[str]:
    """Ids of recent confirmed entries that the storage no longer holds: it was cut or restored."""
    known = set(LedgerHead.objects.filter(confirmed=True).values_list("entry", flat=True))
    floor = _floor(max(known, default=""))
    recent = {one for one in known if one >= floor}
    held = {listed.id for day in _days(floor) for listed in _listed(day)}
    return sorted(recent - held)


def catch_up() -> None:
    """Make the database know all that the storage confirms: the last step of a replay."""
    rows: list[LedgerHead] = []
    for day in _days(newest_first=True):
        rows += [
            LedgerHead(entry=one.id, confirmed=True)
            for one in reversed(_listed(day))
            if one.confirmed
        ]
        if rows and rows[-1].entry < _floor(rows[0].entry):
            break
    LedgerHead.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def _newest_known() -> str:
    # Ids are of one form, so that they sort alike under every database's collation.
    return LedgerHead.objects.order_by("-entry").values_list("entry", flat=True).first() or ""


def _floor(newest_known: str) -> str:
    """What sorts before every entry this database must still have a row for."""
    return floor_of(moment_of(newest_known) - REMEMBERED) if newest_known else ""


def _days(floor: str = "", *, newest_first: bool = False) -> Iterator[str]:
    """Folders of days that hold entries of `floor` and later."""
    first = folder_of(floor) if floor else ""

    def below(folder: str, digits: int) -> Iterator[str]:
        names = evidence.listing(folder)[0]
        for name in reversed(names) if newest_first else names:
            path = f"{folder}/{name}"
            if len(name) == digits and name.isdecimal() and path >= first[: len(path)]:
                yield path

    for year in below(ROOT, 4):
        for month in below(year, 2):
            yield from below(month, 2)


def _listed(day: str) -> list[_Listed]:
    """The entries of a day, oldest first; raises `LedgerBroken` for a name that is out of place."""
    kinds, confirmed = _names(day)
    if confirmed - kinds.keys():  # perhaps an entry that was being written during the listing
        kinds, confirmed = _names(day)
    if gone := sorted(confirmed - kinds.keys()):
        raise LedgerBroken(
            f"The ledger entry {day}/{gone[0]} was removed: only its confirmation is left."
        )
    return [_Listed(one, kinds[one], one in confirmed) for one in sorted(kinds)]


def _names(day: str) -> tuple[dict[str, str], set[str]]:
    kinds: dict[str, str] = {}
    confirmed: set[str] = set()
    for name in evidence.listing(day)[1]:
        if name.endswith(_CONFIRMATION):
            confirmed.add(name.removesuffix(_CONFIRMATION))
        elif name.endswith(".json") and not name.startswith("."):
            one, _, kind = name.removesuffix(".json").partition(".")
            if not is_id(one) or one in kinds or folder_of(one) != day:
                raise LedgerBroken(f"{day}/{name} is no ledger entry, or not in its place.")
            kinds[one] = kind
    return kinds, confirmed


def _read(listed: _Listed) -> Entry:
    name = f"{folder_of(listed.id)}/{listed.id}.{listed.kind}.json"
    try:
        content = evidence.read(name)
    except FileNotFoundError:
        raise LedgerBroken(f"The ledger entry {name} was removed while it was read.") from None
    return decode(content, name, confirmed=listed.confirmed)
