"""Coming in to the privacy pages, in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core import mail as outbox
from playwright.sync_api import expect

from compliance.models import EmailMessage
from compliance.services import mails
from seats.models import Member
from seats.services import signing_in
from tests.browser.conftest import SCHEMES, WIDTHS, Visit
from tests.factories import make_contract, make_member, make_seat

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "nora@brennan-freight.example"


@pytest.fixture
def member() -> Member:
    return make_seat(
        make_contract(customer="Brennan Freight GmbH"),
        make_member(email=ADDRESS, name="Nora Brennan"),
    ).member


def looked_at(seen: Visit, name: str) -> None:
    """What is open, in both widths and colour schemes; pictures go where SCREENSHOTS says."""
    for width in WIDTHS:
        for scheme in SCHEMES:
            seen.page.set_viewport_size({"width": width, "height": 900})
            seen.page.emulate_media(color_scheme=scheme)
            if folder := os.environ.get("SCREENSHOTS"):
                file = Path(folder, f"{name}-{width}-{scheme}.png")
                seen.page.screenshot(path=file, full_page=True)
            seen.check()


def mailed_code() -> str:
    mails.send(EmailMessage.objects.latest("pk").pk)
    found = re.search(r"\b\d{6}\b", str(outbox.outbox[-1].body))
    assert found
    return found[0]


def test_the_pages_on_the_way_in_are_readable_by_everyone(
    visit: Callable[..., Visit], member: Member
) -> None:
    seen = visit("/privacy/")
    looked_at(seen, "sign-in")
    page = seen.page
    page.get_by_role("button", name="Send me a code").click()
    expect(page).to_have_title(re.compile("^Error:"))
    seen.problems.clear()  # the browser's own line on the answer 400
    looked_at(seen, "sign-in-error")

    page.get_by_label("Your e-mail address").fill(ADDRESS)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your e-mail")
    looked_at(seen, "sign-in-code")
    code = mailed_code()
    page.get_by_label("Your code").fill("12 34")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("You have 4 tries left.")).to_be_visible()
    seen.problems.clear()
    looked_at(seen, "sign-in-code-error")

    page.get_by_label("Your code").fill(f"{code[:3]} {code[3:]}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Nora Brennan")
    looked_at(seen, "member-home")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_link_in_the_mail_takes_one_more_click_and_no_script(
    visit: Callable[..., Visit], member: Member
) -> None:
    sent = signing_in.codes_for(ADDRESS, signing_in.new_device())[0]
    seen = visit(f"/privacy/enter/{sent.token}", java_script_enabled=False)
    seen.page.get_by_role("button", name="Sign in").click()
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Hello, Nora Brennan")


def test_a_link_that_is_over_says_what_to_do(visit: Callable[..., Visit], member: Member) -> None:
    sent = signing_in.codes_for(ADDRESS, signing_in.new_device())[0]
    looked_at(visit(f"/privacy/enter/{sent.token}"), "enter")
    signing_in.enter(sent.token)
    seen = visit(f"/privacy/enter/{sent.token}")
    expect(seen.page.get_by_role("heading", level=1)).to_contain_text("This link does not")
    seen.problems.clear()
    looked_at(seen, "enter-spent")
