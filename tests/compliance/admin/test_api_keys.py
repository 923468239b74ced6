from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from compliance.models import ApiKey
from compliance.services import api_keys
from seats.roles import Role
from tests.factories import make_staff

pytestmark = pytest.mark.django_db
FORM = {"name": "CRM sync", "scopes": ["directory", "permission"], "expires_on": ""}


@pytest.fixture(autouse=True)
def _compliance(client: Client, db: None) -> None:
    client.force_login(make_staff(Role.COMPLIANCE))


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:compliance_apikey_{name}", args=args)


def secret_on(answer: HttpResponse) -> str:
    assert "no-store" in answer.headers["Cache-Control"]
    (shown,) = re.findall(r"rk_[0-9a-f]{8}_[\w-]{43}", answer.content.decode())
    return str(shown)


def test_a_secret_is_shown_once(client: Client) -> None:
    answer = client.post(page("add"), FORM)
    secret = secret_on(answer)
    key = ApiKey.objects.get()
    assert api_keys.recognised(secret) == key
    assert key.created_by
    for other in (page("changelist"), page("change", key.pk), page("history", key.pk)):
        text = client.get(other).content.decode()
        assert secret[12:] not in text
        assert key.secret_sha256 not in text


def test_a_key_is_rotated_with_an_overlap_and_revoked(client: Client) -> None:
    key, first = api_keys.create("CRM", ["directory"])
    second = secret_on(client.post(page("rotate", key.pk), {"days": "7"}))
    assert api_keys.recognised(first) == api_keys.recognised(second) == key
    assert client.get(page("revoke", key.pk)).status_code == 200
    assert ApiKey.objects.get().revoked_at is None
    assert client.post(page("revoke", key.pk)).status_code == 302
    assert api_keys.recognised(second) is None
    assert "disabled" in client.get(page("change", key.pk)).content.decode()
    assert client.post(page("rotate", key.pk), {"days": "7"}).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"scopes": []},
        {"scopes": ["archives"]},
        {"expires_on": "2020-01-01"},
        {"expires_on": "soon"},
    ],
)
def test_a_form_that_is_wrong_makes_no_key(client: Client, wrong: dict[str, Any]) -> None:
    assert client.post(page("add"), {**FORM, **wrong}).status_code == 400
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("days", ["0", "91", "x", ""])
def test_an_overlap_has_an_end(client: Client, days: str) -> None:
    key, _secret = api_keys.create("CRM", ["directory"])
    assert client.post(page("rotate", key.pk), {"days": days}).status_code == 400
    assert ApiKey.objects.get().former_until is None


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.REPRESENTATIVE, Role.AUDITOR])
def test_nobody_else_makes_or_ends_keys(client: Client, role: Role) -> None:
    client.force_login(make_staff(role))
    key, _secret = api_keys.create("CRM", ["directory"])
    for address in (page("add"), page("rotate", key.pk), page("revoke", key.pk)):
        assert client.get(address).status_code == 403
        assert client.post(address, {**FORM, "days": "7"}).status_code == 403
    assert ApiKey.objects.get().revoked_at is None
