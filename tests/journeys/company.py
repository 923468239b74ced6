"""A company in full: the sample product, staff, and workers that a test can get hold of."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from tests.desk import Desk, Process
from tests.journeys.processes import Cluster, lives

PATIENCE = 120.0  # seconds: this machine may have other things to do
# Small parts and batches, so that there are many moments; nobody waits for a cooling-off.
SETTINGS = {
    "DATA_MAP": "tests.journeys.doors",
    "PART_ROWS": "40",
    "ERASE_BATCH_ROWS": "10",
    "COOLING_OFF_SEAT_SECONDS": "0",
    "COOLING_OFF_CONTRACT_SECONDS": "0",
}
SEATS = (
    "SELECT s.number, c.number, s.product_id, m.product_id FROM seats_seat s "
    "JOIN seats_contract c ON c.id = s.contract_id JOIN seats_member m ON m.id = s.member_id "
    "ORDER BY s.released_at IS NOT NULL, s.number"
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seat:
    number: str
    contract: str
    product_id: int
    member_id: int


def until(
    there: Callable[[], T | None], what: Callable[[], str], *, patience: float = PATIENCE
) -> T:
    """Wait for something to be there, and return it; AssertionError saying `what` never was."""
    deadline = time.monotonic() + patience
    while True:
        found = there()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {patience:.0f} s in vain for {what()}")
        time.sleep(0.05)


class Company:
    """Drives a desk whose databases hold the sample. See `doors` for the names of doors."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.doors = desk.folder / "doors"
        self.doors.mkdir()
        desk.settings.update(SETTINGS, DOORS=str(self.doors))

    @cached_property
    def seats(self) -> list[Seat]:
        """Those held now, contract by contract, and after them those of former holders."""
        return [
            Seat(number, contract, int(product_id), int(member_id))
            for number, contract, product_id, member_id in self.desk.sql("default", SEATS)
        ]

    def seats_of(self, contract: str) -> list[Seat]:
        return [seat for seat in self.seats if seat.contract == contract]

    # --- Requests -----------------------------------------------------------------------------

    def call(self, function: str, *args: object, **kwargs: object) -> Any:
        """A function of `stage`, called in a process of the installation; what it printed."""
        done = self.desk.manage("shell", *_calling(function, *args, **kwargs))
        return json.loads(done.stdout)

    @contextmanager
    def calling(self, function: str, *args: object, **kwargs: object) -> Iterator[Process]:
        """The same beside the test, which goes on meanwhile; its output goes to the log."""
        with self.desk.running("shell", *_calling(function, *args, **kwargs)) as process:
            yield process

    def ask(self, kind: str, seat: Seat, **kwargs: object) -> str:
        """A request on a seat, approved; its reference."""
        reference: str = self.call("ask", kind, seat.contract, seat.number, **kwargs)
        return reference

    def ask_for_contract(self, kind: str, contract: str, **kwargs: object) -> str:
        """A request on a whole contract, approved by as many as it needs; its reference."""
        people = ("rita", "clara") if kind == "deletion" else ("rita",)
        reference: str = self.call("ask", kind, contract, **{"approved_by": people, **kwargs})
        return reference

    def status(self, reference: str) -> str:
        query = "SELECT status FROM compliance_privacyrequest WHERE reference = %s"
        ((status,),) = self.desk.sql("default", query, [reference])
        return str(status)

    def completed(self, *references: str) -> None:
        """Wait until they are; AssertionError with the workers' log when they cannot be."""
        until(
            lambda: all(map(self._is_over, references)),
            lambda: f"the end of {references}:\n{self.log()}",
        )

    def _is_over(self, reference: str) -> bool:
        status = self.status(reference)
        if status not in {"completed", "running", "approved", "cooling_off"}:
            raise AssertionError(f"{reference} is “{status}”:\n{self.log()}")
        return status == "completed"

    def facts(self, reference: str) -> dict[str, Any]:
        found: dict[str, Any] = self.desk.manage("show_request", reference, json=True)
        return found

    def items(self, reference: str, columns: str, condition: str = "1 = 1") -> list[Any]:
        query = (
            f"SELECT {columns} FROM compliance_requestitem i "
            "JOIN compliance_privacyrequest r ON r.id = i.request_id "
            f"WHERE r.reference = %s AND {condition} ORDER BY i.stage, i.id"
        )
        return self.desk.sql("default", query, [reference])

    def log(self) -> str:
        return self.desk.log.read_text()[-6000:] if self.desk.log.exists() else ""

    # --- Doors --------------------------------------------------------------------------------

    def close(self, *doors: str) -> None:
        for door in doors:
            (self.doors / door).touch()

    def open(self, door: str) -> None:
        for place in (self.doors / door, *self.doors.glob(f"{door}.[0-9]*")):
            place.unlink(missing_ok=True)

    def standing(self, *doors: str) -> dict[str, int]:
        """At which of these doors somebody waits, and which process."""
        found = {door: self.doors.glob(f"{door}.[0-9]*") for door in doors}
        there = {door: int(place.suffix[1:]) for door, places in found.items() for place in places}
        return {door: pid for door, pid in there.items() if lives(pid)}

    def met(self, *doors: str) -> dict[str, int]:
        """Wait until somebody stands at one of these closed doors; `standing` then."""
        what = f"somebody at {' or '.join(doors)}"
        return until(lambda: self.standing(*doors), lambda: f"{what}:\n{self.log()}")

    # --- Processes ----------------------------------------------------------------------------

    @contextmanager
    def work(self) -> Iterator[Process]:
        with self.desk.work("--workers", Cluster.WORKERS) as process:
            self.cluster(process)
            try:
                yield process
            finally:
                if process.poll() is None:  # it is to finish: nobody may be kept waiting
                    for place in self.doors.iterdir():
                        place.unlink()

    def cluster(self, process: Process) -> Cluster:
        """Its processes, once all of them are there."""
        return until(lambda: Cluster.of(process.pid), lambda: f"a cluster:\n{self.log()}")

    def tidy_up(self) -> None:
        """What workers do in their first round, and nothing else is left to do."""
        self.desk.manage("work", "--until-idle")


def _calling(function: str, *args: object, **kwargs: object) -> list[object]:
    words = [*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())]
    command = f"from tests.journeys import stage; stage.{function}({', '.join(words)})"
    return ["--verbosity", 0, "--command", command]
