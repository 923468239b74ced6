from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from compliance.models import NumberSeries
from seats import ledger


def issue(prefix: str) -> str:
    """The next "PREFIX-2026-000123", in the caller's transaction; announced in the ledger first.

    One transaction at a time draws from a series. What is rolled back gave nothing out: its number
    is drawn again.
    """
    name = f"{prefix}-{timezone.now():%Y}"
    with transaction.atomic():
        NumberSeries.objects.get_or_create(name=name)
        NumberSeries.objects.filter(name=name).update(last=F("last") + 1)
        last = NumberSeries.objects.values_list("last", flat=True).get(name=name)
    ledger.append(ledger.Kind.NUMBER_ISSUED, {"series": name, "number": last})
    return f"{name}-{last:06d}"


def raise_to(name: str, number: int) -> bool:
    """Make sure `number` is not given out again; true when the series had to be raised."""
    NumberSeries.objects.get_or_create(name=name)
    return bool(NumberSeries.objects.filter(name=name, last__lt=number).update(last=number))
