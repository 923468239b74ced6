"""What engineers see: the page about the API, and the desk's pages for its keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from compliance.services import api_keys
from seats.roles import Role
from tests.browser.conftest import Visit
from tests.browser.test_desk import check, colleague, go, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visit]


def test_the_description_is_read_from_local_files_under_the_policy(visit: Open) -> None:
    seen = visit("/api/v1/docs")
    seen.page.get_by_text("/api/v1/may-import").wait_for()
    seen.page.get_by_text("May these be written?").click()
    seen.page.get_by_text("Ask before leads, CRM contacts").wait_for()
    assert seen.problems == []


def test_a_key_is_made_rotated_and_revoked_on_the_desk(visit: Open) -> None:
    seen = sign_in(visit, colleague(Role.COMPLIANCE))
    go(seen.page, "compliance_apikey_add")
    check(seen, "api-key-add")
    seen.page.get_by_label("Name").fill("CRM sync")
    seen.page.get_by_label("Contracts, seats and people").check()
    seen.page.get_by_role("button", name="Create a key").click()
    secret = seen.page.get_by_label("Secret", exact=True).input_value()
    assert api_keys.recognised(secret)
    check(seen, "api-key-secret")
    seen.page.get_by_role("link", name="I have copied it").click()
    check(seen, "api-key")
    seen.page.get_by_role("link", name="Make a new secret").click()
    check(seen, "api-key-rotate")
    seen.page.get_by_role("button", name="Make a new secret").click()
    assert api_keys.recognised(seen.page.get_by_label("Secret", exact=True).input_value())
    seen.page.get_by_role("link", name="I have copied it").click()
    seen.page.get_by_role("link", name="Revoke the key").click()
    check(seen, "api-key-revoke")
    seen.page.get_by_role("button", name="Revoke the key").click()
    seen.page.get_by_text("The key opens nothing any more.").wait_for()
    assert api_keys.recognised(secret) is None
    go(seen.page, "compliance_apikey_changelist")
    check(seen, "api-keys")
