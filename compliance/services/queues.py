"""The queues that requests wait in, and which of them wait for whom."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from compliance.enums import Status
from compliance.lifecycle import BEFORE_DECISION
from compliance.models import PrivacyRequest
from compliance.services import clock, counting, waiting
from seats.models import StaffUser

DUE_SOON = timedelta(days=3)
MOST_COUNTED = 99
PAUSED = (Status.WAITING, Status.IDENTITY)
# Whose answer a request waits for decides; a question to the requester is not ours to decide.
OURS = BEFORE_DECISION - set(PAUSED)


def of(user: StaffUser) -> dict[str, QuerySet[PrivacyRequest]]:
    """Every queue of the open requests that somebody may see, the most urgent question first."""
    now = timezone.now()
    rows: QuerySet[PrivacyRequest] = PrivacyRequest.objects.visible_to(user).open()
    return {
        "mine": rows.filter(assignee=user.pk),
        "free": rows.filter(assignee=None),
        "approval": waiting.for_approval_by(user, rows),
        "decide": rows.filter(decide_by__lte=clock.today(), status__in=OURS),
        "soon": rows.filter(due_at__gt=now, due_at__lte=now + DUE_SOON),
        "late": rows.filter(due_at__lte=now),
        "paused": rows.filter(status__in=PAUSED),
        "failed": rows.filter(status=Status.ATTENTION),
        "open": rows,
    }


def counts(user: StaffUser) -> dict[str, int]:
    """How many wait in each, up to 100: a hundred is shown as "99+". One query."""
    return counting.counts(user, of(user), MOST_COUNTED)
