from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.enums import Action, RequestKind, Status
from compliance.lifecycle import MOVES
from compliance.models import PrivacyRequest
from compliance.services import mails
from seats.models import Contract, StaffUser
from seats.roles import Role
from tests import factories
from tests.compliance.admin import world

COUNTED = {"notes": {"found": 10, "kept": 1, "applies": True}}


def step(request: PrivacyRequest, action: Action | str) -> str:
    return reverse("admin:compliance_privacyrequest_take", args=[request.pk, action])


def form(request: PrivacyRequest, **fields: Any) -> dict[str, Any]:
    return {"version": request.version, **fields}


def deletion(status: Status = Status.AWAITING_APPROVAL, **fields: Any) -> PrivacyRequest:
    fields = {"preview": COUNTED, "counted_at": timezone.now(), **fields}
    return factories.make_request(RequestKind.DELETION, status, **fields)


@pytest.mark.parametrize(
    ("status", "action", "fields", "then"),
    [
        (Status.RECEIVED, Action.ASK_IDENTITY, {"reason": "Who are you?"}, Status.IDENTITY),
        (Status.RECEIVED, Action.VERIFY, {}, Status.IN_REVIEW),
        (Status.IN_REVIEW, Action.ASK, {"reason": "Which seat?"}, Status.WAITING),
        (Status.WAITING, Action.ANSWER, {"reason": "Both."}, Status.IN_REVIEW),
        (Status.IN_REVIEW, Action.SUBMIT, {}, Status.AWAITING_APPROVAL),
        (Status.RECEIVED, Action.CANCEL, {"reason": "They wrote so."}, Status.CANCELLED),
        (Status.ATTENTION, Action.RETRY, {}, Status.RUNNING),
    ],
)
def test_a_step_asks_first_and_is_taken_when_posted(
    desk: Client, contract: Contract, status: Status, action: Action, fields: Any, then: Status
) -> None:
    request = factories.make_request(status=status, contract=contract)
    before = world.everything()
    assert desk.get(step(request, action)).status_code == 200
    assert world.everything() == before
    answer = desk.post(step(request, action), form(request, **fields))
    assert answer.headers["Location"] == reverse(
        "admin:compliance_privacyrequest_change", args=[request.pk]
    )
    request.refresh_from_db()
    assert request.status == then
    event = request.events.latest("sequence")
    assert event.action == action
    assert (event.remark.text if "reason" in fields else "") == fields.get("reason", "")


def test_a_refusal_names_its_ground(client: Client, officer: StaffUser) -> None:
    request = factories.make_request(status=Status.IN_REVIEW)
    client.force_login(officer)
    posted = form(request, reason="A case is pending.", ground="claims")
    assert client.post(step(request, Action.REFUSE), posted).status_code == 302
    request.refresh_from_db()
    assert (request.status, request.refusal) == (Status.REJECTED, "claims")


@pytest.mark.parametrize("ground", ["", "because", "claims "])
def test_a_refusal_on_no_ground_is_none(client: Client, officer: StaffUser, ground: str) -> None:
    request = factories.make_request(status=Status.IN_REVIEW)
    client.force_login(officer)
    posted = form(request, reason="No.", ground=ground)
    assert client.post(step(request, Action.REFUSE), posted).status_code == 400
    request.refresh_from_db()
    assert request.status == Status.IN_REVIEW


@pytest.mark.parametrize(
    "action", [a for a, m in MOVES.items() if m.needs_reason and m.permission != "run"]
)
def test_a_step_that_needs_a_reason_asks_for_it(
    client: Client, contract: Contract, action: Action
) -> None:
    move = MOVES[action]
    status = min(move.sources)
    copy = factories.make_request(contract=contract)
    request = deletion(status, contract=contract, copy_first=copy)
    client.force_login(world.person("superuser"))
    posted = form(request, reason="  ", ground="claims")
    assert client.post(step(request, action), posted).status_code == 400
    request.refresh_from_db()
    assert (request.status, request.version) == (status, 0)


