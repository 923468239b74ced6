from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.models import ApiKey
from compliance.services import api_keys
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, NotFound
from seats.roles import Role
from tests.factories import make_staff

pytestmark = pytest.mark.django_db


def in_days(days: int) -> Any:
    return timezone.now() + timedelta(days=days)


def test_of_a_secret_only_its_digest_is_kept() -> None:
    key, secret = api_keys.create(" CRM sync ", ["requests", "directory"])
    assert (key.name, key.scopes) == ("CRM sync", ["directory", "requests"])
    assert secret.startswith(f"rk_{key.prefix}_")
    kept = [*ApiKey.objects.values().get().values(), *key.history.values().get().values()]
    assert not [value for value in kept if secret[12:] in str(value)]
    assert key.secret_sha256 not in [str(value) for value in key.history.values().get().values()]
    assert api_keys.recognised(secret) == key


def test_two_keys_are_never_alike() -> None:
    made = [api_keys.create("x", ["notices"]) for _key in range(2)]
    assert len({secret for _key, secret in made}) == len({key.prefix for key, _s in made}) == 2


def test_after_a_rotation_both_secrets_hold_until_the_former_ends() -> None:
    key, first = api_keys.create("CRM", ["directory"])
    _key, second = api_keys.rotate(key.prefix, until=in_days(7))
    assert first != second
    assert api_keys.recognised(first) == api_keys.recognised(second) == key
    ApiKey.objects.update(former_until=timezone.now())
    assert api_keys.recognised(first) is None
    assert api_keys.recognised(second) == key
    _key, third = api_keys.rotate(key.prefix, until=in_days(1))
    assert [api_keys.recognised(one) for one in (first, second, third)] == [None, key, key]


def test_a_revoked_key_has_no_secrets_any_more() -> None:
    key, first = api_keys.create("CRM", ["directory"])
    _key, second = api_keys.rotate(key.prefix, until=in_days(7))
    revoked_at = api_keys.revoke(key.prefix).revoked_at
    assert [api_keys.recognised(one) for one in (first, second)] == [None, None]
    assert api_keys.revoke(key.prefix).revoked_at == revoked_at
    with pytest.raises(IllegalMove):
        api_keys.rotate(key.prefix, until=in_days(7))


def test_what_happened_to_a_key_stands_in_its_history() -> None:
    key, _secret = api_keys.create("CRM", ["directory"], actor=make_staff(Role.COMPLIANCE))
    api_keys.rotate(key.prefix, until=in_days(7))
    api_keys.revoke(key.prefix)
    reasons = key.history.order_by("pk").values_list("history_change_reason", flat=True)
    assert list(reasons) == ["created", "rotated", "revoked"]


def test_its_use_is_noted_by_the_day_and_once(django_assert_num_queries: Any) -> None:
    _key, secret = api_keys.create("CRM", ["directory"])
    with django_assert_num_queries(2):
        api_keys.recognised(secret)
    with django_assert_num_queries(1):
        api_keys.recognised(secret)
    assert ApiKey.objects.get().last_used_on == timezone.now().date()
    ApiKey.objects.update(last_used_on=date(2020, 1, 1))
    api_keys.recognised(secret)
    assert ApiKey.objects.get().last_used_on == timezone.now().date()
    assert ApiKey.objects.get().history.count() == 1


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.REPRESENTATIVE, Role.AUDITOR])
def test_keys_are_for_compliance(role: Role) -> None:
    somebody = make_staff(role)
    key, _secret = api_keys.create("CRM", ["directory"], actor=make_staff(Role.COMPLIANCE))
    with pytest.raises(NotAllowed):
        api_keys.create("CRM", ["directory"], actor=somebody)
    with pytest.raises(NotAllowed):
        api_keys.rotate(key.prefix, until=in_days(7), actor=somebody)
    with pytest.raises(NotAllowed):
        api_keys.revoke(key.prefix, actor=somebody)


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [
        (" ", ["directory"], 1),
        ("x" * 81, ["directory"], 1),
        ("x", [], 1),
        ("x", ["all"], 1),
        ("x", ["directory"], -1),
    ],
)
def test_a_key_needs_a_name_a_scope_and_time(name: str, scopes: list[str], days: int) -> None:
    with pytest.raises(BadInput):
        api_keys.create(name, scopes, expires_at=in_days(days))
    assert not ApiKey.objects.exists()


def test_there_is_no_other_key() -> None:
    with pytest.raises(NotFound):
        api_keys.revoke("00000000")
    key, _secret = api_keys.create("CRM", ["directory"])
    with pytest.raises(BadInput):
        api_keys.rotate(key.prefix, until=in_days(-1))
