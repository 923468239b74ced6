"""What we keep ourselves, and for how long: nothing without a reason, nothing past it."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Max, Q
from django.utils import timezone
from django_q.models import Failure, OrmQ, Success

from compliance import personal_data
from compliance.enums import MailState
from compliance.models import EmailMessage, Evidence, PrivacyRequest, Receipt
from compliance.services import objects, remembered, scrubbing
from consent.services import retention as consent_retention
from seats import append_only, evidence
from seats.services import signing_in, staff_sign_in

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


def purge_mails() -> int:
    """Empty mails about no request 30 days after they went out, or never would; how many."""
    limit = timezone.now() - CONTACT
    old = (
        EmailMessage.objects.filter(request=None)
        .exclude(state=MailState.WAITING)
        .exclude(to="", context={})
        .filter(Q(sent_at__lt=limit) | Q(sent_at=None, queued_at__lt=limit))
    )
    pks = list(old.values_list("pk", flat=True)[:500])
    emptied = personal_data.empty_mails(EmailMessage.objects.filter(pk__in=pks))
    if emptied:
        scrubbing.scrub(DEFAULT_DB_ALIAS)
    return emptied


def purge_evidence() -> int:
    """Destroy what proved identity or authority once it is decided (Art. 5(1)(c)); how many."""
    decided = Q(request__approved_at__isnull=False) | Q(request__closed_at__isnull=False)
    rows = list(Evidence.objects.filter(decided, purged_at=None).select_related("key")[:200])
    for row in rows:
        # The row last: what is interrupted is found again.
        objects.destroy(row.object_name, row.key)
        Evidence.objects.filter(pk=row.pk).update(
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


def purge_sign_ins() -> int:
    """Sessions that are over, and failed sign-ins that no longer count."""
    over = Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
    return over + staff_sign_in.purge()


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


def sweep() -> int:
    jobs = (
        purge_contacts,
        purge_mails,
        purge_evidence,
        prune_queue,
        purge_consents,
        purge_receipts,
        purge_sign_ins,
        signing_in.purge,
        remembered.purge,
    )
    return sum(job() for job in jobs)
