"""The desk as staff see it in a real browser: in both widths and colours, and without scripts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from compliance.enums import RequestKind, Status
from compliance.models import Hold, PrivacyRequest
from seats.models import Contract, Seat, StaffUser
from seats.roles import Role
from tests import factories
from tests.browser.conftest import SCHEMES, WIDTHS, Visit
from tests.compliance.admin import world

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visit]
EVERY_LOOK = [(width, scheme) for width in WIDTHS for scheme in SCHEMES]
PASSWORD = "a long enough password"
LONG = "Rheinisch-Westfälische Versorgungs- und Beteiligungsgesellschaft für Energietechnik mbH"
COUNTED = {"notes": {"found": 7356, "kept": 88, "applies": True}}


def colleague(role: Role | str | None, **fields: Any) -> StaffUser:
    user = factories.make_staff(role, **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(visit: Open, user: StaffUser, **options: Any) -> Visit:
    """Through the form, as people do it: under the policies of the real pages."""
    seen = visit(reverse("admin:login"), **options)
    seen.page.get_by_label("Username").fill(user.username)
    seen.page.get_by_label("Password").fill(PASSWORD)
    seen.page.get_by_role("button", name="Log in").click()
    return seen


def go(page: Page, name: str, *args: Any, query: str = "") -> None:
    page.goto(page.url.split("/admin/")[0] + reverse(f"admin:{name}", args=args) + query)


def check(seen: Visit, name: str, looks: Iterable[tuple[int, str]] = EVERY_LOOK) -> None:
    """In each width and scheme; pictures go where SCREENSHOTS says."""
    for width, scheme in looks:
        seen.page.set_viewport_size({"width": width, "height": 900})
        seen.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if folder := os.environ.get("SCREENSHOTS"):
            file = Path(folder, f"desk-{name}-{width}-{scheme}.png")
            seen.page.screenshot(path=file, full_page=True)
        seen.check()
        # Where a stylesheet imports another, axe itself tries an inline style and is blocked.
        seen.problems.clear()


@pytest.fixture
def contract(db: None) -> Contract:
    return factories.make_contract(
        customer=LONG,
        representative=factories.make_staff(Role.REPRESENTATIVE),
        deputy=factories.make_staff(Role.REPRESENTATIVE),
    )


@pytest.fixture
def deletion(contract: Contract) -> PrivacyRequest:
    """A whole contract's, counted, once approved, partly held, with all a page can show."""
    rows = world.rows_on(contract)
    request = factories.make_request(
        RequestKind.DELETION,
        Status.AWAITING_APPROVAL,
        contract=contract,
        seat=None,
        preview=COUNTED,
        counted_at=timezone.now(),
        copy_first=rows[PrivacyRequest],
        contact_email="a.mueller@customer.example",
    )
    request.approvals.create(actor="staff:x", role="representative", seen={"found": 7356})
    request.notes.create(author=contract.representative, text="Only two seats, they said.")
    request.evidence.create(what="instruction", size=84_000, sha256="0" * 64, added_by="staff:x")
    world.receipt_of(request, "RC-2026-000009")
    return request


def test_signing_in(visit: Open) -> None:
    check(visit(reverse("admin:login")), "login")


def test_the_lists(visit: Open, deletion: PrivacyRequest) -> None:
    for number, status in enumerate(Status):
        past = timezone.now() - timedelta(days=10 * (number % 5))
        factories.make_request(status=status, received_at=past)
    seen = sign_in(visit, colleague(Role.COMPLIANCE))
    check(seen, "home")
    for name, page, query in (
        ("queue", "compliance_privacyrequest_changelist", "?tab=all"),
        ("queue-filtered", "compliance_privacyrequest_changelist", "?kind__exact=export"),
        ("queue-empty", "compliance_privacyrequest_changelist", "?q=S-0"),
        ("audit", "compliance_requestevent_stream", ""),
        ("audit-empty", "compliance_requestevent_stream", "?about=C-0"),
        ("register", "compliance_privacyrequest_register", ""),
        ("records", "compliance_datacategory_records", ""),
        ("events", "compliance_requestevent_changelist", ""),
        ("contracts", "seats_contract_changelist", ""),
    ):
        go(seen.page, page, query=query)
        check(seen, name)


def test_many_requests_are_assigned_without_scripts(visit: Open, deletion: PrivacyRequest) -> None:
    able = factories.make_request(status=Status.AWAITING_APPROVAL)
    seen = sign_in(visit, colleague(Role.COMPLIANCE), java_script_enabled=False)
    page = seen.page
    for action, button in (("approve", "Approve 1 export"), ("assign", "Assign 3 requests")):
        go(page, "compliance_privacyrequest_changelist", query="?tab=open")
        for box in page.locator("input.action-select").all():
            box.check()
        page.locator("select[name=action]").select_option(action)
        page.get_by_role("button", name="Go").click()
        page.get_by_role("button", name=button).click()
    able.refresh_from_db()
    assert able.status == Status.APPROVED
    assert able.assignee
    assert page.get_by_role("heading", name="3 requests assigned").is_visible()


