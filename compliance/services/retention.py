"""What we keep ourselves, and for how long: nothing without a reason, nothing past it."""

from __future__ import annotations

from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Max, Q
from django.utils import timezone
from django_q.models import Failure, OrmQ, Success

from compliance import personal_data
from compliance.enums import MailState
from compliance.models import Evidence, PrivacyRequest
from compliance.services import objects, remembered, scrubbing
from consent.services import retention as consent_retention

CONTACT = timedelta(days=30)  # after the last notice was delivered


def purge_contacts() -> int:
    """Erase contact, letters and remarks of requests closed and told 30 days ago; how many."""
    limit = timezone.now() - CONTACT
    told = (
        PrivacyRequest.objects.closed()
        .filter(contact_purged_at=None, closed_at__lt=limit)
        .exclude(mails__state=MailState.WAITING)
        .annotate(last_told=Max("mails__sent_at"))
        .filter(Q(last_told=None) | Q(last_told__lt=limit))
    )
    pks = list(told.values_list("pk", flat=True)[:500])
    erased = personal_data.erase_correspondence(PrivacyRequest.objects.filter(pk__in=pks))
    if erased:
        scrubbing.scrub(DEFAULT_DB_ALIAS)
    return erased


def purge_evidence() -> int:
    """Destroy what proved identity or authority once it is decided (Art. 5(1)(c)); how many."""
    decided = Q(request__approved_at__isnull=False) | Q(request__closed_at__isnull=False)
    rows = list(Evidence.objects.filter(decided, purged_at=None).select_related("key")[:200])
    for evidence in rows:
        # The row last: what is interrupted is found again.
        objects.destroy(evidence.object_name, evidence.key)
        Evidence.objects.filter(pk=evidence.pk).update(
            object_name="", key=None, purged_at=timezone.now()
        )
    return len(rows)


def prune_queue() -> int:
    """The queue's own results say nothing that our rows do not say better."""
    old = timezone.now() - timedelta(days=2)
    count = 0
    for model in (Success, Failure):
        count += model.objects.filter(stopped__lt=old).delete()[0]
    return int(count + OrmQ.objects.filter(lock__lt=old).delete()[0])


def purge_consents() -> int:
    """Delete what was kept of erased members, on the last day of their evidence; how many."""
    purged = consent_retention.purge()
    if purged:
        scrubbing.scrub(DEFAULT_DB_ALIAS)
    return purged


def sweep() -> int:
    return (
        purge_contacts() + purge_evidence() + prune_queue() + purge_consents() + remembered.purge()
    )
