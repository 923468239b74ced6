"""What opens an office, done inside the installation's own process by `manage.py shell`."""

from __future__ import annotations

import io
import json
import sys
from datetime import timedelta

from django.contrib.auth.models import Group

from compliance import sample
from compliance.enums import Action, HoldGround, RequestKind, Status
from compliance.models import Message
from compliance.services import (
    clock,
    evidence,
    handling,
    holds,
    intake,
    preview,
    requests,
    sample_directory,
)
from compliance.services.actors import parse
from seats.models import Contract, Seat, StaffUser
from seats.roles import Role

PEOPLE = {
    "ana": Role.SUPPORT,
    "ben": Role.SUPPORT,
    "rita": Role.REPRESENTATIVE,
    "tom": Role.REPRESENTATIVE,
    "stranger": Role.REPRESENTATIVE,
    "clara": Role.COMPLIANCE,
    "dora": Role.COMPLIANCE,
    "otto": Role.AUDITOR,
}


def open_for_business(contracts: int, seats: int, rows: int) -> None:
    """Contracts with their seats and members, and the staff; rita and tom look after them all."""
    take_on(contracts, seats, rows)
    for name, role in PEOPLE.items():
        person = StaffUser.objects.create(
            username=name, email=f"{name}@larkfield.example", is_staff=True
        )
        person.groups.add(Group.objects.get(name=role))
    StaffUser.objects.create(username="admin", is_staff=True, is_superuser=True)
    assign()


def take_on(contracts: int, seats: int, rows: int, first: int = 1) -> None:
    sample_directory.adopt(
        sample.seed(contracts=contracts, seats=seats, rows_per_seat=rows, first=first)
    )
    assign()


def assign() -> None:
    people = {user.username: user for user in StaffUser.objects.filter(username__in=PEOPLE)}
    Contract.objects.filter(representative=None).update(
        representative=people.get("rita"), deputy=people.get("tom")
    )


def place_hold(contract: str, seat: str = "", categories: tuple[str, ...] = ()) -> None:
    """By clara; prints the hold's id, once nothing it covers can go any more."""
    hold = holds.place(
        Contract.objects.get(number=contract),
        seat=Seat.objects.get(number=seat) if seat else None,
        categories=categories,
        ground=HoldGround.CLAIMS,
        case="2026/17",
        review_on=clock.today() + timedelta(days=90),
        actor=parse("staff:clara"),
    )
    json.dump(hold.pk, sys.stdout)


def lift_hold(hold: int) -> None:
    json.dump(holds.lift(hold, actor=parse("staff:dora")).pk, sys.stdout)


def let_through(*references: str) -> None:
    """ana checks the requests; ben, and rita and clara where it needs them, approve."""
    for reference in references:
        request = requests.find(reference)
        if request.status == Status.RECEIVED:
            requests.take(Action.VERIFY, request.pk, actor=parse("staff:ana"))
            request.refresh_from_db()
        if request.status == Status.IN_REVIEW:
            request = requests.take(Action.SUBMIT, request.pk, actor=parse("staff:ana"))
        for name in ("rita", "clara") if request.whole_contract else ("ben",):
            if request.status == Status.AWAITING_APPROVAL:
                preview.refresh(request)
                actor = parse(f"staff:{name}")
                request = requests.take(
                    Action.APPROVE, request.pk, actor=actor, reference=reference
                )


def write_down(reference: str, text: str) -> None:
    """What people write about a request: a letter each way, a note among colleagues, a proof."""
    request, ana = requests.find(reference), parse("staff:ana")
    handling.add_note(request.pk, text, actor=ana)
    for kind, author in (("member", request.entered_by), ("staff", str(ana))):
        Message.objects.create(request=request, author_kind=kind, author=author, text=text)
    file = io.BytesIO(f"%PDF-1.4 {text}".encode())
    evidence.attach(request.pk, what=evidence.Shows.IDENTITY, file=file, actor=ana)


def ask_to_delete_after(copy: str) -> None:
    """The member who asked for this copy of their seat also asks for what comes after it."""
    first = requests.find(copy)
    ask = intake.Ask(
        kind=RequestKind.DELETION, contract=first.contract, seat=first.seat, copy_first=first
    )
    request = intake.open_request(ask, actor=parse(first.entered_by))
    json.dump(request.reference, sys.stdout)
