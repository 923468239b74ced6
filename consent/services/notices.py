"""What a member must have been told before they start, and that they were (Art. 12-14).

Information given is never consent, and nothing here stands in the way of rights, preferences or
unsubscribing: only the product asks `may_start`, before it lets somebody work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.enums import SCREENS, Audience, DocumentKind, Shown, Surface
from consent.models import Confirmation, Document, DocumentVersion
from consent.services import documents, evidence
from seats.models import Administration, Member
from seats.services.errors import BadInput, NotFound, Stale


@dataclass(frozen=True, slots=True)
class Notice:
    """A text still to be confirmed on a surface, exactly as it is to be shown.

    `before` is the number the member confirmed last, 0 for none; `last` what they did with this one
    so far ("" for nothing).
    """

    document: Document
    version: DocumentVersion
    before: int
    last: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A row about a notice. `created` is false for a repetition; `next` is what is due instead."""

    confirmation: Confirmation
    created: bool
    next: Notice | None = None


class Superseded(Stale):
    """The text was replaced by a materially different one, which is in `notice`."""

    code = "superseded"

    def __init__(self, notice: Notice) -> None:
        super().__init__(
            _("This text was replaced by version %(number)s. Show that one; nothing was recorded.")
            % {"number": notice.version.number}
        )
        self.notice = notice


def may_start(member: Member, surface: str) -> bool:
    """Whether nothing is left to confirm on this surface. Raises BadInput or NotFound."""
    return not pending(member, surface)


def pending(member: Member, surface: str, *, language: str | None = None) -> list[Notice]:
    """What the member still has to be shown on this surface, in their language or the given one.

    A confirmation holds for the surface it was made on; terms, accepted once, hold everywhere.
    Queries: the same number whatever there is. Raises BadInput or NotFound.
    """
    where = _surface(surface)
    _present(member)
    due = [standing for standing in _standings(member, where) if not standing.is_met]
    if not due:
        return []
    language = language or member.locale
    texts: dict[tuple[int, int], list[DocumentVersion]] = {}
    wanted = DocumentVersion.objects.in_force().filter(
        document__in=[standing.document for standing in due],
        number__in={standing.number for standing in due},
    )
    for version in wanted:
        texts.setdefault((version.document_id, version.number), []).append(version)
    return [
        Notice(
            standing.document,
            documents.spoken(
                standing.document, texts[standing.document.pk, standing.number], language
            ),
            standing.confirmed,
            standing.last,
        )
        for standing in due
    ]


def show(member: Member, version_id: int, **told: Any) -> Noted:
    """That the text was on the screen; takes what `confirm` takes."""
    return _note(Shown.SHOWN, member, version_id, **told)


def postpone(member: Member, version_id: int, **told: Any) -> Noted:
    """That the member said “not now”: it is asked again next time."""
    return _note(Shown.POSTPONED, member, version_id, **told)


def confirm(member: Member, version_id: int, **told: Any) -> Noted:
    """That the member said they read it. Takes

    `sha256`     the fingerprint of the text as it was on the screen, which this is bound to,
    `surface`    where,
    `client_at`  when, by a device that was offline (aware),
    `key`        makes a repetition harmless, `client` names the app, `ip` is truncated here.

    The same confirmation again answers with the row there is. A version replaced by a materially
    different one raises `Superseded` with the new one, unless it was confirmed offline while it was
    in force: then that is recorded, and `next` is what is due now. Raises NotFound or BadInput.
    """
    return _note(Shown.CONFIRMED, member, version_id, **told)


def _note(
    state: Shown,
    member: Member,
    version_id: int,
    *,
    sha256: str,
    surface: str,
    client_at: datetime | None = None,
    key: str = "",
    ip: str = "",
    client: str = "",
) -> Noted:
    where = _surface(surface)
    _present(member)
    version = DocumentVersion.objects.in_force().select_related("document").filter(pk=version_id)
    found = version.first()
    if found is None:
        raise NotFound(_("There is no such notice."))
    if found.text_sha256 != sha256.lower():
        raise BadInput(_("The fingerprint is not that of this text: show the text again."))
    if len(key) > evidence.LONGEST_KEY:
        raise BadInput(_("An idempotency key has at most 80 characters."))
    if "\0" in key + client:
        raise BadInput(_("A text cannot hold the character NUL."))
    at = evidence.moment(client_at) if client_at else timezone.now()
    newer = _due_instead(found)
    if newer and not (client_at and _in_force_at(found, at.astimezone(UTC).date())):
        raise Superseded(newer)
    row = Confirmation(
        member=member,
        version=found,
        surface=where,
        state=state,
        at=timezone.now(),
        client_at=client_at and at,
        client=client[:80],
        ip=evidence.truncated(ip),
        key=key,
    )
    return _saved(row, newer)


