from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.enums import Status
from compliance.sources.product import ProductUnavailable
from seats.models import Contract, StaffUser
from seats.roles import Role
from tests import factories
from tests.compliance.admin import world


def change(contract: Contract) -> str:
    return reverse("admin:seats_contract_change", args=[contract.pk])


def form(**fields: Any) -> dict[str, Any]:
    return {
        "representative": "",
        "deputy": "",
        "language": "en",
        "instruction": "members",
        "tells_members": "on",
        **fields,
    }


def test_compliance_changes_who_carries_a_contract(
    client: Client, officer: StaffUser, contract: Contract
) -> None:
    client.force_login(officer)
    deputy = factories.make_staff(Role.REPRESENTATIVE)
    posted = form(representative=contract.representative.pk, deputy=deputy.pk, number="C-0")
    assert client.post(change(contract), posted).status_code == 302
    before, contract = contract, Contract.objects.get()
    assert contract.deputy == deputy
    assert contract.number == before.number
    assert contract.history.latest("history_date").history_user == officer


def test_the_deputy_is_somebody_else(
    client: Client, officer: StaffUser, contract: Contract
) -> None:
    client.force_login(officer)
    both = contract.representative.pk
    answer = client.post(change(contract), form(representative=both, deputy=both))
    assert answer.status_code == 200
    assert "The deputy must be somebody else." in answer.content.decode()


def test_only_those_who_can_decide_carry_a_contract(
    client: Client, officer: StaffUser, contract: Contract
) -> None:
    client.force_login(officer)
    for nobody in (factories.make_staff(Role.AUDITOR), factories.make_staff(None)):
        client.post(change(contract), form(representative=nobody.pk))
        contract.refresh_from_db()
        assert contract.representative != nobody


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.REPRESENTATIVE, Role.AUDITOR])
def test_others_only_look(client: Client, contract: Contract, role: Role) -> None:
    client.force_login(world.person(role, contract))
    page = client.get(change(contract)).content.decode()
    assert 'name="language"' not in page
    assert client.post(change(contract), form(language="de")).status_code == 403
    contract.refresh_from_db()
    assert contract.language == "en"


def test_a_contract_shows_its_seats_requests_and_holds(desk: Client, contract: Contract) -> None:
    rows = world.rows_on(contract)
    erased = factories.make_seat(contract, erased_at=timezone.now(), product_id="")
    other = factories.make_request(status=Status.COMPLETED)
    page = desk.get(change(contract)).content.decode()
    for row in rows.values():
        if type(row).__name__ in ("Seat", "PrivacyRequest", "Hold"):
            assert str(row) in page
    assert erased.number in page
    assert "1 in use of 2" in page
    assert other.reference not in page


def test_a_seat_counts_what_the_product_holds_when_asked(desk: Client) -> None:
    seat = factories.make_seat()
    address = reverse("admin:seats_seat_change", args=[seat.pk])
    assert "Not counted." in desk.get(address).content.decode()
    counted = desk.get(address, {"count": ""}).context["held"]
    assert {n for _name, n in counted} == {0}
    assert len(counted) == 14


def test_a_seat_says_when_the_product_cannot_be_reached(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(seat: object) -> None:
        raise ProductUnavailable

    monkeypatch.setattr("compliance.services.holdings.of_seat", down)
    seat = factories.make_seat()
    page = desk.get(reverse("admin:seats_seat_change", args=[seat.pk]), {"count": ""})
    assert page.status_code == 200
    assert "cannot be reached now" in page.content.decode()


def test_an_erased_seat_holds_nothing(desk: Client) -> None:
    seat = factories.make_seat(erased_at=timezone.now(), product_id="")
    page = desk.get(reverse("admin:seats_seat_change", args=[seat.pk]), {"count": ""})
    assert "this seat was erased" in page.content.decode()
    assert "File a request" not in page.content.decode().split('id="content"')[1]


def test_other_holders_of_a_licence_are_named_in_scope_only(
    client: Client, rep: StaffUser, contract: Contract
) -> None:
    past = timezone.now()
    seat = factories.make_seat(contract)
    before = factories.make_seat(contract, product_id=seat.product_id, released_at=past)
    foreign = factories.make_seat(product_id=seat.product_id, released_at=past)
    client.force_login(rep)
    page = client.get(reverse("admin:seats_seat_change", args=[seat.pk])).content.decode()
    assert before.number in page
    assert foreign.number not in page
