"""What each step checks and changes beside the status. Called by `requests.take` under its lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from compliance.enums import Action, ItemState, PauseKind, Refusal, RequestKind, Status, Work
from compliance.lifecycle import CLOSED
from compliance.models import Approval, Extension, Pause, PrivacyRequest
from compliance.services import approvals, clock, preview, scopes
from compliance.services.actors import Actor
from compliance.services.errors import BadInput, IllegalMove, NotAllowed

PROPOSED = "refusal_proposed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step adds to its event, and whether the status moves to the table's target.

    `event` names what happened where that is not yet the step itself.
    """

    data: dict[str, Any] = field(default_factory=dict)
    moves: bool = True
    event: str = ""


def plain(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    return Outcome()


def ask_identity(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    Pause.objects.create(request=request, kind=PauseKind.IDENTITY, asked_at=timezone.now())
    return Outcome()


def verify(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    end_pause(request)
    request.verified_by = str(actor)
    return Outcome()


def ask(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    Pause.objects.create(request=request, kind=PauseKind.SPECIFICATION, asked_at=timezone.now())
    return Outcome()


def answer(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    end_pause(request)
    return Outcome()


def end_pause(request: PrivacyRequest) -> None:
    request.pauses.filter(answered_at=None).update(answered_at=timezone.now())


def approve(request: PrivacyRequest, *, actor: Actor, reason: str, reference: str = "") -> Outcome:
    """Count one approval; the status moves when the last one needed is there."""
    if said := approvals.objection(actor, request):
        raise NotAllowed(said)
    if request.kind == RequestKind.DELETION:
        if reference.strip().upper() != request.reference:
            raise BadInput(_("Type %(ref)s to approve its deletion.") % {"ref": request.reference})
        if not preview.is_fresh(request):
            raise BadInput(_("Count what would be deleted again first: the count is a day old."))
    role = actor.role_on(request.contract) or "policy"
    Approval.objects.create(
        request=request,
        round=approvals.round_of(request),
        actor=str(actor),
        role=role,
        seen=preview.totals(request),
    )
    missing = approvals.need(request)
    if missing.met:
        request.approved_at = timezone.now()
        request.cooling_off_until = None
        request.seats_approved = scopes.seat_count(request)
        if request.kind == RequestKind.DELETION:
            request.cutoff_at = request.approved_at
    return Outcome({"role": role, "missing": max(missing.people, 0)}, moves=missing.met)


def escalate(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    request.escalated_at = timezone.now()
    return Outcome()


def object_to(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    """Staff speak for any customer; an administrator only where the decision is theirs."""
    if actor.member and not approvals.administrator_decides(request):
        raise NotAllowed(_("This is for us to decide."))
    if actor.member and actor.member.pk == request.requester_id:
        raise NotAllowed(_("You entered this request: somebody else has to decide on it."))
    return escalate(request, actor=actor, reason=reason)


def extend(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    """Art. 12(3): once, by two months, with the reason, inside the first month."""
    if Extension.objects.filter(request=request).exists():
        raise IllegalMove(_("This request was extended already; a second time is not possible."))
    if clock.today() > (first := clock.first_due(request)):
        raise IllegalMove(
            _("An extension had to be announced by %(day)s. It is too late.")
            % {"day": date_format(first)}
        )
    dates = clock.dates(
        request.received_at, request.kind, whole_contract=request.whole_contract, extended=True
    )
    for name, value in dates.items():
        setattr(request, name, value)
    Extension.objects.create(request=request, until=request.due_on)
    return Outcome({"until": request.due_on.isoformat()})


def refuse(request: PrivacyRequest, *, actor: Actor, reason: str, ground: str = "") -> Outcome:
    """Art. 12(4): with a coded ground, inside the first month even when extended.

    As unfounded or excessive only two people refuse: that is for us to prove (Art. 12(5)).
    """
    if ground not in Refusal.values:
        raise BadInput(_("Name a ground: %(grounds)s.") % {"grounds": ", ".join(Refusal.values)})
    if clock.today() > (first := clock.first_due(request)):
        raise IllegalMove(
            _("A refusal had to be sent by %(day)s. It is too late.") % {"day": date_format(first)}
        )
    if ground == Refusal.UNFOUNDED:
        proposed = set(request.events.filter(action=PROPOSED).values_list("actor", flat=True))
        if str(actor) in proposed:
            raise IllegalMove(_("You proposed this refusal: a second person has to agree."))
        if not proposed:
            return Outcome({"ground": ground}, moves=False, event=PROPOSED)
    request.refusal = ground
    end_pause(request)
    return Outcome({"ground": ground})


def close(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    end_pause(request)
    return Outcome()


def waive_copy(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    if request.copy_first_id is None or request.copy_waived_at:
        raise IllegalMove(_("This deletion does not wait for a copy."))
    request.copy_waived_at = timezone.now()
    return Outcome()


def copy_is_settled(request: PrivacyRequest) -> bool:
    """A deletion that waits for a copy goes on once that was opened, is gone, or was waived.

    One that never came settles nothing: to go on without it is for a person to decide.
    """
    copy = request.copy_first
    if copy is None or request.copy_waived_at:
        return True
    if copy.status != Status.COMPLETED:
        return False
    return not copy.archives.live().filter(opened=0).exists()


def copy_never_came(request: PrivacyRequest) -> bool:
    """Whether the copy to wait for was refused, cancelled or given up, and nobody waived it."""
    copy = request.copy_first
    return (
        copy is not None
        and not request.copy_waived_at
        and copy.status in CLOSED - {Status.COMPLETED}
    )


def expedite(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    request.cooling_off_until = timezone.now()
    return Outcome()


def schedule(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    span = clock.cooling_off(request.kind, whole_contract=request.whole_contract)
    request.cooling_off_until = timezone.now() + span
    return Outcome({"until": request.cooling_off_until.isoformat()})


def stop(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    """Something changed since the approval: ask again. The old approvals no longer count."""
    request.approved_at = request.cutoff_at = request.cooling_off_until = None
    return Outcome()


def start(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    until = request.cooling_off_until
    if request.kind == RequestKind.DELETION and (until is None or until > timezone.now()):
        raise IllegalMove(_("%(ref)s can still be cancelled.") % {"ref": request.reference})
    request.started_at = timezone.now()
    if request.cutoff_at is None:
        request.cutoff_at = request.started_at
    request.items.create(work=Work.PLAN, stage=0)
    return Outcome({"cutoff": request.cutoff_at.isoformat()})


def abort(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    """End a running export: its workers find their token gone, and publish nothing."""
    request.items.unfinished().update(token=None, lease_until=None, state=ItemState.ATTENTION)
    return finish(request, actor=actor, reason=reason)


def retry(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    again = request.items.filter(state=ItemState.ATTENTION)
    count = again.update(state=ItemState.PENDING, attempts=0, enqueued_at=None, not_before=None)
    return Outcome({"items": count})


def resume(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    """After a hold: what it kept is done now, then our side and the count again."""
    return Outcome({"items": reopen(request)})


def reopen(request: PrivacyRequest) -> int:
    """Put what a hold kept back among what is to do; who counts or cleans up now begins anew."""
    again = request.items.filter(
        Q(state=ItemState.HELD) | Q(work__in=(Work.RECOUNT, Work.OWN_SIDE))
    )
    return again.update(
        state=ItemState.PENDING,
        token=None,
        lease_until=None,
        attempts=0,
        enqueued_at=None,
        not_before=None,
        started_at=None,
        recounted_at=None,
    )


def complete(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    """The last look before a receipt says that it is done."""
    if request.items.exclude(state__in=(ItemState.DONE, ItemState.HELD)).exists():
        raise IllegalMove(_("Something of %(ref)s is not done yet.") % {"ref": request.reference})
    return finish(request, actor=actor, reason=reason)


def finish(request: PrivacyRequest, *, actor: Actor, reason: str) -> Outcome:
    request.locks.all().delete()
    return Outcome()


STEPS: dict[Action, Callable[..., Outcome]] = {
    Action.ASK_IDENTITY: ask_identity,
    Action.VERIFY: verify,
    Action.ASK: ask,
    Action.ANSWER: answer,
    Action.APPROVE: approve,
    Action.OBJECT: object_to,
    Action.ESCALATE: escalate,
    Action.EXTEND: extend,
    Action.REFUSE: refuse,
    Action.CANCEL: close,
    Action.EXPIRE: close,
    Action.LAPSE: close,
    Action.WAIVE_COPY: waive_copy,
    Action.EXPEDITE: expedite,
    Action.SCHEDULE: schedule,
    Action.STOP: stop,
    Action.START: start,
    Action.COMPLETE: complete,
    Action.ABORT: abort,
    Action.RETRY: retry,
    Action.RESUME: resume,
}
