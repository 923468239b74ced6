"""A worker that is stopped, and wakes when its item was given to another: it changes nothing."""

from __future__ import annotations

import os
import re
import signal

import pytest

from tests.journeys import product
from tests.journeys.company import Company, until
from tests.journeys.endings import deleted_once, exported_once, nothing_left_over
from tests.journeys.processes import stopped

# What a worker says that lost its item, or the connection it had a batch open on.
GIVEN_UP = re.compile("went to another worker|item [0-9]+ waits")
LEASE = "8"  # seconds


def pause_whoever_comes_to(door: str, company: Company) -> int:
    """The process is stopped there, and the way is free for it when it wakes."""
    (pid,) = company.met(door).values()
    os.kill(pid, signal.SIGSTOP)
    until(lambda: stopped(pid), lambda: f"{pid} to stop")
    company.open(door)
    return pid


def wake(pid: int, company: Company) -> None:
    """And wait until it has noticed."""

    def times() -> int:
        return len(GIVEN_UP.findall(company.desk.log.read_text()))

    before = times()
    os.kill(pid, signal.SIGCONT)
    until(lambda: times() > before, lambda: f"{pid} to give up:\n{company.log()}")


@pytest.mark.parametrize("door", ["inmails.chunk", "inmails.end"])
def test_an_export_is_finished_by_another_and_the_one_who_wakes_publishes_nothing(
    company: Company, door: str
) -> None:
    company.desk.settings["LEASE_SECONDS"] = LEASE
    seat = company.seats[0]

    with company.work():
        company.close(door)
        reference = company.ask("export", seat)
        paused = pause_whoever_comes_to(door, company)
        company.completed(reference)
        before = company.facts(reference)
        wake(paused, company)

    assert company.facts(reference) == before
    exported_once(company, reference, seat)
    nothing_left_over(company, reference)


def test_a_deletion_is_finished_by_another_and_the_one_who_wakes_erases_nothing(
    company: Company,
) -> None:
    company.desk.settings["LEASE_SECONDS"] = LEASE
    seat = company.seats[0]
    before, others = product.keys_of(company.desk, seat), product.others(company.desk, seat)

    with company.work():
        company.close("committed")
        reference = company.ask("deletion", seat)
        company.met("committed")
        company.close("batch")
        company.open("committed")
        paused = pause_whoever_comes_to("batch", company)
        company.completed(reference)
        facts = company.facts(reference)
        wake(paused, company)

    assert company.facts(reference) == facts
    deleted_once(company, reference, seat, before)
    assert product.others(company.desk, seat) == others


def test_a_worker_stopped_inside_a_batch_loses_its_transactions(company: Company) -> None:
    """PostgreSQL ends them, and another goes on; on SQLite nobody can write until it wakes."""
    company.desk.settings["LEASE_SECONDS"] = LEASE
    seat = company.seats[0]
    before, others = product.keys_of(company.desk, seat), product.others(company.desk, seat)

    with company.work():
        company.close("inmails.erased")
        reference = company.ask("deletion", seat)
        paused = pause_whoever_comes_to("inmails.erased", company)
        if company.desk.cluster_url:
            company.completed(reference)
            facts = company.facts(reference)
            wake(paused, company)
            assert company.facts(reference) == facts
        else:
            os.kill(paused, signal.SIGCONT)
            company.completed(reference)

    deleted_once(company, reference, seat, before)
    assert product.others(company.desk, seat) == others
