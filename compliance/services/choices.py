"""Which steps somebody can take on a request now, and why not the others."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from compliance.enums import Action, RequestKind, Status
from compliance.lifecycle import MOVES, legal
from compliance.models import Extension, PrivacyRequest
from compliance.services import approvals, clock
from compliance.services.actors import Actor


@dataclass(frozen=True, slots=True)
class Choice:
    """A step that people can take on this kind of request; `why_not` is "" when it is open."""

    action: Action
    in_season: bool  # whether the table knows it in this status
    why_not: str


def of(request: PrivacyRequest, *, actor: Actor) -> list[Choice]:
    """In the table's order, without what only Rightsdesk does or what makes no sense here."""
    kind = RequestKind(request.kind)
    return [
        Choice(
            action,
            legal(action, kind=kind, status=Status(request.status)),
            why_not(action, request, actor=actor),
        )
        for action, move in MOVES.items()
        if kind in move.kinds
        and move.permission != "run"
        and (action != Action.WAIVE_COPY or request.copy_first_id)
    ]


def why_not(action: Action, request: PrivacyRequest, *, actor: Actor) -> str:
    """Why `requests.take` would refuse, in a sentence; "" when it would not.

    For people's eyes before they try: `take` decides again, under its lock.
    """
    if not legal(action, kind=RequestKind(request.kind), status=Status(request.status)):
        status = Status(request.status).label
        return _("Not possible while the request is “%(status)s”.") % {"status": status}
    if action == Action.APPROVE:
        return approvals.objection(actor, request)
    if not actor.may(MOVES[action].permission, request):
        return _("Your role does not include this.")
    if action == Action.EXTEND and Extension.objects.filter(request=request).exists():
        return _("This request was extended already; a second time is not possible.")
    if action in (Action.EXTEND, Action.REFUSE) and clock.today() > clock.first_due(request):
        return _("Too late: the first month is over (Art. 12(3) and (4)).")
    if action == Action.WAIVE_COPY and request.copy_waived_at:
        return _("This deletion does not wait for a copy.")
    return ""
