from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from seats.roles import Role
from tests import factories


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("page", ["changelist", "add"])
def test_accounts_are_for_superusers(db: None, client: Client, role: Role, page: str) -> None:
    client.force_login(factories.make_staff(role))
    assert client.get(reverse(f"admin:seats_staffuser_{page}")).status_code == 403


def test_a_superuser_gives_a_role_and_takes_nobody_away(db: None, client: Client) -> None:
    client.force_login(factories.make_staff(None, is_superuser=True))
    user = factories.make_staff(None, username="ana")
    form = {
        "username": "ana",
        "is_active": "on",
        "is_staff": "on",
        "groups": [Group.objects.get(name=Role.SUPPORT).pk],
    }
    change = reverse("admin:seats_staffuser_change", args=[user.pk])
    assert client.post(change, form).status_code == 302
    assert user.plays(Role.SUPPORT)
    delete = reverse("admin:seats_staffuser_delete", args=[user.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403


def test_permissions_come_from_roles_alone(db: None, client: Client) -> None:
    client.force_login(factories.make_staff(None, is_superuser=True))
    page = client.get(reverse("admin:seats_staffuser_change", args=[factories.make_staff().pk]))
    assert "user_permissions" not in page.content.decode()


def test_a_colleague_is_found_by_address_and_the_address_stands_in_no_url(
    db: None, client: Client
) -> None:
    wanted = factories.make_staff(email="Ana@larkfield.example")
    client.force_login(factories.make_staff(is_superuser=True))
    listed = reverse("admin:seats_staffuser_changelist")
    answer = client.post(listed, {"q": "ana@larkfield.example"})
    assert answer.url == f"{listed}?q={wanted.username}"
    assert list(client.get(answer.url).context["cl"].result_list) == [wanted]
    named = factories.make_staff(username="ben@larkfield.example", email="ben@larkfield.example")
    assert client.post(listed, {"q": named.username}).url == listed
