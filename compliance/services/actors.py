from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from compliance.enums import ActorKind, Capacity
from compliance.models import ApiKey, PrivacyRequest
from compliance.services.errors import BadInput
from seats.models import Administration, Contract, Member, Seat, StaffUser
from seats.roles import Role

MEMBER_VERBS = frozenset({"answer", "cancel", "approve", "object"})
DECIDING = frozenset({"approve", "object"})


@dataclass(frozen=True)
class Actor:
    """Who takes a step: stored on every event as "kind:id", asked for every permission."""

    kind: ActorKind
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else str(self.kind)

    @cached_property
    def staff(self) -> StaffUser | None:
        if self.kind != ActorKind.STAFF:
            return None
        return StaffUser.objects.filter(username=self.id, is_active=True).first()

    @cached_property
    def member(self) -> Member | None:
        if self.kind != ActorKind.MEMBER:
            return None
        return Member.objects.filter(pk=self.id.removeprefix("M-"), erased_at=None).first()

    def may(self, permission: str, request: PrivacyRequest) -> bool:
        """Whether this actor has `permission` ("approve", "run" …) on this request, as of now."""
        if self.kind == ActorKind.SYSTEM:
            return permission in ({"review", "approve"} if self.id == "policy" else {"run"})
        if permission == "run":
            return False  # Rightsdesk's own; even a superuser, who has all permissions, may not
        if self.kind == ActorKind.API:
            # The product brings what its member wants, and decides nothing.
            asker = request.requester
            return permission == "cancel" and bool(
                asker and member_actor(asker).may(permission, request)
            )
        if self.staff:
            return self.staff.has_perm(f"compliance.{permission}_request") and self.sees(request)
        if self.member and permission in MEMBER_VERBS:
            if permission in DECIDING:
                return self.administers(request.contract)
            return self.speaks_for(request)
        return False

    def sees(self, request: PrivacyRequest) -> bool:
        """Whether this actor may know that there is such a request."""
        if self.staff:
            return Contract.objects.visible_to(self.staff).filter(pk=request.contract_id).exists()
        if self.member:
            return request.requester_id == self.member.pk or self.administers(request.contract)
        return self.kind in (ActorKind.SYSTEM, ActorKind.API)

    def speaks_for(self, request: PrivacyRequest) -> bool:
        """The requester themself, while they still are what they asked as."""
        if not self.member or request.requester_id != self.member.pk:
            return False
        if request.capacity == Capacity.ADMINISTRATOR:
            return self.administers(request.contract)
        return True

    def administers(self, contract: Contract) -> bool:
        member = self.member
        return (
            bool(member)
            and Administration.objects.in_force().filter(contract=contract, member=member).exists()
        )

    def holds(self, seat: Seat | None) -> bool:
        """Holds or held the seat: a former holder keeps the right to what they made."""
        return bool(self.member and seat and seat.member_id == self.member.pk)

    def role_on(self, contract: Contract) -> str:
        """In what role this actor decides on the contract's requests; "" for none."""
        if self.member:
            return "administrator" if self.administers(contract) else ""
        staff = self.staff
        if not staff:
            return ""
        if staff.pk == contract.representative_id:
            return Role.REPRESENTATIVE
        if staff.pk == contract.deputy_id:
            return "deputy"
        if staff.plays(Role.COMPLIANCE):
            return Role.COMPLIANCE
        return Role.SUPPORT if staff.plays(Role.SUPPORT) else ""


SYSTEM = Actor(ActorKind.SYSTEM)
# Approves what the rules let through without a person looking (`approvals.approved_by_policy`).
POLICY = Actor(ActorKind.SYSTEM, "policy")


def parse(text: str) -> Actor:
    """The actor of "staff:ana" or "member:M-17". Raises BadInput when there is no such person."""
    kind, _sep, id_ = text.partition(":")
    if kind == ActorKind.STAFF and id_:
        actor = Actor(ActorKind.STAFF, id_)
        if actor.staff:
            return actor
    elif kind == ActorKind.MEMBER and id_.removeprefix("M-").isdecimal():
        actor = Actor(ActorKind.MEMBER, f"M-{id_.removeprefix('M-')}")
        if actor.member:
            return actor
    raise BadInput(
        _("There is no “%(text)s”. Write staff:USERNAME or member:M-NUMBER.") % {"text": text[:80]}
    )


def staff_actor(user: StaffUser) -> Actor:
    return Actor(ActorKind.STAFF, user.username)


def member_actor(member: Member) -> Actor:
    return Actor(ActorKind.MEMBER, member.number)


def api_actor(key: ApiKey) -> Actor:
    return Actor(ActorKind.API, key.prefix)


def parse_event(text: str) -> Actor | None:
    """The actor an event names, as they are today; None when they are gone or left."""
    try:
        return parse(text)
    except BadInput:
        return None
