from __future__ import annotations

from datetime import date

from compliance.api.fields import Wire
from consent.enums import DocumentKind
from consent.services import notices


class Notice(Wire):
    """A text exactly as it is to be shown. What is noted about it is bound to `sha256`.

    `before` is the version the member confirmed last, 0 for none; `last` what they did with this
    one so far, empty for nothing.
    """

    version: int
    document: str
    kind: DocumentKind
    number: int
    language: str
    title: str
    points: list[str]
    text: str
    sha256: str
    change_summary: str
    effective_on: date | None
    before: int
    last: str


def as_notice(notice: notices.Notice) -> Notice:
    version = notice.version
    return Notice(
        version=version.pk,
        document=notice.document.slug,
        kind=DocumentKind(notice.document.kind),
        number=version.number,
        language=version.language,
        title=version.title,
        points=version.points,
        text=version.text,
        sha256=version.text_sha256,
        change_summary=version.change_summary,
        effective_on=version.effective_on,
        before=notice.before,
        last=notice.last,
    )
