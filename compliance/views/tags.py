"""A request's state in a word, and the date that counts, for lists of requests."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.enums import RequestKind, Status
from compliance.models import Archive, PrivacyRequest
from compliance.templatetags.plainly import day, moment

Text = str | Promise
OK, NOW, WARN, PLAIN = "ok", "now", "warn", ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A word, and the class that gives it shape and colour."""

    word: Text
    look: str


@dataclass(frozen=True, slots=True)
class Line:
    """One request in a list."""

    request: PrivacyRequest
    tag: Tag
    note: str


# One vocabulary for whoever asked; the desk's own is `Status`.
TAGS: dict[str, Tag] = {
    Status.RECEIVED: Tag(gettext_lazy("Received"), PLAIN),
    Status.IDENTITY: Tag(gettext_lazy("We need to know that it is you"), WARN),
    Status.IN_REVIEW: Tag(gettext_lazy("Being looked at"), PLAIN),
    Status.WAITING: Tag(gettext_lazy("We need something from you"), WARN),
    Status.AWAITING_APPROVAL: Tag(gettext_lazy("Being decided"), PLAIN),
    Status.APPROVED: Tag(gettext_lazy("Approved"), PLAIN),
    Status.COOLING_OFF: Tag(gettext_lazy("Scheduled"), PLAIN),
    Status.RUNNING: Tag(gettext_lazy("Being prepared"), NOW),
    Status.ATTENTION: Tag(gettext_lazy("Takes longer"), WARN),
    Status.COMPLETED: Tag(gettext_lazy("Ready"), OK),
    Status.REJECTED: Tag(gettext_lazy("Not carried out"), PLAIN),
    Status.CANCELLED: Tag(gettext_lazy("Cancelled"), PLAIN),
    Status.EXPIRED: Tag(gettext_lazy("Closed"), PLAIN),
}
OF_DELETIONS: dict[str, Tag] = {
    Status.RUNNING: Tag(gettext_lazy("Being deleted"), NOW),
    Status.COMPLETED: Tag(gettext_lazy("Deleted"), OK),
}
GONE = Tag(gettext_lazy("No longer here"), PLAIN)


def line(request: PrivacyRequest) -> Line:
    """`archives` should be prefetched when there are many."""
    return Line(request, tag(request), _note(request))


def tag(request: PrivacyRequest) -> Tag:
    if request.kind == RequestKind.DELETION and request.status in OF_DELETIONS:
        return OF_DELETIONS[request.status]
    if request.status == Status.COMPLETED and fetchable(request) is None:
        return GONE
    return TAGS[request.status]


def fetchable(request: PrivacyRequest) -> Archive | None:
    """The copy, while it can be had."""
    now = timezone.now()
    live = (
        row for row in request.archives.all() if row.destroyed_at is None and row.expires_at > now
    )
    return next(live, None)


def _note(request: PrivacyRequest) -> str:
    if request.status == Status.COOLING_OFF:
        return _("You can cancel until %(until)s.") % {"until": moment(request.cooling_off_until)}
    if request.status == Status.COMPLETED and (copy := fetchable(request)):
        return _("Download it until %(until)s.") % {"until": moment(copy.expires_at)}
    if request.is_closed:
        return day(request.closed_at)
    return _("We answer by %(due)s.") % {"due": day(request.due_on)}
