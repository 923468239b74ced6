"""Opt-outs of addresses: they outlive the person they came from, and hold for who comes back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from consent.enums import Origin
from consent.models import Suppression
from consent.services import withdrawals
from seats import keys


@transaction.atomic
def add_key(key: str, *, purpose: str, channel: str, origin: Origin) -> None:
    """Never write again to whoever has the address of this keyed trace; "" for every purpose or
    channel. The trace is all that an erased member leaves.

    Said again, it counts from then: whoever came back to the address may have said yes meanwhile.
    """
    row = Suppression(key=key, purpose=purpose, channel=channel, since=timezone.now())
    withdrawals.announce_suppression(row, origin)
    withdrawals.suppress(row.key, row.purpose, row.channel, row.since)


def standing(address: str, purpose: str, channel: str) -> datetime | None:
    """Since when an address is suppressed for a purpose and channel; None when it is not."""
    if not address:
        return None
    trace = keys.pseudonym(keys.EMAIL, address)
    return since([trace], purpose, channel).get(trace)


def since(
    traces: Collection[str], purpose: str, channel: str, at: datetime | None = None
) -> dict[str, datetime]:
    """The suppressed ones of many addresses, by their keyed traces, and since when.

    With `at`, those that were so then. One query.
    """
    rows = Suppression.objects.filter(
        Q(purpose__in=("", purpose)), Q(channel__in=("", channel)), key__in=traces
    )
    if at:
        rows = rows.filter(since__lte=at)
    return dict(rows.values_list("key").annotate(latest=Max("since")).order_by())


def of_address(address: str) -> list[Suppression]:
    """Every opt-out that stands for an address. One query."""
    if not address:
        return []
    return list(Suppression.objects.filter(key=keys.pseudonym(keys.EMAIL, address)))
