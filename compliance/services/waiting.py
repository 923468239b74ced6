"""Whose approval requests wait for: `approvals.objection`, asked of many rows in one query."""

from __future__ import annotations

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models import Value as V
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, StrIndex

from compliance.enums import Action, Capacity, DataRole, RequestKind, ScopeKind, Status
from compliance.models import Approval, DataCategory, PrivacyRequest, RequestEvent
from compliance.services.actors import staff_actor
from compliance.services.approvals import REPRESENTATIVES
from seats.enums import Instruction
from seats.models import StaffUser
from seats.roles import Role

_WHOLE = Q(scope=ScopeKind.CONTRACT)
_TWO_NEEDED = _WHOLE & Q(kind=RequestKind.DELETION)
_ESCALATED = Q(escalated_at__isnull=False)
_UNREPRESENTED = Q(contract__representative=None, contract__deputy=None)


def for_approval_by(user: StaffUser, rows: QuerySet[PrivacyRequest]) -> QuerySet[PrivacyRequest]:
    """Of `rows`, which they may see, those whose next approval this person may give now."""
    if not user.has_perm("compliance.approve_request"):
        return rows.none()
    me = str(staff_actor(user))
    events = RequestEvent.objects.filter(request=OuterRef("pk"))
    given = Approval.objects.filter(request=OuterRef("pk"), round=OuterRef("asked"))
    return (
        rows.filter(status=Status.AWAITING_APPROVAL)
        .exclude(entered_by=me)
        .alias(asked=_round(), slugs=Cast("categories", TextField()))
        .filter(_may_answer(user, given))
        .exclude(Exists(given.filter(actor=me)))
        .exclude(Exists(events.filter(action="joined", actor=me)))
    )


def _round() -> CombinedExpression:
    """As `approvals.round_of` counts them."""
    return Greatest(_events(Action.SUBMIT), V(1)) + _events(Action.STOP)


def _events(action: Action) -> Coalesce:
    rows = RequestEvent.objects.filter(request=OuterRef("pk"), action=action).order_by()
    counted = rows.values("request").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), V(0))


def _may_answer(user: StaffUser, given: QuerySet[Approval]) -> Q:
    """Whether their role is the one still needed, or another one still leaves room for it."""
    theirs = Q(contract__representative=user) | Q(contract__deputy=user)
    by_customer = _administrator_decides()
    by_compliance = _ESCALATED | (_WHOLE & _UNREPRESENTED)
    by_account = _WHOLE & ~_UNREPRESENTED & ~_ESCALATED
    answered = (by_compliance & Q(Exists(given.filter(role=Role.COMPLIANCE)))) | (
        by_account & Q(Exists(given.filter(role__in=REPRESENTATIVES)))
    )
    anybody = (~_WHOLE & ~_ESCALATED & ~by_customer) | (
        _TWO_NEEDED & (~Q(Exists(given)) | answered)
    )
    wanted = theirs & (anybody | by_account)
    roles = _roles(user)
    if Role.COMPLIANCE in roles:
        return wanted | (~theirs & (anybody | by_compliance))
    return wanted | (~theirs & anybody) if Role.SUPPORT in roles else wanted


def _administrator_decides() -> Q:
    """As `approvals.administrator_decides`; a slug is sought in the list's text, as JSON has it."""
    named = Concat(V('"'), F("slug"), V('"'))
    processed = DataCategory.objects.filter(role=DataRole.PROCESSOR).alias(
        place=StrIndex(OuterRef("slugs"), named)
    )
    return Q(
        Exists(processed.filter(place__gt=0)),
        contract__instruction=Instruction.ADMINISTRATOR,
        capacity=Capacity.HOLDER,
    )


def _roles(user: StaffUser) -> set[str]:
    if user.is_superuser:
        return set(Role)
    return set(user.groups.values_list("name", flat=True))
