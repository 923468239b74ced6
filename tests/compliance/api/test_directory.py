"""What the product tells of customers and people; and nobody who was erased comes back unasked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compliance import personal_data
from consent.enums import Origin
from consent.services import suppressions
from seats.enums import TombstoneKind
from seats.models import Administration, Contract, Member, Seat, Tombstone
from seats.personal_data import is_buried
from tests.compliance.api.caller import Caller, refusal
from tests.factories import make_contract, make_member, make_seat, suppress

pytestmark = pytest.mark.django_db
THEN = "2026-01-05T08:00:00Z"
LATER = "2026-06-01T08:00:00Z"
CONTRACT = {
    "product_id": "90",
    "customer": "Ács & Søn",
    "edition": "advanced",
    "country": "IE",
    "language": "en",
}
ANA = {"name": "Ana Kovač", "email": "ana@customer.example", "locale": "de"}


def seat_of(member: str, **fields: Any) -> dict[str, Any]:
    return {"contract": "C-1", "member": member, "licence": "L-1", "assigned_at": THEN, **fields}


def outcome(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return str(answer.json()["outcome"])


@pytest.fixture
def contract(db: None) -> Contract:
    return make_contract(number="C-1", product_id="90")


# --- One row -----------------------------------------------------------------------------------


def test_a_contract_is_written_once_and_changed_where_it_differs(product: Caller) -> None:
    assert outcome(product.put("/contracts/C-1", CONTRACT)) == "created"
    assert outcome(product.put("/contracts/C-1", CONTRACT)) == "unchanged"
    ended = {**CONTRACT, "ended_at": LATER}
    assert outcome(product.put("/contracts/C-1", ended)) == "updated"
    row = Contract.objects.get()
    assert (row.customer, row.ended_at and row.ended_at.isoformat()) == (
        "Ács & Søn",
        "2026-06-01T08:00:00+00:00",
    )
    reasons = list(row.history.order_by("pk").values_list("history_change_reason", flat=True))
    assert len(reasons) == 2
    assert all(reason.startswith("api:") for reason in reasons)


def test_what_the_desk_decides_about_a_contract_stays(product: Caller, contract: Contract) -> None:
    contract.instruction, contract.tells_members = "administrator", False
    contract.save()
    assert outcome(product.put("/contracts/C-1", CONTRACT)) == "updated"
    contract.refresh_from_db()
    assert (contract.instruction, contract.tells_members) == ("administrator", False)


def test_a_contract_keeps_its_id_in_the_product(product: Caller, contract: Contract) -> None:
    moved = product.put("/contracts/C-1", {**CONTRACT, "product_id": "91"})
    taken = product.put("/contracts/C-2", CONTRACT)
    assert refusal(moved) == refusal(taken) == (409, "conflict")


def test_a_changed_address_has_to_be_verified_again(product: Caller) -> None:
    assert outcome(product.put("/members/7", ANA)) == "created"
    Member.objects.update(verified_at=timezone.now())
    assert outcome(product.put("/members/7", {**ANA, "email": "ANA@customer.example"})) == "updated"
    assert Member.objects.get().verified_at
    assert outcome(product.put("/members/7", {**ANA, "email": "ana@new.example"})) == "updated"
    row = Member.objects.get()
    assert (row.email, row.verified_at) == ("ana@new.example", None)


def test_an_address_that_is_none_is_refused(product: Caller) -> None:
    answer = product.put("/members/7", {**ANA, "email": "ana"})
    assert refusal(answer) == (400, "bad_input")
    assert "ana" not in answer.json()["detail"].lower().split()


def test_a_licence_handed_on_is_a_new_seat_and_ends_the_one_before(
    product: Caller, contract: Contract
) -> None:
    make_member(product_id="7")
    make_member(product_id="8")
    assert outcome(product.put("/seats/S-1", seat_of("7"))) == "created"
    assert outcome(product.put("/seats/S-1", seat_of("7"))) == "unchanged"
    assert refusal(product.put("/seats/S-1", seat_of("8"))) == (409, "handed_on")
    assert outcome(product.put("/seats/S-2", seat_of("8", assigned_at=LATER))) == "created"
    first, second = Seat.objects.order_by("number")
    assert first.released_at == second.assigned_at
    assert (first.member.product_id, second.member.product_id) == ("7", "8")
    # Told again as it was, before anybody said that it was released: the licence is another's.
    assert refusal(product.put("/seats/S-1", seat_of("7"))) == (409, "conflict")
    given_back = seat_of("7", assigned_at="2026-07-01T08:00:00Z")
    assert refusal(product.put("/seats/S-3", given_back)) == (409, "conflict")
    assert outcome(product.put("/seats/S-1", given_back)) == "updated"
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.released_at, first.assigned_at.isoformat()[:10]) == (None, THEN[:10])
    assert second.released_at
    assert second.released_at.isoformat()[:10] == "2026-07-01"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"contract": "C-9"}, (404, "unknown_contract")),
        ({"member": "9"}, (404, "unknown_member")),
        ({"licence": "L-2"}, (409, "conflict")),
        ({"contract": "C-2"}, (409, "conflict")),
        ({"released_at": "2025-01-01T00:00:00Z"}, (400, "bad_input")),
    ],
)
def test_a_seat_that_cannot_be_is_refused(
    product: Caller, contract: Contract, changes: dict[str, str], code: tuple[int, str]
) -> None:
    make_member(product_id="7")
    make_contract(number="C-2")
    product.put("/seats/S-1", seat_of("7"))
    assert refusal(product.put("/seats/S-1", {**seat_of("7"), **changes})) == code
    assert Seat.objects.get().released_at is None


def test_an_administration_begins_and_ends_once(product: Caller, contract: Contract) -> None:
    make_member(product_id="7")
    path = "/administrations/C-1/7"
    assert outcome(product.put(path, {"since": THEN})) == "created"
    assert outcome(product.put(path, {"since": LATER})) == "unchanged"
    assert outcome(product.put(path, {"since": THEN, "until": LATER})) == "updated"
    assert outcome(product.put(path, {"since": THEN, "until": LATER})) == "unchanged"
    assert outcome(product.put(path, {"since": "2026-09-01T00:00:00Z"})) == "created"
    assert refusal(product.put(path, {"since": THEN})) == (409, "conflict")
    assert refusal(product.put(path, {"since": LATER, "until": THEN})) == (400, "bad_input")
    assert Administration.objects.in_force().count() == 1


# --- Many rows ---------------------------------------------------------------------------------


def batch(first: int, count: int) -> dict[str, Any]:
    numbers = range(first, first + count)
    return {
        "contracts": [{"number": "C-1", **CONTRACT}],
        "members": [{"product_id": f"m{n}", **ANA, "email": f"a{n}@b.example"} for n in numbers],
        "seats": [{"number": f"S-{n}", **seat_of(f"m{n}", licence=f"L{n}")} for n in numbers],
        "administrations": [{"contract": "C-1", "member": f"m{first}", "since": THEN}],
    }


def test_a_row_that_fails_leaves_the_others_alone_and_names_its_place(product: Caller) -> None:
    rows = batch(1, 3)
    rows["members"][1]["email"] = "none"
    rows["seats"].append({"number": "S-9", **seat_of("m1", contract="C-9", licence="L9")})
    answer = product.post("/directory", rows)
    assert answer.status_code == 200
    told = answer.json()
    assert [told[name] for name in ("created", "updated", "unchanged", "skipped_erased")] == [
        6,
        0,
        0,
        0,
    ]
    assert [(row["list"], row["index"], row["code"]) for row in told["failures"]] == [
        ("members", 1, "bad_input"),
        ("seats", 1, "unknown_member"),
        ("seats", 3, "unknown_contract"),
    ]
    assert told["failed"] == 3
    assert all(row["detail"].endswith(".") for row in told["failures"])
    assert Seat.objects.count() == 2


def test_a_batch_told_twice_equals_once(product: Caller) -> None:
    product.post("/directory", batch(1, 3))
    before = list(Member.objects.values()), list(Seat.objects.values())
    told = product.post("/directory", batch(1, 3)).json()
    assert (told["unchanged"], told["created"], told["updated"]) == (8, 0, 0)
    assert (list(Member.objects.values()), list(Seat.objects.values())) == before


def test_at_most_a_thousand_rows(product: Caller) -> None:
    rows = batch(1, 500)  # and a contract and an administration
    assert refusal(product.post("/directory", rows)) == (400, "bad_input")
    assert not Contract.objects.exists()


def queries(product: Caller, body: dict[str, Any], path: str = "/directory") -> int:
    with CaptureQueriesContext(connection) as captured:
        assert product.post(path, body).status_code == 200
    return len(captured)


def test_a_thousand_rows_that_are_there_cost_as_many_queries_as_ten(product: Caller) -> None:
    for count in (10, 400):
        product.post("/directory", batch(1, count))
    assert queries(product, batch(1, 400)) == queries(product, batch(1, 10)) <= 15


def test_a_new_row_costs_three_queries(product: Caller) -> None:
    product.post("/directory", batch(1, 1))
    few, many = (queries(product, batch(*rows)) for rows in ((100, 10), (200, 60)))
    assert many - few == 50 * 2 * 3  # a member and a seat each: savepoint, row, release


# --- Nobody is brought back --------------------------------------------------------------------


def erased(product_id: str = "7", email: str = "ana@customer.example") -> Member:
    member = make_member(product_id=product_id, email=email)
    seat = make_seat(Contract.objects.first(), member, product_id="L-1", number="S-1")
    personal_data.erase_seat(seat)
    personal_data.erase_member(member)
    return member


def test_who_was_erased_is_skipped_by_id_and_by_address(
    product: Caller, contract: Contract
) -> None:
    erased()
    for path, row in (
        ("/members/7", ANA),
        ("/members/77", {**ANA, "email": "Ana@Customer.example"}),
        ("/members/7", {**ANA, "email": "ana@elsewhere.example"}),
        ("/seats/S-1", seat_of("7")),
        ("/seats/S-2", seat_of("7")),
        ("/seats/S-2", seat_of("7", licence="L-2")),
        ("/administrations/C-1/7", {"since": THEN}),
    ):
        assert outcome(product.put(path, row)) == "skipped_erased", path
    told = product.post(
        "/directory",
        {
            "members": [{"product_id": "7", **ANA}, {"product_id": "8"}],
            "seats": [{"number": "S-1", **seat_of("7")}],
        },
    ).json()
    assert (told["skipped_erased"], told["created"], told["failed"]) == (2, 1, 0)
    assert told["skipped"] == [{"list": "members", "index": 0}, {"list": "seats", "index": 0}]
    assert not Member.objects.filter(product_id="7").exists()
    assert not Member.objects.exclude(email="").exists()


def test_a_seat_that_was_erased_stays_so_while_its_holder_goes_on(
    product: Caller, contract: Contract
) -> None:
    member = make_member(product_id="7")
    personal_data.erase_seat(make_seat(contract, member, product_id="L-1", number="S-1"))
    assert outcome(product.put("/seats/S-1", seat_of("7"))) == "skipped_erased"
    assert outcome(product.put("/seats/S-2", seat_of("7"))) == "skipped_erased"
    assert outcome(product.put("/seats/S-3", seat_of("7", licence="L-3"))) == "created"
    back = {"at": timezone.now().isoformat(), "how": "asked"}
    same = product.put("/seats/S-1", seat_of("7", returned=back))
    assert refusal(same) == (409, "conflict")
    assert outcome(product.put("/seats/S-2", seat_of("7", returned=back))) == "created"


def test_a_person_comes_back_by_an_act_of_their_own_after_the_erasure(
    product: Caller, contract: Contract
) -> None:
    gone = erased()
    suppress("ana@customer.example", origin=Origin.ONE_CLICK)
    before = {"at": THEN, "how": "joined"}
    coming = {"at": (timezone.now() + timedelta(days=1)).isoformat(), "how": "joined"}
    for wrong in (before, coming):
        answer = product.put("/members/7", {**ANA, "returned": wrong})
        assert refusal(answer) == (400, "bad_input")
    assert refusal(product.put("/members/7", {**ANA, "returned": True})) == (422, "misshapen")
    assert is_buried(TombstoneKind.MEMBER, "7")

    back = {"at": timezone.now().isoformat(), "how": "joined"}
    assert outcome(product.put("/seats/S-2", seat_of("7", returned=back))) == "skipped_erased"
    assert outcome(product.put("/members/7", {**ANA, "returned": back})) == "created"
    here = Member.objects.get(product_id="7")
    assert here != gone  # what was kept of them then stays under a bare number
    assert set(Tombstone.objects.exclude(returned_at=None).values_list("kind", "returned_by")) == {
        ("member", "joined"),
        ("email", "joined"),
    }
    assert outcome(product.put("/members/7", ANA)) == "unchanged"
    assert outcome(product.put("/seats/S-2", seat_of("7", licence="L-2"))) == "created"
    assert suppressions.standing("ana@customer.example", "tips", "email")

    personal_data.erase_seat(Seat.objects.get(number="S-2"))
    personal_data.erase_member(here)
    # Erased once more, the return of then no longer counts.
    assert outcome(product.put("/members/7", ANA)) == "skipped_erased"
    assert refusal(product.put("/members/7", {**ANA, "returned": back})) == (400, "bad_input")


# --- Asked before the product writes -----------------------------------------------------------


def test_may_import_answers_item_by_item(product: Caller, contract: Contract) -> None:
    erased()
    make_member(product_id="8", email="eve@customer.example")
    items = [
        {"member": "7"},
        {"email": "ANA@customer.example"},
        {"member": "8", "email": "eve@customer.example"},
        {"member": "9", "licence": "L-1"},
        {"email": "new@lead.example"},
    ]
    told = product.post("/may-import", {"items": items}).json()
    assert [(one["allowed"], one["erased"]) for one in told["answers"]] == [
        (False, "member"),
        (False, "email"),
        (True, None),
        (True, None),
        (True, None),
    ]
    assert told["skipped_erased"] == 2


def test_may_import_knows_an_erased_seat_of_somebody_who_goes_on(
    product: Caller, contract: Contract
) -> None:
    member = make_member(product_id="7")
    personal_data.erase_seat(make_seat(contract, member, product_id="L-1"))
    items = [{"member": "7"}, {"member": "7", "licence": "L-1"}, {"member": "7", "licence": "L-2"}]
    told = product.post("/may-import", {"items": items}).json()
    assert [one["erased"] for one in told["answers"]] == [None, "seat", None]


def test_an_item_that_names_nobody_is_refused(product: Caller) -> None:
    for item in ({}, {"licence": "L-1"}, {"member": None, "email": ""}):
        answer = product.post("/may-import", {"items": [item]})
        assert refusal(answer) == (400, "bad_input")


def test_may_import_of_a_thousand_costs_as_many_queries_as_one(product: Caller) -> None:
    def asked(count: int) -> int:
        items = [{"email": f"a{n}@b.example"} for n in range(count)]
        return queries(product, {"items": items}, "/may-import")

    asked(1)  # notes the day of the key's use
    assert asked(1) == asked(1000)
