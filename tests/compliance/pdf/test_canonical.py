from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.pdf import NotCanonical, canonical, fingerprint

NAMES = st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=8)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4)
)


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_a_record_reads_back_as_it_was_and_has_one_spelling(record: dict[str, Any]) -> None:
    written = canonical(record)
    assert json.loads(written) == record
    assert canonical(dict(reversed(record.items()))) == written


def test_keys_are_sorted_nothing_is_spaced_and_letters_are_not_escaped() -> None:
    record = {"b": [1, True, None], "a": {"z": "Zoë 🌍", "k": ""}}
    assert canonical(record) == '{"a":{"k":"","z":"Zoë 🌍"},"b":[1,true,null]}'.encode()


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (0.5, "record.a[1] is a float"),
        (math.nan, "record.a[1] is a float"),
        (2**53, "record.a[1] is larger"),
        (b"x", "record.a[1] is a bytes"),
        ("\ud83d", "record.a[1] holds half"),
        ({1: 2}, "record.a[1] has a key"),
        ({"ä": 2}, "record.a[1] has a key"),
    ],
)
def test_what_json_readers_disagree_on_is_refused_with_its_place(value: Any, place: str) -> None:
    with pytest.raises(NotCanonical) as refused:
        canonical({"a": [0, value]})
    assert str(refused.value).startswith(place)


def test_a_fingerprint_is_sha_256() -> None:
    assert fingerprint(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
