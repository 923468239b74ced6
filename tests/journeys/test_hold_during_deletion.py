"""A hold placed while a deletion runs: from then on not one row it covers goes."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.journeys import product
from tests.journeys.company import Company, Seat, until
from tests.journeys.endings import certificate

PLACING = "placing a hold"  # says `stage.hold`
CRM = ("crm_activities", "crm_accounts", "crm_contacts")  # shared: kept for the seat that is held
Counts = dict[tuple[int, int, str], int]


def counted(told: Any) -> Counts:
    """What `stage.hold` saw the moment the hold was in force."""
    return {(seat, member, table): count for seat, member, table, count in told["rows"]}


def left(company: Company, seats: list[Seat]) -> Counts:
    return {
        (seat.product_id, seat.member_id, table): len(keys)
        for seat in seats
        for table, keys in product.keys_of(company.desk, seat).items()
    }


def of(seats: list[Seat], counts: Counts) -> Counts:
    owners = {(seat.product_id, seat.member_id) for seat in seats}
    return {key: count for key, count in counts.items() if key[:2] in owners}


def kept(record: Any) -> dict[str, int]:
    """Category → rows a certificate says a hold keeps, and each adds up."""
    for row in record["categories"]:
        rows = sum(one["records"] for one in row["kept"])
        assert row["found"] == row["deleted"] + row["anonymised"] + rows
    held = {
        row["slug"]: sum(one["records"] for one in row["kept"] if one["ground"] == "hold")
        for row in record["categories"]
    }
    return {slug: rows for slug, rows in held.items() if rows}


def test_a_hold_waits_for_the_batch_under_way_and_then_nothing_more_goes(
    company: Company,
) -> None:
    seat = company.seats[0]
    before, others = product.keys_of(company.desk, seat), product.others(company.desk, seat)

    with company.work():
        company.close("inmails.erased")
        reference = company.ask("deletion", seat)
        company.met("inmails.erased")
        with company.calling("hold", seat.contract) as placing:
            until(lambda: _is_waiting(company), lambda: f"the hold to wait:\n{company.log()}")
            time.sleep(0.5)
            assert placing.poll() is None
            company.open("inmails.erased")
            assert placing.wait(60) == 0
        told = _last_said(company)
        company.completed(reference)

    there = of([seat], counted(told))
    assert left(company, [seat]) == there
    assert 0 < sum(there.values()) < sum(map(len, before.values()))
    held = kept(certificate(company, reference))
    usage = there[seat.product_id, seat.member_id, "usage_daily"]
    assert held["usage-reporting"] == usage == len(before["usage_daily"])
    assert "notes" not in held
    assert product.others(company.desk, seat) == others

    assert (
        "somebody else"
        in company.desk.manage(
            *("shell", "--verbosity", 0, "--command"),
            f"from tests.journeys import stage; stage.lift({told['hold']}, 'clara')",
            check=False,
        ).stderr
    )
    with company.work():
        company.call("lift", told["hold"], "admin")
        company.completed(reference)

    assert_superseded(company, reference)
    assert product.keys_of(company.desk, seat) == {}
    assert product.others(company.desk, seat) == others


def _is_waiting(company: Company) -> bool:
    """Whether the hold has begun; on PostgreSQL, whether it waits for another's lock."""
    if not company.desk.cluster_url:
        return PLACING in company.log()
    query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
    return bool(company.desk.sql("default", query + "AND wait_event_type = 'Lock'"))


def _last_said(company: Company) -> Any:
    lines = company.desk.log.read_text().splitlines()
    return json.loads(next(line for line in reversed(lines) if line.startswith("{")))


def assert_superseded(company: Company, reference: str) -> None:
    """The certificate in force says that nothing is left, and which one it replaces."""
    record = certificate(company, reference)
    assert kept(record) == {}
    numbers = [
        receipt["number"]
        for receipt in company.facts(reference)["receipts"]
        if receipt["kind"] == "deletion_certificate"
    ]
    assert sorted([record["number"], record["replaces"]]) == sorted(numbers)


def test_holds_on_a_seat_and_on_a_category_keep_these_and_the_rest_goes(
    company: Company,
) -> None:
    contract = company.seats[0].contract
    seats = company.seats_of(contract)
    held, others_outside = seats[1], product.others(company.desk, *seats)
    crm = product.keys_of(company.desk, held, CRM)

    with company.work():
        reference = company.ask_for_contract("deletion", contract, approved_by=("rita",))
        company.close("saved_leads.count")
        company.call("approve", reference, "clara")
        company.met("saved_leads.count")
        on_category = company.call("hold", contract, categories=("usage-reporting",))
        on_seat = company.call("hold", contract, held.number)
        company.open("saved_leads.count")
        company.completed(reference)

    usage = {key: count for key, count in counted(on_category).items() if key[2] == "usage_daily"}
    there = of(seats, usage) | of([held], counted(on_seat))
    assert left(company, seats) == there
    assert product.keys_of(company.desk, held, CRM) == crm
    found = kept(certificate(company, reference))
    assert found["usage-reporting"] == sum(of(seats, usage).values())
    assert found["inmails-messages"] == there[held.product_id, held.member_id, "inmails"]
    assert product.others(company.desk, *seats) == others_outside

    with company.work():
        company.call("lift", on_seat["hold"], "admin")
        company.completed(reference)
        assert left(company, seats) == of(seats, usage)
        company.call("lift", on_category["hold"], "admin")
        company.completed(reference)

    assert left(company, seats) == {}
    assert kept(certificate(company, reference)) == {}
    assert product.others(company.desk, *seats) == others_outside
