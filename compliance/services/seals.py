"""Seals the heads of the requests' chains in the ledger."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from compliance import audit
from compliance.models import RequestEvent, Seal
from seats import ledger

# Transactions commit out of order: a lower key may appear after a higher one was sealed.
OVERLAP = 200


def seal(lost: Iterable[audit.Head] = ()) -> int:
    """Seal the chains that moved since the last seal; returns how many (0: nothing moved).

    `lost` are sealed heads that a restored database no longer holds, as the replay found.
    """
    gone = list(lost)
    last = Seal.objects.order_by("-number").first()
    known = last.last_event if last else 0
    newest = RequestEvent.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if newest <= known and not gone:
        return 0
    heads = _heads(known)
    body = audit.seal_body(
        last.number + 1 if last else 1,
        last.digest if last else audit.GENESIS,
        heads,
        last_event=newest,
        lost=gone,
    )
    try:
        with transaction.atomic():
            _keep(ledger.append(ledger.Kind.SEAL, body))
    except IntegrityError:
        return 0  # another host sealed the same moment
    return len(heads)


def _heads(known: int) -> list[audit.Head]:
    moved = RequestEvent.objects.filter(pk__gt=known - OVERLAP).values("request")
    tops = (
        RequestEvent.objects.filter(request__in=moved)
        .values("request")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    events = RequestEvent.objects.filter(pk__in=tops).select_related("request")
    return [audit.Head(row.request.reference, row.sequence, row.digest) for row in events]


def _keep(entry: ledger.Entry) -> None:
    one = audit.read_seal(entry.body)
    Seal.objects.bulk_create(
        [
            Seal(
                number=one.number,
                at=timezone.now(),
                last_event=one.last_event,
                heads=len(one.heads),
                entry=entry.id,
                previous=one.previous,
                digest=one.digest,
            )
        ]
    )


def after_restore() -> int:
    """Take over the seals the database does not know, and seal what it lost; how many heads."""
    known = set(Seal.objects.values_list("number", flat=True))
    latest: dict[str, audit.Head] = {}
    excused: set[audit.Head] = set()
    for entry in ledger.entries(kinds=(ledger.Kind.SEAL,)):
        if not entry.confirmed:
            continue
        one = audit.read_seal(entry.body)
        latest.update((head.chain, head) for head in one.heads)
        excused.update(one.lost)
        if one.number not in known:
            _keep(entry)
    held = {
        (reference, sequence): digest
        for reference, sequence, digest in RequestEvent.objects.filter(
            request__reference__in=latest
        ).values_list("request__reference", "sequence", "digest")
    }
    lost = [
        head for head, _fault in audit.compare_heads(latest.values(), held) if head not in excused
    ]
    if lost:
        seal(lost)
    return len(lost)
