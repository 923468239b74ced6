from __future__ import annotations

import unicodedata
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from compliance.pdf.canonical import canonical, fingerprint
from compliance.pdf.pages import PAGES
from compliance.pdf.phrases import Phrases
from compliance.pdf.records import Record
from compliance.pdf.signatures import OPEN_SEAL, seal, sign_file, sign_record, signature_file
from compliance.pdf.typesetting import Attached, Job, typeset
from seats.keys import signing_key

RECORD_NAME = "receipt.json"
SIGNATURE_NAME = "receipt.json.sig"
INK = "#1c2324"
# What could make a line read otherwise than it is written (Unicode TR 36, bidirectional spoofing).
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
Plain = TypeVar("Plain")


class Rendered(NamedTuple):
    """A document and all that proves it. `pdf` carries `record` and `record_signature` inside."""

    pdf: bytes
    record: bytes
    record_sha256: str
    pdf_sha256: str
    key_id: str
    record_signature: bytes
    pdf_signature: bytes


def render(record: Record, *, language: str) -> Rendered:
    """Print, sign and seal a record as a PDF/A-3a file; the same record gives the same bytes.

    Raises `NotCanonical`, `UnknownCode`, `NotCertain` or `ValueError` for a record that cannot be
    printed truthfully, and `TypesettingFailed`.
    """
    if language != record["language"]:
        raise ValueError(f"The record is in {record['language']!r}, not {language!r}.")
    content = canonical(cast(Mapping[str, Any], record))
    key_id, key = signing_key(datetime.fromisoformat(record["issued_at"]).date())
    signature = sign_record(content, key)
    pdf = typeset(_job(record, content, signature, key_id))
    pdf = seal(pdf, key)
    return Rendered(
        pdf=pdf,
        record=content,
        record_sha256=fingerprint(content),
        pdf_sha256=fingerprint(pdf),
        key_id=key_id,
        record_signature=signature,
        pdf_signature=sign_file(pdf, key),
    )


def page_html(record: Record, *, record_sha256: str, key_id: str) -> str:
    """The page by itself, with everything it shows inside; it needs `style()` beside it."""
    language = record["language"]
    if language not in dict(settings.LANGUAGES):
        raise ValueError(f"Documents are not written in {language!r}.")
    shown = _printable(record)
    with translation.override(language):
        say = Phrases(language=language, time_zone=shown["time_zone"], issued_at=shown["issued_at"])
        context = {
            "page": PAGES[shown["kind"]](shown, say),
            "record": shown,
            "issued": say.issued(),
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
            "logo": _logo(),
            "qr": _qr(shown["url"]),
            "site": _site(shown),
            "key_id": key_id,
            "digest": [record_sha256[start : start + 8] for start in range(0, 64, 8)],
        }
        return render_to_string(f"documents/{shown['kind']}.html", context)


@cache
def style() -> str:
    """The documents' style sheet; a company's own goes into a template folder before ours."""
    return render_to_string("documents/documents.css")


def _job(record: Record, content: bytes, signature: bytes, key_id: str) -> Job:
    digest = fingerprint(content)
    attachments: list[Attached] = [
        {
            "name": RECORD_NAME,
            "description": "The record this document was printed from",
            "relationship": "Data",
            "text": content.decode(),
        },
        {
            "name": SIGNATURE_NAME,
            "description": "The signature of that record",
            "relationship": "Supplement",
            "text": signature_file(content, signature, key_id).decode(),
        },
    ]
    return {
        "html": page_html(record, record_sha256=digest, key_id=key_id),
        "css": style(),
        "identifier": digest[:32],
        "issued_at": record["issued_at"],
        "seal": OPEN_SEAL,
        "attachments": attachments,
    }


def _site(record: Record) -> str:
    """The address up to the code, as people type it."""
    return record["url"].removesuffix(record["code"]).partition("://")[2]


@cache
def _logo() -> str:
    svg = render_to_string("documents/logo.svg")
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def _qr(url: str) -> str:
    """Level M: readable with 15 % of it lost. No border: the box around it gives the quiet zone."""
    code = segno.make_qr(url, error="m", boost_error=False)
    uri: str = code.svg_data_uri(border=0, dark=INK)
    return uri


def _printable(value: Plain) -> Plain:
    """The same without characters that print nothing or change the order of what is read."""
    if isinstance(value, str):
        return cast(Plain, "".join(letter for letter in value if _prints(letter)))
    if isinstance(value, Mapping):
        return cast(Plain, {key: _printable(item) for key, item in value.items()})
    if isinstance(value, list):
        return cast(Plain, [_printable(item) for item in value])
    return value


def _prints(letter: str) -> bool:
    if letter in "\n\t":
        return True
    return unicodedata.category(letter) != "Cc" and letter not in _REORDERING
