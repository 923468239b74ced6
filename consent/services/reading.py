"""A notice as one member reads it on our own pages: in which languages, what changed, what is next.

`notices` has the rules, also for the product, which shows notices itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from consent.enums import PRIVACY_PAGES, Shown, Surface
from consent.models import Confirmation, DocumentVersion
from consent.services import notices
from consent.services.notices import Noted
from seats.models import Member
from seats.services.errors import NotFound


@dataclass(slots=True)
class Reading:
    """`before` is the number the member confirmed last on this surface, 0 for none.

    With `instead` there is a newer version to read in its place; with `record` nothing is left to
    do about this one, and it says what was done. `changes` are the versions since `before` that
    say what they changed, oldest first; `tongues` the same version in other languages.
    """

    version: DocumentVersion
    is_due: bool
    before: int
    instead: DocumentVersion | None = None
    record: Confirmation | None = None
    changes: list[DocumentVersion] = field(default_factory=list)
    tongues: list[DocumentVersion] = field(default_factory=list)


def of(member: Member, version_id: int, surface: Surface) -> Reading:
    """Raises NotFound for what is no notice to this member: unknown, a draft, or for others.

    Queries: the same number however many versions and languages there are.
    """
    version = _addressed(member, version_id)
    pending = notices.pending(member, surface, language=version.language)
    due = next((one for one in pending if one.document == version.document), None)
    confirmed = list(
        Confirmation.objects.filter(
            member=member, version__document=version.document_id, state=Shown.CONFIRMED
        )
        .select_related("version")
        .order_by("version__number", "at", "pk")
    )
    here = [row.version.number for row in confirmed if row.surface == surface]
    reading = Reading(version, is_due=due is not None, before=max(here, default=0))
    if due is not None and due.version.number != version.number:
        reading.instead = due.version
    elif due is None and confirmed and version.number <= confirmed[-1].version.number:
        reading.record = confirmed[-1]
    for other in _others(version, reading.before):
        if other.number == version.number and other.pk != version.pk:
            reading.tongues.append(other)
        elif other.language == version.language and reading.before and other.change_summary:
            reading.changes.append(other)
    return reading


def confirm(member: Member, version_id: int, **told: Any) -> Noted:
    """That the member said on our pages that they read it; takes and raises what `notices` does."""
    _addressed(member, version_id)
    return notices.confirm(member, version_id, client=PRIVACY_PAGES, **told)


def postpone(member: Member, version_id: int, **told: Any) -> Noted:
    """That they said “not now”, kept once a day: a second click says nothing more."""
    _addressed(member, version_id)
    today = timezone.now().date().isoformat()
    key = f"later {version_id} {told['surface']} {today}"
    return notices.postpone(member, version_id, client=PRIVACY_PAGES, key=key, **told)


def later_changes(version: DocumentVersion) -> list[DocumentVersion]:
    """Versions in force that took its place and say what they changed, oldest first."""
    return [
        other
        for other in _others(version, version.number)
        if other.language == version.language
        and other.number > version.number
        and other.change_summary
    ]


def _addressed(member: Member, version_id: int) -> DocumentVersion:
    found = (
        DocumentVersion.objects.in_force()
        .filter(pk=version_id, document__audience__in=notices.audiences(member))
        .select_related("document")
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such notice."))
    return found


def _others(version: DocumentVersion, after: int) -> list[DocumentVersion]:
    """The document's versions in force later than a number, without their texts."""
    rows = DocumentVersion.objects.in_force().filter(document=version.document_id, number__gt=after)
    return list(rows.defer("text", "summary").order_by("number", "language"))
