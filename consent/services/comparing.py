"""Two versions of a text, told apart down to the word, for people to read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from consent.services.documents import Change, Line

# Below it two passages are two sentences, and not one that was changed.
ALIKE = 0.4
# Words of one passage times words of the other; beyond it, single words are not looked for.
LARGEST = 250_000
_WORDS = re.compile(r"\n|\S+[^\S\n]*|[^\S\n]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words, and whether they are what changed."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines on end that became the same thing, each as its pieces."""

    change: Change
    lines: list[list[Piece]]
    replaced: bool = False  # it took another's place, or another took its


def passages(lines: Sequence[Line]) -> list[Passage]:
    """A diff's lines as passages; blank lines are left out, as they say nothing."""
    told = [line for line in lines if line.text.strip()]
    runs = [
        (change, [line.text for line in run])
        for change, run in groupby(told, key=lambda line: line.change)
    ]
    found: list[Passage] = []
    for place, (change, texts) in enumerate(runs):
        other = _other(runs, place)
        if change is Change.SAME or other is None:
            pieces = [[Piece(text, change is not Change.SAME)] for text in texts]
        else:
            pieces = _marked("\n".join(texts), "\n".join(other))
        found.append(Passage(change, pieces, replaced=other is not None))
    return found


def _other(runs: Sequence[tuple[Change, list[str]]], place: int) -> list[str] | None:
    """The lines that took a removed run's place, or that an added one replaces."""
    step = {Change.REMOVED: 1, Change.ADDED: -1, Change.SAME: 0}[runs[place][0]]
    beside = place + step
    if not step or not 0 <= beside < len(runs) or runs[beside][0] is Change.SAME:
        return None
    return runs[beside][1]


def _marked(text: str, other: str) -> list[list[Piece]]:
    """A text's lines with the words marked that `other` does not have in that place."""
    words, others = _WORDS.findall(text), _WORDS.findall(other)
    if len(words) * len(others) > LARGEST:
        return [[Piece(line, changed=True)] for line in text.split("\n")]
    matcher = difflib.SequenceMatcher(None, _bare(words), _bare(others), autojunk=False)
    if matcher.ratio() < ALIKE:
        return [[Piece(line, changed=True)] for line in text.split("\n")]
    lines: list[list[Piece]] = [[]]
    for step, first, last, _start, _end in matcher.get_opcodes():
        for piece in _split("".join(words[first:last]), changed=step != "equal"):
            if piece is None:
                lines.append([])
            else:
                lines[-1].append(piece)
    return lines


def _bare(words: Sequence[str]) -> list[str]:
    """Words without the blanks after them: the last one of a line is the same in its midst."""
    return [word.rstrip(" \t") or word for word in words]


def _split(text: str, *, changed: bool) -> Iterator[Piece | None]:
    """A text as a piece a line, and None between two lines."""
    for place, line in enumerate(text.split("\n")):
        if place:
            yield None
        if line:
            yield Piece(line, changed and bool(line.strip()))
