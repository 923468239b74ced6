from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from compliance.enums import Action, Capacity, Channel, RequestKind, Status
from compliance.models import DataCategory, PrivacyRequest
from compliance.services import approvals, requests
from compliance.services.actors import POLICY, SYSTEM, Actor, member_actor, staff_actor
from compliance.services.errors import BadInput, NotAllowed
from seats.enums import Instruction
from seats.models import Contract, Member
from seats.roles import Role
from tests.compliance.services.scenes import written
from tests.factories import (
    make_administration,
    make_contract,
    make_member,
    make_request,
    make_seat,
    make_staff,
)

pytestmark = pytest.mark.django_db
WAITING = Status.AWAITING_APPROVAL
DELETION, EXPORT = RequestKind.DELETION, RequestKind.EXPORT


def staff(role: Role) -> Actor:
    return staff_actor(make_staff(role))


def represented() -> tuple[Contract, Actor, Actor]:
    """A contract with its representative and their deputy."""
    first, second = (make_staff(Role.REPRESENTATIVE) for _ in range(2))
    contract = make_contract(representative=first, deputy=second)
    return contract, staff_actor(first), staff_actor(second)


def waiting(kind: RequestKind = EXPORT, **fields: Any) -> PrivacyRequest:
    return make_request(kind, WAITING, **{"counted_at": timezone.now(), **fields})


def approve(request: PrivacyRequest, actor: Actor) -> PrivacyRequest:
    return requests.take(Action.APPROVE, request.pk, actor=actor, reference=request.reference)


def refused(request: PrivacyRequest, actor: Actor) -> str:
    before = written()
    with pytest.raises(NotAllowed) as said:
        approve(request, actor)
    assert written() == before
    return str(said.value)


def test_nobody_approves_what_they_entered_and_their_deputy_does() -> None:
    contract, representative, deputy = represented()
    request = waiting(contract=contract, seat=None, entered_by=str(representative))

    assert "somebody else" in refused(request, representative)
    assert approve(request, deputy).status == Status.APPROVED


def test_nobody_approves_what_they_asked_more_of() -> None:
    contract, *_ = represented()
    agent, second = staff(Role.SUPPORT), staff(Role.SUPPORT)
    request = waiting(contract=contract)
    requests.events.record(request, "joined", actor=agent, data={"added": ["notes"]})

    assert "somebody else" in refused(request, agent)
    assert approve(request, second).status == Status.APPROVED


def test_a_second_agent_is_enough_for_a_seats_own_data() -> None:
    contract, *_ = represented()
    agent = staff(Role.SUPPORT)
    request = waiting(DELETION, contract=contract, entered_by=str(agent))

    refused(request, agent)
    assert approve(request, staff(Role.SUPPORT)).status == Status.APPROVED


@pytest.mark.parametrize("kind", [EXPORT, DELETION])
def test_one_agent_is_not_enough_for_a_contract(kind: RequestKind) -> None:
    contract, *_ = represented()
    request = waiting(kind, contract=contract, seat=None)
    if kind == EXPORT:
        assert "representative" in refused(request, staff(Role.SUPPORT))
    else:
        assert approve(request, staff(Role.SUPPORT)).status == WAITING


def test_a_contract_is_deleted_when_two_people_agreed_one_of_them_its_representative() -> None:
    contract, representative, _deputy = represented()
    request = waiting(DELETION, contract=contract, seat=None)

    assert approve(request, representative).status == WAITING
    assert "second person" in refused(request, representative)
    assert approve(request, staff(Role.COMPLIANCE)).status == Status.APPROVED
    assert [row.role for row in request.approvals.order_by("pk")] == [
        "representative",
        "compliance",
    ]


def test_two_people_who_answer_for_nothing_do_not_delete_a_contract() -> None:
    contract, _representative, deputy = represented()
    request = waiting(DELETION, contract=contract, seat=None)

    assert approve(request, staff(Role.SUPPORT)).status == WAITING
    assert "account representative, deputy" in refused(request, staff(Role.COMPLIANCE))
    assert approve(request, deputy).status == Status.APPROVED


def test_a_seats_own_data_needs_no_representative_where_there_is_none() -> None:
    assert approve(waiting(DELETION), staff(Role.SUPPORT)).status == Status.APPROVED


def test_a_contract_without_a_representative_goes_to_compliance() -> None:
    request = waiting(seat=None)
    assert "compliance" in refused(request, staff(Role.SUPPORT))
    assert approve(request, staff(Role.COMPLIANCE)).status == Status.APPROVED


