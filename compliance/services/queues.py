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


NAMES = ("mine", "free", "approval", "decide", "soon", "late", "paused", "failed", "open")


def of(user: StaffUser) -> dict[str, QuerySet[PrivacyRequest]]:
    """Every queue of the open requests that somebody may see."""
    seen: QuerySet[PrivacyRequest] = PrivacyRequest.objects.visible_to(user)
    return {name: narrowed(name, user, seen) for name in NAMES}


def narrowed(
    name: str, user: StaffUser, seen: QuerySet[PrivacyRequest]
) -> QuerySet[PrivacyRequest]:
    """Of the requests somebody may see, those that wait in this queue of theirs."""
    now = timezone.now()
    rows = seen.filter(closed_at=None)
    match name:
        case "mine":
            return rows.filter(assignee=user.pk)
        case "free":
            return rows.filter(assignee=None)
        case "approval":
            return waiting.for_approval_by(user, rows)
        case "decide":
            return rows.filter(decide_by__lte=clock.today(), status__in=OURS)
        case "soon":
            return rows.filter(due_at__gt=now, due_at__lte=now + DUE_SOON)
        case "late":
            return rows.filter(due_at__lte=now)
        case "paused":
            return rows.filter(status__in=PAUSED)
        case "failed":
            return rows.filter(status=Status.ATTENTION)
    return rows


def counts(user: StaffUser) -> dict[str, int]:
    """How many wait in each, up to 100: a hundred is shown as "99+". One query."""
    return counting.counts(user, of(user), MOST_COUNTED)
