"""`kill -9` of any process at any moment: the work completes by itself, once."""

from __future__ import annotations

import time

import pytest

from tests.desk import Process
from tests.journeys import product
from tests.journeys.company import Company, until
from tests.journeys.endings import deleted_once, exported_once, nothing_left_over
from tests.journeys.processes import Cluster, children, kill, lives, paused

# No item meets a third death: that would be for a person to look at.
EXPORT_MOMENTS = (
    ("inmails.counts_by_seat", "claimed", "inmails.end", "assemble", "issued.export_receipt"),
    ("claim", "inmails.read", "smartlinks-presentations-files.chunk", "piece", "done"),
)
DELETION_MOMENTS = (
    (
        *("inmails.counts_by_seat", "ledger.erasure_intent", "ledger.erasure_outcome"),
        *("inmails.erased", "own_side", "issued.deletion_certificate"),
    ),
    ("claimed", "committed", "inmails.remaining", "issue.deletion_certificate"),
)

GUARD_CYCLE = 0.5  # seconds between two looks of django-q2's sentinel at its processes


def kill_at_each(doors: tuple[str, ...], company: Company, process: Process) -> None:
    """Kill whoever comes to these closed doors, until somebody died at each of them."""
    waiting = set(doors)
    while waiting:
        before = company.cluster(process)
        dead = company.met(*waiting)
        for pid in dead.values():
            kill(pid)
        for door in dead:
            company.open(door)
        waiting -= dead.keys()
        replaced(company, process, before)


def replaced(company: Company, process: Process, before: Cluster) -> Cluster:
    """The cluster that took the place of another, of which nothing lives any more."""

    def new() -> Cluster | None:
        now = Cluster.of(process.pid)
        return now if now and now.main != before.main else None

    after = until(new, lambda: f"other workers:\n{company.log()}")
    left = before.all() - {before.supervisor}
    until(lambda: left.isdisjoint(company.desk.processes()), lambda: f"the end of {left}")
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


KINDS = ("other worker", "monitor", "pusher", "sentinel", "main")


def member(kind: str, cluster: Cluster, busy: int) -> int:
    """The process of that kind, and not the busy one."""
    if kind == "other worker":
        return next(pid for pid in cluster.workers if pid != busy)
    pid: int = getattr(cluster, kind)
    return pid


@pytest.mark.parametrize(("kind", "door"), [("export", "inmails.chunk"), ("deletion", "batch")])
def test_every_process_of_a_cluster_may_die_while_a_worker_is_busy(
    company: Company, kind: str, door: str
) -> None:
    seat = company.seats[0]
    before, others = product.keys_of(company.desk, seat), product.others(company.desk, seat)

    with company.work() as process:
        company.close(door)
        reference = company.ask(kind, seat)
        for victim in KINDS:
            cluster = company.cluster(process)
            (busy,) = company.met(door).values()
            kill(member(victim, cluster, busy))
            replaced(company, process, cluster)
            company.open(door)
            if victim != KINDS[-1]:
                company.close(door)
        company.completed(reference)
    company.tidy_up()

    if kind == "export":
        exported_once(company, reference, seat)
        nothing_left_over(company, reference)
    else:
        deleted_once(company, reference, seat, before)
    assert product.others(company.desk, seat) == others


def test_who_dies_before_the_supervisor_has_looked_is_missed_all_the_same(
    company: Company,
) -> None:
    with company.work() as process:
        first = company.cluster(process)
        with paused(process.pid):
            kill(first.main)
        until(lambda: set(children(process.pid)) - {first.main}, company.log)
        with paused(process.pid):
            second = company.cluster(process)
            kill(second.monitor)
            until(lambda: not lives(second.monitor), company.log)
            time.sleep(2 * GUARD_CYCLE)
        replaced(company, process, second)


def test_a_supervisor_may_die_alone_or_with_all_it_watches(company: Company) -> None:
    """First alone: its orphans are still at it when the next one starts. Then all at once."""
    exported, deleted = company.seats[:2]
    before = product.keys_of(company.desk, deleted)

    company.close("inmails.chunk", "committed")
    with company.work() as first:
        workers = company.cluster(first).workers
        copy = company.ask("export", exported)
        (orphan,) = company.met("inmails.chunk").values()
        kill(first.pid)
        until(lambda: [pid for pid in workers if lives(pid)] == [orphan], company.log)
        deletion = company.ask("deletion", deleted)
        with company.work() as second:
            company.met("committed")
            assert orphan in company.desk.processes(first)
            company.desk.kill(second)
        company.open("inmails.chunk")
        company.open("committed")
        with company.work():
            company.completed(copy, deletion)
    company.tidy_up()

    exported_once(company, copy, exported)
    deleted_once(company, deletion, deleted, before)
    nothing_left_over(company, copy)
    assert company.desk.sql("default", "SELECT name FROM compliance_heartbeat") == []
