from __future__ import annotations

import pytest

from compliance.archive import BadName, entry_name


@pytest.mark.parametrize(
    "name",
    [
        "index.html",
        "data/saved-leads/0001.csv",
        "files/account-list-files/17-42.pdf",
        "daten/größe.csv",
        "データ/一.jsonl",
        "a" * 200,
        ".hidden/..a/b..c",
        "console/nullable.csv",
    ],
)
def test_a_plain_relative_name_is_accepted(name: str) -> None:
    assert entry_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("a" * 201, "longer than 200"),
        ("/etc/passwd", "between slashes"),
        ("../evil.csv", "between slashes"),
        ("data/../../evil.csv", "between slashes"),
        ("data/./a.csv", "between slashes"),
        ("data//a.csv", "between slashes"),
        ("data/", "between slashes"),
        ("..", "between slashes"),
        ("..\\evil.csv", "U\\+005C"),
        ("C:/evil.csv", "U\\+003A"),
        ("a?.csv", "U\\+003F"),
        ("a\x00.csv", "U\\+0000"),
        ("a\n.csv", "U\\+000A"),
        ("a\u202efdp.exe", "U\\+202E"),
        ("a\u200b.csv", "U\\+200B"),
        ("a\ud800.csv", "U\\+D800"),
        ("jose\u0301.csv", "NFC"),
        ("data/ a.csv", "space"),
        ("data./a.csv", "dot"),
        ("data/a.csv.", "dot"),
        ("data/NUL.csv", "device"),
        ("com1/a.csv", "device"),
    ],
)
def test_a_name_that_could_do_harm_is_refused(name: str, why: str) -> None:
    with pytest.raises(BadName, match=why):
        entry_name(name)


def test_the_refusal_can_be_printed_whatever_the_name_holds() -> None:
    with pytest.raises(BadName) as caught:
        entry_name("\u202e" * 10_000)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 2000
