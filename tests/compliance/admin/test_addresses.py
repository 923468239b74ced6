"""Every address of the desk, found in the URLs themselves: one added later is tried as well.

An address with a row's key is tried with a row of one's own, a stranger's and one that is not
there; one without says nothing about a stranger's customer. What needs more than a key, or belongs
to no model, is named below, and the tests say so when something is missing here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from compliance.models import DeskEvent, Evidence, PrivacyRequest, Receipt
from consent.models import DocumentVersion
from seats.models import Contract, Member, Seat, StaffUser
from seats.roles import Role
from tests import factories
from tests.compliance.admin import world

Rows = dict[type[Model], Model]
UNKNOWN = 999_999
# Of the site and no model: what is tried of it, and where.
OF_THE_SITE = {
    "index": "tests/compliance/admin/test_home.py",
    "login": "tests/browser/test_desk.py",
    "logout": "Django's",
    "password_change": "Django's",
    "password_change_done": "Django's",
    "jsi18n": "Django's: words only",
    "autocomplete": "below",
    "view_on_site": "Django's: it asks nobody, and knows no row of ours with an address",
    "app_list": "Django's: names of tables",
    "code": "tests/config/test_second_factor.py",
    "set_up": "tests/config/test_second_factor.py",
    "account": "tests/config/test_second_factor.py",
    "account_change": "tests/config/test_second_factor.py",
    "jobs": "tests/compliance/admin/test_jobs.py",
    "help_your_own_product": "tests/compliance/admin/test_help.py",
}
# Addresses with more than a row's key: what stands in the further places.
FURTHER: dict[str, Callable[[Rows], list[Any]]] = {
    "compliance_privacyrequest_take": lambda rows: ["approve", "cancel", "verify"],
    "compliance_privacyrequest_look": lambda rows: [rows[Evidence].pk],
    "compliance_privacyrequest_receipt": lambda rows: [rows[Receipt].number],
    **dict.fromkeys(
        ("consent_document_draft", "consent_document_discard"), lambda rows: ["en", "tlh"]
    ),
    **dict.fromkeys(
        (
            *("consent_document_preview", "consent_document_changes"),
            *("consent_document_coverage", "consent_document_remind"),
        ),
        lambda rows: [rows[DocumentVersion].pk],
    ),
}
# Addresses whose one place is no row's key.
KEYLESS: dict[str, list[list[Any]]] = {
    "compliance_privacyrequest_bulk": [["approve"], ["assign"]],
}
POSTED = {"version": 0, "reason": "x", "text": "x", "to": "me", "row": "1:0", "q": ""}
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", re.IGNORECASE)


@pytest.fixture
def own(db: None) -> Rows:
    rows = world.rows_on(factories.make_contract(customer="Ownwood Ltd"))
    return rows | world.rows_of_nobody(rows[PrivacyRequest])


@pytest.fixture
def foreign(db: None) -> Rows:
    rows = world.rows_on(factories.make_contract(customer="Strangely AG"))
    return rows | world.rows_of_nobody(rows[PrivacyRequest])


def model_of(name: str) -> type[Model]:
    labels = {
        f"{model._meta.app_label}_{model._meta.model_name}_": model
        for model in admin.site._registry
    } | {"auth_user_": StaffUser}  # Django's own name for its password page
    found = [model for start, model in labels.items() if name.startswith(start)]
    assert found, (
        f"“admin:{name}” belongs to no model. Name it in OF_THE_SITE, with the test that tries who "
        "may open it and what it shows a representative of others' customers."
    )
    return found[0]


def places(name: str, count: int, rows: Rows) -> list[list[Any]]:
    """The arguments an address is tried with, for these rows."""
    row = rows[model_of(name)]
    if name in KEYLESS:
        return KEYLESS[name]
    if count < 2:
        return [[row.pk][:count]]
    if name.endswith("_simple_history"):
        return [[row.pk, 1]]
    assert name in FURTHER, (
        f"“admin:{name}” takes {count} arguments. Say in FURTHER what stands behind the row's key, "
        "or in KEYLESS where no row's key is among them."
    )
    return [[row.pk, further] for further in FURTHER[name](rows)]


def addresses(rows: Rows, *, keyed: bool | None = None) -> Iterator[tuple[str, str]]:
    """Name and path of every page of the models', with these rows; of steps and files, some."""
    for name, count in sorted(world.names_of_pages().items()):
        if name in OF_THE_SITE:
            continue
        has_key = count > 0 and name not in KEYLESS
        if keyed is not None and has_key != keyed:
            continue
        for args in places(name, count, rows):
            yield name, reverse(f"admin:{name}", args=args)


def said(answer: HttpResponse) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace")


