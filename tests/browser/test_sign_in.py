"""Signing in with a second factor, and looking after the jobs: in Chromium, by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from compliance.enums import Chore, ItemState, RequestKind, Status
from compliance.models import Heartbeat, RequestItem, Round
from seats.models import Authenticator, StaffUser
from seats.roles import Role
from seats.services import second_factor
from tests import authenticator, factories
from tests.authenticator import PASSWORD
from tests.browser.conftest import Visit
from tests.browser.test_desk import check, colleague, go

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visit]
LOOKS = [(width, scheme) for width in (1280, 360) for scheme in ("light", "dark")]
KEYS = 40  # presses of the Tab key after which something cannot be reached


@pytest.fixture(autouse=True)
def _required(settings: Settings) -> None:
    settings.STAFF_MFA_REQUIRED = True


@pytest.fixture
def clara(db: None) -> StaffUser:
    user = colleague(Role.COMPLIANCE, first_name="Clara", last_name="Meunier")
    assert isinstance(user, StaffUser)
    return user


def tab_to(page: Page, role: str, name: str) -> None:
    """Press Tab until that is focused, as somebody without a mouse does."""
    wanted = page.get_by_role(role, name=name, exact=True).first
    for _key in range(KEYS):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by keyboard")


def type_password(page: Page, user: StaffUser) -> None:
    page.keyboard.type(user.username)  # the first field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code", exact=True)).to_be_visible()


def shown_secret(page: Page) -> bytes:
    return authenticator.shown_on(page.content())


def test_the_first_sign_in_by_keyboard_alone(visit: Open, clara: StaffUser, tmp_path: Path) -> None:
    seen = visit(reverse("admin:login"))
    page = seen.page
    check(seen, "sign-in", LOOKS)
    type_password(page, clara)
    expect(page).to_have_title(re.compile("Set up your second factor"))
    assert page.get_by_role("img", name="QR code").evaluate("one => one.naturalWidth") > 100
    check(seen, "set-up", LOOKS)
    secret = shown_secret(page)

    tab_to(page, "textbox", "Code")
    page.keyboard.type(authenticator.wrong(secret))
    page.keyboard.press("Enter")
    expect(page.get_by_text("This code is not right")).to_be_visible()
    check(seen, "set-up-wrong", LOOKS)
    tab_to(page, "textbox", "Code")
    page.keyboard.press("Control+A")
    page.keyboard.type(authenticator.code(secret))
    page.keyboard.press("Enter")

    expect(page).to_have_title(re.compile("Your recovery codes"))
    check(seen, "recovery-codes", LOOKS)
    codes = page.locator(".rd-codes code").all_inner_texts()
    assert len(codes) == 10
    tab_to(page, "link", "Save as a text file")
    with page.expect_download() as saving:
        page.keyboard.press("Enter")
    saving.value.save_as(tmp_path / "codes.txt")
    saved = (tmp_path / "codes.txt").read_text()
    assert all(code in saved for code in codes)
    tab_to(page, "link", "I have them, go on")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url.endswith("/admin/")
    assert second_factor.codes_left(clara) == 10


def test_signing_in_again_with_the_app_or_with_a_recovery_code(
    visit: Open, clara: StaffUser
) -> None:
    secret, codes = authenticator.enrolled(clara)
    for given in (authenticator.code(secret), codes[0]):
        seen = visit(reverse("admin:login"), java_script_enabled=given in codes)
        type_password(seen.page, clara)
        expect(seen.page.get_by_label("Code", exact=True)).to_be_focused()
        seen.page.keyboard.type(given)
        seen.page.keyboard.press("Enter")
        expect(seen.page.get_by_text("Clara Meunier")).to_be_visible()


def test_the_page_of_the_code(visit: Open, clara: StaffUser) -> None:
    secret, _codes = authenticator.enrolled(clara)
    seen = visit(reverse("admin:login"))
    type_password(seen.page, clara)
    check(seen, "code", LOOKS)
    waiting = {
        "throttling_failure_count": 8,
        "throttling_failure_timestamp": timezone.now(),
    }
    Authenticator.objects.update(**waiting)
    seen.page.get_by_label("Code", exact=True).fill(authenticator.code(secret))
    seen.page.keyboard.press("Enter")
    expect(seen.page.get_by_text("Too many wrong codes")).to_be_visible()
    check(seen, "code-wait", LOOKS)
    Authenticator.objects.update(throttling_failure_count=0)
    seen.page.get_by_label("Code", exact=True).fill(authenticator.code(secret))
    seen.page.get_by_role("button", name="Log in").click()
    expect(seen.page.get_by_text("Clara Meunier")).to_be_visible()


def test_too_many_wrong_passwords(visit: Open, clara: StaffUser) -> None:
    seen = visit(reverse("admin:login"))
    for _time in range(6):
        seen.page.get_by_label("Username").fill(clara.username)
        seen.page.get_by_label("Password").fill("wrong")
        seen.page.get_by_role("button", name="Log in").click()
    expect(seen.page.get_by_role("heading", name="Too many wrong passwords")).to_be_visible()
    check(seen, "sign-in-wait", LOOKS)


def test_ones_own_pages(visit: Open, clara: StaffUser) -> None:
    secret, codes = authenticator.enrolled(clara)
    seen = visit(reverse("admin:login"))
    type_password(seen.page, clara)
    code = authenticator.code(secret)
    seen.page.keyboard.type(code)
    seen.page.keyboard.press("Enter")
    expect(seen.page.get_by_text("Clara Meunier")).to_be_visible()
    go(seen.page, "account")
    check(seen, "account", LOOKS)
    go(seen.page, "password_change")
    check(seen, "password-change", LOOKS)
    go(seen.page, "account")
    seen.page.get_by_role("link", name="Use another app").click()
    check(seen, "replace", LOOKS)
    seen.page.get_by_label("Code", exact=True).fill(codes[0])
    seen.page.keyboard.press("Enter")
    expect(seen.page).to_have_title(re.compile("Set up your second factor"))
    new = shown_secret(seen.page)
    seen.page.get_by_label("Code", exact=True).fill(authenticator.code(new))
    seen.page.keyboard.press("Enter")
    expect(seen.page.locator(".rd-codes li")).to_have_count(10)
    assert Authenticator.objects.filter(user=clara).count() == 1

    ana = colleague(Role.SUPPORT, first_name="Ana", last_name="Kovač")
    authenticator.enrolled(ana)
    go(seen.page, "seats_staffuser_change", ana.pk)
    check(seen, "colleague", LOOKS)
    seen.page.get_by_role("link", name="Reset the second factor").click()
    check(seen, "reset", LOOKS)
    seen.page.get_by_role("button", name="Reset the second factor").click()
    expect(seen.page.get_by_text("sets up a new second factor")).to_be_visible()
    assert not second_factor.is_enrolled(ana)


def busy() -> None:
    """Work as on a bad day: two groups of workers, one silent; what runs, waits and failed."""
    now = timezone.now()
    for name, ago in (("ip-10-0-3-117.eu-west-1.compute.internal:4711:18a", 3), ("beta:1:b", 600)):
        at = now - timedelta(seconds=ago)
        Heartbeat.objects.create(name=name, started_at=at - timedelta(days=2), at=at, workers=2)
    export = factories.make_request(RequestKind.EXPORT, Status.RUNNING)
    deletion = factories.make_request(RequestKind.DELETION, Status.ATTENTION)
    for number in range(12):
        waiting = {"enqueued_at": now - timedelta(seconds=number)}
        item(export, number, "saved-accounts", **waiting)
    at_work = {"state": ItemState.RUNNING, "started_at": now, "found": 1_204_000}
    item(export, 90, "inmails-messages", exported=803_112, **at_work)
    item(export, 91, "notes", state=ItemState.RUNNING, started_at=now)
    for number in range(3):
        failed = {"state": ItemState.ATTENTION, "error": "OperationalError", "attempts": 3}
        item(deletion, number, "smartlinks-presentations", **failed)
    for hours in range(24):
        for number in range(hours % 7):
            done = {"state": ItemState.DONE, "finished_at": now - timedelta(hours=hours)}
            item(export, 100 + 10 * hours + number, "notes", **done)
    for chore in Chore:
        Round.objects.create(chore=chore, every=60, done_at=now)
    Round.objects.filter(chore=Chore.SEAL).update(done_at=now - timedelta(hours=3))
    Round.objects.filter(chore=Chore.MAILS).update(failed_at=now, error="SMTPServerDisconnected")


def item(request: object, part: int, category: str, **fields: object) -> None:
    made = factories.make_item(request, resource=category, part=part, category=category)
    RequestItem.objects.filter(pk=made.pk).update(**fields)


def test_job_health(visit: Open, clara: StaffUser) -> None:
    secret, _codes = authenticator.enrolled(clara)
    seen = visit(reverse("admin:login"))
    type_password(seen.page, clara)
    seen.page.keyboard.type(authenticator.code(secret))
    seen.page.keyboard.press("Enter")
    expect(seen.page.get_by_text("Clara Meunier")).to_be_visible()
    go(seen.page, "jobs")
    check(seen, "jobs-empty", LOOKS)
    busy()
    seen.page.get_by_role("link", name="Refresh").click()
    seen.page.get_by_text("As a table").click()
    check(seen, "jobs-table", LOOKS[-1:])
    seen.page.get_by_text("As a table").click()
    check(seen, "jobs", LOOKS)
    seen.page.set_viewport_size({"width": 1280, "height": 900})
    seen.page.get_by_role("link", name="Try again").first.click()
    expect(seen.page.get_by_role("button", name="Try again")).to_be_visible()
