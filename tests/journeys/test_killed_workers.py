"""`kill -9` of any process at any moment: the work completes by itself, once."""

from __future__ import annotations

import pytest

from tests.desk import Process
from tests.journeys import product
from tests.journeys.company import Cluster, Company, kill, until
from tests.journeys.endings import deleted_once, exported_once, nothing_left_over

# No item meets a third death: that would be for a person to look at.
EXPORT_MOMENTS = (
    ("inmails.counts_by_seat", "claimed", "inmails.end", "assemble", "issued"),
    ("claim", "inmails.read", "smartlinks-presentations-files.chunk", "piece", "done"),
)
DELETION_MOMENTS = (
    ("inmails.counts_by_seat", "ledger.erasure_intent", "inmails.erased", "own_side", "issued"),
    ("claimed", "committed", "inmails.remaining", "ledger.erasure_outcome", "issue"),
)


def kill_at_each(doors: tuple[str, ...], company: Company, process: Process) -> None:
    """Kill whoever comes to one of these closed doors, each time another, until all were met."""
    waiting = set(doors)
    while waiting:
        before = company.cluster(process)
        door, pid = company.met(*waiting)
        kill(pid)
        company.open(door)
        waiting.remove(door)
        replaced(company, process, before)
        # Who stood at another door died too, but of this: that door is still to be met.
        for other in waiting:
            company.open(other)
            company.close(other)


def replaced(company: Company, process: Process, before: Cluster) -> Cluster:
    """The cluster that took the place of another, of which nothing lives any more."""

    def new() -> Cluster | None:
        now = Cluster.of(process.pid)
        return now if now and now.main != before.main else None

    after = until(new, f"other workers:\n{company.log()}")
    left = before.all() - {before.supervisor}
    until(lambda: left.isdisjoint(company.desk.processes()), "the end of the old workers")
    return after


@pytest.mark.parametrize("moments", EXPORT_MOMENTS, ids=lambda moments: moments[0])
def test_an_export_survives_the_death_of_its_worker(
    company: Company, moments: tuple[str, ...]
) -> None:
    seat = company.seats[0]

    with company.work() as process:
        company.close(*moments)
        reference = company.ask("export", seat)
        kill_at_each(moments, company, process)
        company.completed(reference)
    company.tidy_up()

    exported_once(company, reference, seat)
    nothing_left_over(company, reference)


@pytest.mark.parametrize("moments", DELETION_MOMENTS, ids=lambda moments: moments[0])
def test_a_deletion_survives_the_death_of_its_worker(
    company: Company, moments: tuple[str, ...]
) -> None:
    seat = company.seats[0]
    before = product.keys_of(company.desk, seat)
    others = product.others(company.desk, seat)

    with company.work() as process:
        company.close(*moments)
        reference = company.ask("deletion", seat)
        kill_at_each(moments, company, process)
        company.completed(reference)

    deleted_once(company, reference, seat, before)
    assert product.others(company.desk, seat) == others
