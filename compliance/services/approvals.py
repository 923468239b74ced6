"""Who must agree to a request before it runs, and who may."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from compliance.enums import (
    Action,
    Capacity,
    Channel,
    DataRole,
    DecidesAs,
    ExportRule,
    RequestKind,
)
from compliance.lifecycle import approvals_needed
from compliance.models import Approval, DataCategory, PrivacyRequest
from compliance.services.actors import POLICY, Actor, member_actor
from seats.enums import Instruction
from seats.roles import Role

REPRESENTATIVES = frozenset({Role.REPRESENTATIVE, "deputy"})


@dataclass(frozen=True, slots=True)
class Need:
    """What is still missing: how many people, and of which role at least one."""

    people: int
    roles: frozenset[str]

    @property
    def met(self) -> bool:
        return self.people <= 0 and not self.roles


def current(request: PrivacyRequest) -> list[Approval]:
    """The approvals of this round. An approval covers what its approver saw, and no later round."""
    return list(request.approvals.filter(round=round_of(request)).order_by("pk"))


def round_of(request: PrivacyRequest) -> int:
    """How often approval was asked for: whenever sent on, and when stopped before it ran."""
    sent_on = request.events.filter(action=Action.SUBMIT).count()
    return max(sent_on, 1) + request.events.filter(action=Action.STOP).count()


def entered_by(request: PrivacyRequest) -> set[str]:
    """Everybody who put something into it: who filed it, and who asked for more of it later."""
    joined = request.events.filter(action="joined").values_list("actor", flat=True)
    return {request.entered_by, *joined}


def approved_by_policy(request: PrivacyRequest) -> bool:
    """Self-service categories only, asked for in a verified session by who may have them.

    Everything else is looked at by people.
    """
    if request.kind != RequestKind.EXPORT or request.channel != Channel.SELF_SERVICE:
        return False
    if not request.requester or entered_by(request) != {str(member_actor(request.requester))}:
        return False
    return at_once(request)


def at_once(request: PrivacyRequest) -> bool:
    """Whether a copy of its categories needs nobody's look; it need not be filed yet."""
    if administrator_decides(request):
        return False
    rules = DataCategory.objects.filter(slug__in=request.categories).values_list(
        "export", flat=True
    )
    return bool(rules) and set(rules) == {ExportRule.SELF_SERVICE.value}


def administrator_decides(request: PrivacyRequest) -> bool:
    """The contract's instruction keeps decisions on the customer's data with its administrator."""
    return (
        request.contract.instruction == Instruction.ADMINISTRATOR
        and request.capacity == Capacity.HOLDER
        and DataCategory.objects.filter(
            slug__in=request.categories, role=DataRole.PROCESSOR
        ).exists()
    )


def _answering_role(request: PrivacyRequest) -> frozenset[str]:
    """The roles one of which must be among the approvers; empty when any approver will do."""
    contract = request.contract
    if administrator_decides(request):
        # Silence brings it to us; the customer may still be quicker.
        late = {Role.COMPLIANCE.value} if request.escalated_at else set()
        return frozenset({"administrator", *late})
    if request.escalated_at:
        return frozenset({Role.COMPLIANCE})
    if not request.whole_contract:
        return frozenset()  # a seat's own data: a second agent will do
    if contract.representative_id or contract.deputy_id:
        return REPRESENTATIVES
    return frozenset({Role.COMPLIANCE})


def need(request: PrivacyRequest) -> Need:
    given = current(request)
    if any(approval.actor == str(POLICY) for approval in given):
        return Need(0, frozenset())
    wanted = _answering_role(request)
    answered = not wanted or any(approval.role in wanted for approval in given)
    people = approvals_needed(
        RequestKind(request.kind), whole_contract=request.whole_contract
    ) - len(given)
    return Need(people, frozenset() if answered else wanted)


def titles(roles: frozenset[str]) -> list[str]:
    return [str(role.label) for role in DecidesAs if role in roles]


def objection(actor: Actor, request: PrivacyRequest) -> str:
    """Why this actor may not approve now, in a sentence; "" when they may."""
    if actor == POLICY:
        return "" if approved_by_policy(request) else _("People decide on this request.")
    role = actor.role_on(request.contract)
    missing = need(request)
    if not role or not actor.may("approve", request):
        return _("You may not approve requests on this contract.")
    if str(actor) in entered_by(request) or (
        actor.member and actor.member.pk == request.requester_id
    ):
        return _("You entered this request: somebody else has to approve it.")
    if any(approval.actor == str(actor) for approval in current(request)):
        return _("You have approved it already: it needs a second person.")
    if role == "administrator" and not administrator_decides(request):
        return _("This is for us to decide.")
    if missing.people == 1 and missing.roles and role not in missing.roles:
        return _("The approval still missing is one of: %(roles)s.") % {
            "roles": ", ".join(titles(missing.roles))
        }
    return ""