def test_the_pages_of_many_requests(visit: Open, deletion: PrivacyRequest) -> None:
    factories.make_request(status=Status.AWAITING_APPROVAL)
    seen = sign_in(visit, colleague(Role.COMPLIANCE))
    go(seen.page, "compliance_privacyrequest_changelist", query="?tab=open")
    seen.page.locator("#action-toggle").check()
    seen.page.locator("select[name=action]").select_option("approve")
    seen.page.get_by_role("button", name="Go").click()
    check(seen, "bulk")
    seen.page.get_by_role("button", name="Approve 1 export").click()
    check(seen, "bulk-done")


def test_the_pages_of_a_request(visit: Open, deletion: PrivacyRequest) -> None:
    seen = sign_in(visit, colleague(Role.COMPLIANCE))
    go(seen.page, "compliance_privacyrequest_change", deletion.pk)
    check(seen, "request")
    for step in ("approve", "refuse", "submit"):
        go(seen.page, "compliance_privacyrequest_take", deletion.pk, step)
        check(seen, f"step-{step}")


def test_a_request_that_runs_into_trouble(visit: Open, contract: Contract) -> None:
    request = factories.make_request(RequestKind.DELETION, Status.ATTENTION, contract=contract)
    factories.make_item(request, state="attention", error="OperationalError", attempts=3)
    factories.make_item(request, state="done", found=1204, erased=1204, remaining=0)
    seen = sign_in(visit, colleague(Role.AUDITOR))
    go(seen.page, "compliance_privacyrequest_change", request.pk)
    check(seen, "request-failed")


def test_forms_and_their_errors(visit: Open, contract: Contract) -> None:
    seen = sign_in(visit, colleague(Role.COMPLIANCE))
    for name, page in (
        ("intake", "compliance_privacyrequest_add"),
        ("hold", "compliance_hold_add"),
    ):
        go(seen.page, page)
        check(seen, name)
        seen.page.get_by_role("main").locator("button[type=submit]").last.click()
        assert seen.page.get_by_text("Give a seat number or a contract number.").is_visible()
        check(seen, f"{name}-error")


def test_the_pages_of_a_customer(visit: Open, contract: Contract) -> None:
    rows = world.rows_on(contract)
    contract.language = "de"
    contract.save()
    seen = sign_in(visit, colleague(Role.COMPLIANCE))
    for model, row in rows.items():
        if model is not PrivacyRequest:
            label = f"{model._meta.app_label}_{model._meta.model_name}"
            go(seen.page, f"{label}_change", row.pk)
            known = model in (Contract, Seat, Hold)
            check(seen, model._meta.model_name, EVERY_LOOK if known else EVERY_LOOK[-1:])
    go(seen.page, "seats_contract_history", contract.pk)
    check(seen, "history")
    go(seen.page, "seats_contract_simple_history", contract.pk, contract.history.first().pk)
    check(seen, "version")


def test_a_superusers_pages(visit: Open) -> None:
    user = colleague(None, is_superuser=True)
    seen = sign_in(visit, user)
    for name, page, args in (
        ("accounts", "seats_staffuser_changelist", ()),
        ("account", "seats_staffuser_change", (user.pk,)),
        ("password", "auth_user_password_change", (user.pk,)),
        ("category", "compliance_datacategory_change", (1,)),
    ):
        go(seen.page, page, *args)
        check(seen, name)


def test_a_request_is_taken_in_and_sent_on_without_scripts(visit: Open, contract: Contract) -> None:
    seat = factories.make_seat(contract)
    page = sign_in(visit, colleague(Role.SUPPORT), java_script_enabled=False).page
    page.get_by_role("main").get_by_role("link", name="File a request").click()
    page.get_by_label("Deletion", exact=True).check()
    page.get_by_label("Seat number").fill(seat.number)
    page.get_by_role("main").get_by_role("button", name="File a request").click()
    request = PrivacyRequest.objects.get()
    assert page.get_by_text(f"{request.reference} is filed.").is_visible()

    page.get_by_role("link", name="Confirm identity and authority…").click()
    request.refresh_from_db()
    assert request.status == Status.RECEIVED
    page.get_by_role("button", name="Confirm identity and authority").click()
    page.get_by_role("link", name="Send for approval…").click()
    page.get_by_role("button", name="Send for approval").click()
    request.refresh_from_db()
    assert request.status == Status.AWAITING_APPROVAL
    assert page.get_by_text("You entered this request: somebody else has to approve").is_visible()
    assert page.get_by_role("button", name="Approve").is_disabled()


def test_a_deletion_is_approved_by_typing_its_reference(
    visit: Open, deletion: PrivacyRequest
) -> None:
    page = sign_in(visit, colleague(Role.COMPLIANCE)).page
    go(page, "compliance_privacyrequest_change", deletion.pk)
    page.get_by_role("link", name="Approve…").click()
    page.get_by_label("Type").fill("DEL-2026-000000")
    page.get_by_role("button", name="Schedule deletion of 7,268 records").click()
    assert page.get_by_text(f"Type {deletion.reference} to approve its deletion.").is_visible()
    page.get_by_label("Type").fill(deletion.reference)
    page.get_by_role("button", name="Schedule deletion of 7,268 records").click()
    deletion.refresh_from_db()
    assert deletion.status == Status.APPROVED
