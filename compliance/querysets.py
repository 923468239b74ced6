from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from compliance.enums import ItemState, MailState, RequestKind, Status
from compliance.lifecycle import CLOSED
from seats.models import Member
from seats.querysets import within

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from compliance.models import (
        Archive,
        EmailMessage,
        Hold,
        PrivacyRequest,
        Receipt,
        RequestItem,
    )
    from seats.models import StaffUser


M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(models.QuerySet[M]):
    """Rows that belong to a request: seen by whoever may see the request's contract."""

    path = "request__contract__"

    def visible_to(self, user: StaffUser | AnonymousUser) -> Self:
        return self.filter(within(user, self.path))


class RequestQuerySet(ScopedQuerySet["PrivacyRequest"]):
    path = "contract__"

    def open(self) -> Self:
        # As the constraint "closed iff terminal" says; so the indexes of open requests serve it.
        return self.filter(closed_at=None)

    def closed(self) -> Self:
        return self.filter(status__in=CLOSED)

    def overdue(self, at: datetime | None = None) -> Self:
        return self.open().filter(due_at__lte=at or timezone.now())

    def due_within(self, days: int, at: datetime | None = None) -> Self:
        at = at or timezone.now()
        return self.open().filter(due_at__gt=at, due_at__lte=at + timedelta(days=days))

    def undecided_by(self, day: date) -> Self:
        return self.filter(
            decide_by__lte=day,
            status__in=(Status.RECEIVED, Status.IN_REVIEW, Status.AWAITING_APPROVAL),
        )

    def ready_to_start(self, at: datetime | None = None) -> Self:
        """Approved exports, and deletions whose cooling-off is over."""
        at = at or timezone.now()
        return self.filter(
            Q(status=Status.APPROVED, kind=RequestKind.EXPORT)
            | Q(status=Status.COOLING_OFF, cooling_off_until__lte=at)
        )


class ItemQuerySet(ScopedQuerySet["RequestItem"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=(ItemState.PENDING, ItemState.RUNNING))

    def free(self) -> Self:
        """Not held by a worker whose lease still runs, by the database's own clock."""
        return self.unfinished().filter(
            Q(lease_until=None) | Q(lease_until__lt=Now()),
            Q(not_before=None) | Q(not_before__lte=Now()),
        )


class HoldQuerySet(models.QuerySet["Hold"]):
    def visible_to(self, user: StaffUser | AnonymousUser) -> Self:
        return self.filter(within(user, "contract__"))

    def in_force(self) -> Self:
        return self.filter(lifted_at=None)


class OfRequestOrMemberQuerySet(ScopedQuerySet[M]):
    """Rows about a request, or about none: then seen by whoever may see the member."""

    def visible_to(self, user: StaffUser | AnonymousUser) -> Self:
        if user.has_perm("seats.see_every_contract"):
            return super().visible_to(user)
        members = Member.objects.visible_to(user).values("pk")
        return self.filter(within(user, self.path) | Q(request=None, member__in=members))


class ReceiptQuerySet(OfRequestOrMemberQuerySet["Receipt"]):
    def current(self) -> Self:
        return self.filter(superseded_by=None)


class ArchiveQuerySet(ScopedQuerySet["Archive"]):
    def live(self) -> Self:
        return self.filter(destroyed_at=None)

    def expired(self, at: datetime | None = None) -> Self:
        return self.live().filter(expires_at__lte=at or timezone.now())


class MailQuerySet(OfRequestOrMemberQuerySet["EmailMessage"]):
    def due(self, at: datetime | None = None) -> Self:
        return self.filter(state=MailState.WAITING, next_try_at__lte=at or timezone.now())
