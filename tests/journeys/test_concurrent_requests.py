"""Several requests at once: one after the other on the same data, side by side on other data."""

from __future__ import annotations

import itertools
import time

from tests.journeys import product
from tests.journeys.company import Company, until
from tests.journeys.endings import certificate, deleted_once, exported_once, nothing_left_over


def follow_each_other(company: Company, *references: str) -> None:
    """Whether none of them began, in this order, before the one before had ended."""
    facts = [company.facts(reference) for reference in references]
    for one, next_one in itertools.pairwise(facts):
        assert one["closed_at"] <= next_one["started_at"]


def who_found_something(company: Company, *references: str) -> list[str]:
    """Requests that had data to work on, in the order in which they began."""
    facts = [company.facts(reference) for reference in references]
    busy = [one for one in facts if any(item["found"] for item in one["items"])]
    return [one["reference"] for one in sorted(busy, key=lambda one: one["started_at"])]


def test_a_copy_asked_for_before_a_deletion_was_approved_comes_first(company: Company) -> None:
    seat = company.seats[0]
    before = product.keys_of(company.desk, seat)

    with company.work():
        company.close("ledger.erasure_intent")
        copy = company.ask("export", seat, approved_by=())
        deletion = company.ask("deletion", seat)
        until(lambda: company.status(deletion) == "cooling_off", lambda: "its time to be over")
        time.sleep(3)  # several rounds
        assert company.status(deletion) == "cooling_off"
        company.call("approve", copy, "ben")
        company.met("ledger.erasure_intent")
        exported_once(company, copy, seat)
        company.open("ledger.erasure_intent")
        company.completed(deletion)
    company.tidy_up()

    follow_each_other(company, copy, deletion)
    deleted_once(company, deletion, seat, before)
    # A copy that we keep is not deleted.
    nothing_left_over(company)


def test_deletions_of_the_same_data_follow_each_other_and_all_end(company: Company) -> None:
    """The holder asks, asks again, and the customer asks for the whole contract."""
    seat = company.seats[0]
    seats = company.seats_of(seat.contract)
    rows = sum(product.count_of(company.desk, one) for one in seats)
    others = product.others(company.desk, *seats)
    asked = [
        company.ask("deletion", seat),
        company.ask("deletion", seat),
        company.ask_for_contract("deletion", seat.contract),
    ]

    with company.work():
        company.completed(*asked)

    follow_each_other(company, *who_found_something(company, *asked))
    for one in seats:
        assert product.everything_of(company.desk, one) == {}
        assert product.files_of(company.desk, one) == []
    assert product.others(company.desk, *seats) == others
    deleted = [row for one in asked for row in certificate(company, one)["categories"]]
    assert sum(row["deleted"] for row in deleted) >= rows
    # A seat's deletion leaves what colleagues hold too; the contract's takes it along.
    assert {one["ground"] for row in deleted for one in row["kept"]} <= {"shared"}


def test_a_request_on_another_seat_does_not_wait(company: Company) -> None:
    busy, free = company.seats[:2]

    with company.work():
        company.close("inmails.chunk")
        first = company.ask("export", busy)
        company.met("inmails.chunk")
        second = company.ask("export", free)
        company.completed(second)
        assert company.status(first) == "running"
        company.open("inmails.chunk")
        company.completed(first)

    exported_once(company, first, busy)
    exported_once(company, second, free)


def test_two_supervisors_share_the_work_and_do_nothing_twice(company: Company) -> None:
    """At one moment all of their workers are at it."""
    seat = company.seats[0]
    doors = ("notes.chunk", "inmails.chunk", "saved_accounts.chunk", "usage_daily.chunk")

    with company.work() as one, company.work() as another:
        company.close(*doors)
        reference = company.ask("export", seat)
        until(lambda: len(company.standing(*doors)) == len(doors), company.log)
        workers = [company.cluster(process).workers for process in (one, another)]
        assert sorted(company.standing(*doors).values()) == sorted(itertools.chain(*workers))
        for door in doors:
            company.open(door)
        company.completed(reference)
    company.tidy_up()

    exported_once(company, reference, seat)
    assert {item["attempts"] for item in company.facts(reference)["items"]} == {1}
    nothing_left_over(company, reference)
