from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seats.canonical import canonical

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_there_is_one_spelling() -> None:
    assert canonical({"b": [1, None, True], "a": 'é\n"', "A": {}}) == (
        '{"A":{},"a":"é\\n\\"","b":[1,null,true]}'
    )


@given(values)
def test_what_is_read_back_is_spelled_alike(value: Any) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), b"x", {1: 2}, {None: 1}, {"a": [{3}]}, "\ud800"]
)
def test_what_has_no_one_spelling_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        canonical(value)
