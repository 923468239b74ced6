from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from seats.models import Contract
from seats.roles import Role
from tests import factories


@pytest.fixture
def contract(db: None) -> Contract:
    contract = factories.make_contract(customer="Before")
    contract.customer = "After"
    contract.save()
    return contract


def version(contract: Contract, **more: object) -> str:
    first = contract.history.earliest("history_date")
    args = {"object_id": contract.pk, "version_id": first.pk, **more}
    return reverse("admin:seats_contract_simple_history", args=list(args.values()))


def test_an_old_version_is_shown(contract: Contract, client: Client) -> None:
    client.force_login(factories.make_staff(Role.COMPLIANCE))
    page = client.get(version(contract))
    assert page.status_code == 200
    assert "Before" in page.content.decode()
    assert 'name="language"' not in page.content.decode()


@pytest.mark.parametrize("role", [*Role, "superuser"])
def test_nobody_rewrites_the_past(contract: Contract, client: Client, role: str) -> None:
    superuser = role == "superuser"
    user = factories.make_staff(None if superuser else role, is_superuser=superuser)
    contract.representative = user
    contract.save()
    client.force_login(user)
    before = list(contract.history.values_list())
    posted = {"language": "xx", "instruction": "members", "_save": "Save"}
    for url in (version(contract), reverse("admin:seats_contract_history", args=[contract.pk])):
        assert client.post(url, posted).status_code == 403
    contract.refresh_from_db()
    assert contract.language == "en"
    assert list(contract.history.values_list()) == before


def test_a_strangers_version_is_not_there(contract: Contract, client: Client) -> None:
    client.force_login(factories.make_staff(Role.REPRESENTATIVE))
    assert client.get(version(contract)).status_code == 404


@pytest.mark.parametrize("wrong", [{"version_id": "x"}, {"version_id": 999_999}, {"object_id": 0}])
def test_a_version_that_is_none_is_not_there(
    contract: Contract, client: Client, wrong: dict[str, object]
) -> None:
    client.force_login(factories.make_staff(Role.COMPLIANCE))
    assert client.get(version(contract, **wrong)).status_code == 404


def test_the_history_says_who_changed_what(contract: Contract, client: Client) -> None:
    user = factories.make_staff(Role.COMPLIANCE, first_name="Priya", last_name="Raman")
    client.force_login(user)
    change = reverse("admin:seats_contract_change", args=[contract.pk])
    form = {"language": "de", "instruction": "administrator", "representative": "", "deputy": ""}
    assert client.post(change, form).status_code == 302
    page = client.get(reverse("admin:seats_contract_history", args=[contract.pk])).content.decode()
    assert "Priya Raman" in page
    assert "en → de" in page


def test_a_long_list_is_not_counted_to_its_end(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seats.admin.base.MOST_COUNTED", 2)
    for _ in range(4):
        factories.make_contract()
    client.force_login(factories.make_staff(Role.COMPLIANCE))
    page = client.get(reverse("admin:seats_contract_changelist"))
    assert page.context["cl"].paginator.count == 3
    assert "More than 2" in page.content.decode()
