"""Many requests at once: what is possible is said a request at a time, before and after.

Each is a step of its own, with its own lock and event: one that is refused stops no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from compliance.enums import Action, RequestKind
from compliance.models import PrivacyRequest
from compliance.services import choices, handling, requests
from compliance.services.actors import Actor
from compliance.services.errors import NotAllowed, Refused, Stale
from seats.models import StaffUser
from seats.roles import PERMISSIONS

MOST = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A request, and why not: "" where it can be done, or was."""

    request: PrivacyRequest
    why_not: str


def assignees() -> QuerySet[StaffUser]:
    """Colleagues whose role works on requests; on which contracts is asked for each."""
    roles = [role for role, may in PERMISSIONS.items() if "compliance.review_request" in may]
    people = StaffUser.objects.filter(is_active=True, groups__name__in=roles).distinct()
    return people.order_by("first_name", "last_name", "username")


def assignable(rows: Iterable[PrivacyRequest], *, actor: Actor) -> list[Row]:
    return [Row(row, _why_not_assigned(row, actor)) for row in rows]


def _why_not_assigned(request: PrivacyRequest, actor: Actor) -> str:
    if request.is_closed:
        return _("%(ref)s is closed.") % {"ref": request.reference}
    return "" if actor.may("review", request) else _("Your role does not include this.")


def approvable(rows: Iterable[PrivacyRequest], *, actor: Actor) -> list[Row]:
    return [Row(row, _why_not_approved(row, actor)) for row in rows]


def _why_not_approved(request: PrivacyRequest, actor: Actor) -> str:
    if request.kind == RequestKind.DELETION:
        return _(
            "A deletion is approved alone: on its own page, with what is lost before your eyes."
        )
    return choices.why_not(Action.APPROVE, request, actor=actor)


def assign(rows: Iterable[PrivacyRequest], to: StaffUser | None, *, actor: Actor) -> list[Row]:
    """Give each to somebody, or to nobody; where that person may not work on it, say so."""

    def give(request: PrivacyRequest) -> None:
        handling.assign(request.pk, to, actor=actor)

    return _each(rows, give)


def approve(
    rows: Iterable[PrivacyRequest], versions: Mapping[int, int], *, actor: Actor
) -> list[Row]:
    """Approve each export that stands as it was shown; `versions` says how each stood."""

    def give(request: PrivacyRequest) -> None:
        if request.kind == RequestKind.DELETION:
            raise NotAllowed(_why_not_approved(request, actor))
        if request.pk not in versions:
            raise Stale(_("This request changed since you opened it. Nothing was done."))
        version = versions[request.pk]
        requests.take(Action.APPROVE, request.pk, actor=actor, version=version)

    return _each(rows, give)


def _each(rows: Iterable[PrivacyRequest], do: Callable[[PrivacyRequest], None]) -> list[Row]:
    done = []
    for row in rows:
        try:
            do(row)
        except Refused as refused:
            done.append(Row(row, str(refused)))
        else:
            done.append(Row(row, ""))
    return done
