from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compliance.enums import Action, Capacity, RequestKind, Status
from compliance.models import ApiKey, Approval, PrivacyRequest
from seats.models import Contract, Member, Seat
from seats.roles import Role
from tests.compliance.api.caller import Caller, refusal
from tests.factories import (
    make_administration,
    make_contract,
    make_member,
    make_request,
    make_seat,
    make_staff,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract(db: None) -> Contract:
    return make_contract(number="C-1")


@pytest.fixture(autouse=True)
def seat(contract: Contract) -> Seat:
    return make_seat(contract, make_member(product_id="7"), number="S-1")


@pytest.fixture
def administrator(contract: Contract) -> Member:
    member = make_member(product_id="8")
    make_administration(contract, member)
    return member


def asked(**fields: Any) -> dict[str, Any]:
    return {"kind": "export", "member": "7", "seat": "S-1", **fields}


def test_a_holder_asks_for_their_seat_and_follows_it(product: Caller, seat: Seat) -> None:
    answer = product.post("/requests", asked(kind="deletion", language="de"))
    assert answer.status_code == 201
    told = answer.json()
    row = PrivacyRequest.objects.get()
    assert (told["reference"], told["kind"], told["scope"]) == (row.reference, "deletion", "seat")
    assert (told["capacity"], told["seat"], told["member"]) == ("holder", "S-1", "7")
    assert (told["due_on"], told["can_cancel"]) == (row.due_on.isoformat(), True)
    assert (row.channel, row.language, row.contact_email) == ("api", "de", seat.member.email)
    assert row.entered_by == f"api:{ApiKey.objects.get().prefix}"
    assert product.get(f"/requests/{row.reference}").json() == told
    assert str(row.public_id) not in answer.content.decode()


def test_an_administrator_asks_for_the_contract_and_for_its_seats(
    product: Caller, administrator: Member
) -> None:
    whole = product.post("/requests", {"kind": "export", "member": "8", "contract": "C-1"})
    one = product.post("/requests", asked(member="8"))
    assert [(a.status_code, a.json()["capacity"], a.json()["scope"]) for a in (whole, one)] == [
        (201, Capacity.ADMINISTRATOR, "contract"),
        (201, Capacity.ADMINISTRATOR, "seat"),
    ]


def test_the_product_approves_nothing(product: Caller, administrator: Member) -> None:
    product.post("/requests", {"kind": "export", "member": "8", "contract": "C-1"})
    row = PrivacyRequest.objects.get()
    assert row.status == Status.RECEIVED
    assert not Approval.objects.exists()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"seat": "S-9"}, (404, "not_found")),
        ({"seat": "S-2"}, (404, "not_found")),  # somebody else's
        ({"seat": None, "contract": "C-1"}, (404, "not_found")),  # no administrator
        ({"member": "9"}, (404, "not_found")),
        ({"contract": "C-1"}, (400, "bad_input")),
        ({"seat": None}, (400, "bad_input")),
        ({"categories": ["nonsense"]}, (400, "bad_input")),
        ({"copy_first": "EXP-2026-999999"}, (404, "not_found")),
        ({"kind": "erasure"}, (422, "misshapen")),
        ({"format": "xml"}, (422, "misshapen")),
        ({"capacity": "administrator"}, (422, "misshapen")),
    ],
)
def test_what_may_not_be_asked_for_is_not(
    product: Caller, contract: Contract, fields: dict[str, Any], code: tuple[int, str]
) -> None:
    make_seat(contract, number="S-2")
    assert refusal(product.post("/requests", asked(**fields))) == code
    assert not PrivacyRequest.objects.exists()


def test_the_same_again_joins_the_first(product: Caller) -> None:
    first = product.post("/requests", asked(categories=["notes"]))
    again = product.post("/requests", asked(categories=["saved-accounts"]))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["reference"] == first.json()["reference"]
    assert set(again.json()["categories"]) == {"notes", "saved-accounts"}


def test_a_named_request_is_filed_once(product: Caller) -> None:
    told = [product.post("/requests", asked(), Idempotency_Key="r1").json() for _call in range(2)]
    assert told[0] == told[1]
    assert PrivacyRequest.objects.get().version == 0


def test_a_deletion_waits_for_the_copy_it_names(product: Caller) -> None:
    copy = product.post("/requests", asked()).json()["reference"]
    answer = product.post("/requests", asked(kind="deletion", copy_first=copy))
    assert answer.status_code == 201
    deletion = PrivacyRequest.objects.get(kind=RequestKind.DELETION)
    assert deletion.copy_first
    assert deletion.copy_first.reference == copy
    other = asked(kind="export", copy_first=copy, categories=["notes"])
    assert refusal(product.post("/requests", other)) == (400, "bad_input")


def test_who_asked_cancels_and_nobody_else(product: Caller, administrator: Member) -> None:
    reference = product.post("/requests", asked(kind="deletion")).json()["reference"]
    path = f"/requests/{reference}/cancel"
    for other in ("8", "9"):
        assert refusal(product.post(path, {"member": other})) == (404, "not_found")
    for _call in range(2):
        answer = product.post(path, {"member": "7"})
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    row = PrivacyRequest.objects.get()
    assert row.events.filter(action=Action.CANCEL).get().actor == row.entered_by


def test_a_deletion_that_runs_is_not_cancelled(product: Caller, seat: Seat) -> None:
    row = make_request(RequestKind.DELETION, Status.RUNNING, seat=seat)
    answer = product.post(f"/requests/{row.reference}/cancel", {"member": "7"})
    assert refusal(answer) == (409, "illegal_move")


def test_unknown_references_are_not_found(product: Caller) -> None:
    for path in ("EXP-2026-000999", "nonsense", "%00", "a%2Fb", "x" * 300):
        assert product.get(f"/requests/{path}").status_code in (404, 422)


def test_pages_hold_every_request_once_newest_first(product: Caller, seat: Seat) -> None:
    rows = [make_request(status=Status.COMPLETED, seat=seat).reference for _row in range(5)]
    make_request(RequestKind.DELETION)  # somebody else's
    seen: list[str] = []
    cursor = ""
    while True:
        page = product.get(f"/requests?member=7&limit=2&cursor={cursor}").json()
        seen += [one["reference"] for one in page["requests"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == rows[::-1]
    assert len(product.get("/requests").json()["requests"]) == 6


def test_a_page_costs_the_same_however_much_is_on_it(
    product: Caller, django_assert_max_num_queries: Any
) -> None:
    for _row in range(30):
        make_request(status=Status.COMPLETED)
    product.get("/requests")
    with django_assert_max_num_queries(2):
        assert len(product.get("/requests").json()["requests"]) == 30


@pytest.mark.parametrize("query", ["cursor=abc", "limit=0", "limit=101", "limit=x", "page=2"])
def test_a_page_that_is_none_is_refused(product: Caller, query: str) -> None:
    assert product.get(f"/requests?{query}").status_code in (400, 422)


def test_the_desk_says_that_the_product_brought_it(product: Caller, client: Client) -> None:
    product.post("/requests", asked())
    client.force_login(make_staff(Role.COMPLIANCE))
    row = PrivacyRequest.objects.get()
    page = client.get(reverse("admin:compliance_privacyrequest_change", args=[row.pk]))
    assert page.status_code == 200
    assert "The product" in page.content.decode()
