"""An administrator decides, where the contract keeps that for them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail as django_mail
from django.test import Client
from django.utils import timezone

from compliance.enums import Action, RequestKind, Status
from compliance.models import EmailMessage, PrivacyRequest
from compliance.services import preview, requests
from compliance.services.actors import POLICY, member_actor, staff_actor
from compliance.services.mails import render
from compliance.sources.product import ProductUnavailable
from seats.models import Contract, Member
from seats.roles import Role
from tests import factories
from tests.compliance.views.test_cases import text_of
from tests.visits import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract() -> Contract:
    return factories.make_contract(customer="Brennan Freight GmbH", instruction="administrator")


@pytest.fixture
def administrator(client: Client, contract: Contract) -> Member:
    found = factories.make_member()
    factories.make_administration(contract, found)
    signed_in(client, found)
    return found


def asked(contract: Contract, kind: RequestKind = RequestKind.EXPORT) -> PrivacyRequest:
    """A member's request that was sent for the administrator's approval."""
    request = factories.make_request(kind, Status.IN_REVIEW, seat=factories.make_seat(contract))
    reviewer = staff_actor(factories.make_staff(Role.SUPPORT))
    return requests.take(Action.SUBMIT, request.pk, actor=reviewer)


def page(request: PrivacyRequest) -> str:
    return f"/privacy/decide/{request.reference}/"


def status(request: PrivacyRequest) -> str:
    request.refresh_from_db()
    return str(request.status)


def test_the_mail_leads_to_the_decision_and_not_to_the_members_page(
    administrator: Member, contract: Contract
) -> None:
    request = asked(contract)
    mail = EmailMessage.objects.get(template="decide_customer", to=administrator.email)
    message = render(mail)
    for body in (str(message.body), str(message.alternatives[0][0])):
        assert page(request) in body
        assert request.public_id not in body
    assert not django_mail.outbox


def test_what_waits_is_listed_and_shown_within_ten_queries(
    client: Client,
    administrator: Member,
    contract: Contract,
    django_assert_max_num_queries: Any,
) -> None:
    first, second = asked(contract), asked(contract, RequestKind.DELETION)
    with django_assert_max_num_queries(10):
        listed = text_of(client.get("/privacy/organisation/"))
    assert first.reference in listed
    assert second.reference in listed
    with django_assert_max_num_queries(10):
        response = client.get(page(first))
    said = text_of(response)
    assert "May the member have a copy?" in said
    assert "Notes" in said
    holder = first.requester
    assert holder.email not in said
    assert holder.name not in said
    assert first.public_id not in response.content.decode()


def test_yes_hands_it_over(client: Client, administrator: Member, contract: Contract) -> None:
    request = asked(contract)
    response = client.post(page(request), {"yes": "1", "version": request.version})
    assert response.url == page(request)
    assert status(request) == Status.APPROVED
    approval = request.approvals.get()
    assert (approval.role, approval.actor) == ("administrator", f"member:M-{administrator.pk}")
    assert "You said yes" in text_of(client.get(page(request)))


def test_yes_to_a_deletion_takes_a_count_and_the_typed_reference(
    client: Client,
    administrator: Member,
    contract: Contract,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = asked(contract, RequestKind.DELETION)
    yes = {"yes": "1", "version": request.version, "typed": request.reference.lower()}
    assert "Count it first." in text_of(client.get(page(request)))
    assert "the count is a day old" in text_of(client.post(page(request), yes))
    assert status(request) == Status.AWAITING_APPROVAL

    counted = {"notes": preview.Counted(found=1204, applies=True)}
    monkeypatch.setattr(preview, "_count", lambda request: counted)
    assert client.post(page(request), {"count": "1"}).url == page(request)
    assert "1,204" in text_of(client.get(page(request)))
    wrong = client.post(page(request), {**yes, "typed": "yes"})
    assert wrong.status_code == 400
    assert f"Type {request.reference} to say yes" in text_of(wrong)
    assert client.post(page(request), yes).status_code == 302
    assert status(request) == Status.APPROVED
    assert request.approvals.get().seen["found"] == 1204


def test_a_product_that_is_down_is_said_and_nothing_is_lost(
    client: Client,
    administrator: Member,
    contract: Contract,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(request: PrivacyRequest) -> None:
        raise ProductUnavailable("down")

    monkeypatch.setattr(preview, "_count", away)
    response = client.post(page(asked(contract, RequestKind.DELETION)), {"count": "1"})
    assert response.status_code == 503
    assert "We cannot count it right now" in text_of(response)


def test_no_takes_a_reason_and_goes_to_our_compliance_office(
    client: Client, administrator: Member, contract: Contract
) -> None:
    request = asked(contract)
    for reason in ("", "   ", "x" * 5_001):
        no = {"no": "1", "version": request.version, "reason": reason}
        response = client.post(page(request), no)
        assert response.status_code == 400
        assert "Give the reason" in text_of(response)
    no = {"no": "1", "version": request.version, "reason": "It is <b>ours</b>."}
    assert client.post(page(request), no).status_code == 302
    assert status(request) == Status.AWAITING_APPROVAL
    assert request.escalated_at
    event = request.events.order_by("-sequence").first()
    assert (event.action, event.remark.text) == (Action.OBJECT, "It is <b>ours</b>.")
    assert "You or a colleague said no on" in text_of(client.get(page(request)))
    assert "You said no" in text_of(client.get("/privacy/organisation/"))
    member = text_of(Client().get(f"/r/{request.public_id}/"))
    assert "Your company did not agree so far. Our compliance office decides by" in member


def test_a_stale_page_does_nothing(
    client: Client, administrator: Member, contract: Contract
) -> None:
    request = asked(contract)
    response = client.post(page(request), {"yes": "1", "version": request.version - 1})
    assert response.status_code == 409
    assert status(request) == Status.AWAITING_APPROVAL
    PrivacyRequest.objects.update(status=Status.CANCELLED, closed_at=timezone.now())
    for more in ({"yes": "1"}, {"no": "1", "reason": "No."}):
        assert client.post(page(request), more).status_code == 409
    assert "This needs no decision any more" in text_of(client.get(page(request)))


def test_nobody_else_decides_or_learns_that_there_is_anything(
    client: Client, administrator: Member, contract: Contract
) -> None:
    request = asked(contract)
    elsewhere = factories.make_member()
    factories.make_administration(factories.make_contract(), elsewhere)
    own = factories.make_request(
        status=Status.AWAITING_APPROVAL, seat=factories.make_seat(contract, administrator)
    )
    direct = factories.make_request(
        status=Status.AWAITING_APPROVAL, seat=factories.make_seat(factories.make_contract())
    )
    factories.make_administration(direct.contract, administrator)
    for reference in (own.reference, direct.reference, "EXP-2026-000001", "nonsense"):
        for response in (
            client.get(f"/privacy/decide/{reference}/"),
            client.post(f"/privacy/decide/{reference}/", {"yes": "1"}),
        ):
            assert response.status_code == 404
    for member in (elsewhere, request.requester):
        signed_in(client, member)
        assert client.get(page(request)).status_code == 404
        assert client.post(page(request), {"yes": "1"}).status_code == 404
    administrator.administrations.update(until=timezone.now())
    signed_in(client, administrator)
    assert client.get(page(request)).status_code == 404
    assert status(request) == Status.AWAITING_APPROVAL


def test_an_administrator_objects_to_nothing_that_is_not_theirs_to_decide() -> None:
    contract, administrator = factories.make_contract(), factories.make_member()
    factories.make_administration(contract, administrator)
    request = asked(contract)
    with pytest.raises(requests.NotAllowed, match="This is for us to decide"):
        requests.take(
            Action.OBJECT, request.pk, actor=member_actor(administrator), reason="Why not."
        )


def test_the_rule_never_decides_for_an_administrator(contract: Contract) -> None:
    request = asked(contract)
    with pytest.raises(requests.NotAllowed):
        requests.take(Action.APPROVE, request.pk, actor=POLICY)