def test_every_address_is_known_to_these_tests(own: Rows) -> None:
    assert set(OF_THE_SITE) <= set(world.names_of_pages())
    assert {*FURTHER, *KEYLESS} <= set(world.names_of_pages())
    assert len(list(addresses(own))) > 100


@pytest.mark.parametrize("role", ["superuser", Role.AUDITOR])
def test_looking_changes_nothing_and_brings_no_inline_code(
    client: Client, own: Rows, role: str
) -> None:
    client.force_login(world.person(role))
    before = world.everything()
    for _name, url in addresses(own):
        page = client.get(url)
        assert page.status_code != 500, url
        if "html" in page.headers.get("Content-Type", ""):
            assert INLINE.findall(said(page)) == [], url
    assert world.everything() == before


def test_an_auditor_changes_nothing(client: Client, own: Rows) -> None:
    client.force_login(world.person(Role.AUDITOR))
    before = world.everything()
    for _name, url in addresses(own):
        answer = client.post(url, POSTED)
        # 503: a receipt whose file is not there.
        assert answer.status_code in (200, 302, 400, 403, 404, 405, 503), url
        said(answer)
    after = world.everything()
    # What an auditor took away is on record like anybody's.
    assert {table for table in after if after[table] != before[table]} <= {DeskEvent._meta.db_table}


def test_a_strangers_row_is_as_if_it_were_not_there(
    client: Client, own: Rows, foreign: Rows
) -> None:
    client.force_login(world.person(Role.REPRESENTATIVE, own[Contract]))
    unknown = {model: copy(row) for model, row in foreign.items()}
    for row in unknown.values():
        row.pk = UNKNOWN
    before = world.everything()
    pairs = zip(addresses(foreign, keyed=True), addresses(unknown, keyed=True), strict=True)
    for (name, theirs), (_name, nowhere) in pairs:
        if model_of(name) in world.OF_NOBODY:
            continue
        for ask in (client.get, lambda url: client.post(url, POSTED)):
            answer, expected = ask(theirs), ask(nowhere)
            assert answer.status_code == expected.status_code, theirs
            assert answer.status_code in (302, 403, 404, 405), theirs
            assert answer.headers.get("Location") == expected.headers.get("Location"), theirs
    assert world.everything() == before


def test_nothing_a_representative_opens_speaks_of_a_strangers_customer(
    client: Client, own: Rows, foreign: Rows
) -> None:
    client.force_login(world.person(Role.REPRESENTATIVE, own[Contract]))
    secrets = {
        "customer": foreign[Contract].customer,
        "reference": foreign[PrivacyRequest].reference,
        "member": foreign[Member].name,
        "address": foreign[Member].email,
        "seat": f">{foreign[Seat].number}<",
    }
    opened = 0
    for name, url in [*addresses(own), ("index", reverse("admin:index"))]:
        searches = ("?tab=all", f"?tab=all&q={foreign[Contract].number}")
        asked = [client.get(url + query) for query in ("", *searches[: 2 * ("changelist" in name)])]
        for answer in (*asked, client.post(url + searches[0], POSTED)):
            page = said(answer)
            opened += len(page) > 1_000
            assert [what for what, secret in secrets.items() if secret in page] == [], url
    assert opened > 50


def test_who_has_no_role_gets_nowhere(client: Client, own: Rows) -> None:
    client.force_login(world.person(None))
    before = world.everything()
    for _name, url in addresses(own):
        for ask in (client.get, lambda url: client.post(url, POSTED)):
            answer = ask(url)
            # Django leads from a history that is not there to the home page.
            led_away = answer.headers.get("Location") == reverse("admin:index")
            assert led_away or answer.status_code in (403, 404, 405), url
    assert world.everything() == before


def test_who_is_not_signed_in_is_asked_to(client: Client, own: Rows) -> None:
    for _name, url in addresses(own):
        for ask in (client.get, lambda url: client.post(url, POSTED)):
            answer = ask(url)
            assert answer.status_code == 302, url
            assert answer.headers["Location"].startswith(reverse("admin:login")), url


def test_choosing_from_a_list_offers_own_rows_only(
    client: Client, own: Rows, foreign: Rows
) -> None:
    client.force_login(world.person(Role.REPRESENTATIVE, own[Contract]))
    for model, page in admin.site._registry.items():
        for field in page.autocomplete_fields:
            query = {
                "app_label": model._meta.app_label,
                "model_name": model._meta.model_name,
                "field_name": field,
                "term": "",
            }
            answer = client.get(reverse("admin:autocomplete"), query)
            target = model._meta.get_field(field).remote_field.model
            if answer.status_code == 200 and target not in world.OF_NOBODY:
                offered = {row["id"] for row in answer.json()["results"]}
                assert str(foreign[target].pk) not in offered, (model, field)
