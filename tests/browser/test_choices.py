"""Message choices, unsubscribing and verifying an address, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance import personal_data
from compliance.views.sessions import cookie_name
from consent.enums import PAIRS, Channel, Purpose, Reason
from consent.models import ConsentEvent
from consent.services import choices, links
from consent.services.permission import may_send
from seats.models import Member
from tests.browser.conftest import Visit
from tests.browser.test_member_pages import look
from tests.factories import make_evidence, make_member
from tests.visits import key_of

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visit]
NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)
TIPS = (Purpose.TIPS, Channel.EMAIL)


@pytest.fixture
def member() -> Member:
    reader = make_member(name="Nora Brennan", email="nora@brennan-freight.example")
    choices.save_choices(reader, {NEWS: True, TIPS: True}, make_evidence())
    return reader


def unsubscribe_link(member: Member) -> str:
    return f"/u/{links.unsubscribe_token(member, *NEWS)}"


def inside(visit: Open, member: Member) -> Open:
    """The same for somebody who is signed in."""

    def open_page(path: str, **options: Any) -> Visit:
        seen = visit("/", **options)
        url = seen.page.url
        seen.page.context.add_cookies(
            [{"name": cookie_name(), "value": key_of(member), "url": url}]
        )
        seen.page.goto(url.rstrip("/") + path)
        return seen

    return open_page


def verify_link(member: Member) -> str:
    token = links.verify_token(member, timezone.now() + timedelta(days=7))
    return f"/privacy/verify/{token}"


def test_the_preference_centre_is_readable_by_everyone(visit: Open, member: Member) -> None:
    look(inside(visit, member), "/privacy/choices/", "choices")
    link = f"/p/{links.preferences_token(member)}"
    look(visit, link, "choices-by-link")
    before = ConsentEvent.objects.count()
    choices.stop_all(member, make_evidence())
    look(visit, f"{link}?saved={before}-{before + 1}", "choices-saved")
    look(visit, link, "choices-stopped")
    look(visit, f"{link}?saved={before + 1}-{before + 1}", "choices-same")
    Member.objects.filter(pk=member.pk).update(locale="de")
    look(visit, link, "choices-de")


def test_the_unsubscribe_page_is_readable_by_everyone(visit: Open, member: Member) -> None:
    link = unsubscribe_link(member)
    look(visit, link, "unsubscribe")
    look(visit, f"{link}x", "unsubscribe-404")
    page = visit(link, width=320, scheme="dark")
    page.page.get_by_role("button", name="Stop product news").click()
    page.check()
    look(visit, link, "unsubscribe-again")
    choices.stop_all(member, make_evidence())
    look(visit, link, "unsubscribe-all")
    personal_data.erase_member(member)
    look(visit, link, "unsubscribe-erased")


def test_the_page_that_verifies_is_readable_by_everyone(visit: Open) -> None:
    member = make_member(locale="fr")
    look(visit, verify_link(member), "verify-fr")
    member = make_member()
    link = verify_link(member)
    look(visit, link, "verify")
    choices.verify_address(member, {NEWS: False}, make_evidence("verification_page"))
    look(visit, link, "verified")


def test_the_two_stops_are_as_big_as_what_allows_again(visit: Open, member: Member) -> None:
    page = visit(f"/p/{links.preferences_token(member)}").page

    def size(name: str) -> tuple[float, float]:
        box = page.get_by_role("button", name=name).first.bounding_box()
        return box["width"], box["height"]

    stop, never = size("Stop all promotional messages"), size("Never receive InMail")
    yes, no = (page.get_by_text(word, exact=True).first.locator("..").bounding_box()
               for word in ("Yes", "No"))  # fmt: skip
    assert stop == never
    assert (yes["width"], yes["height"]) == (no["width"], no["height"])
    page.get_by_role("button", name="Stop all promotional messages").click()
    page.get_by_role("link", name="Go back to your choices").click()
    assert size("Allow again") == stop


def test_choices_are_made_without_script_or_cookie_and_taken_back(
    visit: Open, member: Member
) -> None:
    page = visit(f"/p/{links.preferences_token(member)}", java_script_enabled=False).page
    offers = page.get_by_role("group", name="Offers from partners").first
    assert offers.get_by_label("No").is_checked()
    offers.get_by_label("Yes").check()
    page.get_by_role("button", name="Save my choices").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Your choices are saved"
    assert may_send(member, Purpose.PARTNER_OFFERS, Channel.EMAIL).allowed

    page.get_by_role("link", name="Go back to your choices").click()
    page.get_by_role("button", name="Stop all promotional messages").click()
    assert {may_send(member, *pair).reason for pair in PAIRS} == {Reason.OBJECTED}
    page.get_by_role("link", name="Go back to your choices").click()
    page.get_by_role("button", name="Allow again").first.click()
    allowed = {pair for pair in PAIRS if may_send(member, *pair).allowed}
    assert allowed == {NEWS, TIPS, (Purpose.PARTNER_OFFERS, Channel.EMAIL)}
    assert page.context.cookies() == []


def test_unsubscribing_takes_one_click_and_so_does_the_way_back(
    visit: Open, member: Member
) -> None:
    page = visit(unsubscribe_link(member), java_script_enabled=False).page
    page.get_by_role("button", name="Stop product news").click()
    assert page.get_by_role("heading", level=1).inner_text() == "It is stopped"
    assert may_send(member, *NEWS).reason == Reason.UNSUBSCRIBED
    page.get_by_role("button", name="Allow again").click()
    assert may_send(member, *NEWS).allowed
    page.get_by_role("link", name="See all your choices").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Which messages do you want?"
    assert page.context.cookies() == []


def test_an_address_is_verified_without_answering(visit: Open) -> None:
    member = make_member()
    page = visit(verify_link(member), java_script_enabled=False).page
    assert page.locator("input:checked").count() == 0
    page.get_by_role("button", name="Confirm my address").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Your address is confirmed"
    member.refresh_from_db()
    assert member.verified_at
    assert may_send(member, *NEWS).reason == Reason.DECLINED


def test_signed_in_the_page_is_in_the_menu(visit: Open, member: Member) -> None:
    page = inside(visit, member)("/privacy/").page
    page.get_by_role("link", name="Messages", exact=True).click()
    page.get_by_role("button", name="Never receive InMail").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Your choices are saved"
    assert may_send(member, Purpose.TIPS, Channel.INMAIL).reason == Reason.OBJECTED
