"""What the catalogues promise. That no sentence is missing from them is `.ci/translations.py`'s."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import translation

from compliance.models import DataCategory
from tests.catalogues import LOCALE, TRANSLATED, catalogue

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|</?[a-z]+[^>]*>")
# Members and staff are addressed politely, in every language.
FAMILIAR = {
    "de": r"\b(du|dich|dir|dein\w*|euch|euer\w*)\b",
    "fr": r"\b(tu|toi|ton|ta|tes)\b",
    "es": r"\b(tú|tu|tus|ti|vosotr\w*|vuestr\w*)\b",
}


def texts(entry: polib.POEntry) -> list[str]:
    return [entry.msgstr] if entry.msgstr else list(entry.msgstr_plural.values())


def test_every_language_but_the_one_we_write_in_has_a_catalogue() -> None:
    assert {*TRANSLATED, "en"} == {code for code, _name in settings.LANGUAGES}


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_is_whole(language: str) -> None:
    words = catalogue(language)
    assert [entry.msgid for entry in words.untranslated_entries()] == []
    assert [entry.msgid for entry in words.fuzzy_entries()] == []
    assert [entry.msgid for entry in words.obsolete_entries()] == []
    assert not [entry.msgid for entry in words if "" in texts(entry)]


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogues_say_the_same_sentences(language: str) -> None:
    first = {(entry.msgctxt, entry.msgid) for entry in catalogue(TRANSLATED[0])}
    assert {(entry.msgctxt, entry.msgid) for entry in catalogue(language)} == first


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_fills_in_what_the_sentence_does(language: str) -> None:
    for entry in catalogue(language):
        for text, said in zip(texts(entry), (entry.msgid, entry.msgid_plural), strict=False):
            wanted = Counter(PLACEHOLDER.findall(said or entry.msgid))
            assert Counter(PLACEHOLDER.findall(text)) == wanted, entry.msgid


@pytest.mark.parametrize("language", TRANSLATED)
def test_readers_are_addressed_politely(language: str) -> None:
    for entry in catalogue(language):
        for text in texts(entry):
            assert not re.search(FAMILIAR[language], text, re.IGNORECASE), text


def test_french_signs_stand_off_by_a_space_that_does_not_break() -> None:
    for entry in catalogue("fr"):
        for text in texts(entry):
            assert not re.search(r" [:;?!»]|« ", text), text


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_the_written_one(language: str) -> None:
    """`make install` compiles them; the running interface reads what is compiled."""
    folder = LOCALE / language / "LC_MESSAGES"
    compiled = polib.mofile(str(Path(folder, "django.mo")))
    written = catalogue(language)
    assert {(entry.msgctxt, entry.msgid): texts(entry) for entry in compiled} == {
        (entry.msgctxt, entry.msgid): texts(entry) for entry in written
    }


@pytest.mark.django_db
@pytest.mark.parametrize("language", TRANSLATED)
def test_the_words_of_the_categories_are_in_the_catalogues(language: str) -> None:
    known = {entry.msgid for entry in catalogue(language)}
    for row in DataCategory.objects.all():
        for field in ("name", "description", "purpose", "source", "recipients", "retention"):
            assert getattr(row, field) in known
        with translation.override(language):
            assert row.said("purpose") != row.purpose
