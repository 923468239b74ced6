"""What a status means to the person who asked: a heading, the sentence below, what they must do."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from compliance.enums import Capacity, RequestKind, Status
from compliance.models import Archive, PrivacyRequest
from compliance.services import steps
from compliance.services.cases import Progress
from compliance.templatetags.plainly import day, moment

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Sentences:
    heading: str
    lead: str
    todo: str  # "" when there is nothing left to be done
    needs_you: bool = False
    act: str = ""  # what the page offers for it: "answer", "download", or "mail" to write to us


ANSWER_BY = gettext_lazy("We answer by %(due)s.")
UNANSWERED = gettext_lazy(
    "We go on as soon as we have your answer. Without one, we close the request on %(due)s."
)
HEADINGS: dict[str, Text] = {
    Status.RECEIVED: gettext_lazy("We have your request"),
    Status.IDENTITY: gettext_lazy("We need to know that it is you"),
    Status.IN_REVIEW: gettext_lazy("We are looking at your request"),
    Status.WAITING: gettext_lazy("We need something from you"),
    Status.AWAITING_APPROVAL: gettext_lazy("Your request waits for a decision"),
    Status.APPROVED: gettext_lazy("Your request is approved"),
    Status.COOLING_OFF: gettext_lazy("The deletion has a date"),
    Status.ATTENTION: gettext_lazy("This takes longer than planned"),
    Status.REJECTED: gettext_lazy("We do not carry out your request"),
    Status.CANCELLED: gettext_lazy("Your request is cancelled"),
    Status.EXPIRED: gettext_lazy("Your request is closed"),
}
# Where the heading names the data: of whoever holds the seat, or of somebody else.
YOURS: dict[tuple[str, str], Text] = {
    (RequestKind.EXPORT, Status.RUNNING): gettext_lazy("We are collecting your data"),
    (RequestKind.DELETION, Status.RUNNING): gettext_lazy("We are deleting your data"),
    (RequestKind.EXPORT, Status.COMPLETED): gettext_lazy("Your copy is ready"),
    (RequestKind.DELETION, Status.COMPLETED): gettext_lazy("Your data is deleted"),
}
THEIRS: dict[tuple[str, str], Text] = {
    **YOURS,
    (RequestKind.EXPORT, Status.RUNNING): gettext_lazy("We are collecting the data"),
    (RequestKind.DELETION, Status.RUNNING): gettext_lazy("We are deleting the data"),
    (RequestKind.DELETION, Status.COMPLETED): gettext_lazy("The data is deleted"),
}
LEADS: dict[str, Text] = {
    Status.RECEIVED: ANSWER_BY,
    Status.IDENTITY: UNANSWERED,
    Status.IN_REVIEW: gettext_lazy("A person checks what you asked for. We answer by %(due)s."),
    Status.WAITING: UNANSWERED,
    Status.ATTENTION: gettext_lazy(
        "Something did not work as it should. A person looks into it. We answer by %(due)s."
    ),
    Status.REJECTED: gettext_lazy("We decided this on %(closed)s. You can disagree: see below."),
    Status.EXPIRED: gettext_lazy(
        "We had no answer to our question, so we closed it on %(closed)s. You can ask again."
    ),
}


def of(
    case: PrivacyRequest,
    progress: Progress,
    *,
    archive: Archive | None,
    customer_decides: bool,
    cancellable: bool,
) -> Sentences:
    """The sentences of a request as it stands now, in the active language."""
    heading = str(_heading(case, progress, archive, cancellable=cancellable))
    lead = _lead(case, progress, archive, customer_decides=customer_decides)
    todo, act = _todo(case, archive)
    words = {"due": day(case.due_on), "closed": day(case.closed_at)}
    return Sentences(heading, str(lead) % words, todo, bool(act), act)


def _heading(
    case: PrivacyRequest, progress: Progress, archive: Archive | None, *, cancellable: bool
) -> Text:
    if case.status == Status.COOLING_OFF and cancellable:
        return _("You can still change your mind")
    if case.status == Status.COMPLETED and archive and archive.destroyed_at:
        return _("Your copy is no longer here")
    if case.status == Status.COMPLETED and progress.kept:
        return _("The deletion is done")
    words = YOURS if case.capacity == Capacity.HOLDER else THEIRS
    return words.get((case.kind, case.status)) or HEADINGS[case.status]


def _lead(
    case: PrivacyRequest, progress: Progress, archive: Archive | None, *, customer_decides: bool
) -> Text:
    status, deletion = case.status, case.kind == RequestKind.DELETION
    if status == Status.AWAITING_APPROVAL and customer_decides and case.escalated_at:
        return _("Your company did not agree so far. Our compliance office decides by %(due)s.")
    if status == Status.AWAITING_APPROVAL and customer_decides:
        return _("Your company decides about this data. We asked its administrator.")
    if status == Status.AWAITING_APPROVAL:
        return ANSWER_BY
    if status == Status.APPROVED and case.copy_first_id and not case.copy_waived_at:
        if steps.copy_never_came(case):
            return _("The copy you asked for first was not made. So we delete nothing yet.")
        return _("The deletion waits for the copy you asked for.")
    if status == Status.APPROVED:
        return (
            _("We are about to set the time of the deletion.")
            if deletion
            else _("We are about to put your copy together.")
        )
    if status == Status.COOLING_OFF:
        return _("We start to delete on %(until)s.") % {"until": moment(case.cooling_off_until)}
    if status == Status.RUNNING:
        return _counted(progress, deletion=deletion)
    if status == Status.CANCELLED:
        return _("Nothing was deleted.") if deletion else _("We made no copy. Nothing was deleted.")
    if status == Status.COMPLETED and progress.kept:
        return _("We deleted on %(closed)s, and then counted again. What we kept is listed below.")
    if status == Status.COMPLETED and deletion:
        return _("We deleted on %(closed)s, and then counted again.")
    if status == Status.COMPLETED:
        return _copied(archive)
    return LEADS[status]


def _counted(progress: Progress, *, deletion: bool) -> str:
    words = {"done": progress.done, "total": progress.total}
    if deletion:
        return (
            ngettext(
                "%(done)s of %(total)s category is deleted.",
                "%(done)s of %(total)s categories are deleted.",
                progress.total,
            )
            % words
        )
    return (
        ngettext(
            "%(done)s of %(total)s category is ready.",
            "%(done)s of %(total)s categories are ready.",
            progress.total,
        )
        % words
    )


def _copied(archive: Archive | None) -> str:
    if archive is None:
        return _("We keep no copy any more.")
    if archive.destroyed_at:
        return _("We destroyed it on %(day)s. You can ask for a new one at any time.") % {
            "day": day(archive.destroyed_at)
        }
    return _("You can have it until %(moment)s. After that we destroy our copy.") % {
        "moment": moment(archive.expires_at)
    }


def _todo(case: PrivacyRequest, archive: Archive | None) -> tuple[str, str]:
    """What the reader has to do, and how; "" for nothing."""
    if case.status in (Status.IDENTITY, Status.WAITING):
        if case.requester_id:
            return _("Yes. Answer our question below."), "answer"
        return _("Yes. Answer our question, and name the reference of your request."), "mail"
    if case.status == Status.APPROVED and steps.copy_never_came(case):
        return _("Yes. Say whether to delete without a copy, or cancel the deletion."), "waive"
    if case.status == Status.COOLING_OFF:
        return _("No. If you do nothing, the deletion starts at that time."), ""
    if case.status == Status.COMPLETED and archive and not archive.destroyed_at:
        if case.capacity == Capacity.COMPANY:
            return _("Yes. An administrator of the contract signs in and downloads it."), "download"
        return _("Yes, to get your copy. Sign in and download it."), "download"
    if case.is_closed:
        return "", ""
    if case.contact_email:
        return _("No. We write to you when something happens."), ""
    return _("No. Look here again later."), ""
