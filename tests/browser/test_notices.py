"""What members are told, and what they find of it later, in a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from compliance.views.sessions import cookie_name
from consent.enums import Shown, Surface
from consent.models import Confirmation
from consent.services import notices
from seats.models import Member
from tests.browser.conftest import Visit
from tests.browser.test_member_pages import look
from tests.factories import make_member
from tests.telling import Told, make_told, version
from tests.visits import key_of

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visit]
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def told() -> Told:
    return make_told()


def as_member(visit: Open, live_server: Any, member: Member) -> Open:
    """Pages of a member who is signed in."""

    def open_page(path: str, **options: Any) -> Visit:
        opened = visit("/v/", **options)
        cookie = {"name": cookie_name(), "value": key_of(member), "url": str(live_server)}
        opened.page.context.add_cookies([cookie])
        opened.page.goto(f"{live_server}{path}")
        return opened

    return open_page


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


@pytest.mark.parametrize("language", ["en", "de"])
def test_notices_and_history_are_readable_by_everyone(
    visit: Open, live_server: Any, language: str
) -> None:
    told = make_told(language)
    mine = as_member(visit, live_server, told.member)
    look(mine, "/privacy/notices/", f"notices-{language}")
    look(mine, f"/privacy/notices/{told.second.pk}/", f"notice-{language}")
    look(mine, "/privacy/history/", f"history-{language}")
    look(mine, f"/privacy/history/{told.confirmation.pk}/", f"record-{language}")


def test_who_was_told_nothing_reads_that(visit: Open, live_server: Any) -> None:
    mine = as_member(visit, live_server, make_member())
    look(mine, "/privacy/history/", "history-empty")
    look(mine, "/privacy/notices/", "notices-empty")


def test_a_notice_is_confirmed_on_a_phone_without_a_script(
    visit: Open, live_server: Any, told: Told
) -> None:
    mine = as_member(visit, live_server, told.member)
    options: dict[str, Any] = {
        "width": 320, "java_script_enabled": False, "user_agent": IPHONE, "is_mobile": True
    }  # fmt: skip
    seen = mine("/privacy/history/", **options)
    page = seen.page
    page.get_by_role("main").get_by_role("link", name=told.second.title).first.click()
    assert heading(page) == told.second.title
    page.get_by_role("button", name="I confirm I have read this").click()
    assert heading(page) == "You confirmed that you read this"
    row = Confirmation.objects.get(version=told.second)
    assert row.surface == Surface.MOBILE
    assert notices.may_start(told.member, Surface.MOBILE)
    assert page.get_by_text("Privacy pages, on a phone").is_visible()
    with page.expect_download() as started:
        page.get_by_role("button", name="Receipt as PDF").click()
    assert started.value.path().read_bytes().startswith(b"%PDF")
    assert started.value.suggested_filename == f"{told.member.receipts.get().number}.pdf"
    assert seen.problems == []


def test_a_text_replaced_while_it_was_read_gives_way_to_the_new_one(
    visit: Open, live_server: Any, told: Told
) -> None:
    mine = as_member(visit, live_server, told.member)
    seen = mine(f"/privacy/notices/{told.second.pk}/", width=320)
    newest = version(told.first.document, change_summary="The assistant is new.")
    seen.page.get_by_role("button", name="I confirm I have read this").click()
    assert seen.page.get_by_text("The text changed while you were reading").is_visible()
    picture(seen.page, "notice-replaced-320-light")
    seen.check()

    seen.page.get_by_role("button", name="Not now").click()
    assert heading(seen.page) == "Notices to read"
    assert seen.page.get_by_text("Put off").is_visible()
    seen.check()
    seen.page.get_by_role("link", name=newest.title).click()
    seen.page.get_by_role("button", name="I confirm I have read this").press("Enter")
    assert heading(seen.page) == "You confirmed that you read this"
    assert Confirmation.objects.get(version=newest, state=Shown.CONFIRMED)
    seen.check()
