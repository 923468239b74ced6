"""The page of a request, reached by its link: what it tells, to whom, and what it never does."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from compliance.enums import Action, Capacity, ItemState, RequestKind, Status
from compliance.lifecycle import legal
from compliance.models import EmailMessage, PrivacyRequest, Remark
from compliance.services import cases, requests
from compliance.services.actors import SYSTEM, member_actor
from seats import evidence
from tests import factories
from tests.catalogues import TRANSLATED, english_in
from tests.compliance.views import scenes

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    """The words of a page, blanks as they are read."""
    body = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(body).split())


def address(request: PrivacyRequest, part: str = "") -> str:
    return request.get_absolute_url() + part


# --- What it tells --------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "status"), scenes.STATES)
def test_every_state_has_a_page_within_ten_queries(
    client: Client, kind: RequestKind, status: Status, django_assert_max_num_queries: Any
) -> None:
    request = scenes.make(kind, status)
    with django_assert_max_num_queries(10):
        response = client.get(address(request))
    said = text_of(response)
    assert response.status_code == 200
    assert request.reference in said
    assert "Brennan Freight GmbH" in said
    assert "Saved leads" in said
    assert "%(" not in said
    assert "None" not in said


def test_the_page_of_an_administrators_request_needs_ten_queries_at_most(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    administrator = factories.make_member()
    contract = factories.make_contract()
    factories.make_administration(contract, administrator)
    request = scenes.make(
        RequestKind.EXPORT,
        Status.RUNNING,
        contract=contract,
        seat=factories.make_seat(contract),
        requester=administrator,
        capacity=Capacity.ADMINISTRATOR,
    )
    with django_assert_max_num_queries(10):
        response = client.get(address(request))
    assert "We are collecting the data" in text_of(response)
    assert "Cancel the request" in text_of(response)


def test_more_categories_and_messages_need_no_more_queries(
    client: Client, django_assert_num_queries: Any
) -> None:
    request = scenes.make(RequestKind.DELETION, Status.COMPLETED)
    with django_assert_num_queries(8):
        client.get(address(request))
    for place in range(3):
        factories.make_item(
            request, category="notes", state=ItemState.DONE, remaining=0, resource=f"more{place}"
        )
        request.messages.create(author_kind="staff", author="aoife", text="One more.")
    with django_assert_num_queries(8):
        client.get(address(request))


def test_progress_counts_categories_that_are_done_whole(client: Client) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.RUNNING)
    assert "2 of 5 categories are ready." in text_of(client.get(address(request)))
    factories.make_item(request, category="notes", resource="second", state=ItemState.PENDING)
    assert "1 of 5 categories are ready." in text_of(client.get(address(request)))


def test_a_category_the_edition_lacks_does_not_apply(client: Client) -> None:
    contract = factories.make_contract(edition="core")
    request = scenes.make(
        RequestKind.EXPORT,
        Status.COMPLETED,
        seat=factories.make_seat(contract),
        categories=[*scenes.CATEGORIES, "seat-management"],
    )
    applying = [row.name for row in cases.progress(request).applying]
    everything = [row.name for row in cases.progress(request).categories]
    assert len(applying) < len(everything)
    assert "Does not apply" in text_of(client.get(address(request)))


def test_what_was_kept_is_told_with_its_reason(client: Client) -> None:
    request = scenes.make(RequestKind.DELETION, Status.COMPLETED)
    said = text_of(client.get(address(request)))
    assert "The deletion is done" in said
    assert "A legal hold keeps it" in said

    request.items.update(retained={})
    said = text_of(client.get(address(request)))
    assert "Your data is deleted" in said
    assert "We kept none of it." in said


def test_what_was_made_anonymous_is_told_apart_from_what_was_deleted(client: Client) -> None:
    request = scenes.make(RequestKind.DELETION, Status.COMPLETED)
    assert "Anonymised" not in text_of(client.get(address(request)))
    request.items.filter(category="notes").update(erased=1_000, anonymised=204)
    said = text_of(client.get(address(request)))
    assert "Category Records deleted Anonymised Kept" in said
    assert "Notes 1,000 204 0" in said


def test_a_ready_copy_leads_to_its_download(client: Client) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.COMPLETED)
    response = client.get(address(request))
    assert "Yes, to get your copy. Sign in and download it." in text_of(response)
    assert f'href="/r/{request.public_id}/download/"' in response.content.decode()


def test_a_destroyed_copy_is_said_to_be_gone(client: Client) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.COMPLETED)
    request.archives.update(destroyed_at=timezone.now(), key=None)
    said = text_of(client.get(address(request)))
    assert "Your copy is no longer here" in said
    assert "Sign in and download it." not in said


def test_whose_copy_was_never_made_is_asked_whether_to_delete_without_it(client: Client) -> None:
    for ended, lead in (
        (Status.IN_REVIEW, "The deletion waits for the copy you asked for."),
        (Status.CANCELLED, "The copy you asked for first was not made."),
    ):
        copy = scenes.make(RequestKind.EXPORT, ended)
        fields = {"seat": copy.seat, "copy_first": copy}
        request = scenes.make(RequestKind.DELETION, Status.APPROVED, **fields)
        said = text_of(client.get(address(request)))
        assert lead in said
        assert ("Say whether to delete without a copy" in said) == (ended == Status.CANCELLED)


def test_what_we_asked_is_shown_until_it_is_answered(client: Client) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.WAITING)
    assert "What we asked you" in text_of(client.get(address(request)))
    PrivacyRequest.objects.filter(pk=request.pk).update(status=Status.IN_REVIEW)
    assert "What we asked you" not in text_of(client.get(address(request)))


def test_an_erased_remark_leaves_a_page_without_it(client: Client) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.REJECTED)
    assert "Please bear with us." in text_of(client.get(address(request)))
    Remark.objects.filter(event__request=request).delete()
    response = client.get(address(request))
    assert response.status_code == 200
    assert "legal claims" in text_of(response)


def test_the_customer_decides_is_said_while_they_do(client: Client) -> None:
    contract = factories.make_contract(instruction="administrator")
    request = scenes.make(
        RequestKind.EXPORT, Status.AWAITING_APPROVAL, seat=factories.make_seat(contract)
    )
    assert "Your company decides about this data." in text_of(client.get(address(request)))


def test_what_people_wrote_is_escaped(client: Client) -> None:
    contract = factories.make_contract(customer="<b>Brennan</b> & Söhne")
    request = scenes.make(RequestKind.EXPORT, Status.RECEIVED, seat=factories.make_seat(contract))
    request.messages.create(author_kind="member", author="M-1", text="<script>alert(1)</script>")
    body = client.get(address(request)).content.decode()
    assert "&lt;b&gt;Brennan&lt;/b&gt; &amp; Söhne" in body
    assert "&lt;script&gt;" in body
    assert "<script" not in body


def test_staff_are_not_named_to_requesters(client: Client) -> None:
    request = scenes.make(RequestKind.DELETION, Status.COMPLETED)
    body = client.get(address(request)).content.decode()
    assert "aoife" not in body
    assert "ana" not in text_of(client.get(address(request))).split()


@pytest.mark.parametrize(
    ("stored", "shown"), [("de", "de"), ("de-AT", "de"), ("fr", "fr"), ("es", "es"), ("pt", "en")]
)
def test_the_page_is_in_the_requests_language_whatever_the_browser_asks_for(
    client: Client, stored: str, shown: str
) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.RECEIVED)
    PrivacyRequest.objects.filter(pk=request.pk).update(language=stored)
    response = client.get(address(request), headers={"accept-language": "es"})
    assert f'<html lang="{shown}" dir="ltr">' in response.content.decode()
    assert response.headers["Content-Language"] == shown


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize(("kind", "status"), scenes.STATES)
def test_no_page_mixes_languages(
    client: Client, kind: RequestKind, status: Status, language: str
) -> None:
    request = scenes.make(kind, status, language=language)
    scenes.extend(request)
    for part in ("", "cancel/"):
        response = client.get(address(request, part), headers={"accept-language": language})
        assert english_in(text_of(response), language) == []


def test_a_right_to_left_language_turns_the_page(client: Client, settings: Any) -> None:
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "العربية")]
    request = scenes.make(RequestKind.EXPORT, Status.RECEIVED)
    PrivacyRequest.objects.filter(pk=request.pk).update(language="ar")
    assert '<html lang="ar" dir="rtl">' in client.get(address(request)).content.decode()


# --- Whom it tells --------------------------------------------------------------------------------


def test_no_cache_no_index_and_no_other_site_learns_of_the_link(client: Client) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.RECEIVED)
    response = client.get(address(request))
    assert response.headers["Cache-Control"] == "no-store, private"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert not re.search(r"<style|style=|<script|\son\w+=", response.content.decode())
    assert set(response.cookies) <= {settings.CSRF_COOKIE_NAME}


@pytest.mark.parametrize("part", ["", "cancel/", "RC-2026-000001.pdf"])
@pytest.mark.parametrize("public_id", ["A" * 22, "x", "EXP-2026-000123", "%00", "ä", "a" * 300])
def test_unknown_and_malformed_links_answer_alike(
    client: Client, public_id: str, part: str
) -> None:
    response = client.get(f"/r/{public_id}/{part}")
    assert response.status_code == 404
    assert "There is no such page" in text_of(response)
    assert re.search(r"this number: [0-9A-Z]{4}-[0-9A-Z]{4}", text_of(response))


@pytest.mark.parametrize("part", ["", "cancel/", "RC-2026-000001.pdf"])
def test_the_link_is_gone_once_the_contact_address_is(client: Client, part: str) -> None:
    request = scenes.make(
        RequestKind.EXPORT, Status.COMPLETED, contact_purged_at=timezone.now(), contact_email=""
    )
    response = client.get(address(request, part))
    assert response.status_code == 410
    assert "This page is gone" in text_of(response)
    assert request.reference not in text_of(response)


def test_the_page_outlives_the_members_account(client: Client) -> None:
    request = scenes.make(RequestKind.DELETION, Status.COMPLETED)
    member = request.requester
    member.name = member.email = ""
    member.product_id, member.erased_at = None, timezone.now()
    member.save()
    assert client.get(address(request)).status_code == 200


# --- Cancelling -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "status"), scenes.STATES)
def test_cancelling_is_offered_and_done_exactly_while_the_lifecycle_allows_it(
    client: Client, kind: RequestKind, status: Status
) -> None:
    request = scenes.make(kind, status)
    possible = any(
        legal(action, kind=kind, status=status) for action in (Action.CANCEL, Action.ABORT)
    )
    assert (
        address(request, "cancel/") in client.get(address(request)).content.decode()
    ) is possible
    client.post(address(request, "cancel/"), {"version": request.version})
    request.refresh_from_db()
    expected = Status.CANCELLED if possible else status
    assert request.status == expected


def test_looking_changes_nothing_however_often_and_by_whom(client: Client) -> None:
    request = scenes.make(RequestKind.DELETION, Status.COOLING_OFF, printed=True)
    before = (request.version, request.events.count(), EmailMessage.objects.count())
    receipt = request.receipts.get()
    for method in (client.get, client.head):
        for part in ("", "cancel/", f"{receipt.number}.pdf", "cancel/?version=0&cancel=1"):
            assert method(address(request, part)).status_code == 200
    request.refresh_from_db()
    assert (request.version, request.events.count(), EmailMessage.objects.count()) == before
    assert request.status == Status.COOLING_OFF


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_page_itself_takes_no_orders(client: Client, method: str) -> None:
    request = scenes.make(RequestKind.DELETION, Status.COOLING_OFF)
    assert getattr(client, method)(address(request)).status_code == 405
    if method != "post":
        assert getattr(client, method)(address(request, "cancel/")).status_code == 405


def test_cancelling_is_done_as_the_requester_and_leaves_an_event(client: Client) -> None:
    request = scenes.make(RequestKind.DELETION, Status.COOLING_OFF)
    response = client.post(address(request, "cancel/"), {"version": request.version})
    assert response.status_code == 302
    assert response.headers["Location"] == address(request)
    event = request.events.order_by("-sequence").first()
    assert (event.action, event.actor) == (Action.CANCEL, str(member_actor(request.requester)))


def test_a_second_click_changes_nothing_more(client: Client) -> None:
    request = scenes.make(RequestKind.DELETION, Status.COOLING_OFF)
    for _click in range(2):
        response = client.post(address(request, "cancel/"), {"version": request.version})
        assert response.status_code == 302
    assert request.events.filter(action=Action.CANCEL).count() == 1


def test_a_stale_form_does_nothing_and_says_so(client: Client) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.IN_REVIEW)
    requests.take(Action.SUBMIT, request.pk, actor=_reviewer())
    response = client.post(address(request, "cancel/"), {"version": request.version})
    assert response.status_code == 409
    assert "Nothing was done." in text_of(response)
    request.refresh_from_db()
    assert request.status == Status.AWAITING_APPROVAL


def _reviewer() -> Any:
    return cases.Actor(SYSTEM.kind, "policy")


def test_what_has_gone_too_far_is_not_cancelled(client: Client) -> None:
    request = scenes.make(RequestKind.DELETION, Status.RUNNING)
    for response in (
        client.get(address(request, "cancel/")),
        client.post(address(request, "cancel/"), {"version": request.version}),
    ):
        assert response.status_code == 409
        assert "It has gone too far to be stopped." in text_of(response)
        assert "Nothing was changed." in text_of(response)


def test_a_customers_request_is_not_cancelled_by_its_link(client: Client) -> None:
    request = scenes.make(
        RequestKind.DELETION, Status.COOLING_OFF, requester=None, capacity=Capacity.COMPANY
    )
    assert "Cancel the deletion" not in text_of(client.get(address(request)))
    response = client.post(address(request, "cancel/"), {"version": request.version})
    assert response.status_code == 409
    assert "Write to us to cancel it." in text_of(response)
    request.refresh_from_db()
    assert request.status == Status.COOLING_OFF


def test_a_former_administrator_cannot_cancel_any_more(client: Client) -> None:
    contract = factories.make_contract()
    administrator = factories.make_member()
    administration = factories.make_administration(contract, administrator)
    request = scenes.make(
        RequestKind.DELETION,
        Status.COOLING_OFF,
        seat=factories.make_seat(contract),
        requester=administrator,
        capacity=Capacity.ADMINISTRATOR,
    )
    assert cases.may_cancel(request)
    administration.until = timezone.now() - timedelta(days=1)
    administration.save()
    response = client.post(address(request, "cancel/"), {"version": request.version})
    assert response.status_code == 409
    request.refresh_from_db()
    assert request.status == Status.COOLING_OFF


def test_cancelling_needs_the_form_of_our_own_page() -> None:
    request = scenes.make(RequestKind.DELETION, Status.COOLING_OFF)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(request, "cancel/")).status_code == 403

    page = strict.get(address(request, "cancel/"))
    assert page.headers["Referrer-Policy"] == "same-origin"
    token = strict.cookies[django_settings.CSRF_COOKIE_NAME].value
    response = strict.post(
        address(request, "cancel/"), {"version": request.version, "csrfmiddlewaretoken": token}
    )
    assert response.status_code == 302


# --- Documents ------------------------------------------------------------------------------------


def test_a_document_is_handed_over_as_it_was_issued(client: Client) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.RECEIVED, printed=True)
    receipt = request.receipts.get()
    response = client.get(address(request, f"{receipt.number}.pdf"))
    assert response.content == evidence.read(receipt.pdf_name)
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{receipt.number}.pdf"'
    assert response.headers["Cache-Control"] == "no-store, private"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_document_of_another_request_is_unknown(client: Client) -> None:
    mine = scenes.make(RequestKind.EXPORT, Status.RECEIVED)
    theirs = scenes.make(RequestKind.EXPORT, Status.RECEIVED).receipts.get()
    assert client.get(address(mine, f"{theirs.number}.pdf")).status_code == 404


def test_a_document_out_of_reach_is_said_to_be_just_that(client: Client) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.RECEIVED)
    receipt = request.receipts.get()
    response = client.get(address(request, f"{receipt.number}.pdf"))
    assert response.status_code == 503
    assert "Try again in a few minutes." in text_of(response)


def test_the_contact_of_the_company_is_on_every_page(client: Client) -> None:
    request = scenes.make(RequestKind.EXPORT, Status.RECEIVED)
    for path in (address(request), address(request, "cancel/"), "/", "/v/", "/nowhere"):
        body = client.get(path).content.decode()
        assert django_settings.CONTROLLER["email"] in body
