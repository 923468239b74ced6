from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from compliance.lifecycle import PERMISSIONS as STEPS
from compliance.services import groups
from seats.roles import PERMISSIONS, Role

pytestmark = pytest.mark.django_db
# What no role may do: history is evidence, and rows are made by services.
NOBODY = {
    "compliance.delete_privacyrequest",
    "compliance.change_requestevent",
    "compliance.delete_requestevent",
    "compliance.change_approval",
    "compliance.add_approval",
    "compliance.change_receipt",
    "compliance.delete_receipt",
    "compliance.change_privacyrequest",
    "compliance.add_privacyrequest",
    "seats.delete_member",
    "compliance.run_request",
}


def held(role: Role) -> set[str]:
    group = Group.objects.get(name=role)
    rows = group.permissions.values_list("content_type__app_label", "codename")
    return {f"{label}.{codename}" for label, codename in rows}


@pytest.mark.parametrize("role", list(Role))
def test_after_migrating_a_group_is_what_its_role_says(role: Role) -> None:
    assert held(role) == PERMISSIONS[role]


@pytest.mark.parametrize("role", list(Role))
def test_what_was_added_or_taken_by_hand_is_put_right(role: Role) -> None:
    group = Group.objects.get(name=role)
    group.permissions.set(Permission.objects.filter(codename="delete_privacyrequest"))
    groups.match_roles("default")
    assert held(role) == PERMISSIONS[role]


@pytest.mark.parametrize("role", list(Role))
def test_no_role_may_rewrite_history(role: Role) -> None:
    assert PERMISSIONS[role] & NOBODY == set()


def test_the_auditor_only_looks() -> None:
    verbs = {name.partition(".")[2].partition("_")[0] for name in PERMISSIONS[Role.AUDITOR]}
    assert verbs == {"view", "see"}


def test_the_representative_alone_does_not_see_every_contract() -> None:
    seeing = {role for role in Role if "seats.see_every_contract" in PERMISSIONS[role]}
    assert seeing == set(Role) - {Role.REPRESENTATIVE}


def test_every_step_that_people_take_is_some_roles() -> None:
    steps = {f"compliance.{step}_request" for step in STEPS - {"run"}}
    assert steps <= set().union(*PERMISSIONS.values())
    assert not Permission.objects.filter(codename="run_request").exists()


def test_refusing_extending_and_holding_are_compliances() -> None:
    for name in ("refuse_request", "extend_request", "expedite_request", "place_hold", "lift_hold"):
        having = {role for role in Role if f"compliance.{name}" in PERMISSIONS[role]}
        assert having == {Role.COMPLIANCE}, name


def test_the_product_database_gets_no_groups() -> None:
    groups.match_roles("product")


@pytest.mark.django_db(transaction=True)
def test_migrating_again_makes_the_groups_again() -> None:
    Group.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert {group.name for group in Group.objects.all()} == set(Role)
    assert all(held(role) == PERMISSIONS[role] for role in Role)