@pytest.mark.parametrize("action", [Action.ESCALATE, Action.OBJECT])
def test_after_an_escalation_or_an_objection_compliance_decides(action: Action) -> None:
    contract, representative, deputy = represented()
    request = waiting(contract=contract, seat=None)
    actor = SYSTEM if action == Action.ESCALATE else deputy
    requests.take(action, request.pk, actor=actor, reason="The customer said no")

    assert "compliance" in refused(request, representative)
    assert approve(request, staff(Role.COMPLIANCE)).status == Status.APPROVED


def test_somebody_elses_representative_does_not_even_see_it() -> None:
    contract, *_ = represented()
    request = waiting(contract=contract)
    _elsewhere, stranger, _deputy = represented()
    with pytest.raises(requests.NotFound):
        approve(request, stranger)


@pytest.mark.parametrize("typed", ["", "DEL", "EXP-2026-000001"])
def test_a_deletion_is_approved_by_typing_which_one(typed: str) -> None:
    request, agent = waiting(DELETION), staff(Role.COMPLIANCE)
    before = written()
    with pytest.raises(BadInput, match=f"Type {request.reference}"):
        requests.take(Action.APPROVE, request.pk, actor=agent, reference=typed)
    assert written() == before

    typed = f" {request.reference.lower()} "
    assert requests.take(Action.APPROVE, request.pk, actor=agent, reference=typed)


@pytest.mark.parametrize("ago", [None, timedelta(days=1), timedelta(days=9)])
def test_a_deletion_is_approved_on_a_count_of_today(ago: timedelta | None) -> None:
    request = waiting(DELETION, counted_at=timezone.now() - ago if ago else None)
    before = written()
    with pytest.raises(BadInput, match="Count"):
        approve(request, staff(Role.COMPLIANCE))
    assert written() == before


def test_an_approval_keeps_what_was_counted_and_fixes_the_cut_off() -> None:
    preview = {"notes": {"found": 12, "kept": 2, "applies": True}}
    request = approve(waiting(DELETION, preview=preview), staff(Role.COMPLIANCE))

    assert request.approvals.get().seen == {"found": 12, "kept": 2, "going": 10}
    assert request.cutoff_at == request.approved_at
    assert request.seats_approved == 1


def test_whose_approval_is_missing_is_said_in_words() -> None:
    contract, _representative, _deputy = represented()
    request = waiting(DELETION, contract=contract, seat=None)
    approve(request, staff(Role.COMPLIANCE))
    said = refused(request, staff(Role.SUPPORT))
    assert said == "The approval still missing is one of: account representative, deputy."
    with translation.override("de"):
        said = refused(request, staff(Role.SUPPORT))
    assert said.endswith(": Kundenbetreuung, Vertretung.")


def test_stop_asks_everybody_again_and_keeps_what_was_said() -> None:
    contract, representative, deputy = represented()
    request = waiting(DELETION, contract=contract, seat=None)
    first, second = staff(Role.COMPLIANCE), staff(Role.SUPPORT)
    approve(request, representative)
    approve(request, first)
    requests.take(Action.STOP, request.pk, actor=SYSTEM, reason="A seat was added")

    request.refresh_from_db()
    assert request.status == WAITING
    assert (request.approved_at, request.cutoff_at, request.cooling_off_until) == (None,) * 3
    assert approvals.current(request) == []
    assert approve(request, second).status == WAITING
    assert approve(request, deputy).status == Status.APPROVED
    assert list(request.approvals.order_by("pk").values_list("round", flat=True)) == [1, 1, 2, 2]


def test_an_approval_does_not_cover_what_was_asked_for_after_it() -> None:
    contract, representative, deputy = represented()
    agent, officer = staff(Role.SUPPORT), staff(Role.COMPLIANCE)
    request = make_request(
        DELETION, Status.IN_REVIEW, contract=contract, seat=None, counted_at=timezone.now()
    )
    requests.take(Action.SUBMIT, request.pk, actor=agent)
    approve(request, representative)
    requests.take(Action.ASK, request.pk, actor=agent, reason="The CRM data too?")
    requests.take(Action.ANSWER, request.pk, actor=agent, reason="Yes, that too")
    requests.take(Action.SUBMIT, request.pk, actor=agent)

    assert approve(request, officer).status == WAITING
    assert approve(request, deputy).status == Status.APPROVED


# --- The customer decides ---------------------------------------------------------------------


def instructed(**fields: Any) -> tuple[PrivacyRequest, Member]:
    """A holder's request on a contract whose administrator decides on the customer's data."""
    contract, *_ = represented()
    Contract.objects.filter(pk=contract.pk).update(instruction=Instruction.ADMINISTRATOR)
    contract.refresh_from_db()
    administrator = make_member()
    make_administration(contract, administrator)
    return waiting(seat=make_seat(contract), **fields), administrator


