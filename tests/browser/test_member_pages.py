"""What a requester, or anybody with a document in hand, sees in a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from compliance.enums import RequestKind, Status
from compliance.models import PrivacyRequest
from tests.browser.conftest import SCHEMES, WIDTHS, Visit
from tests.compliance.views import scenes

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visit]


def look(visit: Open, path: str, name: str, *, locale: str = "en") -> None:
    """Open a page in both widths and colour schemes; pictures go where SCREENSHOTS says."""
    seen = visit(path, locale=locale)
    for width in WIDTHS:
        for scheme in SCHEMES:
            seen.page.set_viewport_size({"width": width, "height": 900})
            seen.page.emulate_media(color_scheme=scheme)
            if folder := os.environ.get("SCREENSHOTS"):
                file = Path(folder, f"{name}-{width}-{scheme}.png")
                seen.page.screenshot(path=file, full_page=True)
            seen.check()


@pytest.mark.parametrize(
    ("kind", "status"), scenes.STATES, ids=lambda value: str(value).replace("_", "-")
)
def test_the_page_of_a_request_is_readable_by_everyone(
    visit: Open, kind: RequestKind, status: Status
) -> None:
    request = scenes.make(kind, status)
    look(visit, request.get_absolute_url(), f"status-{kind}-{status}")


def test_the_page_of_an_extended_request_says_why(visit: Open) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.IN_REVIEW, language="de")
    scenes.extend(request)
    look(visit, request.get_absolute_url(), "status-extended-de")


def test_cancelling_takes_two_clicks_and_no_script(visit: Open) -> None:
    request = scenes.make(RequestKind.DELETION, Status.COOLING_OFF)
    page = visit(request.get_absolute_url(), java_script_enabled=False).page
    page.get_by_role("link", name="Cancel the deletion").click()
    request.refresh_from_db()
    assert request.status == Status.COOLING_OFF

    page.get_by_role("button", name="Cancel the deletion").click()
    request.refresh_from_db()
    assert request.status == Status.CANCELLED
    assert page.get_by_role("heading", level=1).inner_text() == "Your request is cancelled"


def test_the_page_before_cancelling(visit: Open) -> None:
    request = scenes.make(RequestKind.DELETION, Status.COOLING_OFF)
    look(visit, f"{request.get_absolute_url()}cancel/", "cancel")


def test_a_document_can_be_checked_from_paper(visit: Open) -> None:
    receipt = scenes.make(RequestKind.EXPORT, Status.RECEIVED, printed=True).receipts.get()
    page = visit("/").page
    page.get_by_role("main").get_by_role("link", name="Check a document").click()
    page.get_by_label("The code beside the square").fill(receipt.code.lower().replace("-", " "))
    page.get_by_role("button", name="Check").click()
    assert page.get_by_role("heading", level=1).inner_text() == "This document is genuine"

    page.get_by_label("Paste the fingerprint").fill(receipt.pdf_sha256)
    page.get_by_role("button", name="Compare").click()
    assert page.get_by_text("Yes, yours is the same").is_visible()


def test_public_pages_are_readable_by_everyone(visit: Open) -> None:
    receipt = scenes.make(RequestKind.EXPORT, Status.RECEIVED, printed=True).receipts.get()
    verify = f"/v/{receipt.code}"
    look(visit, "/", "home")
    look(visit, "/v/", "check")
    look(visit, "/v/?code=nonsense", "check-error")
    look(visit, verify, "verify")
    look(visit, f"{verify}?fingerprint={receipt.record_sha256}", "verify-same")
    look(visit, f"{verify}?fingerprint={'0' * 64}", "verify-other")
    look(visit, f"{verify}?fingerprint=nonsense", "verify-error")


def test_error_pages_are_readable_by_everyone(visit: Open) -> None:
    request: PrivacyRequest = scenes.make(RequestKind.EXPORT, Status.COMPLETED)
    PrivacyRequest.objects.filter(pk=request.pk).update(contact_purged_at=request.closed_at)
    look(visit, "/no/such/page", "error-404")
    look(visit, "/v/EXP-2026-000123-00000-00000-00000-00000-000000", "error-404-document")
    look(visit, request.get_absolute_url(), "error-410")
    running = scenes.make(RequestKind.DELETION, Status.RUNNING)
    look(visit, f"{running.get_absolute_url()}cancel/", "error-409")
