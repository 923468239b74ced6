"""What is done inside the installation's own process, by `manage.py shell`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta

from django.db import connections
from django.utils import timezone

from compliance.enums import Action, Channel, HoldGround, ReceiptKind, RequestKind
from compliance.models import PrivacyRequest
from compliance.sample import schema
from compliance.services import holds, intake, preview, requests
from compliance.services.actors import Actor, parse
from seats.models import Contract, Seat


def ask(
    kind: str,
    contract: str,
    seat: str = "",
    *,
    categories: tuple[str, ...] = (),
    entered_by: str = "ana",
    approved_by: tuple[str, ...] = ("ben",),
    copy_first: str = "",
) -> None:
    """A request that came in by e-mail, as staff file, check and approve it; prints its number."""
    actor = _staff(entered_by)
    found, its_seat = intake.target(contract="" if seat else contract, seat=seat, actor=actor)
    request = intake.open_request(
        intake.Ask(
            kind=RequestKind(kind),
            contract=found,
            seat=its_seat,
            categories=categories,
            format="jsonl",
            channel=Channel.EMAIL,
            contact_email="requester@customer.example",
            copy_first=PrivacyRequest.objects.filter(reference=copy_first).first(),
        ),
        actor=actor,
    )
    requests.take(Action.VERIFY, request.pk, actor=actor)
    requests.take(Action.SUBMIT, request.pk, actor=actor)
    _approve(request, approved_by)
    _say(request.reference)


def approve(reference: str, *people: str) -> None:
    _approve(requests.find(reference), people)
    _say(reference)


def hold(contract: str, seat: str = "", *, categories: tuple[str, ...] = ()) -> None:
    """Prints the hold's id and, from that moment, each owner's rows: who, where, how many."""
    sys.stderr.write("placing a hold\n")
    placed = holds.place(
        Contract.objects.get(number=contract),
        seat=Seat.objects.get(number=seat) if seat else None,
        categories=categories,
        ground=HoldGround.CLAIMS,
        case="Case 2026/17",
        review_on=timezone.localdate() + timedelta(days=90),
        actor=_staff("clara"),
    )
    _say({"hold": placed.pk, "rows": list(_rows())})


def _rows() -> Iterator[tuple[int, int, str, int]]:
    with connections["product"].cursor() as cursor:
        for table in schema.OWNED:
            cursor.execute(
                f"SELECT seat_id, member_id, count(*) FROM {table} GROUP BY seat_id, member_id"
            )
            yield from ((seat, member, table, count) for seat, member, count in cursor.fetchall())


def lift(hold_id: int, by: str) -> None:
    holds.lift(hold_id, actor=_staff(by))
    _say(hold_id)


def _approve(request: PrivacyRequest, people: tuple[str, ...]) -> None:
    for name in people:
        if request.kind == RequestKind.DELETION and not preview.is_fresh(request):
            preview.refresh(request)
        requests.take(Action.APPROVE, request.pk, actor=_staff(name), reference=request.reference)


def _staff(name: str) -> Actor:
    return parse(f"staff:{name}")


def _say(answer: object) -> None:
    json.dump(answer, sys.stdout)


def certificates(reference: str) -> None:
    """Prints the records of the deletion certificates in force."""
    request = requests.find(reference)
    kept = request.receipts.filter(kind=ReceiptKind.DELETION).current().order_by("pk")
    _say([json.loads(bytes(receipt.record)) for receipt in kept])
