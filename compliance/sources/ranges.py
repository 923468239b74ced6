"""The ends of a range of keys, as opaque texts: a composite key's parts go into one."""

from __future__ import annotations

import json
from collections.abc import Sequence

from compliance.sources.base import BadKey


def end(key: Sequence[str]) -> str:
    """A key, its parts as the database writes them, as the end of a range."""
    return key[0] if len(key) == 1 else json.dumps(key, ensure_ascii=False, separators=(",", ":"))


def key(end: str, columns: int) -> list[str]:
    """What `end` made it of. Raises BadKey: not a key of so many columns."""
    if columns == 1:
        return [end]
    try:
        parts = json.loads(end)
    except ValueError as error:
        raise BadKey("The end of a range is no key.") from error
    if not isinstance(parts, list) or len(parts) != columns:
        raise BadKey(f"The end of a range is no key of {columns} columns.")
    return [str(part) for part in parts]
