"""Whose approval requests wait for is asked row by row and in one query: both say the same."""

from __future__ import annotations

from itertools import product

import pytest
from django.utils import timezone

from compliance.enums import Action, Capacity, RequestKind, Status
from compliance.models import PrivacyRequest
from compliance.services import approvals, events, waiting
from compliance.services.actors import SYSTEM, staff_actor
from seats.enums import Instruction
from seats.models import Contract, StaffUser
from seats.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, StaffUser]:
    roles = {
        "rep": Role.REPRESENTATIVE,
        "deputy": Role.REPRESENTATIVE,
        "stranger": Role.REPRESENTATIVE,
        "agent": Role.SUPPORT,
        "colleague": Role.SUPPORT,
        "officer": Role.COMPLIANCE,
        "auditor": Role.AUDITOR,
        "nobody": None,
    }
    found = {name: factories.make_staff(role) for name, role in roles.items()}
    return found | {"root": factories.make_staff(None, is_superuser=True)}


def fill(people: dict[str, StaffUser]) -> None:
    """Requests of every kind, scope, customer, escalation and stage of approval."""
    for represented, instruction in product((True, False), Instruction):
        contract = factories.make_contract(
            representative=people["rep"] if represented else None,
            deputy=people["deputy"] if represented else None,
            instruction=instruction,
        )
        for kind, whole, escalated, given in product(
            RequestKind,
            (True, False),
            (True, False),
            ("", "support", "representative", "compliance", "stopped", "joined"),
        ):
            make(contract, kind, whole=whole, escalated=escalated, given=given, people=people)


def make(
    contract: Contract,
    kind: RequestKind,
    *,
    whole: bool,
    escalated: bool,
    given: str,
    people: dict[str, StaffUser],
) -> None:
    request = factories.make_request(
        kind,
        Status.AWAITING_APPROVAL,
        contract=contract,
        requester=factories.make_member(),
        capacity=Capacity.COMPANY if whole else Capacity.HOLDER,
        entered_by=str(staff_actor(people["colleague"])),
        escalated_at=timezone.now() if escalated else None,
        **({"seat": None} if whole else {}),
    )
    by = {"support": "agent", "representative": "rep", "compliance": "officer", "stopped": "agent"}
    two_needed = approvals.approvals_needed(kind, whole_contract=whole) == 2
    if given in by and (two_needed or given == "stopped"):
        actor = str(staff_actor(people[by[given]]))
        role = "support" if given == "stopped" else given
        request.approvals.create(actor=actor, role=role)
    if given == "stopped":
        events.record(request, Action.STOP, actor=SYSTEM)
    if given == "joined":
        events.record(request, "joined", actor=staff_actor(people["officer"]))


def test_asked_in_one_query_it_is_as_asked_row_by_row(people: dict[str, StaffUser]) -> None:
    fill(people)
    everything = PrivacyRequest.objects.select_related("contract")
    for name, user in people.items():
        expected = {
            row.pk: (row.kind, row.scope, bool(row.escalated_at))
            for row in everything
            if staff_actor(user).sees(row) and not approvals.objection(staff_actor(user), row)
        }
        seen = PrivacyRequest.objects.visible_to(user)
        found = set(waiting.for_approval_by(user, seen).values_list("pk", flat=True))
        assert found == set(expected), name
        assert bool(found) == (name in ("rep", "deputy", "agent", "officer", "root")), name


def test_only_what_awaits_approval_waits(people: dict[str, StaffUser]) -> None:
    factories.make_request(status=Status.IN_REVIEW)
    waits = factories.make_request(status=Status.AWAITING_APPROVAL)
    rows = waiting.for_approval_by(people["agent"], PrivacyRequest.objects.all())
    assert list(rows) == [waits]
