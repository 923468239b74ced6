from __future__ import annotations

from dataclasses import replace
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from compliance.admin import help
from compliance.models import DataCategory
from compliance.sources.small_crm import LEADS, SOURCES
from seats.roles import Role
from tests.compliance.admin import world
from tests.compliance.admin.test_addresses import INLINE
from tests.compliance.sources import small_crm

pytestmark = pytest.mark.django_db
GUIDE = "/admin/help/your-own-product/"


@pytest.mark.parametrize("role", world.PEOPLE)
def test_everybody_at_the_desk_can_read_the_guide(client: Client, role: Role | str | None) -> None:
    client.force_login(world.person(role))
    page = client.get(GUIDE)
    assert page.status_code == 200
    assert not INLINE.search(page.content.decode())
    assert client.post(GUIDE).status_code == 405


def test_nobody_else_can(client: Client) -> None:
    assert client.get(GUIDE).status_code == 302


def test_its_samples_are_the_worked_example_itself(client: Client) -> None:
    client.force_login(world.person(Role.AUDITOR))
    page = unescape(client.get(GUIDE).content.decode())
    names = {name for name, value in vars(help.small_crm).items() if value in SOURCES}
    shown = help.declarations()
    assert names <= shown.keys()
    for name in names - {"PROFILES"} | {"SOURCES", "EDITIONS", "GROUNDS", "ASSIGNMENTS"}:
        assert f"{shown[name]}\n" in f"{page}\n".replace("</pre>", "\n"), name
    assert help.tables().keys() == set(small_crm.TABLES)
    assert help.tables()["deals"] in page


def test_what_it_quotes_is_what_the_check_says(client: Client, db: None) -> None:
    small_crm.create()
    client.force_login(world.person(Role.SUPPORT))
    page = unescape(client.get(GUIDE).content.decode())
    (sentence,) = replace(LEADS, references=()).check()
    assert f"wrong  leads (saved-leads, rows): {sentence}</pre>" in page


def test_the_registry_leads_to_it(client: Client) -> None:
    client.force_login(world.person(Role.COMPLIANCE))
    category = DataCategory.objects.first()
    assert category
    for page in (
        reverse("admin:compliance_datacategory_changelist"),
        reverse("admin:compliance_datacategory_change", args=[category.pk]),
    ):
        assert f'href="{GUIDE}"' in client.get(page).content.decode()
