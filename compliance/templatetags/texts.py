"""How the text of a document version is set on a page: as it was written, word for word.

A blank line ends a block. In a block, `# ` (to `### `) opens a heading, `- `, `* ` or `• ` an item
of a list, `1. ` a numbered one; an indented line continues it. A short numbered line that ends
without a full stop ("2. Messages", "2.1 Who sends them") is a heading too. All else is a paragraph,
line by line. Nothing in a text is markup: what looks like HTML is shown as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

LONGEST_HEADING = 60  # characters
_HASHES = re.compile(r"(#{1,3})\s+(\S.*)")
_BULLET = re.compile(r"[-*•]\s+(\S.*)")
_NUMBERED = re.compile(r"([1-9]\d{0,2})\.\s+(\S.*)")
_CLAUSE = re.compile(r"\d{1,3}(?:\.|(?:\.\d{1,3})+\.?)\s+\S")
_SENTENCE_ENDS = tuple(".,;:!?…")


class Kind(StrEnum):
    HEADING = "h"
    PARAGRAPH = "p"
    BULLETS = "ul"
    NUMBERS = "ol"


LISTS = (Kind.BULLETS, Kind.NUMBERS)


@dataclass(slots=True)
class Block:
    """`lines` of a paragraph or heading, or one entry an item; `numbers` are the items' own."""

    kind: Kind
    lines: list[str]
    depth: int = 0
    numbers: list[int] = field(default_factory=list)


@register.filter
def as_text(text: str, level: int = 2) -> SafeString:
    """A document's text as headings from `level` on, paragraphs and lists; all of it escaped."""
    parts: list[SafeString] = []
    last = level - 1
    for block in blocks(text):
        if block.kind is Kind.HEADING:
            # No level is left out, whatever the text does: readers jump by them.
            last = min(level + block.depth, last + 1, 6)
            parts.append(format_html("<h{0}>{1}</h{0}>", last, block.lines[0]))
        else:
            parts.append(_set(block))
    return mark_safe("\n".join(parts))  # noqa: S308  # every part is made by format_html


def _set(block: Block) -> SafeString:
    if block.kind is Kind.PARAGRAPH:
        return format_html("<p>{}</p>", _lines(block.lines))
    if block.kind is Kind.BULLETS:
        items = format_html_join("", "<li>{}</li>", ((_item(item),) for item in block.lines))
        return format_html("<ul>{}</ul>", items)
    numbered = zip(block.numbers, (_item(item) for item in block.lines), strict=True)
    items = format_html_join("", '<li value="{}">{}</li>', numbered)
    return format_html("<ol>{}</ol>", items)


def _item(item: str) -> SafeString:
    return _lines(item.split("\n"))


def _lines(lines: Sequence[str]) -> SafeString:
    return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))


def blocks(text: str) -> list[Block]:
    """The text's blocks in its order; a list is one block, also with blank lines in it."""
    found: list[Block] = []
    current: Block | None = None
    lines = text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=False):
        made = _begun(line, following, current)
        if made is not None and made is not current:
            if found and found[-1].kind is made.kind and made.kind in LISTS:
                found[-1].lines += made.lines
                found[-1].numbers += made.numbers
                made = found[-1]
            else:
                found.append(made)
        current = made
    return found


def _begun(line: str, following: str, current: Block | None) -> Block | None:
    """The block a line stands in: `current`, which takes it in, a new one, or none if blank."""
    words = line.strip()
    if not words:
        return None
    if heading := _heading(words, following, current):
        return heading
    kind, number, said = _marked(words)
    continues = kind is Kind.PARAGRAPH and line[0].isspace()
    if continues and current is not None and current.kind in LISTS:
        current.lines[-1] += f"\n{words}"
        return current
    if current is None or current.kind is not kind:
        current = Block(kind, [])
    current.lines.append(said)
    if kind is Kind.NUMBERS:
        current.numbers.append(number)
    return current


def _marked(words: str) -> tuple[Kind, int, str]:
    """What a line says that it is, its number, and the words after the mark."""
    if bullet := _BULLET.fullmatch(words):
        return Kind.BULLETS, 0, bullet[1]
    if numbered := _NUMBERED.fullmatch(words):
        return Kind.NUMBERS, int(numbered[1]), numbered[2]
    return Kind.PARAGRAPH, 0, words


def _heading(words: str, following: str, current: Block | None) -> Block | None:
    if hashes := _HASHES.fullmatch(words):
        return Block(Kind.HEADING, [hashes[2]], depth=len(hashes[1]) - 1)
    opens = current is None or current.kind is Kind.HEADING
    if not opens or len(words) > LONGEST_HEADING or words.endswith(_SENTENCE_ENDS):
        return None
    if not _CLAUSE.match(words):
        return None
    depth = words.split(maxsplit=1)[0].rstrip(".").count(".")
    if depth and following.strip() and not _CLAUSE.match(following.strip()):
        return None  # a clause whose sentence goes on in the next line
    if not depth and _NUMBERED.fullmatch(following.strip()):
        return None  # the first of a list
    return Block(Kind.HEADING, [words], depth=depth)
