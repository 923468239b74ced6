from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from compliance.enums import Action, ActorKind, Capacity, Channel, RequestKind, Status
from compliance.lifecycle import MOVES
from compliance.models import PrivacyRequest
from compliance.services import requests
from compliance.services.actors import (
    POLICY,
    SYSTEM,
    Actor,
    member_actor,
    parse,
    parse_event,
    staff_actor,
)
from compliance.services.errors import BadInput, NotAllowed, NotFound
from seats import personal_data
from seats.enums import Instruction
from seats.models import Contract, Member, StaffUser
from seats.roles import Role
from tests.compliance.services.scenes import details, ready, reason, written
from tests.factories import (
    make_administration,
    make_contract,
    make_member,
    make_request,
    make_seat,
    make_staff,
)

pytestmark = pytest.mark.django_db


@dataclass
class Cast:
    """Everybody who might act on one seat's request, by what they are to it."""

    contract: Contract
    requester: Member
    people: dict[str, Actor]


@pytest.fixture
def cast() -> Cast:
    representative, deputy = (make_staff(Role.REPRESENTATIVE) for _ in range(2))
    contract = make_contract(
        representative=representative, deputy=deputy, instruction=Instruction.ADMINISTRATOR
    )
    seat = make_seat(contract)
    administrator, former, coming = (make_member() for _ in range(3))
    now = timezone.now()
    make_administration(contract, administrator)
    make_administration(contract, former, until=now - timedelta(seconds=1))
    make_administration(contract, coming, since=now + timedelta(days=1))
    elsewhere = make_member()
    make_administration(make_contract(), elsewhere)
    people = {
        "support": staff_actor(make_staff(Role.SUPPORT)),
        "representative": staff_actor(representative),
        "deputy": staff_actor(deputy),
        "another representative": staff_actor(make_staff(Role.REPRESENTATIVE)),
        "compliance": staff_actor(make_staff(Role.COMPLIANCE)),
        "auditor": staff_actor(make_staff(Role.AUDITOR)),
        "staff without a role": staff_actor(make_staff()),
        "support that left": staff_actor(make_staff(Role.SUPPORT, is_active=False)),
        "requester": member_actor(seat.member),
        "colleague": member_actor(make_seat(contract).member),
        "administrator": member_actor(administrator),
        "former administrator": member_actor(former),
        "coming administrator": member_actor(coming),
        "administrator elsewhere": member_actor(elsewhere),
        "system": SYSTEM,
        "policy": POLICY,
        "the product": Actor(ActorKind.API, "1"),
    }
    return Cast(contract, seat.member, people)


HANDLING = {"support", "representative", "deputy", "compliance"}
# Who may take which step, as the roles are described; everybody else may not.
MAY: dict[Action, set[str]] = {
    Action.ASK_IDENTITY: HANDLING | {"policy"},
    Action.VERIFY: HANDLING | {"policy"},
    Action.ASK: HANDLING | {"policy"},
    Action.ANSWER: HANDLING | {"requester"},
    Action.SUBMIT: HANDLING | {"policy"},
    # The contract's instruction leaves this one to its administrator, for as long as they answer.
    Action.APPROVE: {"administrator"},
    Action.OBJECT: {"representative", "deputy", "administrator"},
    Action.EXTEND: {"compliance"},
    Action.REFUSE: {"compliance"},
    Action.CANCEL: HANDLING | {"requester", "the product"},
    Action.ABORT: HANDLING | {"requester", "the product"},
    Action.WAIVE_COPY: HANDLING | {"requester"},
    Action.EXPEDITE: {"compliance"},
    Action.RETRY: {"support", "compliance"},
}
SEEING = HANDLING | {"auditor", "requester", "administrator", "system", "policy", "the product"}


def asked(cast: Cast, action: Action) -> PrivacyRequest:
    kind = sorted(MOVES[action].kinds)[0]
    # A deletion starts out of its cooling-off only.
    status = min(MOVES[action].sources, key=lambda one: (one == Status.APPROVED, one))
    seat = cast.requester.seats.get()
    return ready(action, kind, status, seat=seat, channel=Channel.SELF_SERVICE)


@pytest.mark.parametrize("action", list(Action))
def test_each_step_is_for_those_it_is_meant_for_and_nobody_else(cast: Cast, action: Action) -> None:
    allowed = MAY.get(action, {"system"})
    for name, actor in cast.people.items():
        request = asked(cast, action)
        before = written()
        said = {"reason": reason(action), **details(action, request)}
        if name in allowed:
            assert requests.take(action, request.pk, actor=actor, **said).version == 1, name
        else:
            with pytest.raises(NotAllowed if name in SEEING else NotFound):
                requests.take(action, request.pk, actor=actor, **said)
            assert written() == before, name
        # The next one asks for the same seat: out of its way.
        PrivacyRequest.objects.filter(pk=request.pk).update(requester=make_member())


def test_an_administrator_who_asked_and_left_may_neither_answer_nor_cancel() -> None:
    contract, member = make_contract(), make_member()
    administration = make_administration(contract, member)
    request = make_request(
        contract=contract, seat=None, requester=member, capacity=Capacity.ADMINISTRATOR
    )
    assert member_actor(member).may("cancel", request)

    administration.until = timezone.now()
    administration.save()
    for permission in ("answer", "cancel"):
        assert not member_actor(member).may(permission, request)


def test_who_handed_the_seat_on_keeps_the_right_to_what_they_made() -> None:
    seat = make_seat(released_at=timezone.now() - timedelta(days=10))
    request = make_request(seat=seat)
    assert member_actor(seat.member).may("cancel", request)
    assert member_actor(seat.member).holds(seat)
    assert not member_actor(make_seat(seat.contract).member).holds(seat)


def test_a_name_on_an_event_acts_no_more_once_the_person_is_gone() -> None:
    member, user = make_member(), make_staff(Role.SUPPORT)
    written_down = [str(member_actor(member)), str(staff_actor(user))]
    assert [str(parse_event(text)) for text in written_down] == written_down

    personal_data.erase_member(member)
    StaffUser.objects.filter(pk=user.pk).update(is_active=False)
    assert [parse_event(text) for text in written_down] == [None, None]


@pytest.mark.parametrize(
    "text",
    [
        *("", "ana", "staff:", "staff:nobody", "system:", "system:policy", "api:1"),
        *("member:M-0", "member:x", "member:²", f"member:{10**30}"),
    ],
)
def test_an_actor_that_is_nobody_is_refused_with_how_to_name_one(text: str) -> None:
    with pytest.raises(BadInput, match="Write staff:USERNAME or member:M-NUMBER"):
        parse(text)


def test_a_member_is_named_with_or_without_the_letter() -> None:
    member = make_member()
    assert parse(f"member:{member.pk}") == parse(f"member:M-{member.pk}") == member_actor(member)


@pytest.mark.parametrize(
    ("who", "role"),
    [
        ("representative", Role.REPRESENTATIVE),
        ("deputy", "deputy"),
        ("another representative", ""),
        ("compliance", Role.COMPLIANCE),
        ("support", Role.SUPPORT),
        ("auditor", ""),
        ("administrator", "administrator"),
        ("requester", ""),
        ("former administrator", ""),
        ("system", ""),
    ],
)
def test_in_which_role_somebody_decides(cast: Cast, who: str, role: str) -> None:
    assert cast.people[who].role_on(cast.contract) == role


def test_a_deletion_is_no_different(cast: Cast) -> None:
    request = make_request(RequestKind.DELETION, seat=cast.requester.seats.get())
    seeing = {name for name, actor in cast.people.items() if actor.sees(request)}
    assert seeing == SEEING
