"""What we keep ourselves, and for how long: nothing without a reason, nothing past it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django_q.models import Failure, OrmQ, Success

from compliance import personal_data
from compliance.enums import MailState
from compliance.models import EmailMessage, Evidence, PrivacyRequest, Receipt
from compliance.services import objects, remembered, scrubbing
from consent.models import KeptEvidence
from consent.services import retention as consent_retention
from seats import append_only, evidence
from seats.services import signing_in, staff_sign_in

CONTACT = timedelta(days=30)  # after the last notice was delivered


def due_contacts() -> QuerySet[PrivacyRequest]:
    """Requests closed and told 30 days ago, whose correspondence is still there."""
    limit = timezone.now() - CONTACT
    return (
        PrivacyRequest.objects.closed()
        .filter(contact_purged_at=None, closed_at__lt=limit)
        .exclude(mails__state=MailState.WAITING)
        .annotate(last_told=Max("mails__sent_at"))
        .filter(Q(last_told=None) | Q(last_told__lt=limit))
    )


def purge_contacts() -> int:
    """Erase contact, letters and remarks of such requests; how many."""
    pks = list(due_contacts().values_list("pk", flat=True)[:500])
    erased = personal_data.erase_correspondence(PrivacyRequest.objects.filter(pk__in=pks))
    if erased:
        scrubbing.scrub(DEFAULT_DB_ALIAS)
    return erased


def due_mails() -> QuerySet[EmailMessage]:
    """Mails about no request, 30 days after they went out, or never would."""
    limit = timezone.now() - CONTACT
    return (
        EmailMessage.objects.filter(request=None)
        .exclude(state=MailState.WAITING)
        .exclude(to="", context={})
        .filter(Q(sent_at__lt=limit) | Q(sent_at=None, queued_at__lt=limit))
    )


def purge_mails() -> int:
    """Empty such mails; how many."""
    pks = list(due_mails().values_list("pk", flat=True)[:500])
    emptied = personal_data.empty_mails(EmailMessage.objects.filter(pk__in=pks))
    if emptied:
        scrubbing.scrub(DEFAULT_DB_ALIAS)
    return emptied


def due_evidence() -> QuerySet[Evidence]:
    """What proved identity or authority of requests that are decided (Art. 5(1)(c))."""
    decided = Q(request__approved_at__isnull=False) | Q(request__closed_at__isnull=False)
    return Evidence.objects.filter(decided, purged_at=None)


def purge_evidence() -> int:
    """Destroy such evidence; how many."""
    rows = list(due_evidence().select_related("key")[:200])
    for row in rows:
        # The row last: what is interrupted is found again.
        objects.destroy(row.object_name, row.key)
        Evidence.objects.filter(pk=row.pk).update(
            object_name="", key=None, purged_at=timezone.now()
        )
    return len(rows)


def due_queue() -> tuple[QuerySet[Any], ...]:
    """The queue's own results: they say nothing that our rows do not say better."""
    old = timezone.now() - timedelta(days=2)
    return (
        Success.objects.filter(stopped__lt=old),
        Failure.objects.filter(stopped__lt=old),
        OrmQ.objects.filter(lock__lt=old),
    )


def prune_queue() -> int:
    return sum(int(rows.delete()[0]) for rows in due_queue())


def due_sign_ins() -> tuple[QuerySet[Any], ...]:
    """Sessions that are over, and failed sign-ins that no longer count."""
    return Session.objects.filter(expire_date__lt=timezone.now()), staff_sign_in.due()


def purge_sign_ins() -> int:
    return sum(int(rows.delete()[0]) for rows in due_sign_ins())


def purge_consents() -> int:
    """Delete what was kept of erased members, on the last day of their evidence; how many."""
    purged = consent_retention.purge()
    if purged:
        scrubbing.scrub(DEFAULT_DB_ALIAS)
    return purged


def purge_receipts() -> int:
    """Receipts of what was kept of erased members go with it: they say the same; how many.

    Until then they are evidence as well (Art. 7(1), 17(3)(e)), and name nobody.
    """
    purged = Receipt.objects.filter(member__kept_evidence__purged_at__isnull=False)
    rows = list(purged.order_by("pk")[:200])
    for row in rows:
        # The row last: what is interrupted is found again.
        evidence.remove(row.pdf_name)
    if rows:
        with append_only.lifted(Receipt):
            found = Receipt.objects.filter(pk__in=[row.pk for row in rows])
            # An older one names the newer one that superseded it: no order would let both go.
            found.update(superseded_by=None)
            found.delete()
        scrubbing.scrub(DEFAULT_DB_ALIAS)
    return len(rows)


def due_receipts() -> QuerySet[Receipt]:
    """Receipts that `purge_receipts` takes once `purge_consents` is through."""
    kept = consent_retention.due() | KeptEvidence.objects.filter(purged_at__isnull=False)
    return Receipt.objects.filter(member__kept_evidence__in=kept)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of record of ours: what of it is past its time, and what takes some of that away."""

    kind: str
    due: Callable[[], Iterable[QuerySet[Any]]]
    purge: Callable[[], int]

    def count(self) -> int:
        return sum(rows.count() for rows in self.due())

    def purge_all(self) -> int:
        """Batch by batch, each a transaction of its own, until nothing is left; how many."""
        total = 0
        while count := self.purge():
            total += count
        return total


RULES = (
    Rule("correspondence of closed requests", lambda: (due_contacts(),), purge_contacts),
    Rule("e-mails about no request", lambda: (due_mails(),), purge_mails),
    Rule("proofs of identity and authority", lambda: (due_evidence(),), purge_evidence),
    Rule("results of the queue", due_queue, prune_queue),
    # Then their receipts: they go with what they tell of.
    Rule("consent evidence of erased members", lambda: (consent_retention.due(),), purge_consents),
    Rule("receipts of erased members", lambda: (due_receipts(),), purge_receipts),
    Rule("sessions and sign-ins of staff", due_sign_ins, purge_sign_ins),
    Rule("sessions and sign-ins of members", signing_in.due, signing_in.purge),
    Rule("answers to calls of the API", lambda: (remembered.due(),), remembered.purge),
)


def sweep() -> int:
    """One batch of each kind, for the supervisor's round; how many rows."""
    return sum(rule.purge() for rule in RULES)
