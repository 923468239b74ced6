"""What changed in a text, down to the word."""

from __future__ import annotations

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from consent.services.comparing import Passage, Piece, passages
from consent.services.documents import Change, Line, compared

TEXTS = st.lists(st.sampled_from(["a", "b c", "b d", "", "long line of words", " x "]), max_size=8)


def test_a_changed_sentence_is_told_apart_by_its_words() -> None:
    old = "Same.\nThe customer is told before it begins."
    new = "Same.\nThe customer is told 30 days before it begins."
    assert passages(compared(old, new)) == [
        Passage(Change.SAME, [[Piece("Same.", changed=False)]]),
        Passage(
            Change.REMOVED,
            [
                [
                    Piece("The customer is told ", changed=False),
                    Piece("before it begins.", changed=False),
                ]
            ],
            replaced=True,
        ),
        Passage(
            Change.ADDED,
            [
                [
                    Piece("The customer is told ", changed=False),
                    Piece("30 days ", changed=True),
                    Piece("before it begins.", changed=False),
                ]
            ],
            replaced=True,
        ),
    ]


def test_another_sentence_in_the_same_place_is_all_new() -> None:
    _gone, come = passages(compared("We keep leads.", "Nobody else sees any of this."))
    assert come.lines == [[Piece("Nobody else sees any of this.", changed=True)]]


def test_what_only_came_or_went_is_told_whole_and_blank_lines_are_not_told() -> None:
    assert passages(compared("A.\n\nB.", "A.\n\n\nB.\n\nC.")) == [
        Passage(Change.SAME, [[Piece("A.", changed=False)], [Piece("B.", changed=False)]]),
        Passage(Change.ADDED, [[Piece("C.", changed=True)]]),
    ]
    assert passages(compared("", "")) == []


def test_lines_that_were_replaced_stand_before_their_successors() -> None:
    assert compared("A\nB", "A\nC") == [
        Line(Change.SAME, "A"),
        Line(Change.REMOVED, "B"),
        Line(Change.ADDED, "C"),
    ]


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_their_difference(old: list[str], new: list[str]) -> None:
    lines = compared("\n".join(old), "\n".join(new))
    assert [row.text for row in lines if row.change != Change.ADDED] == "\n".join(old).splitlines()
    told = passages(lines)
    for change, text in ((Change.ADDED, old), (Change.REMOVED, new)):
        said = [
            "".join(piece.text for piece in line)
            for passage in told
            if passage.change != change
            for line in passage.lines
        ]
        assert said == [line for line in "\n".join(text).splitlines() if line.strip()]


def test_a_long_text_that_changed_everywhere_is_compared_in_no_time() -> None:
    """Anybody may ask for it, as often as they like."""
    chance = random.Random(1)
    words = [f"word{number}" for number in range(300)]
    old = [chance.choices(words, k=40) for _line in range(400)]
    new = [[*line[:20], "other", *line[21:]] for line in old]
    every_other = [line if place % 2 else old[place] for place, line in enumerate(new)]
    began = time.perf_counter()
    for after in (new, every_other):
        passages(compared("\n".join(map(" ".join, old)), "\n".join(map(" ".join, after))))
    assert time.perf_counter() - began < 5
