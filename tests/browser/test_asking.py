"""A copy from signing in to the opened ZIP, a deletion called off: as people do it in a browser."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as django_mail
from django.utils import timezone
from playwright.sync_api import Page

from compliance.enums import Capacity, RequestKind, Status
from compliance.models import EmailMessage, PrivacyRequest
from compliance.sample import seed
from compliance.services import execution, mails, requests, sample_directory
from compliance.services.actors import staff_actor
from compliance.views.sessions import cookie_name
from seats.models import Member, MemberSession, Seat
from seats.roles import Role
from tests import factories
from tests.browser.conftest import Visit
from tests.browser.test_member_pages import look
from tests.compliance.services.sealed import make_archive
from tests.compliance.views import scenes
from tests.visits import key_of

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visit]
LONG = "Brennan-Übersee Freight & Logistics Gesellschaft mit beschränkter Haftung"


@pytest.fixture
def entered(visit: Open, live_server: Any) -> Callable[..., Open]:
    """Opens pages as a member whose visit goes on and whose address is proved."""

    def enter(member: Member) -> Open:
        key = key_of(member)
        MemberSession.objects.filter(member=member).update(proved_at=timezone.now())

        def open_page(path: str, **options: Any) -> Visit:
            seen = visit("/v/", **options)
            seen.page.context.add_cookies(
                [{"name": cookie_name(), "value": key, "url": str(live_server)}]
            )
            seen.page.goto(f"{live_server}{path}")
            return seen

        return open_page

    return enter


def work(*cases: PrivacyRequest) -> None:
    """What the workers would do."""
    for case in cases:
        if execution.advance(case.pk):
            execution.run_next(case.pk)
    for waiting in EmailMessage.objects.due().order_by("pk"):
        mails.send(waiting.pk)


def code_sent() -> str:
    for waiting in EmailMessage.objects.filter(template="sign_in").due():
        mails.send(waiting.pk)
    found = re.search(r"\b\d{6}\b", str(django_mail.outbox[-1].body))
    assert found
    return found[0]


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


# --- Journeys, without script -------------------------------------------------------------------


def test_from_signing_in_to_the_opened_zip(visit: Open, tmp_path: Path) -> None:
    sample_directory.adopt(seed(contracts=1, seats=2, rows_per_seat=30, handovers=False))
    seat = Seat.objects.select_related("member").order_by("pk").first()
    assert seat
    Member.objects.update(locale="en")
    page = visit("/privacy/", java_script_enabled=False).page
    page.get_by_label("Your e-mail address").fill(seat.member.email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Your code").fill(code_sent())
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("link", name="Get a copy of your data").click()
    if "about" in page.url and "included" not in page.url:
        page.get_by_label(f"Your seat {seat.number}").check()
        page.get_by_role("button", name="Continue").click()
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_label("Saved accounts").check()
    page.get_by_label("Notes").check()
    page.get_by_role("button", name="Continue").click()
    assert heading(page) == "Check your answers"
    page.get_by_role("button", name="Send the request").click()
    assert heading(page) == "We have your request"
    case = PrivacyRequest.objects.get()
    assert page.get_by_text(case.reference).first.is_visible()

    work(case)
    page.reload()
    assert page.get_by_role("link", name="Save the receipt").is_visible()
    page.get_by_role("link", name="Follow your request").click()
    assert heading(page) == "Your copy is ready"
    page.get_by_role("link", name="Download your copy").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download,").click()
    file = tmp_path / "copy.zip"
    started.value.save_as(file)
    assert started.value.suggested_filename == f"{case.reference}.zip"
    with zipfile.ZipFile(file) as opened:
        assert opened.testzip() is None
        names = opened.namelist()
    assert "index.html" in names
    assert any(name.startswith("data/notes/") for name in names)
    assert file.stat().st_size == case.archives.get().size
    page.reload()
    assert page.get_by_text("4 of 5 downloads left.").is_visible()


def test_a_fresh_code_before_the_download(visit: Open, live_server: Any) -> None:
    case = scenes.make(RequestKind.EXPORT, Status.COMPLETED)
    case.archives.all().delete()
    make_archive(case)
    seen = visit("/v/", java_script_enabled=False)
    page = seen.page
    cookie = {"name": cookie_name(), "value": key_of(case.requester), "url": str(live_server)}
    page.context.add_cookies([cookie])
    page.goto(f"{live_server}/r/{case.public_id}/download/")
    assert heading(page) == "Show that it is you"
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Your code").fill("000")
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_text("You have 4 tries left.").is_visible()
    page.get_by_label("Your code").fill(code_sent())
    page.get_by_role("button", name="Continue").click()
    assert heading(page) == "Your copy is ready"


def test_an_administrators_deletion_of_a_contract_is_filed_and_called_off(
    entered: Callable[..., Open],
) -> None:
    sample_directory.adopt(seed(contracts=1, seats=2, rows_per_seat=30, handovers=False))
    contract = Seat.objects.select_related("contract").first().contract
    contract.representative = factories.make_staff(Role.REPRESENTATIVE)
    contract.save()
    administrator = factories.make_member()
    factories.make_administration(contract, administrator)
    page = entered(administrator)("/privacy/", java_script_enabled=False).page
    page.get_by_role("link", name="Delete your data").click()
    page.get_by_label(f"The whole contract {contract.number}").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    assert heading(page) == f"Delete this data in contract {contract.number}?"
    assert page.get_by_role("row", name="Notes").is_visible()
    page.get_by_label("Type the number of the contract").fill(contract.number)
    page.get_by_role("button", name="Delete the data").click()
    assert heading(page) == "We have your request"
    case = PrivacyRequest.objects.get()
    assert case.capacity == Capacity.ADMINISTRATOR
    work(case)

    page.get_by_role("link", name="Follow your request").click()
    page.get_by_role("link", name="Cancel the request").click()
    page.get_by_role("button", name="Cancel the").click()
    assert heading(page) == "Your request is cancelled"
    case.refresh_from_db()
    assert case.status == Status.CANCELLED


# --- Looked at ----------------------------------------------------------------------------------


@pytest.fixture
def member() -> Member:
    """Holds a seat, held another, administers the contract, and asked for a lot."""
    contract = factories.make_contract(customer=LONG, instruction="administrator")
    found = factories.make_member(name="Noor Al-Rashid")
    seat = factories.make_seat(contract, found)
    factories.make_seat(member=found, released_at=timezone.now() - timedelta(days=300))
    factories.make_administration(contract, found)
    factories.make_administration(factories.make_contract(), found)
    for status in (Status.WAITING, Status.RUNNING, Status.REJECTED):
        factories.make_request(RequestKind.EXPORT, status, seat=seat)
    factories.make_request(RequestKind.DELETION, Status.COOLING_OFF, seat=seat)
    for kind in RequestKind:
        colleague = factories.make_seat(contract)
        factories.make_request(kind, Status.AWAITING_APPROVAL, seat=colleague)
    factories.make_request(
        contract=contract, seat=None, requester=found, capacity=Capacity.ADMINISTRATOR
    )
    return found


def test_the_way_is_readable_by_everyone(entered: Callable[..., Open], member: Member) -> None:
    here = entered(member)
    seat = member.seats.filter(released_at=None).get()
    mine, whole = f"about=seat:{seat.number}", f"about=contract:{seat.contract.number}"
    slugs = "category=notes&category=saved-leads&category=crm-sync"
    for name, path in {
        "home": "",
        "requests": "requests/",
        "organisation": f"organisation/?contract={seat.contract.number}",
        "ask-what": "ask/",
        "ask-what-error": "ask/about/?what=nothing",
        "ask-about": "ask/about/?what=delete",
        "ask-about-error": "ask/included/?what=copy&about=other",
        "ask-included": f"ask/included/?what=both&{mine}",
        "ask-included-error": f"ask/check/?what=copy&{mine}",
        "ask-check": f"ask/check/?what=copy&{mine}&{slugs}",
        "ask-delete": f"ask/check/?what=delete&{mine}&{slugs}",
        "ask-delete-contract": f"ask/check/?what=both&{whole}&{slugs}",
        "ask-unknown": "ask/included/?what=copy&about=seat:S-0",
    }.items():
        look(here, f"/privacy/{path}", name)


@pytest.mark.parametrize("kind", RequestKind)
def test_the_decision_is_readable_by_everyone(
    entered: Callable[..., Open], member: Member, kind: RequestKind
) -> None:
    case = PrivacyRequest.objects.get(status=Status.AWAITING_APPROVAL, kind=kind)
    look(entered(member), f"/privacy/decide/{case.reference}/", f"decide-{kind}")


def test_what_follows_is_readable_by_everyone(entered: Callable[..., Open]) -> None:
    case = scenes.make(RequestKind.EXPORT, Status.COMPLETED)
    here = entered(case.requester)
    look(here, f"/r/{case.public_id}/download/", "download")
    case.archives.update(expires_at=timezone.now())
    look(here, f"/r/{case.public_id}/download/", "download-gone")
    copy = scenes.make(RequestKind.EXPORT, Status.IN_REVIEW)
    waits = factories.make_request(
        RequestKind.DELETION, Status.APPROVED, seat=copy.seat, copy_first=copy
    )
    here = entered(copy.requester)
    look(here, f"/r/{copy.public_id}/received/", "received")
    look(here, f"/r/{waits.public_id}/", "status-waits-for-copy")
    look(here, f"/r/{waits.public_id}/waive/", "waive")
    look(here, f"/r/{waits.public_id}/received/", "received-deletion")


def test_a_question_is_answered_where_it_is_asked(visit: Open) -> None:
    case = factories.make_request(status=Status.IN_REVIEW)
    agent = staff_actor(factories.make_staff(Role.SUPPORT))
    requests.take(requests.Action.ASK, case.pk, actor=agent, reason="Which year do you mean?")
    look(visit, f"/r/{case.public_id}/", "status-asked")
    page = visit(f"/r/{case.public_id}/", java_script_enabled=False).page
    page.get_by_label("Your answer").fill("2024, please.")
    page.get_by_role("button", name="Send the answer").click()
    assert page.get_by_text("2024, please.").is_visible()
    case.refresh_from_db()
    assert case.status == Status.IN_REVIEW
