"""After the restore of either database: does again what the ledger says was done since.

Never past a deletion's cut-off, and never against a hold in force. Twice equals once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils.dateparse import parse_datetime

from compliance import personal_data
from compliance.models import Archive, Hold
from compliance.services import archives, numbers, scopes, scrubbing, seals
from compliance.sources.base import Reach, Scope, SeatKey, data_map
from compliance.sources.product import ALIAS as PRODUCT
from compliance.sources.product import product_transaction
from consent.services import consents
from seats import keys, ledger
from seats import personal_data as seats_data
from seats.canonical import canonical
from seats.enums import TombstoneKind
from seats.models import Contract, Member, Seat, StaffUser
from seats.services import signing_in

OWN_SIDE = "own-side"
STAFF = "staff"


@dataclass
class Report:
    """How many of each were done again; all 0 when the databases were up to date."""

    erased: int = 0
    kept_by_hold: int = 0
    seats: int = 0
    members: int = 0
    withdrawals: int = 0
    holds: int = 0
    archives: int = 0
    numbers: int = 0
    sessions: int = 0
    lost: int = 0  # chains shorter than they were: requests made or moved after the backup


def replay(since: datetime | None = None) -> Report:
    """Replay the ledger from `since` (default: all). Raises LedgerBroken, ProductUnavailable."""
    report = Report()
    _numbers(since, report)
    _holds(since, report)
    for entry in _confirmed(since, ledger.Kind.KEY_DESTROYED):
        for archive in Archive.objects.live().filter(object_name=entry.body["object"]):
            archives.destroy(archive, because="replay")
            report.archives += 1
    # Before anybody is erased: their opt-outs go on under a trace of the address.
    report.withdrawals = consents.replay(since)
    for entry in _confirmed(since, ledger.Kind.ERASURE_INTENT):
        if entry.body["resource"] == OWN_SIDE:
            _own_side(entry, report)
        else:
            _erase(entry.body, report)
    report.sessions = Session.objects.all().delete()[0] + signing_in.void()
    report.lost = seals.after_restore()
    ledger.catch_up()
    for alias in (PRODUCT, DEFAULT_DB_ALIAS):
        scrubbing.scrub(alias)
    return report


def _confirmed(since: datetime | None, *kinds: ledger.Kind) -> Iterator[ledger.Entry]:
    return (entry for entry in ledger.entries(since, kinds) if entry.confirmed)


def _numbers(since: datetime | None, report: Report) -> None:
    last: dict[str, int] = {}
    # Confirmed or not: a number that was on its way out is not given out again.
    for entry in ledger.entries(since, (ledger.Kind.NUMBER_ISSUED,)):
        last[entry.body["series"]] = max(entry.body["number"], last.get(entry.body["series"], 0))
    for series, number in last.items():
        report.numbers += int(numbers.raise_to(series, number))


def _holds(since: datetime | None, report: Report) -> None:
    """Holds placed after the backup stand again; lifted ones are lifted again."""
    lifted: dict[str, ledger.Entry] = {
        entry.body["hold"]: entry for entry in _confirmed(since, ledger.Kind.HOLD_LIFTED)
    }
    for entry in _confirmed(since, ledger.Kind.HOLD_PLACED):
        if not Hold.objects.filter(entry=entry.id).exists():
            report.holds += int(_place_again(entry))
    for placed, entry in lifted.items():
        lifter = _staff(entry.body["lifted_by"])
        report.holds += (
            Hold.objects.in_force()
            .filter(entry=placed)
            .exclude(placed_by=lifter)
            .update(lifted_by=lifter, lifted_at=entry.at)
        )


def _staff(sealed: str) -> StaffUser:
    """The person an entry names; the first superuser stands in for one the backup did not know."""
    user = StaffUser.objects.filter(
        username=keys.open_text(sealed, STAFF).removeprefix("staff:")
    ).first()
    return user or StaffUser.objects.filter(is_superuser=True).earliest("pk")


def _place_again(entry: ledger.Entry) -> bool:
    contract = Contract.objects.filter(number=entry.body["contract"]).first()
    if contract is None:
        return False
    hold = Hold.objects.create(
        contract=contract,
        seat=Seat.objects.filter(number=entry.body["seat"]).first(),
        categories=entry.body["categories"],
        ground=entry.body["ground"],
        case=entry.id,
        review_on=date.fromisoformat(entry.body["review_on"]),
        placed_by=_staff(entry.body["placed_by"]),
        entry=entry.id,
    )
    Hold.objects.filter(pk=hold.pk).update(placed_at=entry.at)
    return True


def _erase(body: dict[str, Any], report: Report) -> None:
    """Erase again what an intent announced, but for what a hold keeps now."""
    source = data_map().source(body["resource"])
    opened = json.loads(keys.open_text(body["scope"], body["reference"]))
    contract = Contract.objects.filter(number=body["contract"]).first()
    held = _held(contract, body["category"]) if contract else None
    found = tuple(SeatKey(seat, member) for seat, member in opened["seats"])
    reach = Reach(opened["reach"])
    whole = bool(contract and scopes.whole_contract_hold(contract, body["category"]))
    free = tuple(key for key in found if held is None or key not in held)
    cutoff = parse_datetime(body["cutoff"])
    assert cutoff  # noqa: S101 written by ourselves, and verified
    scope = Scope(
        reach=reach,
        contract=opened["contract"],
        seats=free if reach == Reach.SEATS else found,
        cutoff=cutoff,
        low=opened["low"],
        high=opened["high"],
        held=tuple(held or ()) if reach == Reach.CONTRACT else (),
    )
    if whole or (reach == Reach.SEATS and not free):
        report.kept_by_hold += 1
        return
    more = True
    while more:
        with product_transaction(settings.LEASE.total_seconds()) as product:
            batch = source.erase(scope, settings.ERASE_BATCH_ROWS)
            product.commit()
        report.erased += batch.erased
        more = batch.more


def _held(contract: Contract, category: str) -> set[SeatKey]:
    seats = Seat.objects.filter(contract=contract).select_related("member")
    held = scopes.held_seats(contract, category, list(seats.values_list("pk", flat=True)))
    return {scopes.key(seat) for seat in seats.filter(pk__in=held)}


def sealed_members(members: Sequence[Member], reference: str) -> str:
    """Who is erased, as the ledger keeps it: a restored database may give our own keys out anew."""
    return keys.seal_text(canonical([member.product_id for member in members]), reference)


def _own_side(entry: ledger.Entry, report: Report) -> None:
    """Seats and people as they were known then; who came, or came back, later is somebody else."""
    sealed = json.loads(keys.open_text(entry.body["members"], entry.body["reference"]))
    gone = [one for one in sealed if one]
    seats = Seat.objects.present().filter(number__in=entry.body["seats"], assigned_at__lte=entry.at)
    back = seats_data.returned_since(TombstoneKind.MEMBER, gone, entry.at)
    members = Member.objects.filter(product_id__in=set(gone) - back, erased_at=None).exclude(
        seats__assigned_at__gt=entry.at
    )
    with transaction.atomic():
        for seat in seats.select_related("member"):
            report.seats += int(personal_data.erase_seat(seat))
        for member in members:
            report.members += int(personal_data.erase_member(member))
