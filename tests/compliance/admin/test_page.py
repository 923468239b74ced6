from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.enums import ItemState, RequestKind, Status
from compliance.models import PrivacyRequest
from compliance.services import evidence, handling
from compliance.services.actors import staff_actor
from compliance.services.errors import IllegalMove
from compliance.services.outages import Outage
from seats.models import Contract, StaffUser
from tests import factories

STATES = [
    (kind, status)
    for kind in RequestKind
    for status in Status
    if (kind, status) != (RequestKind.EXPORT, Status.COOLING_OFF)
]


def page(client: Client, request: PrivacyRequest) -> str:
    answer = client.get(reverse("admin:compliance_privacyrequest_change", args=[request.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(("kind", "status"), STATES)
@pytest.mark.parametrize("whole", [False, True])
def test_a_request_is_shown_wherever_it_stands(
    desk: Client, contract: Contract, kind: RequestKind, status: Status, whole: bool
) -> None:
    fields: dict[str, Any] = {"contract": contract, **({"seat": None} if whole else {})}
    request = factories.make_request(kind, status, **fields)
    factories.make_item(request, state=ItemState.ATTENTION, error="ProductUnavailable", attempts=3)
    html = page(desk, request)
    assert request.reference in html
    assert str(status.label) in html
    assert html.count('aria-current="step"') == (0 if status == Status.COMPLETED else 1)


def test_what_the_work_waits_for_is_said_in_words(desk: Client) -> None:
    request = factories.make_request(status=Status.RUNNING)
    for error in (Outage.FULL, Outage.FULL, "ValueError"):
        factories.make_item(request, error=error)
    html = page(desk, request)
    assert html.count("A storage for files is full, or takes no writing.") == 1
    assert "ValueError" not in html


def test_a_deletion_whose_copy_never_came_says_that_somebody_must_decide(desk: Client) -> None:
    copy = factories.make_request(status=Status.CANCELLED)
    fields = {"seat": copy.seat, "copy_first": copy}
    waits = factories.make_request(RequestKind.DELETION, Status.APPROVED, **fields)
    said = f"{copy.reference}, the copy asked for first, ended as “Cancelled” and was never made."
    html = page(desk, waits)
    assert said in html
    assert "Go without a copy…" in html
    waits.copy_waived_at = timezone.now()
    waits.save()
    assert said not in page(desk, waits)


@pytest.mark.parametrize(("kind", "status"), STATES)
def test_evidence_is_asked_for_only_while_it_would_be_taken(
    desk: Client, agent: StaffUser, kind: RequestKind, status: Status
) -> None:
    request = factories.make_request(kind, status)
    offered = "Attach evidence" in page(desk, request)
    file = SimpleUploadedFile("x.pdf", b"%PDF-1.7")
    try:
        evidence.attach(request.pk, what="identity", file=file, actor=staff_actor(agent))
    except IllegalMove:
        assert not offered
    else:
        assert offered


def test_a_forbidden_step_is_shown_with_its_reason(
    client: Client, rep: StaffUser, contract: Contract
) -> None:
    request = factories.make_request(
        RequestKind.DELETION,
        Status.AWAITING_APPROVAL,
        contract=contract,
        entered_by=f"staff:{rep.username}",
    )
    client.force_login(rep)
    html = page(client, request)
    assert "You entered this request: somebody else has to approve it." in html
    assert "Your role does not include this." in html
    assert "Not possible while the request is “Awaiting approval”." in html


def test_only_one_step_stands_out(desk: Client) -> None:
    request = factories.make_request(status=Status.IN_REVIEW)
    assert page(desk, request).count("rd-button is-primary") == 1


def test_the_address_is_masked(desk: Client) -> None:
    request = factories.make_request(contact_email="jane.roe@customer.example")
    html = page(desk, request)
    assert "j***@customer.example" in html
    assert "jane.roe" not in html


def test_notes_are_for_those_who_may_read_them(
    desk: Client, agent: StaffUser, rep: StaffUser, contract: Contract
) -> None:
    request = factories.make_request(contract=contract)
    handling.add_note(request.pk, "Call <b>them</b> back.", actor=staff_actor(agent))
    assert "Call &lt;b&gt;them&lt;/b&gt; back." in page(desk, request)
    agent.groups.clear()
    agent.groups.add(*rep.groups.all())
    contract.deputy = agent
    contract.save()
    assert "Call &lt;b&gt;them&lt;/b&gt; back." in page(desk, request)


def test_counts_reconcile(desk: Client) -> None:
    request = factories.make_request(
        RequestKind.DELETION,
        preview={
            "notes": {"found": 7356, "kept": 88, "applies": True},
            "saved-accounts": {"found": 0, "kept": 0, "applies": False},
        },
        counted_at=timezone.now(),
    )
    answer = desk.get(reverse("admin:compliance_privacyrequest_change", args=[request.pk]))
    assert answer.context["totals"] == {"found": 7356, "kept": 88, "going": 7268}
    assert "Not part of this edition" in answer.content.decode()


def test_related_requests_stay_in_scope(client: Client, rep: StaffUser, contract: Contract) -> None:
    copy = factories.make_request(status=Status.RUNNING, contract=contract)
    deletion = factories.make_request(RequestKind.DELETION, seat=copy.seat, copy_first=copy)
    stranger = factories.make_request(linked_to=deletion)
    client.force_login(rep)
    html = page(client, deletion)
    assert copy.reference in html
    assert stranger.reference not in html


@pytest.mark.parametrize("key", ["0", "x", "9" * 30])
def test_a_key_that_is_none_is_not_there(desk: Client, key: str) -> None:
    address = reverse("admin:compliance_privacyrequest_change", args=[key])
    assert desk.get(address).status_code == 404
