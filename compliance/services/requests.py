"""The life of a request. `take` is the only writer of its status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from compliance.enums import Action, RequestKind, Status
from compliance.lifecycle import CLOSED, MOVES, legal
from compliance.models import PrivacyRequest
from compliance.services import events, leases, letters, steps
from compliance.services.actors import Actor
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, NotFound, Stale


def find(reference: str, *, actor: Actor | None = None) -> PrivacyRequest:
    """The request of that reference. Raises NotFound, also for one that `actor` may not see."""
    request = PrivacyRequest.objects.filter(reference=reference.strip().upper()).first()
    if request is None or (actor and not actor.sees(request)):
        raise NotFound(_("There is no request %(reference)s.") % {"reference": reference[:40]})
    return request


@transaction.atomic
def take(
    action: Action,
    pk: int,
    *,
    actor: Actor,
    reason: str = "",
    version: int | None = None,
    **details: Any,
) -> PrivacyRequest:
    """Take one step: lock, check, write, chain an event, enqueue what follows, or none of it.

    `reason` is free text, kept outside the chain; `version` is the one the form was made from.
    `details` are a step's own: `ground` of a refusal, `reference` typed to approve a deletion.
    Raises IllegalMove, NotAllowed, BadInput, Stale or NotFound, each a sentence to show.
    """
    request = locked(pk)
    move = MOVES[action]
    # Who may not see it learns nothing, and who may not act nothing of where it stands.
    if not actor.sees(request):
        raise _unknown()
    if not actor.may(move.permission, request):
        raise NotAllowed(_("You may not do this on %(ref)s.") % {"ref": request.reference})
    if version is not None and version != request.version:
        raise Stale(_("This request changed since you opened it. Nothing was done."))
    if not legal(action, kind=RequestKind(request.kind), status=Status(request.status)):
        raise IllegalMove(
            _("“%(action)s” is not possible: %(reference)s is “%(status)s”.")
            % {
                "action": action.label,
                "reference": request.reference,
                "status": Status(request.status).label,
            }
        )
    if move.needs_reason and not reason.strip():
        raise BadInput(_("Give a reason."))
    step: Callable[..., steps.Outcome] = steps.STEPS.get(action, steps.plain)
    outcome = step(request, actor=actor, reason=reason, **details)
    target = move.target if outcome.moves else None
    _write(request, target)
    events.record(
        request,
        outcome.event or action,
        actor=actor,
        data={"status": request.status, **outcome.data},
        text=reason.strip(),
    )
    # The request's own message first: its letters, a hundred maybe, then wait for it.
    _follow(action, request)
    letters.after(action, request, actor=actor, reason=reason, outcome=outcome)
    return request


def locked(pk: int) -> PrivacyRequest:
    """The request, locked until the caller's transaction ends. Raises NotFound."""
    request = (
        # Not the key: rows that point here are written meanwhile, by who waits for other locks.
        PrivacyRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("contract", "seat", "requester")
        .filter(pk=pk)
        .first()
    )
    if request is None:
        raise _unknown()
    return request


def _unknown() -> NotFound:
    return NotFound(_("There is no such request."))


def _write(request: PrivacyRequest, target: Status | None) -> None:
    if target is not None:
        request.status = target
        request.closed_at = timezone.now() if target in CLOSED else None
    request.version += 1
    request.save()


def _follow(action: Action, request: PrivacyRequest) -> None:
    """Enqueue what comes next by itself, in the same transaction as the step before."""
    if action == Action.START:
        leases.enqueue(request.pk)
    elif request.status in (Status.APPROVED, Status.COOLING_OFF):
        async_task("compliance.tasks.advance", request.pk)
    elif request.status == Status.RUNNING:
        async_task("compliance.tasks.proceed", request.pk)
