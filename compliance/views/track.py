"""The way of a request, step by step: what is done, where it is now, what comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from compliance.enums import Action, RequestKind, Status
from compliance.models import PrivacyRequest, RequestEvent
from compliance.pdf.pages.page import ROLES
from compliance.templatetags.plainly import day, moment

DONE, NOW, NEXT = "done", "now", ""


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    note: str = ""
    state: str = NEXT


# How many steps lie behind a request in each status; a copy has no time to change one's mind.
BEHIND: dict[str, int] = {
    Status.RECEIVED: 1,
    Status.IDENTITY: 1,
    Status.IN_REVIEW: 2,
    Status.WAITING: 2,
    Status.AWAITING_APPROVAL: 2,
    Status.APPROVED: 3,
    Status.COOLING_OFF: 3,
    Status.RUNNING: 4,
    Status.ATTENTION: 4,
    Status.COMPLETED: 6,
}
ENDINGS = {Status.REJECTED, Status.CANCELLED, Status.EXPIRED}


def of(case: PrivacyRequest, events: Sequence[RequestEvent], role: str) -> list[Step]:
    """The steps in the active language; `role` is that of the last approval, if there is one."""
    behind = BEHIND.get(case.status, _passed(case))
    steps = [
        _received(case),
        _known(case, events, done=behind > 1),
        _decided(case, role, done=behind > 2),
        *_carried_out(case, behind),
    ]
    if case.kind == RequestKind.EXPORT and behind > 3:
        behind -= 1
    if case.status in ENDINGS:
        return [*_marked(steps[:behind], behind), _ended(case)]
    return _marked(steps, behind)


def _marked(steps: list[Step], behind: int) -> list[Step]:
    states = [DONE] * behind + [NOW] + [NEXT] * len(steps)
    return [Step(step.title, step.note, state) for step, state in zip(steps, states, strict=False)]


def _passed(case: PrivacyRequest) -> int:
    """How far a request had come that was ended early."""
    if case.started_at:
        return 4
    if case.approved_at:
        return 3
    return 2 if case.verified_by else 1


def _received(case: PrivacyRequest) -> Step:
    return Step(_("Received"), moment(case.received_at))


def _known(case: PrivacyRequest, events: Sequence[RequestEvent], *, done: bool) -> Step:
    verified = next((event for event in events if event.action == Action.VERIFY), None)
    if not done:
        return Step(_("We make sure who is asking"))
    return Step(_("We know who is asking"), day(verified.at) if verified else "")


def _decided(case: PrivacyRequest, role: str, *, done: bool) -> Step:
    if not done:
        return Step(_("Decision"), _("By %(day)s at the latest") % {"day": day(case.decide_by)})
    said = day(case.approved_at)
    return Step(_("Approved"), f"{said} · {ROLES[role]}" if role in ROLES else said)


def _carried_out(case: PrivacyRequest, behind: int) -> list[Step]:
    started = _("Started %(moment)s") % {"moment": moment(case.started_at)}
    started = started if case.started_at else ""
    last = (
        moment(case.closed_at)
        if case.status == Status.COMPLETED
        else _("By %(day)s at the latest") % {"day": day(case.due_on)}
    )
    if case.kind == RequestKind.EXPORT:
        return [Step(_("Being put together"), started), Step(_("Ready"), last)]
    until = case.cooling_off_until
    can_cancel = _("Until %(moment)s") % {"moment": moment(until)} if until else ""
    return [
        Step(_("Time to cancel"), can_cancel),
        Step(_("Being deleted"), started or _("From then on we cannot stop it.")),
        Step(_("Counted again, with a certificate"), last),
    ]


def _ended(case: PrivacyRequest) -> Step:
    title = {
        Status.REJECTED: _("Not carried out"),
        Status.CANCELLED: _("Cancelled"),
        Status.EXPIRED: _("Closed"),
    }[Status(case.status)]
    return Step(title, day(case.closed_at), NOW)