def test_a_stale_form_does_nothing_and_says_so(desk: Client, contract: Contract) -> None:
    request = factories.make_request(contract=contract)
    stale = form(request)
    desk.post(step(request, Action.VERIFY), stale)
    answer = desk.post(step(request, Action.SUBMIT), stale)
    assert answer.status_code == 409
    assert "This request changed since you opened it. Nothing was done." in answer.content.decode()
    request.refresh_from_db()
    assert request.status == Status.IN_REVIEW


@pytest.mark.parametrize("version", ["", "x", "-1", None])
def test_a_form_without_its_version_is_not_taken(desk: Client, version: str | None) -> None:
    request = factories.make_request()
    posted = {} if version is None else {"version": version}
    assert desk.post(step(request, Action.VERIFY), posted).status_code == 400


def test_a_step_out_of_season_is_refused_with_its_reason(desk: Client) -> None:
    request = factories.make_request()
    shown = desk.get(step(request, Action.SUBMIT))
    assert "Not possible while the request is “Received”." in shown.content.decode()
    assert 'name="version"' not in shown.content.decode()
    assert desk.post(step(request, Action.SUBMIT), form(request)).status_code == 409


def test_a_step_without_the_permission_is_refused(desk: Client) -> None:
    request = factories.make_request(status=Status.IN_REVIEW)
    assert (
        "Your role does not include this."
        in desk.get(step(request, Action.REFUSE)).content.decode()
    )
    posted = form(request, reason="No.", ground="claims")
    assert desk.post(step(request, Action.REFUSE), posted).status_code == 403


@pytest.mark.parametrize("action", ["start", "complete", "resume", "no-such", "waive_copy"])
def test_what_no_person_does_to_an_export_has_no_page(desk: Client, action: str) -> None:
    request = factories.make_request()
    assert desk.get(step(request, action)).status_code == 404
    assert desk.post(step(request, action), form(request)).status_code == 404


def test_a_strangers_request_has_no_steps(client: Client, rep: StaffUser) -> None:
    request = factories.make_request()
    client.force_login(rep)
    for answer in (
        client.get(step(request, Action.VERIFY)),
        client.post(step(request, Action.VERIFY), form(request)),
    ):
        assert answer.status_code == 404


def test_whoever_approves_a_deletion_sees_the_loss_and_types_the_reference(
    desk: Client, contract: Contract
) -> None:
    request = deletion(contract=contract)
    shown = desk.get(step(request, Action.APPROVE)).content.decode()
    assert "Delete 9 records of 1 seat?" in shown
    assert "Schedule deletion of 9 records" in shown
    assert "Keep the data" in shown
    wrong = desk.post(step(request, Action.APPROVE), form(request, reference="DEL-2026-000000"))
    assert wrong.status_code == 400
    assert f"Type {request.reference} to approve its deletion." in wrong.content.decode()
    typed = request.reference.lower()
    assert (
        desk.post(step(request, Action.APPROVE), form(request, reference=typed)).status_code == 302
    )
    request.refresh_from_db()
    assert request.status == Status.APPROVED
    assert request.approvals.get().seen == {"found": 10, "kept": 1, "going": 9}


@pytest.mark.parametrize(
    "counted",
    [{"preview": {}, "counted_at": None}, {"counted_at": timezone.now() - timedelta(days=2)}],
)
def test_a_deletion_not_counted_lately_cannot_be_approved(
    desk: Client, contract: Contract, counted: dict[str, Any]
) -> None:
    request = deletion(contract=contract, **counted)
    shown = desk.get(step(request, Action.APPROVE)).content.decode()
    assert "Count" in shown
    assert 'name="reference"' not in shown
    posted = form(request, reference=request.reference)
    assert desk.post(step(request, Action.APPROVE), posted).status_code == 400
    assert not request.approvals.exists()


