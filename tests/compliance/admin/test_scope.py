"""Who gets which page: every model, every role, a row of their own and a stranger's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from compliance.models import DataCategory, PrivacyRequest, Remark, WrappedKey
from seats.models import Contract, StaffUser
from seats.roles import PERMISSIONS, Role
from tests import factories
from tests.compliance.admin import world

# Shown with their event; and never shown, because the bytes open archives.
WITHOUT_A_PAGE = {Remark, WrappedKey}
EDITED = {Contract, DataCategory, StaffUser}
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
UNKNOWN = 999_999
ELSEWHERE = {
    *("index", "login", "logout", "password_change", "password_change_done", "jsi18n"),
    *("autocomplete", "view_on_site", "app_list"),
}
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", re.IGNORECASE)


def may(role: Role | str | None, model: type[Model], verb: str = "view") -> bool:
    if role == "superuser":
        return True
    if role is None or model is StaffUser:
        return False
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}" in PERMISSIONS[Role(role)]


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_model_of_ours_has_a_page_or_a_reason() -> None:
    models = {
        model
        for label in ("seats", "consent", "compliance")
        for model in apps.get_app_config(label).get_models()
        if not model.__name__.startswith("Historical")
    }
    assert models - set(MODELS) == WITHOUT_A_PAGE
    assert set(MODELS) - models == set()


@pytest.mark.parametrize("role", world.PEOPLE)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_pages_open_to_whom_the_roles_say(
    db: None, client: Client, model: type[Model], role: Role | str | None
) -> None:
    own, foreign = factories.make_contract(), factories.make_contract()
    rows = world.rows_on(own)
    strange = world.rows_on(foreign)
    for found in (rows, strange):
        found |= world.rows_of_nobody(found[PrivacyRequest])
    client.force_login(world.person(role, own))
    answers = {
        name: [
            client.get(address(model, page, *pk)).status_code
            for page, pk in (("changelist", ()), ("change", (key,)), ("delete", (key,)))
        ]
        for name, key in {
            "own": rows[model].pk,
            "foreign": strange[model].pk,
            "unknown": UNKNOWN,
        }.items()
    }
    listed = 200 if may(role, model) else 403
    missing = 404 if model is PrivacyRequest else 302  # "Perhaps it was deleted?"
    unseen = missing if may(role, model) else 403
    belongs = model in world.rows_on(factories.make_contract())
    scoped = role == Role.REPRESENTATIVE and belongs
    assert answers == {
        "own": [listed, listed, 403],
        "foreign": [listed, unseen if scoped else listed, 403],
        "unknown": [listed, unseen, 403],
    }


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_history_is_as_hidden_as_its_row(db: None, client: Client, model: type[Model]) -> None:
    own, foreign = factories.make_contract(), factories.make_contract()
    rows, strange = world.rows_on(own), world.rows_on(foreign)
    if model not in rows:
        pytest.skip("belongs to no customer")
    client.force_login(world.person(Role.REPRESENTATIVE, own))
    shown, hidden, unknown = (
        client.get(address(model, "history", key))
        for key in (rows[model].pk, strange[model].pk, UNKNOWN)
    )
    if may(Role.REPRESENTATIVE, model):
        assert shown.status_code in (200, 302)
    assert hidden.status_code == unknown.status_code
    assert hidden.headers.get("Location") == unknown.headers.get("Location")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_and_searches_show_own_rows_only(
    db: None, client: Client, model: type[Model]
) -> None:
    own, foreign = factories.make_contract(), factories.make_contract()
    rows, strange = world.rows_on(own), world.rows_on(foreign)
    if model not in rows:
        pytest.skip("belongs to no customer")
    user = world.person(Role.REPRESENTATIVE, own)
    if not may(Role.REPRESENTATIVE, model):
        pytest.skip("not for representatives")
    client.force_login(user)
    searched = [foreign.number, strange[PrivacyRequest].reference, str(strange[model])]
    queries: list[dict[str, str]] = [{}, {"tab": "all"}, *({"q": term} for term in searched)]
    pages = [client.get(address(model, "changelist"), query) for query in queries]
    found = {row for page in pages if page.context for row in page.context["cl"].result_list}
    assert rows[model] in found
    assert strange[model] not in found


@pytest.mark.parametrize("role", ["superuser", Role.AUDITOR])
def test_looking_changes_nothing_and_brings_no_inline_code(
    db: None, client: Client, role: str
) -> None:
    rows = world.rows_on(factories.make_contract())
    rows |= world.rows_of_nobody(rows[PrivacyRequest])
    client.force_login(world.person(role))
    before = world.everything()
    for name, count in world.names_of_pages().items():
        for url in addresses(name, count, rows):
            page = client.get(url)
            assert page.status_code != 500, url
            if "html" in page.headers.get("Content-Type", ""):
                assert INLINE.findall(page.content.decode()) == [], url
    assert world.everything() == before


def test_an_auditor_changes_nothing(db: None, client: Client) -> None:
    rows = world.rows_on(factories.make_contract())
    rows |= world.rows_of_nobody(rows[PrivacyRequest])
    client.force_login(world.person(Role.AUDITOR))
    before = world.everything()
    for name, count in world.names_of_pages().items():
        for url in addresses(name, count, rows):
            answer = client.post(url, {"version": 0, "reason": "x", "text": "x", "to": "me"})
            assert answer.status_code in (200, 400, 403, 404, 405), url
    assert world.everything() == before


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_nobody_edits_what_services_write(db: None, client: Client, model: type[Model]) -> None:
    rows = world.rows_on(factories.make_contract())
    rows |= world.rows_of_nobody(rows[PrivacyRequest])
    if model in EDITED:
        pytest.skip("edited here on purpose")
    client.force_login(world.person("superuser"))
    before = world.everything()
    answers = [
        client.post(address(model, page, rows[model].pk), {"post": "yes"}).status_code
        for page in ("change", "delete")
    ]
    assert answers == [403, 403]
    assert world.everything() == before


def addresses(name: str, count: int, rows: dict[type[Model], Model]) -> list[str]:
    """A page's address, with a row there is, and with some steps where it takes one."""
    if name in ELSEWHERE:
        return []
    of = {f"{model._meta.app_label}_{model._meta.model_name}_": row for model, row in rows.items()}
    of["auth_user_"] = rows[StaffUser]  # Django's own name for its password page
    key = next(row.pk for start, row in of.items() if name.startswith(start))
    more: list[list[Any]] = [[]]
    if name.endswith("_take"):
        more = [["approve"], ["cancel"], ["verify"]]
    elif count == 2:
        more = [["RC-1"] if name.endswith("_receipt") else [1]]
    return [reverse(f"admin:{name}", args=[key, *last][:count]) for last in more]
