from __future__ import annotations

import json


def canonical(value: object) -> str:
    """The one JSON spelling of `value`; signatures and digests are made over its UTF-8.

    Keys sorted by code point, no white space, no escapes but the necessary ones. Takes objects,
    lists, strings, integers, booleans and null; anything else raises `ValueError`. Floats too: the
    same number reads back in another spelling from another database.
    """
    _check(value)
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    text.encode()  # half of a surrogate pair has no UTF-8: a ValueError too
    return text


def _check(value: object) -> None:
    if isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                raise ValueError(f"A JSON object's keys are strings, not {type(key).__name__}.")
            _check(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _check(member)
    elif value is not None and not isinstance(value, str | int):
        raise ValueError(f"A {type(value).__name__} has no canonical JSON.")