def test_where_the_administrator_decides_nobody_else_does() -> None:
    request, administrator = instructed()
    for role in (Role.SUPPORT, Role.COMPLIANCE):
        assert "administrator" in refused(request, staff(role))
    assert approve(request, member_actor(administrator)).status == Status.APPROVED


def test_an_administrator_does_not_decide_on_what_they_asked_themselves() -> None:
    request, _administrator = instructed()
    assert request.requester
    make_administration(request.contract, request.requester)
    assert "somebody else" in refused(request, member_actor(request.requester))


def test_a_silent_administrator_is_followed_by_compliance_and_may_still_answer() -> None:
    officer = staff(Role.COMPLIANCE)
    for who in (lambda administrator: member_actor(administrator), lambda _: officer):
        request, administrator = instructed()
        requests.take(Action.ESCALATE, request.pk, actor=SYSTEM)
        assert approve(request, who(administrator)).status == Status.APPROVED


def test_an_administrator_has_no_say_on_what_is_ours_to_decide() -> None:
    request, administrator = instructed(categories=["seat-management"])
    assert "for us" in refused(request, member_actor(administrator))
    assert approve(request, staff(Role.SUPPORT)).status == Status.APPROVED


# --- By policy --------------------------------------------------------------------------------

SELF_SERVICE = ["saved-accounts", "notes", "seat-management"]


def by_session(**fields: Any) -> PrivacyRequest:
    """Asked by the seat's holder in their own session, and waiting."""
    seat = fields.pop("seat", None) or make_seat(fields.pop("contract", None))
    return waiting(
        **{
            "seat": seat,
            "channel": Channel.SELF_SERVICE,
            "entered_by": str(member_actor(seat.member)),
            "categories": SELF_SERVICE,
            **fields,
        }
    )


def test_self_service_data_asked_for_by_its_holder_is_approved_at_once() -> None:
    request = approve(by_session(), POLICY)
    assert request.status == Status.APPROVED
    assert request.approvals.get().role == "policy"


def test_and_by_the_contracts_administrator_too() -> None:
    contract, administrator = make_contract(), make_member()
    make_administration(contract, administrator)
    request = waiting(
        contract=contract,
        seat=None,
        requester=administrator,
        capacity=Capacity.ADMINISTRATOR,
        channel=Channel.SELF_SERVICE,
        entered_by=str(member_actor(administrator)),
        categories=SELF_SERVICE,
    )
    assert approve(request, POLICY).status == Status.APPROVED


@pytest.mark.parametrize("rule", ["reviewed", "on request"])
def test_one_category_that_is_not_self_service_brings_it_before_people(rule: str) -> None:
    slug = DataCategory.objects.filter(export=rule)[0].slug
    request = by_session(categories=[*SELF_SERVICE, slug])
    assert "People decide" in refused(request, POLICY)


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": Channel.EMAIL},
        {"channel": Channel.REPRESENTATIVE},
        {"channel": Channel.API},
        {"entered_by": "staff:ana"},
        {"categories": []},
        {"capacity": Capacity.COMPANY, "requester": None, "seat": None},
    ],
    ids=str,
)
def test_what_did_not_come_out_of_the_persons_own_session_is_for_people(
    fields: dict[str, Any],
) -> None:
    if "seat" in fields:
        request = waiting(channel=Channel.SELF_SERVICE, categories=SELF_SERVICE, **fields)
    else:
        request = by_session(**fields)
    assert "People decide" in refused(request, POLICY)


def test_a_deletion_is_never_approved_by_policy() -> None:
    seat = make_seat()
    request = waiting(
        DELETION,
        seat=seat,
        channel=Channel.SELF_SERVICE,
        entered_by=str(member_actor(seat.member)),
        categories=SELF_SERVICE,
    )
    assert "People decide" in refused(request, POLICY)


def test_policy_keeps_out_where_the_administrator_decides() -> None:
    contract = make_contract(instruction=Instruction.ADMINISTRATOR)
    assert "People decide" in refused(by_session(contract=contract), POLICY)
    # What is the controller's own is not the customer's to decide.
    ours = by_session(contract=contract, categories=["seat-management"])
    assert approve(ours, POLICY).status == Status.APPROVED


def test_policy_does_not_carry_through_what_staff_added_to_it() -> None:
    request = by_session()
    requests.events.record(request, "joined", actor=staff(Role.SUPPORT), data={"added": []})
    assert "People decide" in refused(request, POLICY)
