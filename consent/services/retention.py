"""Evidence of erased members, deleted on the day it is no longer needed (Art. 5(1)(e))."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from consent.models import Confirmation, ConsentEvent, KeptEvidence
from seats import append_only, ledger

AT_ONCE = 200


def due(on: date | None = None) -> QuerySet[KeptEvidence]:
    """Of whom the evidence is past its end date."""
    day = on or timezone.now().date()
    return KeptEvidence.objects.filter(purged_at=None, until__lte=day)


def purge(on: date | None = None) -> int:
    """Delete the evidence whose end date has come, announced in the ledger; how many members."""
    with transaction.atomic():
        over = list(due(on).select_for_update().order_by("pk")[:AT_ONCE])
        if not over:
            return 0
        members = [row.member_id for row in over]
        events = ConsentEvent.objects.filter(member__in=members)
        confirmations = Confirmation.objects.filter(member__in=members)
        ledger.append(
            ledger.Kind.EVIDENCE_PURGED,
            {
                "members": [f"M-{pk}" for pk in members],
                "events": events.count(),
                "confirmations": confirmations.count(),
                "until": max(row.until for row in over).isoformat(),
            },
        )
        with append_only.lifted(ConsentEvent, Confirmation):
            events.delete()
            confirmations.delete()
        KeptEvidence.objects.filter(pk__in=[row.pk for row in over]).update(
            purged_at=timezone.now(), address_key=""
        )
    return len(over)
