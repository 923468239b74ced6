from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import pytest
from django.utils import translation

from compliance.archive import IncompleteRecord, Record, index_html
from compliance.archive.pages import LISTED
from tests.compliance.archive.sample import category, information, part, record, usual


class Page(HTMLParser):
    """What a browser would make of the page: elements with their attributes, and the words."""

    def __init__(self, made: Record) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(index_html(made).decode())
        self.text = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.words += " " * (tag in {"td", "th", "dt", "dd"})

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def links(self) -> list[str]:
        return [link["href"] or "" for link in self.all("a")]


def test_it_tells_of_each_category_all_that_article_15_asks_for() -> None:
    """Rules L13: (a) to (h) and 15(2), with values of this category."""
    text = Page(record()).text
    for row in usual():
        if row["state"] != "not applicable":
            for name, value in row["information"].items():
                for words in value if isinstance(value, list) else [value]:
                    assert name == "role" or words in text
    assert "complain to the authority where you live or work, or to ours: Data Protection" in text
    for right in ("corrected", "deleted", "restricted", "Object", "Take it with you"):
        assert right in text


def test_what_every_category_says_alike_is_said_once() -> None:
    same = {"source": "From you.", "decisions": "None.", "safeguards": "All of it stays here."}
    rows = [
        category(slug, "delivered", information=information(slug, **same))
        for slug in ("notes", "leads")
    ]
    text = Page(record(*rows)).text
    for words in same.values():
        assert text.count(words) == 1
    assert text.count("why notes is used") == 1


@pytest.mark.parametrize(
    "name", ["purpose", "data", "retention", "source", "decisions", "safeguards"]
)
@pytest.mark.parametrize("value", ["", "  \n"])
def test_a_category_that_lacks_something_to_be_told_stops_the_copy(name: str, value: str) -> None:
    for state in ("delivered", "nothing held", "not asked", "on request"):
        row = category("notes", state, information=information("notes", **{name: value}))
        with pytest.raises(IncompleteRecord, match=f"notes says nothing on {name} "):
            index_html(record(row))


def test_a_category_without_any_information_or_list_of_recipients_stops_the_copy() -> None:
    bare = category("notes", "delivered")
    del bare["information"]
    with pytest.raises(IncompleteRecord):
        index_html(record(bare))
    unlisted = category("notes", "delivered")
    del unlisted["information"]["recipients"]
    with pytest.raises(IncompleteRecord, match="nothing on recipients"):
        index_html(record(unlisted))


@pytest.mark.parametrize("state", ["not asked", "on request", "withheld"])
def test_what_is_left_out_names_the_way_to_ask(state: str) -> None:
    row = category("notes", state, note="a reason")
    assert "how to ask for notes" in Page(record(row)).text
    with pytest.raises(IncompleteRecord, match="how to ask"):
        index_html(record({**row, "how_to_ask": " "}))


def test_what_is_withheld_says_why() -> None:
    assert "why messages are held back" in Page(record()).text
    with pytest.raises(IncompleteRecord, match="does not say why"):
        index_html(record(category("notes", "withheld")))


def test_without_an_authority_to_complain_to_there_is_no_copy() -> None:
    made = record()
    made["controller"]["authority"] = ""
    with pytest.raises(IncompleteRecord, match="authority"):
        index_html(made)


def test_nobody_received_it_is_said_in_words() -> None:
    row = category("notes", "delivered", information=information("notes", recipients=[]))
    assert "Nobody outside Larkfield Software Ltd." in Page(record(row)).text


def test_each_state_of_a_category_is_said_in_words() -> None:
    text = Page(record()).text
    for row, words in (
        ("Notes 6", "CSV"),
        ("Presentations 3", "CSV, 1 file"),
        ("Usage 0", "We hold none"),
    ):
        assert f"{row} {words}" in text
    for words in ("Does not apply", "Not asked for", "On request", "Held back"):
        assert text.count(words) == 1


def test_of_what_does_not_apply_only_that_is_said() -> None:
    text = Page(record(category("seats", "not applicable"), category("notes", "delivered"))).text
    assert "why seats is used" not in text
    assert text.count("Does not apply") == 1


