"""A document's text is set as it was written; none of it becomes markup."""

from __future__ import annotations

import html
import re
import time

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from compliance.services.sample_documents import PAPERS, Paper
from compliance.templatetags.texts import as_text


def test_blank_lines_part_paragraphs_and_lines_stay_lines() -> None:
    assert as_text("One.\nTwo.\n\n\nThree.\n") == "<p>One.<br>Two.</p>\n<p>Three.</p>"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_as_any_computer_ends_them(ending: str) -> None:
    assert as_text(f"One.{ending}{ending}Two.") == "<p>One.</p>\n<p>Two.</p>"


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("# Who we are", "<h2>Who we are</h2>"),
        ("1. Who we are", "<h2>1. Who we are</h2>"),
        ("12. End", "<h2>12. End</h2>"),
    ],
)
def test_headings_are_marked_or_short_and_numbered(line: str, heading: str) -> None:
    assert as_text(f"{line}\nLarkfield, Dublin.") == f"{heading}\n<p>Larkfield, Dublin.</p>"


def test_a_clause_below_a_heading_is_a_smaller_heading_or_a_sentence() -> None:
    assert as_text("2. Messages\n2.1 Who sends them\n\nWe do.\n\n2.3 We send\nmessages.") == (
        "<h2>2. Messages</h2>\n<h3>2.1 Who sends them</h3>\n<p>We do.</p>\n"
        "<p>2.3 We send<br>messages.</p>"
    )


@pytest.mark.parametrize(
    "line",
    [
        "2.3 We send messages.",
        "14 Hanover Quay",
        "2026",
        "#1 in the market",
        "Messages",
        "-5 degrees",
        "1) First",
    ],
)
def test_a_sentence_that_begins_with_a_number_or_sign_is_a_paragraph(line: str) -> None:
    assert as_text(line) == f"<p>{line}</p>"


def test_lists_keep_the_signs_of_their_items() -> None:
    assert as_text("We keep:\n- leads,\n  and notes\n• messages.\n\n* files") == (
        "<p>We keep:</p>\n<ul><li>leads,<br>and notes</li><li>messages.</li><li>files</li></ul>"
    )
    assert as_text("3. Ask us.\n\n4. Wait.\n7. Read.") == (
        '<ol><li value="3">Ask us.</li><li value="4">Wait.</li><li value="7">Read.</li></ol>'
    )
    assert as_text("1. apples\n2. pears") == (
        '<ol><li value="1">apples</li><li value="2">pears</li></ol>'
    )


def test_headings_begin_where_the_page_needs_them_and_skip_no_level() -> None:
    assert as_text("### Deep\n## Less", 3) == "<h3>Deep</h3>\n<h4>Less</h4>"
    assert as_text("# A\n## B\n### C", 5) == "<h5>A</h5>\n<h6>B</h6>\n<h6>C</h6>"


def test_nothing_in_a_text_is_markup() -> None:
    text = '# <b>"A"</b>\n<script>x</script>\n- <img src=x onerror=y>\n\n1. <i>&amp;</i>.\n{{ a }}'
    said = as_text(text)
    assert set(re.findall(r"</?\w+", said)) == {
        "<h2", "</h2", "<p", "</p", "<ul", "</ul", "<li", "</li", "<ol", "</ol",
    }  # fmt: skip
    assert "&lt;script&gt;x&lt;/script&gt;" in said
    assert "&amp;amp;" in said
    assert "{{ a }}" in said


def test_a_template_sets_a_text_once() -> None:
    template = Template("{% load texts %}{{ text|as_text:3 }}")
    assert template.render(Context({"text": "# A & B"})) == "<h3>A &amp; B</h3>"
    assert template.render(Context({"text": ""})) == ""


@given(st.text(alphabet="ab#01.-*• \n<&\"'", max_size=60))
def test_no_word_is_lost(text: str) -> None:
    said = html.unescape(re.sub(r"<li value=\"(\d+)\">", r"\1. ", as_text(text)))
    said = re.sub(r"</?(?:h\d|p|ul|ol|li|br)>", " ", said)
    for sign in "#-*•<&\"' \n":
        said, text = said.replace(sign, ""), text.replace(sign, "")
    assert "".join(said.split()) == "".join(text.split())


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.slug)
def test_the_samples_texts_are_set_whole(paper: Paper) -> None:
    for edition in paper.editions:
        for text in edition.texts.values():
            words = html.unescape(re.sub(r"<[^>]+>", " ", as_text(text.text)))
            assert words.split() == text.text.split()


def test_a_long_text_is_set_in_no_time() -> None:
    began = time.perf_counter()
    as_text("1. Heading\nA sentence of some length.\n- an item\n\n" * 5_000)
    as_text("- " * 50_000 + "#" * 50_000 + " 1." * 50_000)
    assert time.perf_counter() - began < 5
