"""Who is let in, and what every call and every refusal has in common."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from ninja.operation import Operation
from pytest_django import Settings

from compliance.api.contract import scope_of
from compliance.enums import ApiScope
from compliance.models import ApiKey, RememberedCall
from compliance.services import api_keys, remembered
from compliance.services.remembered import Answer, UnderWay
from seats.models import Member
from seats.services import directory
from tests.compliance.api.caller import Caller, caller, operations, refusal
from tests.factories import make_member, make_staff

pytestmark = pytest.mark.django_db
CALLS = operations()
IDS = [f"{method} {path}" for method, path, _operation in CALLS]


def filled(path: str) -> str:
    """The path with something for each parameter."""
    return re.sub(r"{(\w+)}", lambda part: "shown" if part[1] == "state" else "1", path)


# --- Keys × scopes × calls: read from the router ------------------------------------------------


@pytest.mark.parametrize(("method", "path", "operation"), CALLS, ids=IDS)
def test_a_call_is_open_to_its_own_scope_and_to_no_other(
    method: str, path: str, operation: Operation
) -> None:
    wanted = scope_of(operation)
    others = [scope for scope in ApiScope if scope != wanted]
    refused = caller(others).call(method, filled(path))
    assert refusal(refused) == (403, "scope_missing")
    assert f"“{wanted}”" in refused.json()["detail"]
    let_in = caller([wanted]).call(method, filled(path))
    assert let_in.status_code not in (401, 403, 405, 500)


@pytest.mark.parametrize(("method", "path", "operation"), CALLS, ids=IDS)
def test_nobody_gets_in_without_a_key(method: str, path: str, operation: Operation) -> None:
    answer = Client().generic(method, f"/api/v1{filled(path)}")
    assert refusal(answer) == (401, "unauthorised")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Rightsdesk"'


def test_no_call_hands_out_an_archive_or_a_link_to_one() -> None:
    assert not [path for path in IDS if re.search("archive|download|file", path)]


@pytest.mark.parametrize(
    "given", ["Bearer", "Bearer ", "Bearer rk_00000000_x", "Basic eDp5", "rk_", "Bearer \udcff"]
)
def test_what_is_no_key_opens_nothing(given: str) -> None:
    answer = caller().get("/requests", Authorization=given)
    assert refusal(answer) == (401, "unauthorised")


def test_a_key_that_expired_or_was_revoked_opens_nothing() -> None:
    product = caller()
    assert product.get("/requests").status_code == 200
    key = ApiKey.objects.get()
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = product.get("/requests")
    assert refusal(answer) == (401, "unauthorised")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    ApiKey.objects.update(expires_at=None)
    api_keys.revoke(key.prefix)
    assert refusal(product.get("/requests")) == (401, "unauthorised")


def test_a_staff_session_is_no_key(client: Client) -> None:
    client.force_login(make_staff(is_superuser=True))
    assert refusal(client.get("/api/v1/requests")) == (401, "unauthorised")


def test_a_key_that_calls_too_often_waits(product: Caller, settings: Settings) -> None:
    settings.API_CALLS_A_MINUTE = 2
    codes = [product.get("/requests").status_code for _call in range(3)]
    assert codes == [200, 200, 429]
    answer = product.get("/requests")
    assert refusal(answer) == (429, "too_many_calls")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert caller().get("/requests").status_code == 200  # another key is not held up


# --- Every answer ------------------------------------------------------------------------------


def test_answers_are_for_programs_only(product: Caller) -> None:
    for answer in (product.get("/requests"), product.get("/nothing"), Client().get("/api/v1/x")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert not answer.cookies
    assert product.get("/requests").headers["Content-Type"] == "application/json"


def test_problems_are_in_english_whatever_is_asked_for(product: Caller) -> None:
    answer = product.get("/members/nobody/preferences", Accept_Language="de")
    assert refusal(answer) == (404, "not_found")
    assert answer.json()["detail"] == "There is no such member."
    assert answer.headers["Content-Language"] == "en"


def test_an_address_or_method_there_is_not_is_a_problem_too(product: Caller) -> None:
    assert refusal(product.get("/nothing")) == (404, "no_such_address")
    assert refusal(product.get("/")) == (404, "no_such_address")
    answer = product.call("DELETE", "/requests")
    assert refusal(answer) == (405, "no_such_method")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[" * 100_000, b'{"a":1}x'])
def test_a_body_that_is_no_json_is_malformed(product: Caller, raw: bytes) -> None:
    assert refusal(product.call("POST", "/may-import", raw=raw)) == (400, "malformed")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_only_json_is_read(product: Caller, kind: str) -> None:
    answer = product.call("POST", "/may-import", raw=b"{}", Content_Type=kind)
    assert refusal(answer) == (415, "not_json")


def test_a_body_in_chunks_is_not_taken_for_none(product: Caller) -> None:
    answer = product.post("/may-import", Transfer_Encoding="chunked")
    assert refusal(answer) == (411, "length_missing")


def test_a_body_too_big_is_not_read(product: Caller, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = product.post("/may-import", {"items": [{"email": "a@b.example"}] * 20})
    assert refusal(answer) == (413, "too_big")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "body.items"),
        ([], "body"),
        ({"items": []}, "body.items"),
        ({"items": [{"email": 5}]}, "body.items.0.email"),
        ({"items": [{"email": "a@b.example", "phone": "1"}]}, "body.items.0.phone"),
        ({"items": [{"member": "a\0b"}]}, "body.items.0.member"),
        ({"items": [{"member": "a"}] * 1001}, "body.items"),
    ],
)
def test_what_is_not_as_described_is_refused_with_its_place(
    product: Caller, body: Any, where: str
) -> None:
    answer = product.post("/may-import", body)
    assert refusal(answer) == (422, "misshapen")
    assert where in [fault["where"] for fault in answer.json()["faults"]]


def test_what_was_sent_is_never_repeated_in_a_problem(product: Caller) -> None:
    answer = product.post("/may-import", {"items": [{"member": ["canary@b.example"]}]})
    assert refusal(answer) == (422, "misshapen")
    assert "canary" not in answer.content.decode()


def test_half_a_character_is_refused(product: Caller) -> None:
    answer = product.call("POST", "/may-import", raw=b'{"items": [{"member": "\\ud800"}]}')
    assert refusal(answer) == (422, "misshapen")


def test_a_parameter_there_is_not_is_refused(product: Caller) -> None:
    make_member(product_id="7")
    answer = product.get("/members/7/consents?asof=2026-01-01T00:00:00Z")
    assert refusal(answer) == (422, "misshapen")


def test_what_fails_on_our_side_is_a_problem_with_a_number(
    product: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(member: str) -> Member:
        raise ZeroDivisionError

    monkeypatch.setattr(directory, "find_member", fail)
    answer = product.get("/members/7/preferences")
    assert refusal(answer) == (500, "failed")
    assert answer.json()["incident"] in caplog.text


def test_a_database_out_of_reach_is_said_so(
    product: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(member: str) -> Member:
        raise OperationalError("connection to 10.0.0.1 refused")

    monkeypatch.setattr(directory, "find_member", away)
    answer = product.get("/members/7/preferences")
    assert refusal(answer) == (503, "out_of_reach")
    assert "10.0.0.1" not in answer.content.decode()


# --- Calls with a name -------------------------------------------------------------------------

MEMBER = {"name": "Ana", "email": "ana@customer.example"}


def test_a_named_call_is_done_once_and_answered_alike(product: Caller) -> None:
    first, again = (
        product.put("/members/7", MEMBER, Idempotency_Key="call-1") for _call in range(2)
    )
    assert first.json() == again.json() == {"outcome": "created"}
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert product.put("/members/7", MEMBER).json() == {"outcome": "unchanged"}


def test_a_name_is_for_one_call_only(product: Caller) -> None:
    product.put("/members/7", MEMBER, Idempotency_Key="call-1")
    for path, body in (("/members/7", {**MEMBER, "name": "Eve"}), ("/members/8", MEMBER)):
        answer = product.put(path, body, Idempotency_Key="call-1")
        assert refusal(answer) == (422, "idempotency_key_reused")
    assert Member.objects.get().name == "Ana"
    # Somebody else's names are their own, and those of the day before yesterday are free.
    assert caller().put("/members/8", MEMBER, Idempotency_Key="call-1").status_code == 200
    RememberedCall.objects.update(at=timezone.now() - timedelta(hours=25))
    assert product.put("/members/9", MEMBER, Idempotency_Key="call-1").status_code == 200


def test_what_was_refused_may_be_sent_again_under_its_name(product: Caller) -> None:
    for _call in range(2):
        answer = product.put(
            "/seats/S-1",
            {
                "contract": "none",
                "member": "7",
                "licence": "1",
                "assigned_at": "2026-01-01T00:00:00Z",
            },
            Idempotency_Key="call-1",
        )
        assert refusal(answer) == (404, "unknown_contract")
    assert not RememberedCall.objects.exists()


def test_the_same_call_at_the_same_moment_is_told_so(product: Caller) -> None:
    key = ApiKey.objects.get()

    def meanwhile() -> Answer:
        with pytest.raises(UnderWay):
            remembered.once(key, "call-1", b"x", lambda: Answer(200, {}))
        return Answer(201, {"done": True})

    assert remembered.once(key, "call-1", b"x", meanwhile) == Answer(201, {"done": True})


def test_a_call_whose_server_died_is_done_by_the_next(product: Caller, settings: Settings) -> None:
    key = ApiKey.objects.get()
    died = timezone.now() - settings.LEASE - timedelta(seconds=1)
    RememberedCall.objects.create(key=key, name="call-1", digest="0" * 64, at=died)
    assert remembered.once(key, "call-1", b"x", lambda: Answer(200, {})) == Answer(200, {})


def test_a_question_is_answered_anew_each_time(product: Caller) -> None:
    body = {"items": [{"member": "7"}]}
    for _call in range(2):
        answer = product.post("/may-import", body, Idempotency_Key="call-1")
        assert "Idempotent-Replayed" not in answer.headers
    assert not RememberedCall.objects.exists()


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "ä"])
def test_a_name_has_a_shape(product: Caller, name: str) -> None:
    answer = product.put("/members/7", MEMBER, Idempotency_Key=name)
    assert refusal(answer) == (400, "bad_input")


def test_names_are_forgotten_after_a_day(product: Caller) -> None:
    product.put("/members/7", MEMBER, Idempotency_Key="call-1")
    assert remembered.purge() == 0
    RememberedCall.objects.update(at=timezone.now() - timedelta(hours=25))
    assert remembered.purge() == 1