def test_a_whole_contract_needs_two_people(
    client: Client, agent: StaffUser, rep: StaffUser, contract: Contract
) -> None:
    request = deletion(contract=contract, seat=None)
    for user, then in ((agent, Status.AWAITING_APPROVAL), (rep, Status.APPROVED)):
        client.force_login(user)
        posted = form(request, reference=request.reference)
        assert client.post(step(request, Action.APPROVE), posted).status_code == 302
        request.refresh_from_db()
        assert request.status == then


def test_nobody_approves_what_they_entered(
    desk: Client, agent: StaffUser, contract: Contract
) -> None:
    request = deletion(contract=contract, entered_by=f"staff:{agent.username}")
    posted = form(request, reference=request.reference)
    answer = desk.post(step(request, Action.APPROVE), posted)
    assert answer.status_code == 403
    assert "somebody else has to approve it" in answer.content.decode()


def test_a_representative_objects_and_compliance_decides(
    client: Client, rep: StaffUser, contract: Contract
) -> None:
    request = deletion(contract=contract)
    client.force_login(rep)
    posted = form(request, reason="They told me they are in court.")
    assert client.post(step(request, Action.OBJECT), posted).status_code == 302
    request.refresh_from_db()
    assert request.status == Status.AWAITING_APPROVAL
    assert request.escalated_at


def test_roles_and_steps_agree(db: None, client: Client, contract: Contract) -> None:
    """No page of a step opens to a role that the service would refuse."""
    for role in Role:
        user = world.person(role, contract)
        client.force_login(user)
        for action, move in MOVES.items():
            if move.permission == "run":
                continue
            kind = min(move.kinds)
            request = factories.make_request(kind, min(move.sources), contract=contract)
            answer = client.post(
                step(request, action), form(request, reason="x", ground="claims", reference="x")
            )
            allowed = user.has_perm(f"compliance.{move.permission}_request")
            assert (answer.status_code == 403) == (not allowed), (role, action)


@pytest.mark.parametrize(
    ("action", "fields", "said"),
    [
        (Action.REFUSE, {"ground": "claims"}, "Complain to the authority"),
        (Action.EXTEND, {}, "You will have our answer by"),
        (Action.ASK, {}, "Which seat do you mean?"),
    ],
)
def test_a_letter_is_shown_word_for_word_before_it_is_sent(
    client: Client, officer: StaffUser, action: Action, fields: dict[str, str], said: str
) -> None:
    client.force_login(officer)
    request = factories.make_request(RequestKind.EXPORT, Status.IN_REVIEW)
    reason = "Which seat do you mean?"
    page = client.post(step(request, action), form(request, reason=reason, draft="1", **fields))
    letter = page.context["letter"]
    assert reason in letter.text
    assert said in letter.text
    request.refresh_from_db()
    assert (request.status, request.mails.count()) == (Status.IN_REVIEW, 0)
    client.post(step(request, action), form(request, reason=reason, **fields))
    request.refresh_from_db()
    sent = mails.render(request.mails.get())
    assert (sent.subject, sent.body) == (letter.subject, letter.text)


def test_a_refusal_that_needs_a_second_person_says_so(client: Client, officer: StaffUser) -> None:
    client.force_login(officer)
    request = factories.make_request(status=Status.IN_REVIEW)
    fields = form(request, reason="The tenth this week.", ground="unfounded")
    page = client.post(step(request, Action.REFUSE), fields, follow=True)
    assert "a second person has to agree" in page.content.decode()
    request.refresh_from_db()
    assert request.status == Status.IN_REVIEW


def test_a_letter_without_a_reason_is_not_shown(client: Client, officer: StaffUser) -> None:
    client.force_login(officer)
    request = factories.make_request(status=Status.IN_REVIEW)
    page = client.post(step(request, Action.EXTEND), form(request, reason=" ", draft="1"))
    assert page.status_code == 400
    assert page.context["letter"] is None
