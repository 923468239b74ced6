from __future__ import annotations

from django.conf import settings
from django.utils import translation


def written_in(language: str) -> str:
    """Of the languages we write, the one for somebody who reads `language`: "de-AT" gives "de"."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return settings.LANGUAGE_CODE
