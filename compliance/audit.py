"""The chain of a request's events, and the seals that hold the chains' heads in the ledger.

An event's digest covers its payload and the digest before it: changing, taking out or moving one
breaks the chain from there on. Who can write the database could chain everything anew, or cut the
end off; a seal in the signed ledger names how far each chain had come, and with what digest, so
that neither passes for anything older than the last seal. Seals are chained the same way.

Pure: no database, no ledger. Callers bring events as `Link` and seals as the bodies of entries.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from seats.canonical import canonical

GENESIS = "0" * 64  # what the first event of a chain, and the first seal, follow


class Fault(StrEnum):
    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    CUT_OFF = "cut_off"


class Link(NamedTuple):
    """An event as it is stored: its place from 1 up, what its digest covers, and both digests."""

    sequence: int
    payload: Mapping[str, Any]
    previous: str
    digest: str


class Head(NamedTuple):
    """How far a chain had come: its name (a reference), and the last event's place and digest."""

    chain: str
    sequence: int
    digest: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds from the first link on: `sound` links, the last of them with digest `head`.

    `sealed` of them a seal vouches for. `fault`, if any, names the first at `at`, and `sentence`
    says it in words.
    """

    sound: int
    head: str
    sealed: int = 0
    fault: Fault | None = None
    at: int = 0
    sentence: str = ""

    @property
    def ok(self) -> bool:
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal as read from the ledger.

    Chains in `purged` are gone rightly: their time was over. `lost` are heads of earlier seals that
    a restored database no longer holds, as the replay found; they are not to be held against it.
    """

    number: int
    previous: str
    last_event: int
    heads: tuple[Head, ...]
    purged: tuple[str, ...]
    lost: tuple[Head, ...]
    digest: str


def event_digest(previous: str, payload: Mapping[str, Any]) -> str:
    """SHA-256, 64 hexadecimal digits. `payload` is JSON without floats, or `ValueError`."""
    return _sha256({"previous": previous, "event": dict(payload)})


def text_digest(text: str, salt: str) -> str:
    """What the chain keeps of free text. The salt stands with the text, and is erased with it.

    Without the salt, which must be 128 random bits or more, no guess at the text can be checked.
    """
    content = text.encode(errors="surrogatepass")
    return hmac.new(salt.encode(), content, hashlib.sha256).hexdigest()


def verify_chain(links: Iterable[Link], sealed: Mapping[int, str] | None = None) -> Verdict:
    """Follow one chain from its first event; stops at the first that is not as it was.

    `sealed` are the digests seals hold for events of this chain, by their place. Links are read
    once, in the order given, so that any number of them takes no memory.
    """
    seals = sealed or {}
    sound, head, vouched = 0, GENESIS, 0
    for link in links:
        found = _fault(link, sound, head, seals)
        if found:
            return Verdict(sound, head, vouched, *found)
        sound, head = link.sequence, link.digest
        if sound in seals:
            vouched = sound
    if seals and max(seals) > sound:
        sentence = f"Events {sound + 1} to {max(seals)} were sealed and are cut off."
        return Verdict(sound, head, vouched, Fault.CUT_OFF, sound + 1, sentence)
    return Verdict(sound, head, vouched)


def seal_body(
    number: int,
    previous: str,
    heads: Iterable[Head],
    *,
    last_event: int,
    purged: Iterable[str] = (),
    lost: Iterable[Head] = (),
) -> dict[str, Any]:
    """The body of a ledger entry that seals `heads`: the chains changed since the seal before.

    `number` counts seals from 1 up, `previous` is the digest of the seal before (or `GENESIS`),
    `last_event` is the newest event's key in the database. The caller lets one sealer work at a
    time: two seals of one number are a fault.
    """
    return {
        "number": number,
        "previous": previous,
        "last_event": last_event,
        "heads": [list(head) for head in sorted(heads)],
        "purged": sorted(purged),
        "lost": [list(head) for head in sorted(lost)],
    }


def seal_digest(body: Mapping[str, Any]) -> str:
    """What the next seal names as its `previous`."""
    return _sha256({"seal": dict(body)})


def read_seal(body: Mapping[str, Any]) -> Seal:
    """The seal in a ledger entry's body; raises `ValueError` for what `seal_body` never made."""
    try:
        return Seal(
            number=body["number"],
            previous=body["previous"],
            last_event=body["last_event"],
            heads=tuple(Head(*head) for head in body["heads"]),
            purged=tuple(body["purged"]),
            lost=tuple(Head(*head) for head in body["lost"]),
            digest=seal_digest(body),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"This is not the body of a seal: {error!r}.") from error


def verify_seals(seals: Iterable[Seal]) -> Verdict:
    """Follow the chain of seals in the ledger's order, as `verify_chain` does with events."""
    sound, head = 0, GENESIS
    for seal in seals:
        if found := _misplaced("Seal", seal.number, sound):
            return Verdict(sound, head, sound, *found)
        if seal.previous != head:
            found = _replaced("Seal", seal.number)
            return Verdict(sound, head, sound, *found)
        sound, head = seal.number, seal.digest
    return Verdict(sound, head, sound)


def compare_heads(
    heads: Iterable[Head], found: Mapping[tuple[str, int], str]
) -> Iterator[tuple[Head, Fault]]:
    """Sealed heads that the database no longer bears out.

    `found` are the digests of the stored events, by chain and place. A sealed event that is absent
    was cut off, or its whole request was; one with another digest was rewritten.
    """
    for head in heads:
        digest = found.get((head.chain, head.sequence))
        if digest is None:
            yield head, Fault.CUT_OFF
        elif digest != head.digest:
            yield head, Fault.CHANGED


Found = tuple[Fault, int, str]


def _fault(link: Link, sound: int, head: str, seals: Mapping[int, str]) -> Found | None:
    if found := _misplaced("Event", link.sequence, sound):
        return found
    place = link.sequence
    try:
        digest = event_digest(link.previous, link.payload)
    except ValueError:  # holds what was never chained
        digest = ""
    if digest != link.digest:
        return Fault.CHANGED, place, f"Event {place} was changed."
    if link.previous != head:
        return _replaced("Event", place)
    if seals.get(place, digest) != digest:
        sentence = f"Event {place} is not the one that was sealed: up to it, one was rewritten."
        return Fault.CHANGED, place, sentence
    return None


def _misplaced(what: str, place: int, sound: int) -> Found | None:
    if place > sound + 1:
        return Fault.MISSING, sound + 1, f"{what} {sound + 1} is missing."
    if place <= sound:
        return Fault.REORDERED, place, f"{what} {place} stands after {what.lower()} {sound}."
    return None


def _replaced(what: str, place: int) -> Found:
    """What is wrong when `place` follows something else than what now stands before it."""
    if place == 1:
        return Fault.CHANGED, 1, f"{what} 1 does not begin the chain."
    sentence = f"{what} {place - 1} was replaced: {what.lower()} {place} follows another."
    return Fault.CHANGED, place - 1, sentence


def _sha256(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()
