"""Which names an entry of an archive may have."""

from __future__ import annotations

import unicodedata

MAX_CHARACTERS = 200
# Windows gives these a meaning of its own; a name has to unpack everywhere.
_FORBIDDEN = frozenset('\\:*?"<>|')
_PORTS = {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
_DEVICES = {"con", "prn", "aux", "nul"} | _PORTS


class BadName(ValueError):
    """A name that could unpack outside its folder, over another entry, or not at all."""


def entry_name(name: str) -> str:
    """`name`, when it is safe as the path of an entry; raises `BadName` saying why it is not.

    Relative, with forward slashes, no `.` or `..`, in NFC, at most 200 characters, unpackable on
    every system: an archive must never write outside the folder it is unpacked in ("zip slip").
    """
    wrong = _what_is_wrong(name)
    if wrong:
        raise BadName(f"{name[:MAX_CHARACTERS]!r} cannot name an entry of an archive: {wrong}.")
    return name


def folded(name: str) -> str:
    """What two names share that would overwrite each other where case makes no difference."""
    return unicodedata.normalize("NFC", name.casefold())


def _what_is_wrong(name: str) -> str:
    if not name:
        return "it is empty"
    if len(name) > MAX_CHARACTERS:
        return f"it is longer than {MAX_CHARACTERS} characters"
    if not unicodedata.is_normalized("NFC", name):
        return "it is not in Unicode's composed form (NFC)"
    for character in name:
        # Cc, Cf, Cs, Co, Cn: controls, bidirectional marks, lone surrogates, unassigned ones.
        if character in _FORBIDDEN or unicodedata.category(character)[0] == "C":
            return f"it has the character U+{ord(character):04X}"
    for segment in name.split("/"):
        if segment in {"", ".", ".."}:
            return "every part between slashes must name something"
        if segment != segment.strip() or segment.endswith("."):
            return "a part begins or ends with a space, or ends with a dot"
        if segment.split(".")[0].casefold() in _DEVICES:
            return "a part is the name of a device on Windows"
    return ""
