"""Fetching a copy: who may, with what proof, how often, from which byte on."""

from __future__ import annotations

import hashlib
import http.client
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.utils import timezone

from compliance.archive.sealed import FRAME_BYTES, HEADER_BYTES, SEALED_FRAME_BYTES
from compliance.enums import Capacity, RequestKind, Status
from compliance.models import Archive, PrivacyRequest
from compliance.services import archives
from compliance.services.actors import member_actor
from compliance.services.mails import render
from compliance.views.sessions import cookie_name
from seats.models import Member, MemberSession
from tests import factories
from tests.compliance.services.sealed import make_archive, make_object
from tests.compliance.views.test_cases import text_of
from tests.visits import key_of, signed_in

pytestmark = pytest.mark.django_db
CONTENT = os.urandom(3 * FRAME_BYTES // 2)


def made(**fields: Any) -> PrivacyRequest:
    """A finished export with a copy of a frame and a half."""
    request = factories.make_request(RequestKind.EXPORT, Status.COMPLETED, **fields)
    name = f"archives/{request.public_id}.zip"
    make_archive(
        request,
        object_name=name,
        key=make_object(name, CONTENT),
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
    )
    return request


@pytest.fixture
def case() -> PrivacyRequest:
    return made()


def proved(client: Client, member: Member) -> Client:
    signed_in(client, member)
    MemberSession.objects.filter(member=member).update(proved_at=timezone.now())
    return client


@pytest.fixture
def visitor(client: Client, case: PrivacyRequest) -> Client:
    return proved(client, case.requester)


def page(case: PrivacyRequest, part: str = "") -> str:
    return f"/r/{case.public_id}/download/{part}"


def begun(client: Client, case: PrivacyRequest) -> str:
    """Where the file of a download that was just started lies."""
    response = client.post(page(case))
    assert response.status_code == 302
    return str(response.url)


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


# --- Who, and with what proof -------------------------------------------------------------------


def test_who_is_not_signed_in_is_asked_to(client: Client, case: PrivacyRequest) -> None:
    response = client.get(page(case))
    assert response.status_code == 302
    assert response.url.startswith("/privacy/sign-in/?next=")


def test_a_fresh_code_is_asked_for_once_and_lasts_a_while(
    client: Client, case: PrivacyRequest
) -> None:
    signed_in(client, case.requester)
    first = client.get(page(case))
    assert "Show that it is you" in text_of(first)
    assert "SHA-256" not in text_of(first)
    assert client.post(page(case)).status_code == 200
    assert case.archives.get().opened == 0

    sent = client.post(page(case, "code/"))
    assert sent.url == f"{page(case)}?sent=1"
    mail = case.requester.mails.get()
    code = re.search(r"\b\d{6}\b", str(render(mail).body))
    assert code

    wrong = client.post(page(case, "code/"), {"code": "abc"})
    assert wrong.status_code == 400
    assert "You have 4 tries left." in text_of(wrong)
    assert client.post(page(case, "code/"), {"code": code[0]}).url == page(case)
    assert "SHA-256" in text_of(client.get(page(case)))

    MemberSession.objects.update(proved_at=timezone.now() - timedelta(minutes=11))
    assert "Show that it is you" in text_of(client.get(page(case)))


def test_the_code_works_in_the_visit_that_asked_for_it_and_nowhere_else(
    client: Client, case: PrivacyRequest
) -> None:
    signed_in(client, case.requester)
    client.post(page(case, "code/"))
    code = re.search(r"\b\d{6}\b", str(render(case.requester.mails.get()).body))
    assert code
    elsewhere = Client()
    signed_in(elsewhere, case.requester)
    assert elsewhere.post(page(case, "code/"), {"code": code[0]}).status_code == 410


def test_whose_address_we_do_not_know_is_told_to_write(
    client: Client, case: PrivacyRequest
) -> None:
    Member.objects.filter(pk=case.requester_id).update(email="")
    signed_in(client, case.requester)
    assert "We know no e-mail address of yours" in text_of(client.get(page(case)))


def test_the_link_alone_gives_nobody_the_copy(client: Client, case: PrivacyRequest) -> None:
    colleague = factories.make_member()
    factories.make_administration(case.contract, colleague)
    for other in (factories.make_member(), colleague):
        proved(client, other)
        for response in (
            client.get(page(case)),
            client.post(page(case)),
            client.post(page(case, "code/")),
            client.post(page(case, "again/")),
        ):
            assert response.status_code == 403
            assert "You are signed in as somebody else." in text_of(response)
    assert case.archives.get().opened == 0
    assert PrivacyRequest.objects.count() == 1


def test_an_administrator_whose_time_is_over_gets_nothing_more(client: Client) -> None:
    seat, administrator = factories.make_seat(), factories.make_member()
    factories.make_administration(seat.contract, administrator)
    case = made(seat=seat, requester=administrator, capacity=Capacity.ADMINISTRATOR)
    proved(client, administrator)
    file = begun(client, case)
    assert content(client.get(file)) == CONTENT

    administrator.administrations.update(until=timezone.now())
    for address in (page(case), file):
        response = client.get(address)
        assert response.status_code == 403
        assert "You may not have this copy any more" in text_of(response)


def test_what_the_customer_asked_for_through_us_its_administrators_may_have(
    client: Client,
) -> None:
    contract = factories.make_contract()
    case = made(contract=contract, seat=None)
    administrator = factories.make_member()
    proved(client, administrator)
    assert client.get(page(case)).status_code == 403
    factories.make_administration(contract, administrator)
    assert content(client.get(begun(client, case))) == CONTENT


@pytest.mark.parametrize("status", [status for status in Status if status != Status.COMPLETED])
def test_before_there_is_a_copy_the_page_is_that_of_the_request(
    client: Client, status: Status
) -> None:
    if status == Status.COOLING_OFF:
        return
    case = factories.make_request(RequestKind.EXPORT, status)
    proved(client, case.requester)
    assert client.get(page(case)).url == f"/r/{case.public_id}/"
    assert client.post(page(case)).url == f"/r/{case.public_id}/"


def test_unknown_requests_and_the_time_after(visitor: Client, case: PrivacyRequest) -> None:
    assert visitor.get("/r/AAAAAAAAAAAAAAAAAAAAAA/download/").status_code == 404
    PrivacyRequest.objects.update(contact_purged_at=timezone.now())
    assert visitor.get(page(case)).status_code == 410


# --- What it says -------------------------------------------------------------------------------


def test_the_page_says_all_there_is_to_know_within_ten_queries(
    visitor: Client, case: PrivacyRequest, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(10):
        response = visitor.get(page(case))
    said = text_of(response)
    assert f"{case.reference}.zip" in said
    assert hashlib.sha256(CONTENT).hexdigest() in said.replace(" ", "")
    assert "1.5" in said
    assert "5 of 5 downloads left." in said
    assert "Use your own computer." in said
    assert "Nothing was deleted" in said
    assert f"what=delete&amp;about=seat%3A{case.seat.number}" in response.content.decode()
    assert case.archives.get().opened == 0


# --- Counted, limited, on record ----------------------------------------------------------------


def test_every_download_is_counted_and_chained_and_the_sixth_is_refused(
    visitor: Client, case: PrivacyRequest
) -> None:
    for number in range(1, archives.DOWNLOADS + 1):
        assert content(visitor.get(begun(visitor, case))) == CONTENT
        event = case.events.order_by("-sequence").first()
        assert (event.action, event.actor) == ("archive_opened", f"member:M-{case.requester_id}")
        assert event.data["download"] == number
    refused = visitor.post(page(case))
    assert refused.status_code == 409
    assert "0 of 5 downloads left." in text_of(refused)
    assert "Prepare a new copy" in text_of(refused)
    copy = case.archives.get()
    assert (copy.opened, copy.downloads) == (5, 5)


def test_what_staff_open_is_none_of_the_requesters_downloads(
    visitor: Client, case: PrivacyRequest
) -> None:
    Archive.objects.update(opened=9)
    assert "5 of 5 downloads left." in text_of(visitor.get(page(case)))


def test_a_download_that_is_gone_on_with_is_not_counted_again(
    visitor: Client, case: PrivacyRequest
) -> None:
    file = begun(visitor, case)
    for _time in range(3):
        rest = visitor.get(file, headers={"range": "bytes=100-"})
        assert content(rest) == CONTENT[100:]
    assert case.archives.get().downloads == 1
    assert case.events.filter(action="archive_opened").count() == 1


def test_a_deletion_that_waited_for_the_copy_goes_on(
    visitor: Client, case: PrivacyRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = factories.make_request(
        RequestKind.DELETION, Status.APPROVED, seat=case.seat, copy_first=case
    )
    queued: list[tuple[str, int]] = []
    monkeypatch.setattr(archives, "async_task", lambda task, pk: queued.append((task, pk)))
    begun(visitor, case)
    assert queued == [("compliance.tasks.advance", waits.pk)]


def test_a_token_is_its_members_and_its_time_is_short(
    visitor: Client, case: PrivacyRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = begun(visitor, case)
    other = made(seat=case.seat)
    for address in (
        file.replace(case.public_id, other.public_id),
        re.sub(r"download/...", "download/abc", file),
        page(case, "x/y.zip"),
    ):
        response = visitor.get(address)
        assert response.status_code == 410
        assert "This download is over" in text_of(response)
    monkeypatch.setattr(archives, "GRANTED", timedelta(seconds=-1))
    assert visitor.get(file).status_code == 410


def test_a_token_without_its_visit_is_worth_nothing(visitor: Client, case: PrivacyRequest) -> None:
    file = begun(visitor, case)
    assert Client().get(file).url.startswith("/privacy/sign-in/")
    other = proved(Client(), factories.make_member())
    assert other.get(file).status_code == 403


# --- From any byte on (RFC 9110) ----------------------------------------------------------------


def test_the_whole_file_comes_as_it_was_made(visitor: Client, case: PrivacyRequest) -> None:
    response = visitor.get(begun(visitor, case))
    assert content(response) == CONTENT
    headers = response.headers
    assert headers["Content-Length"] == str(len(CONTENT))
    assert headers["ETag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Content-Type"] == "application/zip"
    assert headers["Content-Disposition"] == f'attachment; filename="{case.reference}.zip"'
    assert headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, len(CONTENT)),
        ("bytes=10-19", 10, 20),
        (f"bytes={FRAME_BYTES - 5}-{FRAME_BYTES + 4}", FRAME_BYTES - 5, FRAME_BYTES + 5),
        ("bytes=1000000-", 1_000_000, len(CONTENT)),
        ("bytes=-7", len(CONTENT) - 7, len(CONTENT)),
        (f"bytes=-{10**12}", 0, len(CONTENT)),
        (f"bytes=5-{10**12}", 5, len(CONTENT)),
    ],
)
def test_one_stretch_can_be_had(
    visitor: Client, case: PrivacyRequest, asked: str, start: int, stop: int
) -> None:
    response = visitor.get(begun(visitor, case), headers={"range": asked})
    assert content(response) == CONTENT[start:stop]
    assert response.headers["Content-Length"] == str(stop - start)
    if stop - start < len(CONTENT):
        assert response.status_code == 206
        said = f"bytes {start}-{stop - 1}/{len(CONTENT)}"
        assert response.headers["Content-Range"] == said


@pytest.mark.parametrize("asked", [f"bytes={len(CONTENT)}-", f"bytes={10**12}-", "bytes=-0"])
def test_a_stretch_beyond_the_end_is_refused_with_the_length(
    visitor: Client, case: PrivacyRequest, asked: str
) -> None:
    response = visitor.get(begun(visitor, case), headers={"range": asked})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize(
    "asked",
    ["bytes=9-5", "bytes=a-b", "bytes=0-1,5-6", "lines=0-1", "bytes=-", "bytes=²-", "x" * 5000],
)
def test_what_is_no_single_range_gets_the_whole(
    visitor: Client, case: PrivacyRequest, asked: str
) -> None:
    response = visitor.get(begun(visitor, case), headers={"range": asked})
    assert response.status_code == 200
    assert content(response) == CONTENT


def test_going_on_holds_for_the_same_file_only(visitor: Client, case: PrivacyRequest) -> None:
    file = begun(visitor, case)
    etag = f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    for condition, status in (
        *((etag, 206), (f"W/{etag}", 200), ('"other"', 200)),
        ("Mon, 23 Nov 2026 10:00:00 GMT", 200),
    ):
        asked = {"range": "bytes=5-9", "if-range": condition}
        response = visitor.get(file, headers=asked)
        assert response.status_code == status
        assert content(response) == (CONTENT[5:10] if status == 206 else CONTENT)


def test_head_says_the_length_and_sends_nothing(visitor: Client, case: PrivacyRequest) -> None:
    response = visitor.head(begun(visitor, case))
    assert response.headers["Content-Length"] == str(len(CONTENT))
    assert content(response) == b""


# --- What goes wrong ----------------------------------------------------------------------------


def test_an_expired_copy_is_prepared_anew_with_one_click(
    visitor: Client, case: PrivacyRequest
) -> None:
    case.archives.update(expires_at=timezone.now() - timedelta(seconds=1))
    for response in (visitor.get(page(case)), visitor.post(page(case))):
        assert response.status_code == 410
        assert "This copy is no longer here" in text_of(response)
    response = visitor.post(page(case, "again/"))
    fresh = PrivacyRequest.objects.exclude(pk=case.pk).get()
    assert response.url == f"/r/{fresh.public_id}/received/"
    assert (fresh.kind, fresh.seat) == (RequestKind.EXPORT, case.seat)
    assert (fresh.categories, fresh.format) == (case.categories, case.format)
    # And a second click leads to the same.
    assert visitor.post(page(case, "again/")).url == response.url
    assert PrivacyRequest.objects.count() == 2


def test_of_an_erased_seat_no_new_copy_can_be_made(visitor: Client, case: PrivacyRequest) -> None:
    case.archives.update(expires_at=timezone.now())
    type(case.seat).objects.update(erased_at=timezone.now(), product_id="")
    response = visitor.post(page(case, "again/"))
    assert response.status_code == 410
    assert "There is nothing left to copy" in text_of(response)


def test_a_lost_file_or_key_is_an_outage_and_no_download(
    visitor: Client, case: PrivacyRequest
) -> None:
    storages["exports"].delete(case.archives.get().object_name)
    response = visitor.post(page(case))
    assert response.status_code == 503
    assert case.archives.get().downloads == 0


def _break_second_frame(case: PrivacyRequest) -> None:
    """Not the last frame, which is looked at before anything is sent."""
    name = case.archives.get().object_name
    with Path(storages["exports"].path(name)).open("r+b") as file:
        file.seek(HEADER_BYTES + SEALED_FRAME_BYTES + 100)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))


@pytest.mark.django_db(transaction=True)
def test_a_copy_that_turns_out_broken_never_looks_whole(live_server: Any) -> None:
    """The connection breaks off: fewer bytes came than were announced."""
    request = factories.make_request(RequestKind.EXPORT, Status.COMPLETED)
    name = f"archives/{request.public_id}.zip"
    plain = os.urandom(4 * FRAME_BYTES)
    key = make_object(name, plain)
    make_archive(request, object_name=name, key=key, size=len(plain), sha256="0" * 64)
    granted = archives.grant(request, actor=member_actor(request.requester))
    _break_second_frame(request)

    connection = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=30)
    cookie = f"{cookie_name()}={key_of(request.requester)}"
    path = page(request, f"{granted.token}/{request.reference}.zip")
    connection.request("GET", path, headers={"Cookie": cookie, "Connection": "close"})
    response = connection.getresponse()
    assert response.status == 200
    with pytest.raises(http.client.IncompleteRead) as broken:
        response.read()
    got = broken.value.partial
    assert len(got) < len(plain)
    assert got == plain[: len(got)]
    connection.close()
