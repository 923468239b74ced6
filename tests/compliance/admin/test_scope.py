"""Who gets which page: every model, every role, a row of their own and a stranger's."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from compliance.models import (
    DataCategory,
    PrivacyRequest,
    Remark,
    RememberedCall,
    WrappedKey,
)
from consent.models import (
    Certification,
    Document,
    SubProcessor,
    Wording,
)
from seats.models import (
    Authenticator,
    Contract,
    FailedSignIn,
    MemberSession,
    RecoveryCodes,
    SignInLink,
    StaffUser,
)
from seats.roles import PERMISSIONS, Role
from tests import factories
from tests.compliance.admin import world

# Shown with their event, or on one's own page; and never shown, because the bytes open archives.
# Nor is what a caller was answered.
WITHOUT_A_PAGE = {
    RememberedCall,
    *(Remark, WrappedKey, Wording),
    *(Authenticator, RecoveryCodes, FailedSignIn, SignInLink, MemberSession),
}
EDITED = {Contract, DataCategory, StaffUser, Document, Certification, SubProcessor}
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
UNKNOWN = 999_999


def may(role: Role | str | None, model: type[Model], verb: str = "view") -> bool:
    if role == "superuser":
        return True
    if role is None:
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


Rows = dict[type[Model], Model]


@pytest.fixture
def own(db: None) -> Rows:
    rows = world.rows_on(factories.make_contract())
    return rows | world.rows_of_nobody(rows[PrivacyRequest])


@pytest.fixture
def foreign(db: None) -> Rows:
    rows = world.rows_on(factories.make_contract())
    return rows | world.rows_of_nobody(rows[PrivacyRequest])


def codes(client: Client, model: type[Model], key: object) -> list[int]:
    """What the row's page and its deletion answer."""
    return [client.get(address(model, page, key)).status_code for page in ("change", "delete")]


@pytest.mark.parametrize("role", world.PEOPLE)
def test_pages_open_to_whom_the_roles_say(
    client: Client, own: Rows, foreign: Rows, role: Role | str | None
) -> None:
    client.force_login(world.person(role, own[Contract]))
    answers: dict[Any, Any] = {}
    expected: dict[Any, Any] = {}
    for model in MODELS:
        listed = 200 if may(role, model) else 403
        missing = 404 if model is PrivacyRequest else 302  # "Perhaps it was deleted?"
        unseen = missing if may(role, model) else 403
        answers[model, "list"] = client.get(address(model, "changelist")).status_code
        expected[model, "list"] = listed
        scoped = role == Role.REPRESENTATIVE and model not in world.OF_NOBODY
        for whose, key, code in (
            ("own", own[model].pk, listed),
            ("foreign", foreign[model].pk, unseen if scoped else listed),
            ("unknown", UNKNOWN, unseen),
        ):
            answers[model, whose] = codes(client, model, key)
            expected[model, whose] = [code, 403]
    assert answers == expected


def test_a_history_is_as_hidden_as_its_row(client: Client, own: Rows, foreign: Rows) -> None:
    client.force_login(world.person(Role.REPRESENTATIVE, own[Contract]))
    for model in set(MODELS) - world.OF_NOBODY:
        shown, hidden, unknown = (
            client.get(address(model, "history", key))
            for key in (own[model].pk, foreign[model].pk, UNKNOWN)
        )
        if may(Role.REPRESENTATIVE, model):
            assert shown.headers.get("Location") != unknown.headers.get("Location"), model
        assert hidden.status_code == unknown.status_code, model
        assert hidden.headers.get("Location") == unknown.headers.get("Location"), model


def test_lists_and_searches_show_own_rows_only(client: Client, own: Rows, foreign: Rows) -> None:
    client.force_login(world.person(Role.REPRESENTATIVE, own[Contract]))
    for model in set(MODELS) - world.OF_NOBODY:
        if not may(Role.REPRESENTATIVE, model):
            continue
        searched = (foreign[Contract].number, foreign[PrivacyRequest].reference, foreign[model])
        queries = [{}, {"tab": "all"}, *({"q": str(term)} for term in searched)]
        pages = [client.get(address(model, "changelist"), query) for query in queries]
        found = {row for page in pages if page.context for row in page.context["cl"].result_list}
        assert own[model] in found, model
        assert foreign[model] not in found, model


def test_nobody_edits_what_services_write(client: Client, own: Rows) -> None:
    client.force_login(world.person("superuser"))
    before = world.everything()
    for model in set(MODELS) - EDITED:
        for page in ("change", "delete", "history"):
            url = address(model, page, own[model].pk)
            assert client.post(url, {"post": "yes"}).status_code == 403, url
    assert world.everything() == before
