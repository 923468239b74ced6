"""Opt-outs as the ledger keeps them: a backup that is restored must not bring a yes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from consent.enums import OPT_OUTS, Origin
from consent.models import ConsentEvent, Suppression
from seats import keys, ledger
from seats.canonical import canonical
from seats.models import Member

CONTEXT = "consent withdrawn"


def announce(member: Member, event: ConsentEvent) -> str:
    """Write an opt-out into the ledger, before it takes effect; the entry's id.

    Who it was is sealed: by the product's id and the address, as a restored database may give our
    own keys out anew.
    """
    who = canonical({"member": member.product_id or "", "address": member.email})
    return _announce(event, keys.seal_text(who, CONTEXT))


def announce_suppression(row: Suppression, origin: Origin) -> str:
    """The same for an address of which only its keyed trace is left."""
    return ledger.append(
        ledger.Kind.CONSENT_WITHDRAWN,
        {
            "key": row.key,
            "purpose": row.purpose,
            "channel": row.channel,
            "origin": str(origin),
            "at": row.since.isoformat(),
        },
    ).id


def replay(since: datetime | None, record: Callable[[Member, ConsentEvent], bool]) -> int:
    """Record every confirmed opt-out from `since` on that this database does not know; how many.

    `record` writes the event and what follows from it. Raises LedgerBroken.
    """
    done = 0
    for entry in ledger.entries(since, (ledger.Kind.CONSENT_WITHDRAWN,)):
        if entry.confirmed:
            done += int(_again(entry, record))
    return done


def suppress(key: str, purpose: str, channel: str, since: datetime) -> bool:
    """Keep an opt-out of an address by its trace; whether anything changed."""
    row, created = Suppression.objects.get_or_create(
        key=key, purpose=purpose, channel=channel, defaults={"since": since}
    )
    if created:
        return True
    later = Suppression.objects.filter(pk=row.pk, since__lt=since)
    return bool(later.update(since=since))


def _announce(event: ConsentEvent, who: str) -> str:
    return ledger.append(
        ledger.Kind.CONSENT_WITHDRAWN,
        {
            "who": who,
            "act": event.act,
            "purpose": event.purpose,
            "channel": event.channel,
            "origin": event.origin,
            "surface": event.surface,
            "language": event.language,
            "text": event.text_sha256,
            "at": event.at.isoformat(),
        },
    ).id


def _again(entry: ledger.Entry, record: Callable[[Member, ConsentEvent], bool]) -> bool:
    body = entry.body
    at = datetime.fromisoformat(body["at"])
    if "key" in body:
        return suppress(body["key"], body["purpose"], body["channel"], at)
    if ConsentEvent.objects.filter(entry=entry.id).exists():
        return False
    who = json.loads(keys.open_text(body["who"], CONTEXT))
    member = _found(who)
    if member is None or member.erased_at:
        key = keys.pseudonym(keys.EMAIL, who["address"]) if who["address"] else ""
        return bool(key) and suppress(key, body["purpose"], body["channel"], at)
    if body["act"] not in OPT_OUTS:
        raise ledger.LedgerBroken(f"{entry.id} announces {body['act']}, which is no opt-out")
    event = ConsentEvent(
        member=member,
        act=body["act"],
        purpose=body["purpose"],
        channel=body["channel"],
        origin=body["origin"],
        surface=body["surface"],
        language=body["language"],
        text_sha256=body["text"],
        at=at,
        entry=entry.id,
    )
    return record(member, event)


def _found(who: dict[str, Any]) -> Member | None:
    if not who["member"]:
        return None
    return Member.objects.filter(product_id=who["member"]).first()
