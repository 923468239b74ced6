"""A request as its requester follows it, by the link they were sent: the link is their proof."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Sum
from django.utils.translation import gettext as _

from compliance.enums import Action, ItemState, RequestKind, Status, Work
from compliance.lifecycle import legal
from compliance.models import Archive, DataCategory, PrivacyRequest, Receipt
from compliance.services import records, requests, scopes, steps
from compliance.services.actors import Actor, member_actor
from compliance.services.errors import NotAllowed, NotFound, Refused

CANCELLING = (Action.CANCEL, Action.ABORT)


class Gone(Refused):
    """The link's time is over: it lives as long as the contact address (design §7)."""

    code = "gone"
    status = 410


class Stage(StrEnum):
    WAITING = "waiting"
    NOW = "now"
    DONE = "done"
    KEPT = "kept"
    STUCK = "stuck"
    NONE = "none"  # contracts of this edition cannot have such data


@dataclass(frozen=True, slots=True)
class Category:
    """How far one category is; `records` were copied or deleted, `kept` stayed on purpose."""

    name: str
    stage: Stage
    records: int = 0
    anonymised: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    categories: list[Category]
    kept: list[tuple[str, int]]  # why, and how many records

    @property
    def applying(self) -> list[Category]:
        return [row for row in self.categories if row.stage != Stage.NONE]

    @property
    def total(self) -> int:
        return len(self.applying)

    @property
    def done(self) -> int:
        return sum(row.stage in (Stage.DONE, Stage.KEPT) for row in self.applying)

    @property
    def anonymised(self) -> int:
        return sum(row.anonymised for row in self.categories)


def find(public_id: str) -> PrivacyRequest:
    """The request behind a link. Raises NotFound, or Gone when the link's time is over."""
    request = (
        PrivacyRequest.objects.select_related(
            "contract", "seat", "requester", "extension", "linked_to"
        )
        .filter(public_id=public_id)
        .first()
    )
    if request is None:
        raise NotFound(_("There is no such page."))
    if request.contact_purged_at:
        raise Gone(_("This page is no longer kept."))
    return request


def cancelling(request: PrivacyRequest) -> Action | None:
    """The step that would end the request now; None when nothing can."""
    kind, status = RequestKind(request.kind), Status(request.status)
    return next((step for step in CANCELLING if legal(step, kind=kind, status=status)), None)


def may_cancel(request: PrivacyRequest) -> bool:
    """Whether whoever holds the link may cancel: a requester of ours, and nobody for a customer."""
    return (
        request.requester is not None
        and cancelling(request) is not None
        and member_actor(request.requester).may("cancel", request)
    )


def waits_for_copy(request: PrivacyRequest) -> bool:
    """Whether it is a deletion that its requester can still let go without the copy."""
    return (
        request.copy_first_id is not None
        and request.copy_waived_at is None
        and legal(Action.WAIVE_COPY, kind=RequestKind(request.kind), status=Status(request.status))
        and not steps.copy_is_settled(request)
    )


def cancel(
    request: PrivacyRequest, *, version: int | None = None, actor: Actor | None = None
) -> PrivacyRequest:
    """Cancel for the requester; a second time changes nothing. Raises what `take` raises.

    `actor` is who brings it: by default the requester, by the link they were sent.
    """
    if request.status == Status.CANCELLED:
        return request
    action = cancelling(request) or Action.CANCEL
    return requests.take(action, request.pk, actor=actor or requester(request), version=version)


def requester(request: PrivacyRequest) -> Actor:
    """As whom the holder of the link acts. Raises NotAllowed when nobody of ours asked."""
    if request.requester is None:
        raise NotAllowed(_("This request was made through us: write to us about it."))
    return member_actor(request.requester)


def progress(request: PrivacyRequest) -> Progress:
    """How far each category asked for is, in the registry's order."""
    work = Work.ERASE if request.kind == RequestKind.DELETION else Work.EXPORT
    items = request.items.filter(work=work)
    states: dict[str, set[str]] = defaultdict(set)
    handled: dict[str, int] = defaultdict(int)
    anonymised: dict[str, int] = defaultdict(int)
    counted = items.order_by().values_list("category", "state")
    for slug, state, exported, erased, masked in counted.annotate(
        Sum("exported"), Sum("erased"), Sum("anonymised")
    ):
        states[slug].add(state)
        handled[slug] += exported + erased
        anonymised[slug] += masked
    kept: dict[str, int] = defaultdict(int)
    grounds: dict[str, int] = defaultdict(int)
    finished = items.exclude(retained={}) if request.is_closed else items.none()
    for slug, retained in finished.values_list("category", "retained"):
        for ground, rows in retained.items():
            kept[slug] += rows
            grounds[ground] += rows
    return Progress(
        [
            Category(
                row.said("name"),
                _stage(states[row.slug], held=_applies(row, request)),
                handled[row.slug],
                anonymised[row.slug],
                kept[row.slug],
            )
            for row in DataCategory.objects.filter(slug__in=request.categories)
        ],
        [(records.why_kept(ground), rows) for ground, rows in sorted(grounds.items()) if rows],
    )


def _applies(category: DataCategory, request: PrivacyRequest) -> bool:
    return scopes.applies(category.slug, request.contract.edition)


def _stage(states: set[str], *, held: bool) -> Stage:
    if not held:
        return Stage.NONE
    if ItemState.ATTENTION in states:
        return Stage.STUCK
    if states and states <= {ItemState.DONE, ItemState.HELD}:
        return Stage.KEPT if ItemState.HELD in states else Stage.DONE
    started = states & {ItemState.RUNNING, ItemState.DONE, ItemState.HELD}
    return Stage.NOW if started else Stage.WAITING


def archive(request: PrivacyRequest) -> Archive | None:
    """The newest copy made for the request, destroyed or not."""
    return request.archives.order_by("-pk").first()


def receipt(request: PrivacyRequest, number: str) -> Receipt:
    """One of the request's documents. Raises NotFound, for another request's too."""
    found = request.receipts.filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no such page."))
    return found
