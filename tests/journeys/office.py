"""An installation with customers and staff, spoken to in the words of its commands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.desk import Desk

# Nobody waits for a cooling-off unless the story is about it.
SETTINGS = {"COOLING_OFF_SEAT_SECONDS": "0", "COOLING_OFF_CONTRACT_SECONDS": "0"}
SEATS = (
    "SELECT s.number, c.number, c.product_id, s.product_id, m.product_id, m.id, s.released_at "
    "FROM seats_seat s JOIN seats_contract c ON c.id = s.contract_id "
    "JOIN seats_member m ON m.id = s.member_id ORDER BY s.number"
)


@dataclass(frozen=True, slots=True)
class Seat:
    number: str
    contract: str
    customer: int  # the product's ids
    licence: int
    person: int
    member: str  # as the command line names who holds or held it
    former: bool

    @property
    def owner(self) -> tuple[int, int]:
        return self.licence, self.person


class Office:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.settings.update(SETTINGS)
        self.said: list[str] = []  # all that commands printed

    @cached_property
    def seats(self) -> list[Seat]:
        """As they were when first asked for."""
        return [
            Seat(number, contract, *map(int, ids), f"member:M-{pk}", former=bool(released))
            for number, contract, *ids, pk, released in self.desk.sql("default", SEATS)
        ]

    def seats_of(self, contract: str) -> list[Seat]:
        return [seat for seat in self.seats if seat.contract == contract]

    def handed_over(self, contract: str) -> Seat:
        """The seat of somebody whose licence is another's now."""
        held = [seat.licence for seat in self.seats]
        return next(
            seat
            for seat in self.seats_of(contract)
            if seat.former and held.count(seat.licence) == 2
        )

    def only_seat(self, contract: str) -> Seat:
        """A seat, still held, of a member who has no other and administers nothing."""
        busy = self.desk.sql("default", "SELECT member_id FROM seats_administration")
        people = [seat.member for seat in self.seats]
        people += [f"member:M-{pk}" for (pk,) in busy]
        return next(
            seat
            for seat in self.seats_of(contract)
            if not seat.former and people.count(seat.member) == 1
        )

    def administrator(self, contract: str) -> str:
        """Who administers the contract and holds no seat."""
        query = (
            "SELECT min(a.member_id) FROM seats_administration a JOIN seats_contract c "
            "ON c.id = a.contract_id WHERE c.number = %s AND a.until IS NULL "
            "AND a.member_id NOT IN (SELECT member_id FROM seats_seat)"
        )
        ((member,),) = self.desk.sql("default", query, [contract])
        return f"member:M-{member}"

    # --- Commands -----------------------------------------------------------------------------

    def do(self, command: str, *arguments: object) -> Any:
        """A command that must succeed; its answer."""
        done = self.desk.manage(command, *arguments, "--json")
        self.said.append(done.stdout + done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    def refused(self, command: str, *arguments: object) -> str:
        """A command that must not succeed; the sentence with which it did not."""
        done = self.desk.manage(command, *arguments, check=False)
        self.said.append(done.stdout + done.stderr)
        assert done.returncode == 1, done
        assert "Traceback" not in done.stderr
        return str(done.stderr.strip())

    def inside(self, function: str, *arguments: object) -> Any:
        """A function of `opening`, called in the installation; what it printed."""
        words = ", ".join(map(repr, arguments))
        command = f"from tests.journeys import opening; opening.{function}({words})"
        done = self.desk.manage("shell", "--verbosity", 0, "--command", command)
        self.said.append(done.stdout + done.stderr)
        return json.loads(done.stdout or "null")

    def ask(self, kind: str, scope: Seat | str, *options: object, by: str) -> str:
        """File a request on a seat, or on the contract of that number; its reference."""
        target = ("--seat", scope.number) if isinstance(scope, Seat) else ("--contract", scope)
        answer = self.do("open_request", "--kind", kind, *target, *options, "--as", by)
        return str(answer["reference"])

    def take(self, reference: str, action: str, by: str, *options: object) -> str:
        """The request's status after that step."""
        return str(self.do("take", reference, action, "--as", by, *options)["status"])

    def approve(self, reference: str, *people: str) -> str:
        """ana checks the request and sends it on, and these agree; its status then."""
        if self.show(reference)["status"] == "received":
            self.take(reference, "verify", "staff:ana")
        status = self.take(reference, "submit", "staff:ana")
        for name in people or ("ben",):
            status = self.take(reference, "approve", f"staff:{name}")
        return status

    def show(self, reference: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.do("show_request", reference)
        return shown

    def work(self) -> None:
        """Workers, until nothing is left for them to do."""
        with self.desk.work("--until-idle") as process:
            code = process.wait(240)
        assert code == 0, self.log

    def carry_out(self, *references: str) -> None:
        self.work()
        for reference in references:
            shown = self.show(reference)
            assert shown["status"] == "completed", f"{shown}\n{self.log}"

    def open_archive(self, reference: str, by: str) -> Path:
        file = self.desk.folder / f"{reference}.zip"
        self.do("open_archive", reference, "--to", file, "--as", by)
        return file

    @property
    def log(self) -> str:
        """What workers and servers printed."""
        return self.desk.log.read_text() if self.desk.log.exists() else ""
