"""The same at the same moment, on connections of their own."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.models import PrivacyRequest, RememberedCall
from seats.models import Member, Seat
from tests.compliance.api.caller import Caller, caller
from tests.compliance.services.scenes import together
from tests.factories import make_contract, make_member, make_seat

pytestmark = pytest.mark.django_db(transaction=True)
MEMBER = {"name": "Ana", "email": "ana@customer.example"}
THEN = "2026-01-05T08:00:00Z"


def twice(product: Caller, method: str, path: str, body: Any, **headers: str) -> list[Any]:
    def call() -> Any:
        return Caller(product.token).call(method, path, body, **headers)

    return together(call, call)


def test_a_named_call_sent_twice_at_once_is_done_once() -> None:
    product = caller()
    make_seat(make_contract(), make_member(product_id="7"), number="S-1")
    asked = {"kind": "deletion", "member": "7", "seat": "S-1"}
    answers = twice(product, "POST", "/requests", asked, Idempotency_Key="r1")
    told = sorted(answer.json().get("code", "") for answer in answers)
    assert told in (["", ""], ["", "call_under_way"])
    row = PrivacyRequest.objects.get()
    assert row.version == 0
    assert RememberedCall.objects.get().answer["body"]["reference"] == row.reference


def test_a_row_told_twice_at_once_is_there_once() -> None:
    product = caller()
    answers = twice(product, "PUT", "/members/7", MEMBER)
    told = sorted(answer.json().get("outcome", answer.json().get("code")) for answer in answers)
    assert told in (["conflict", "created"], ["created", "unchanged"])
    assert Member.objects.count() == 1


def test_a_licence_given_to_two_at_once_has_one_holder() -> None:
    product = caller()
    make_contract(number="C-1")
    for number in ("7", "8"):
        make_member(product_id=number)

    def give(member: str) -> Any:
        row = {"contract": "C-1", "member": member, "licence": "L-1", "assigned_at": THEN}
        return lambda: Caller(product.token).put(f"/seats/S-{member}", row)

    answers = together(give("7"), give("8"))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert Seat.objects.filter(product_id="L-1", released_at=None).count() == 1
