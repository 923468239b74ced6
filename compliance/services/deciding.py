"""What a contract keeps for its administrators to decide (Art. 28(3)(a)): theirs is the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from compliance.enums import Action, Capacity, DataRole, Status
from compliance.models import DataCategory, PrivacyRequest, RequestEvent
from compliance.services import approvals, requests
from compliance.services.actors import member_actor
from compliance.services.errors import NotFound
from seats.enums import Instruction
from seats.models import Contract, Member


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that an administrator has to decide on; `objected` when one said no already."""

    request: PrivacyRequest
    objected: bool


def waiting(contracts: Sequence[Contract], member: Member) -> list[Waiting]:
    """What waits for the administrators of these contracts, the most urgent first."""
    theirs = [row.pk for row in contracts if row.instruction == Instruction.ADMINISTRATOR]
    if not theirs:
        return []
    objections = RequestEvent.objects.filter(request=OuterRef("pk"), action=Action.OBJECT)
    rows = (
        PrivacyRequest.objects.filter(
            contract__in=theirs, status=Status.AWAITING_APPROVAL, capacity=Capacity.HOLDER
        )
        .exclude(requester=member)
        .annotate(objected=Exists(objections))
        .select_related("contract", "seat")
        .order_by("decide_by", "pk")
    )
    customers = set(
        DataCategory.objects.filter(role=DataRole.PROCESSOR).values_list("slug", flat=True)
    )
    mine: list[Any] = [row for row in rows if not customers.isdisjoint(row.categories)]
    return [Waiting(row, row.objected) for row in mine]


def find(reference: str, member: Member) -> PrivacyRequest:
    """A request that was ever theirs to decide on. Raises NotFound, for any other alike."""
    actor = member_actor(member)
    found = (
        PrivacyRequest.objects.select_related("contract", "seat", "requester")
        .filter(reference=reference)
        .exclude(requester=member)
        .first()
    )
    if (
        found is None
        or not actor.administers(found.contract)
        or not approvals.administrator_decides(found)
    ):
        raise NotFound(_("There is no such request."))
    return found


def approve(
    request: PrivacyRequest, member: Member, *, version: int | None, typed: str
) -> PrivacyRequest:
    """`typed` is the reference, which a deletion asks for. Raises what `take` raises."""
    actor = member_actor(member)
    return requests.take(Action.APPROVE, request.pk, actor=actor, version=version, reference=typed)


def decline(
    request: PrivacyRequest, member: Member, *, version: int | None, reason: str
) -> PrivacyRequest:
    """Say no, with the reason: our compliance office decides then, and writes to the requester."""
    actor = member_actor(member)
    return requests.take(Action.OBJECT, request.pk, actor=actor, version=version, reason=reason)
