from __future__ import annotations

import json


def canonical(value: object) -> bytes:
    """The one JSON spelling of `value` that signatures and digests are made over, as UTF-8.

    Keys sorted by code point, no white space, no escapes but the necessary ones. Takes objects,
    lists, strings, integers, booleans and null; anything else raises `ValueError`. Floats too: the
    same number reads back in another spelling from another database.
    """
    _check(value)
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode()  # a lone surrogate fails here, as a ValueError


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
