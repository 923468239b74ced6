"""kill -9 between any two steps of an announcement, and whether a restore is still told apart."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.db import connections, transaction

from seats import evidence, ledger
from seats.ledger import Kind
from seats.models import LedgerHead

pytestmark = pytest.mark.django_db(transaction=True)

Step = Callable[[pytest.MonkeyPatch], None]


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_writing(suffix: str, *, after: bool) -> Step:
    """Dies before or after the object with that suffix is written and synced."""

    def step(patch: pytest.MonkeyPatch) -> None:
        put = evidence.put

        def dying(name: str, content: bytes) -> None:
            if name.endswith(suffix) and not after:
                die()
            put(name, content)
            if name.endswith(suffix):
                die()

        patch.setattr(evidence, "put", dying)

    return step


def dies_after_the_row(patch: pytest.MonkeyPatch) -> None:
    record = ledger.record_head
    patch.setattr(ledger, "record_head", lambda entry: (record(entry), die()))


def dies_half_way_through_the_entry(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(os, "fsync", die)


def dies_before_it_settles(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ledger, "settle", die)


def announce_and_do() -> None:
    with transaction.atomic():
        ledger.append(Kind.HOLD_PLACED, {"contract": "C-7"})
        Group.objects.create(name="effect")
    Group.objects.create(name="answered")


def announce_then_do() -> None:
    ledger.append(Kind.ERASURE_INTENT, {"part": 1})
    Group.objects.create(name="effect")
    die()


def dies_doing_it(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Group.objects, "create", die)


def nothing(patch: pytest.MonkeyPatch) -> None:
    """Not killed by us on the way."""


STEPS = {
    "before the entry": dies_writing(".json", after=False),
    "in the entry": dies_half_way_through_the_entry,
    "after the entry": dies_writing(".json", after=True),
    "after the row": dies_after_the_row,
    "before settling": dies_before_it_settles,
    "before the confirmation": dies_writing(".confirmed", after=False),
    "after the confirmation": dies_writing(".confirmed", after=True),
    "in the effect": dies_doing_it,
    "after the effect": nothing,
}


def in_a_process_that_dies(work: Callable[[], None], step: Step) -> None:
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            with pytest.MonkeyPatch.context() as patch:
                step(patch)
                work()
                die()
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


@pytest.mark.parametrize("work", [announce_and_do, announce_then_do])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_is_no_restore_and_a_restore_after_it_is_one(
    work: Callable[[], None], step: str
) -> None:
    ledger.append(Kind.NUMBER_ISSUED, {"number": 1})
    backup = list(LedgerHead.objects.values())

    in_a_process_that_dies(work, STEPS[step])

    # As at the next start.
    ledger.settle()
    assert ledger.behind() is None
    assert ledger.lost() == []
    announced = [entry for entry in ledger.entries() if entry.kind is not Kind.NUMBER_ISSUED]
    known = LedgerHead.objects.count() == 2
    assert [entry.confirmed for entry in announced] == ([known] if announced else [])
    if Group.objects.filter(name="effect").exists():
        assert known

    # And when the backup of before the crash is put back.
    LedgerHead.objects.all().delete()
    LedgerHead.objects.bulk_create(LedgerHead(**row) for row in backup)
    assert ledger.behind() == (announced[0] if known else None)


def test_many_writers_at_once_lose_and_overwrite_nothing() -> None:
    """Processes of their own, as on several hosts: in transactions and outside."""
    connections.close_all()
    children = []
    for writer in range(4):
        child = os.fork()
        if child == 0:
            try:
                for number in range(10):
                    if number % 2:
                        with transaction.atomic():
                            ledger.append(Kind.NUMBER_ISSUED, {"writer": writer, "number": number})
                    else:
                        ledger.append(Kind.NUMBER_ISSUED, {"writer": writer, "number": number})
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4

    ledger.settle()
    entries = list(ledger.entries())
    assert [entry.id for entry in entries] == sorted({entry.id for entry in entries})
    assert all(entry.confirmed for entry in entries)
    for writer in range(4):
        written = [entry.body["number"] for entry in entries if entry.body["writer"] == writer]
        assert written == list(range(10))
    assert ledger.behind() is None
    assert ledger.lost() == []