def _saved(row: Confirmation, newer: Notice | None) -> Noted:
    """Write it once: what is there already, under its key or as the same fact, is the answer."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        there = _there(row)
        if there is None:
            raise
        return Noted(there, created=False, next=newer)
    return Noted(row, created=True, next=newer)


def _there(row: Confirmation) -> Confirmation | None:
    same = Confirmation.objects.filter(member=row.member_id)
    if row.key and (keyed := same.filter(key=row.key).first()):
        there = keyed.version_id, keyed.surface, keyed.state
        if there != (row.version_id, row.surface, row.state):
            raise BadInput(_("This idempotency key was used for something else."))
        return keyed
    return same.filter(version=row.version_id, surface=row.surface, state=row.state).first()


@dataclass(slots=True)
class _Standing:
    """Where a member stands with a document on a surface."""

    document: Document
    number: int  # in force now
    required: int  # the last material one of those in force
    confirmed: int = 0
    last: str = ""

    @property
    def is_met(self) -> bool:
        return self.confirmed >= self.required


def _standings(member: Member, surface: Surface) -> list[_Standing]:
    standings = {standing.document.pk: standing for standing in _required(audiences(member), None)}
    rows = (
        Confirmation.objects.filter(member=member, version__document__in=standings)
        .order_by("at", "pk")
        .values_list("version__document", "version__number", "surface", "state")
    )
    for document, number, where, state in rows:
        standing = standings[document]
        everywhere = standing.document.kind == DocumentKind.TERMS
        if where != surface and not (everywhere and state == Shown.CONFIRMED):
            continue
        if state == Shown.CONFIRMED:
            standing.confirmed = max(standing.confirmed, number)
        if number == standing.number:
            standing.last = state
    return list(standings.values())


def _required(audiences: Iterable[Audience], document: Document | None) -> list[_Standing]:
    """What is in force for these audiences, without the texts."""
    rows = (
        DocumentVersion.objects.in_force()
        .filter(document__audience__in=list(audiences))
        .select_related("document")
        .only("document", "number", "material")
        .order_by("document", "number")
    )
    if document:
        rows = rows.filter(document=document)
    standings: dict[int, _Standing] = {}
    for row in rows:
        standing = standings.setdefault(row.document_id, _Standing(row.document, 0, 0))
        standing.number = row.number
        if row.material:
            standing.required = row.number
    return list(standings.values())


def audiences(member: Member) -> set[Audience]:
    """Whose notices the member is to read: those for administrators while they are one."""
    administers = Administration.objects.in_force().filter(member=member).exists()
    return {Audience.MEMBERS, Audience.ADMINISTRATORS} if administers else {Audience.MEMBERS}


def _due_instead(version: DocumentVersion) -> Notice | None:
    """The notice that took this one's place by a material change, confirmed or not."""
    document = version.document
    standing = _required([Audience(document.audience)], document)[0]
    if version.number >= standing.required:
        return None
    newest = list(DocumentVersion.objects.filter(document=document, number=standing.number))
    shown = documents.spoken(document, newest, version.language)
    return Notice(document, shown, version.number, "")


def _in_force_at(version: DocumentVersion, day: date) -> bool:
    """Whether nothing material had replaced it by that day."""
    began = version.effective_on is not None and version.effective_on <= day
    replaced = DocumentVersion.objects.in_force(day).filter(
        document=version.document_id, number__gt=version.number, material=True
    )
    return began and not replaced.exists()


def _surface(name: str) -> Surface:
    if name not in SCREENS:
        raise BadInput(
            _("“%(name)s” is no surface: %(all)s.") % {"name": name, "all": ", ".join(SCREENS)}
        )
    return Surface(name)


def _present(member: Member) -> None:
    if member.erased_at:
        raise NotFound(_("There is no such member."))
