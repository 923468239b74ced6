"""Seals the chains' heads in the ledger, and proves chains, seals and remarks against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance import audit
from compliance.models import PrivacyRequest, Remark, RequestEvent, Seal
from compliance.services import events
from seats import ledger

# Transactions commit out of order: a lower key may appear after a higher one was sealed.
OVERLAP = 200


def seal() -> int:
    """Seal the chains that moved since the last seal; returns how many (0: nothing moved)."""
    last = Seal.objects.order_by("-number").first()
    known = last.last_event if last else 0
    newest = RequestEvent.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if newest <= known:
        return 0
    moved = RequestEvent.objects.filter(pk__gt=known - OVERLAP).values("request").distinct()
    tops = (
        RequestEvent.objects.filter(request__in=moved)
        .values("request")
        .annotate(top=Max("sequence"))
        .values_list("request", "top")
    )
    heads = [
        audit.Head(event.request.reference, event.sequence, event.digest)
        for request_id, top in tops
        for event in RequestEvent.objects.select_related("request").filter(
            request=request_id, sequence=top
        )
    ]
    body = audit.seal_body(
        last.number + 1 if last else 1,
        last.digest if last else audit.GENESIS,
        heads,
        last_event=newest,
    )
    try:
        with transaction.atomic():
            row = Seal(
                number=body["number"],
                at=timezone.now(),
                last_event=newest,
                heads=len(heads),
                previous=body["previous"],
                digest=audit.seal_digest(body),
            )
            row.entry = ledger.append(ledger.Kind.SEAL, body).id
            row.save(force_insert=True)
    except IntegrityError:
        return 0  # another host sealed the same moment
    return len(heads)


@dataclass
class Report:
    """What `verify_audit` found: sentences about what is wrong, and how far it vouches."""

    chains: int = 0
    events: int = 0
    sealed: int = 0
    last_event: int = 0
    faults: list[str] = field(default_factory=list)


def verify() -> Report:
    """Follow every chain and every seal. Raises ledger.LedgerBroken for a forged ledger."""
    report = Report()
    seals = [
        audit.read_seal(entry.body)
        for entry in ledger.entries(kinds=(ledger.Kind.SEAL,))
        if entry.confirmed
    ]
    verdict = audit.verify_seals(seals)
    if not verdict.ok:
        report.faults.append(verdict.sentence)
    rows = set(Seal.objects.values_list("number", "digest"))
    report.faults += [
        _("Seal %(number)s is in the ledger and not in the database.") % {"number": one.number}
        for one in seals
        if (one.number, one.digest) not in rows
    ]
    report.last_event = seals[-1].last_event if seals else 0
    sealed: dict[str, dict[int, str]] = defaultdict(dict)
    for one in seals:
        for head in one.heads:
            sealed[head.chain][head.sequence] = head.digest
    for reference, links in _chains():
        verdict = audit.verify_chain(links, sealed.pop(reference, None))
        report.chains += 1
        report.events += verdict.sound
        report.sealed += verdict.sealed
        if not verdict.ok:
            report.faults.append(f"{reference}: {verdict.sentence}")
    known = set(PrivacyRequest.objects.values_list("reference", flat=True))
    report.faults += [
        _("%(ref)s was sealed and is gone.") % {"ref": ref} for ref in sorted(set(sealed) - known)
    ]
    report.faults += [
        _("%(ref)s: its events were sealed and are cut off.") % {"ref": ref}
        for ref in sorted(set(sealed) & known)
    ]
    report.faults += _changed_remarks()
    return report


def _chains() -> Iterator[tuple[str, Iterator[audit.Link]]]:
    """Each request's events as links, streamed."""
    rows = (
        RequestEvent.objects.select_related("request")
        .order_by("request_id", "sequence")
        .iterator(chunk_size=2_000)
    )
    for reference, group in groupby(rows, key=lambda event: event.request.reference):
        yield (
            reference,
            (
                audit.Link(event.sequence, events.payload(event), event.previous, event.digest)
                for event in group
            ),
        )


def _changed_remarks() -> list[str]:
    return [
        _("%(ref)s: the text of event %(number)s was changed.")
        % {"ref": remark.event.request.reference, "number": remark.event.sequence}
        for remark in Remark.objects.select_related("event__request").iterator(chunk_size=2_000)
        if audit.text_digest(remark.text, remark.salt) != remark.event.text_digest
    ]
