from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from consent.enums import Audience, DocumentKind
from seats.models import Member
from seats.querysets import within

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from consent.models import (
        Agreement,
        Certification,
        Document,
        DocumentVersion,
        SubProcessor,
    )
    from seats.models import StaffUser

M = TypeVar("M", bound=models.Model)


class OpenQuerySet(models.QuerySet[M]):
    """Rows about the company itself: whoever works here sees all of them."""

    def visible_to(self, user: StaffUser | AnonymousUser) -> Self:
        return self if user.is_authenticated and user.is_active else self.none()


class OfMemberQuerySet(models.QuerySet[M]):
    """Rows about a person: seen by whoever sees a contract they have a part in."""

    def visible_to(self, user: StaffUser | AnonymousUser) -> Self:
        if user.is_active and user.has_perm("seats.see_every_contract"):
            return self
        return self.filter(member__in=Member.objects.visible_to(user))


class DocumentQuerySet(OpenQuerySet["Document"]):
    def public(self) -> Self:
        """What anyone may read: all but notices that are written for members or administrators."""
        return self.filter(
            ~Q(kind=DocumentKind.DATA_USE_NOTICE) | Q(audience=Audience.PUBLIC),
        )


class VersionQuerySet(OpenQuerySet["DocumentVersion"]):
    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> Self:
        return self.filter(published_at=None)

    def in_force(self, on: date | None = None) -> Self:
        """Published and effective by that day (default: today, UTC); older versions too."""
        return self.published().filter(effective_on__lte=on or timezone.now().date())


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def visible_to(self, user: StaffUser | AnonymousUser) -> Self:
        return self.filter(within(user, "contract__"))

    def signed(self) -> Self:
        return self.filter(signed_on__isnull=False)


class CertificationQuerySet(OpenQuerySet["Certification"]):
    def public(self) -> Self:
        return self.filter(is_public=True)

    def valid(self, on: date | None = None) -> Self:
        day = on or timezone.now().date()
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=day), valid_from__lte=day)


class SubProcessorQuerySet(OpenQuerySet["SubProcessor"]):
    def engaged(self, on: date | None = None) -> Self:
        day = on or timezone.now().date()
        return self.filter(since__lte=day).filter(Q(until=None) | Q(until__gt=day))

    def former(self, on: date | None = None) -> Self:
        return self.filter(until__lte=on or timezone.now().date())
