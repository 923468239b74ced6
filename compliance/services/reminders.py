"""Reminding members of a notice they have not confirmed: by the outbox, and not every day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from compliance.models import EmailMessage
from compliance.services import mails
from compliance.services.errors import IllegalMove, NotAllowed
from consent.models import Document, DocumentVersion
from consent.services import documents
from seats.models import Contract, Member, StaffUser

EVERY = timedelta(days=7)  # a member gets one reminder in that time, whatever they have not read
AT_ONCE = 500  # members in a transaction
MOST = 20_000  # mails a call: what one page can wait for
NOTICES = "/privacy/notices/"


@dataclass(frozen=True, slots=True)
class Rest:
    """Members who are concerned and have not confirmed, and why some get no reminder now."""

    members: int
    without_address: int
    reminded_lately: int

    @property
    def to_remind(self) -> int:
        return self.members - self.without_address - self.reminded_lately


def contracts_of(actor: StaffUser) -> QuerySet[Contract] | None:
    """Those whose members the actor may know of; None for all."""
    if actor.has_perm("seats.see_every_contract"):
        return None
    return Contract.objects.visible_to(actor)


def rest(version: DocumentVersion, *, actor: StaffUser) -> Rest:
    """Of the members whom the actor may see. One query."""
    lately = _lately(member=OuterRef("pk"))
    found = documents.unconfirmed(version, contracts_of(actor)).aggregate(
        members=Count("pk"),
        without_address=Count("pk", filter=Q(email="")),
        reminded_lately=Count("pk", filter=~Q(email="") & Q(Exists(lately))),
    )
    return Rest(**found)


def remind(version: DocumentVersion, *, actor: StaffUser) -> int:
    """Queue a reminder to everyone in `rest` who can get one, at most `MOST`; how many.

    Member by member and batch by batch, so that it can be stopped and asked for again: nobody gets
    a second one. Raises NotAllowed, or IllegalMove for a version that is not in force.
    """
    if why := why_not(version, actor=actor):
        raise why
    texts = list(
        DocumentVersion.objects.published().filter(
            document=version.document_id, number=version.number
        )
    )
    # Who was reminded lately is left out by `_queue`, which has locked them.
    open_ones = documents.unconfirmed(version, contracts_of(actor)).exclude(email="")
    queued = last = 0
    while queued < MOST:
        after = open_ones.filter(pk__gt=last).order_by("pk")
        pks = list(after.values_list("pk", flat=True)[: min(AT_ONCE, MOST - queued)])
        if not pks:
            break
        last = pks[-1]
        queued += _queue(version, texts, pks)
    if queued:
        _note(version, queued, actor)
    return queued


def why_not(version: DocumentVersion, *, actor: StaffUser) -> IllegalMove | NotAllowed | None:
    if not actor.has_perm("consent.remind_documentversion"):
        return NotAllowed(_("Your role does not include this."))
    current = documents.current(version.document)
    if current is None or current.number != version.number:
        return IllegalMove(_("Only the version in force is reminded of."))
    return None


@transaction.atomic
def _queue(version: DocumentVersion, texts: list[DocumentVersion], pks: list[int]) -> int:
    members = list(Member.objects.select_for_update().filter(pk__in=pks, erased_at=None))
    lately = set(_lately(member__in=pks).values_list("member_id", flat=True))
    letters = []
    for member in members:
        if member.pk not in lately and member.email:
            text = documents.spoken(version.document, texts, member.locale)
            said = {"title": text.title, "number": text.number, "path": NOTICES}
            letters.append((member, said))
    return mails.queue_many("notice_reminder", letters)


def _lately(**whose: object) -> QuerySet[EmailMessage]:
    since = timezone.now() - EVERY
    return EmailMessage.objects.filter(template="notice_reminder", queued_at__gt=since, **whose)


def _note(version: DocumentVersion, queued: int, actor: StaffUser) -> None:
    """Who reminded how many stands in the document's history."""
    bulk_update_with_history(
        [version.document],
        Document,
        ["name"],
        default_user=actor,
        default_change_reason=f"version {version.number}: {queued} reminded",
    )
