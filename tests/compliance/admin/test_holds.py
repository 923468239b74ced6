from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import Hold
from seats.models import Contract, StaffUser
from seats.roles import Role
from tests import factories
from tests.compliance.admin import world

ADD = "admin:compliance_hold_add"


def posted(**fields: Any) -> dict[str, Any]:
    return {
        "seat": "",
        "contract": "",
        "ground": "claims",
        "case": "4 O 211/26",
        "review_on": (timezone.now() + timedelta(days=90)).date().isoformat(),
        **fields,
    }


@pytest.fixture
def hold(client: Client, officer: StaffUser, contract: Contract) -> Hold:
    client.force_login(officer)
    client.post(reverse(ADD), posted(contract=contract.number))
    return Hold.objects.get()


def test_a_hold_is_placed_on_a_seat_and_some_categories(client: Client, officer: StaffUser) -> None:
    seat = factories.make_seat()
    client.force_login(officer)
    assert seat.number in client.get(reverse(ADD), {"seat": seat.number}).content.decode()
    answer = client.post(reverse(ADD), posted(seat=seat.number, categories=["notes"]))
    hold = Hold.objects.get()
    assert answer.headers["Location"] == reverse("admin:compliance_hold_change", args=[hold.pk])
    assert (hold.contract, hold.seat, hold.placed_by) == (seat.contract, seat, officer)
    assert hold.categories == ["notes"]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"contract": ""}, 400),
        ({"seat": "S-1"}, 400),
        ({"contract": "C-0"}, 404),
        ({"ground": "because"}, 400),
        ({"case": " "}, 400),
        ({"review_on": "soon"}, 400),
        ({"categories": ["no-such"]}, 400),
    ],
)
def test_a_hold_that_says_too_little_is_not_placed(
    client: Client, officer: StaffUser, contract: Contract, wrong: dict[str, Any], status: int
) -> None:
    client.force_login(officer)
    answer = client.post(reverse(ADD), posted(**{"contract": contract.number, **wrong}))
    assert answer.status_code == status
    assert not Hold.objects.exists()


def test_somebody_else_lifts_it(client: Client, hold: Hold) -> None:
    lift = reverse("admin:compliance_hold_lift", args=[hold.pk])
    assert "You placed this hold" in client.get(lift).content.decode()
    assert client.post(lift).status_code == 403
    other = factories.make_staff(Role.COMPLIANCE)
    client.force_login(other)
    before = world.everything()
    assert client.get(lift).status_code == 200
    assert world.everything() == before
    assert client.post(lift).status_code == 302
    hold.refresh_from_db()
    assert hold.lifted_by == other
    assert client.post(lift).status_code == 409


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.REPRESENTATIVE, Role.AUDITOR])
def test_holds_are_compliances(client: Client, hold: Hold, contract: Contract, role: Role) -> None:
    client.force_login(world.person(role, contract))
    lift = reverse("admin:compliance_hold_lift", args=[hold.pk])
    assert client.post(lift).status_code == 403
    assert client.get(reverse(ADD)).status_code == 403
    assert client.post(reverse(ADD), posted(contract=contract.number)).status_code == 403
    assert Hold.objects.get().lifted_at is None


def test_a_strangers_hold_is_not_there(client: Client, hold: Hold) -> None:
    client.force_login(factories.make_staff(Role.REPRESENTATIVE))
    assert client.get(reverse("admin:compliance_hold_lift", args=[hold.pk])).status_code == 404
