"""Proves chains, seals and remarks against the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from compliance import audit
from compliance.enums import Status
from compliance.models import PrivacyRequest, Remark, RequestEvent, Seal
from compliance.services import desk_log, events
from compliance.services.actors import SYSTEM
from seats import ledger


@dataclass
class Report:
    """What `verify_audit` found: sentences about what is wrong, and how far it vouches.

    `lost` names what a restore lost and a replay reported: a fact, not a fault.
    """

    chains: int = 0
    events: int = 0
    sealed: int = 0
    last_event: int = 0
    faults: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def verify() -> Report:
    """Follow every chain and every seal. Raises ledger.LedgerBroken for a forged ledger."""
    report = Report()
    # Sealing goes on meanwhile: what is in the ledger must be among the rows as they are after it
    # was read, and what was among them before must be in it.
    before = _rows()
    entries = list(ledger.entries(kinds=(ledger.Kind.SEAL,)))
    after = _rows()
    # A crash between the commit and the confirmation leaves a seal that counts all the same.
    committed = set(Seal.objects.values_list("entry", flat=True))
    seals = [
        audit.read_seal(entry.body) for entry in entries if entry.confirmed or entry.id in committed
    ]
    _seals(seals, before, after, report)
    sealed = _sealed(seals)
    for reference, links in _chains():
        verdict = audit.verify_chain(links, sealed.pop(reference, None))
        report.chains += 1
        report.events += verdict.sound
        report.sealed += verdict.sealed
        if not verdict.ok:
            report.faults.append(f"{reference}: {verdict.sentence}")
    known = set(PrivacyRequest.objects.values_list("reference", flat=True))
    for reference in sorted(sealed):
        said = (
            _("%(ref)s: its events were sealed and are cut off.")
            if reference in known
            else _("%(ref)s was sealed and is gone.")
        )
        report.faults.append(said % {"ref": reference})
    report.lost = sorted({head.chain for one in seals for head in one.lost})
    report.faults += _changed_requests()
    report.faults += _changed_remarks()
    return report


def verify_on_record() -> Report:
    """`verify`, and keep when it was done, how far it vouches and how much was wrong."""
    try:
        report = verify()
    except ledger.LedgerBroken as broken:
        report = Report(faults=[str(broken)])
    desk_log.record(
        "verified",
        actor=SYSTEM,
        data={
            "last_event": report.last_event,
            "chains": report.chains,
            "events": report.events,
            "faults": len(report.faults),
        },
    )
    return report


def _rows() -> set[tuple[int, str]]:
    return set(Seal.objects.values_list("number", "digest"))


def _seals(
    seals: list[audit.Seal],
    before: set[tuple[int, str]],
    after: set[tuple[int, str]],
    report: Report,
) -> None:
    """The seals among themselves, and the ledger's against the database's, both ways."""
    verdict = audit.verify_seals(seals)
    if not verdict.ok:
        report.faults.append(verdict.sentence)
    entries = {(one.number, one.digest) for one in seals}
    report.faults += [
        _("Seal %(number)s is in the ledger and not in the database.") % {"number": number}
        for number, _digest in sorted(entries - after)
    ]
    report.faults += [
        _("Seal %(number)s is in the database and not in the ledger.") % {"number": number}
        for number, _digest in sorted(before - entries)
    ]
    report.last_event = seals[-1].last_event if seals else 0


def _sealed(seals: list[audit.Seal]) -> dict[str, dict[int, str]]:
    """Chain → place → digest a seal vouches for, without what a restore is known to have lost."""
    lost = {head for one in seals for head in one.lost}
    cut = {head.chain: head.sequence for head in lost}
    sealed: dict[str, dict[int, str]] = defaultdict(dict)
    restored = 0
    for one in seals:
        restored = one.number if one.lost else restored
    for one in seals:
        for head in one.heads:
            # A chain that was cut by a restore grew again: only later seals speak of its new end.
            if head.chain in cut and one.number < restored:
                continue
            sealed[head.chain][head.sequence] = head.digest
    return sealed


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


def _changed_requests() -> list[str]:
    """Requests that stand elsewhere than their last step says it left them."""
    said = RequestEvent.objects.filter(request=OuterRef("pk"), data__has_key="status")
    last = said.order_by("-sequence").values("data__status")[:1]
    rows = PrivacyRequest.objects.annotate(said=Subquery(last)).order_by("pk")
    return [
        _("%(ref)s stands at “%(status)s”, where no step of its chain brought it.")
        % {"ref": reference, "status": status}
        for reference, status, left_at in rows.values_list("reference", "status", "said").iterator(
            chunk_size=2_000
        )
        if status != (left_at or Status.RECEIVED)
    ]


def _changed_remarks() -> list[str]:
    return [
        _("%(ref)s: the text of event %(number)s was changed.")
        % {"ref": remark.event.request.reference, "number": remark.event.sequence}
        for remark in Remark.objects.select_related("event__request").iterator(chunk_size=2_000)
        if audit.text_digest(remark.text, remark.salt) != remark.event.text_digest
    ]
