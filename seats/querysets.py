from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from seats.models import Administration, Contract, Member, Seat, StaffUser


def within(user: StaffUser | AnonymousUser, path: str = "") -> Q:
    """Rows whose contract `user` may see; `path` leads from the row to its contract ("seat__")."""
    if not user.is_authenticated or not user.is_active:
        return Q(pk__in=())
    if user.has_perm("seats.see_every_contract"):
        return Q()
    return Q(**{f"{path}representative": user}) | Q(**{f"{path}deputy": user})


class ContractQuerySet(models.QuerySet["Contract"]):
    def visible_to(self, user: StaffUser | AnonymousUser) -> Self:
        return self.filter(within(user))


class SeatQuerySet(models.QuerySet["Seat"]):
    def visible_to(self, user: StaffUser | AnonymousUser) -> Self:
        return self.filter(within(user, "contract__"))

    def present(self) -> Self:
        """Seats whose data was not erased, whoever holds them or held them last."""
        return self.filter(erased_at=None)


class MemberQuerySet(models.QuerySet["Member"]):
    def of_address(self, address: str) -> Self:
        return self.alias(lower=Lower("email")).filter(lower=address.lower())

    def visible_to(self, user: StaffUser | AnonymousUser) -> Self:
        if user.has_perm("seats.see_every_contract"):
            return self
        return self.filter(
            within(user, "seats__contract__") | within(user, "administrations__contract__")
        ).distinct()


class AdministrationQuerySet(models.QuerySet["Administration"]):
    def visible_to(self, user: StaffUser | AnonymousUser) -> Self:
        return self.filter(within(user, "contract__"))

    def in_force(self, at: datetime | None = None) -> Self:
        at = at or timezone.now()
        return self.filter(since__lte=at).filter(Q(until=None) | Q(until__gt=at))
