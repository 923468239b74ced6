"""The message catalogues, for tests of words."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "compliance" / "locale"
TRANSLATED = sorted(path.name for path in LOCALE.iterdir())
SENTENCE = 15  # letters, from which on a piece of English is no coincidence


@cache
def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(LOCALE / language / "LC_MESSAGES" / "django.po"))


def english_in(text: str, language: str) -> list[str]:
    """The sentences that should have been said in `language` and were left in English."""
    said = " ".join(text.split())
    return [
        entry.msgid
        for entry in catalogue(language)
        if len(entry.msgid) >= SENTENCE
        and "%" not in entry.msgid
        and entry.msgid not in (entry.msgstr, *entry.msgstr_plural.values())
        and entry.msgid in said
    ]