def test_who_decides_is_named() -> None:
    rows = [
        category("notes", "delivered"),
        category("seats", "delivered", information=information("seats", role="controller")),
    ]
    text = Page(record(*rows)).text
    assert "Who decides The customer who has this contract." in text
    assert "Who decides Larkfield Software Ltd What it is what seats is" in text


def test_every_entry_is_linked_where_it_lies() -> None:
    files = [part("files/notes/größe 1.pdf"), part("files/notes/17%2F42.pdf")]
    links = [unquote(link) for link in Page(record(category("notes", "delivered", *files))).links()]
    assert {entry["path"] for entry in files} <= set(links)
    assert {"manifest.json", "datapackage.json"} <= set(links)


def test_links_stay_in_the_archive_or_reach_the_company() -> None:
    page = Page(record())
    targets = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    for link in page.links():
        if link.startswith("#"):
            assert link[1:] in targets
        else:
            assert link.split(":")[0] in {"mailto", "tel"} or link.endswith(
                (".csv", ".pdf", ".json")
            )
    assert not {"script", "img", "link", "iframe", "object", "form", "base"} & {
        tag for tag, _ in page.elements
    }
    assert b"url(" not in index_html(record())
    assert b"@import" not in index_html(record())


def test_thousands_of_files_are_counted_not_listed() -> None:
    files = [part(f"files/notes/{number}.pdf") for number in range(LISTED + 1500)]
    page = Page(record(category("notes", "delivered", *files)))
    assert len([link for link in page.links() if link.startswith("files/")]) == LISTED
    assert "1500 more are in the same folder" in page.text


def hostile(value: Any, path: str = "record") -> Any:
    """The record with something a browser could run in every free text."""
    if isinstance(value, dict):
        kept = {"state", "scope", "format", "language", "time_zone", "created_at", "cutoff_at"}
        return {
            name: inner if name in kept else hostile(inner, f"{path}.{name}")
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [hostile(inner, path) for inner in value]
    if isinstance(value, str):
        return f"{value}\"'></style><script>alert(1)</script>{{{{ 1|add:1 }}}}"
    return value


def test_nothing_in_the_record_becomes_markup() -> None:
    harmless, page = Page(record()), Page(hostile(record()))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in harmless.elements]
    assert "why notes is used\"'></style><script>alert(1)</script>{{ 1|add:1 }}" in page.text
    names = {name for _, attributes in page.elements for name in attributes}
    assert names == {name for _, attributes in harmless.elements for name in attributes}


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("de", "ltr"), ("ar", "rtl")])
def test_it_speaks_the_records_language_and_leaves_the_callers_alone(
    language: str, direction: str
) -> None:
    with translation.override("fr"):
        page = Page(record(language=language))
        assert translation.get_language() == "fr"
    assert page.all("html") == [{"lang": language, "dir": direction}]


def test_counts_are_written_as_the_language_writes_them() -> None:
    rows = [category("notes", "delivered", part("data/notes/1.csv", rows=2_000_000))]
    assert "Notes 2,000,000" in Page(record(*rows)).text
    assert "Notes 2.000.000" in Page(record(*rows, language="de")).text


def test_moments_are_the_controllers_own_and_machine_readable() -> None:
    page = Page(record())
    assert "1\u00a0July\u00a02026,\u00a000:30" in page.words
    assert {"datetime": "2026-07-01T00:30:00+01:00"} in page.all("time")


def test_a_contract_with_hundreds_of_seats_names_each() -> None:
    seats = [f"S-{number}" for number in range(300)]
    page = Page(record(scope="contract", seats=seats))
    assert "What Larkfield held of contract C-000017 and its 300 seats on" in page.text
    assert ", ".join(seats) in page.text
    assert "held of seat S-204417 on" in Page(record()).text


def test_tables_and_headings_can_be_followed_by_ear() -> None:
    page = Page(record())
    assert {cell.get("scope") for cell in page.all("th")} == {"col", "row"}
    levels = [int(tag[1]) for tag, _ in page.elements if tag in {"h1", "h2", "h3"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
