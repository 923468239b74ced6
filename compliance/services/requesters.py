"""Who asks, and in which capacity: from our own records, never from what anybody claims."""

from __future__ import annotations

from django.utils.translation import gettext as _

from compliance.enums import ActorKind, Capacity
from compliance.services.actors import Actor, member_actor
from compliance.services.errors import BadInput, NotAllowed, NotFound
from seats.models import Contract, Member, Seat, member_keys


def member(number: str, *, actor: Actor) -> Member:
    """The member of that number (M-17). Raises NotFound, for one out of reach or erased too."""
    found = None
    if actor.staff:
        reachable = Member.objects.visible_to(actor.staff).filter(erased_at=None)
        asked = number.strip()
        found = reachable.filter(pk__in=member_keys([asked, f"M-{asked}"])).first()
    if found is None:
        raise NotFound(_("There is no member %(number)s.") % {"number": number.strip()[:40]})
    return found


def of(
    actor: Actor, contract: Contract, seat: Seat | None, named: Member | None
) -> tuple[Capacity, Member | None]:
    """In what capacity the seat or the whole contract is asked for, and by whom.

    Staff enter what somebody else asks for: `named`, or without one the seat's holder, or the
    customer. The product brings what a member asks for there: always `named`. Raises BadInput when
    `named` may not ask for it, NotAllowed when `actor` may not.
    """
    if actor.kind == ActorKind.API:
        if named and (found := _capacity(member_actor(named), contract, seat)):
            return found, named
        raise NotAllowed(_("You may not ask for this."))
    if not actor.staff:
        if named and named != actor.member:
            raise NotAllowed(_("You may not ask for this."))
        if found := _capacity(actor, contract, seat):
            return found, actor.member
        raise NotAllowed(_("You may not ask for this."))
    if not actor.staff.has_perm("compliance.intake_request"):
        raise NotAllowed(_("You may not enter requests."))
    if named is None:
        return (Capacity.HOLDER, seat.member) if seat else (Capacity.COMPANY, None)
    if found := _capacity(member_actor(named), contract, seat):
        return found, named
    numbers = {"member": named.number, "seat": seat and seat.number, "contract": contract.number}
    raise BadInput(
        _("%(member)s neither holds %(seat)s nor administers %(contract)s.") % numbers
        if seat
        else _("%(member)s does not administer %(contract)s.") % numbers
    )


def _capacity(actor: Actor, contract: Contract, seat: Seat | None) -> Capacity | None:
    if actor.holds(seat):
        return Capacity.HOLDER
    return Capacity.ADMINISTRATOR if actor.administers(contract) else None
