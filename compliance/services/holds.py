"""Legal holds: placed at any moment, effective at once, lifted by somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.enums import Action, HoldGround, ItemState, RequestKind, Status, Work
from compliance.lifecycle import OPEN
from compliance.models import DataCategory, Hold, PrivacyRequest, RequestItem
from compliance.services import events, replay, requests, steps
from compliance.services.actors import SYSTEM, Actor
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, NotFound
from seats import keys, ledger
from seats.models import Contract, Seat


@transaction.atomic
def place(
    contract: Contract,
    *,
    seat: Seat | None = None,
    categories: Sequence[str] = (),
    ground: str,
    case: str,
    review_on: date,
    actor: Actor,
) -> Hold:
    """Place a hold. When this returns and commits, nothing it covers can be erased any more.

    It takes the locks a deletion's batches take, so it waits for a batch that is under way. Raises
    BadInput or NotAllowed.
    """
    user = actor.staff
    if not user or not user.has_perm("compliance.place_hold"):
        raise NotAllowed(_("You may not place holds."))
    if ground not in HoldGround.values:
        raise BadInput(_("Name a ground: %(all)s.") % {"all": ", ".join(HoldGround.values)})
    if not case.strip():
        raise BadInput(_("Name the case the hold is for."))
    if seat and seat.contract_id != contract.pk:
        raise BadInput(_("That seat belongs to another contract."))
    known = set(DataCategory.objects.values_list("slug", flat=True))
    if unknown := sorted(set(categories) - known):
        raise BadInput(_("There is no category “%(slug)s”.") % {"slug": unknown[0]})
    entry = ledger.append(
        ledger.Kind.HOLD_PLACED,
        {
            "contract": contract.number,
            "seat": seat.number if seat else "",
            "categories": sorted(categories),
            "ground": ground,
            "review_on": review_on.isoformat(),
            "placed_by": keys.seal_text(str(actor), replay.STAFF),
        },
    )
    # The locks first: nothing starts or plans any more, no batch is under way, and one that reads
    # holds after this commits sees the hold. Requests before items, as everywhere.
    touched = _touched(contract.pk, seat.pk if seat else None)
    batches = RequestItem.objects.unfinished().filter(request__in=touched, work=Work.ERASE)
    list(batches.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    hold = Hold.objects.create(
        contract=contract,
        seat=seat,
        categories=sorted(categories),
        ground=ground,
        case=case.strip(),
        review_on=review_on,
        placed_by=user,
        entry=entry.id,
    )
    for request in touched:
        events.record(request, "hold_placed", actor=actor, data={"hold": hold.pk, "ground": ground})
    return hold


@transaction.atomic
def lift(hold_id: int, *, actor: Actor) -> Hold:
    """Lift a hold and resume what it kept. Raises NotAllowed, NotFound or IllegalMove."""
    user = actor.staff
    if not user or not user.has_perm("compliance.lift_hold"):
        raise NotAllowed(_("You may not lift holds."))
    hold: Hold | None = Hold.objects.select_for_update(of=("self",)).filter(pk=hold_id).first()
    if hold is None:
        raise NotFound(_("There is no such hold."))
    if hold.lifted_at:
        raise IllegalMove(_("This hold was lifted already."))
    if hold.placed_by_id == user.pk:
        raise NotAllowed(_("You placed this hold: somebody else has to lift it."))
    ledger.append(
        ledger.Kind.HOLD_LIFTED,
        {"hold": hold.entry, "lifted_by": keys.seal_text(str(actor), replay.STAFF)},
    )
    hold.lifted_by, hold.lifted_at = user, timezone.now()
    hold.save(update_fields=["lifted_by", "lifted_at"])
    for request in _touched(hold.contract_id, hold.seat_id):
        events.record(request, "hold_lifted", actor=actor, data={"hold": hold.pk})
        if not request.items.filter(state=ItemState.HELD).exists():
            continue
        if request.status == Status.COMPLETED:
            requests.take(Action.RESUME, request.pk, actor=SYSTEM)
        else:
            steps.reopen(request)
    return hold


def _touched(contract_id: int, seat_id: int | None) -> list[PrivacyRequest]:
    """Deletions a hold stands in the way of, locked: open ones, and done ones with a held rest."""
    found = PrivacyRequest.objects.filter(
        Q(status__in=OPEN) | Q(items__state=ItemState.HELD),
        contract=contract_id,
        kind=RequestKind.DELETION,
    )
    if seat_id:
        found = found.filter(Q(seat=seat_id) | Q(seat=None))
    pks = found.order_by("pk").distinct().values_list("pk", flat=True)
    return [requests.locked(pk) for pk in pks]
