"""What a request's page shows. Pieces of plain data; the template only lays them out."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.admin.requests import timeline
from compliance.admin.requests.words import follows
from compliance.enums import Action, DecidesAs, ItemState, RequestKind, Status, Work
from compliance.lifecycle import BEFORE_DECISION, BEFORE_START, STAGES
from compliance.models import DataCategory, Hold, PrivacyRequest
from compliance.services import (
    approvals,
    archives,
    choices,
    clock,
    outages,
    preview,
    scopes,
    steps,
    telling,
)
from compliance.services.actors import staff_actor
from compliance.services.evidence import Shows, is_taken
from seats.models import StaffUser

# Where a side status stands on the bar.
STANDS_AT = {
    Status.IDENTITY: Status.RECEIVED,
    Status.WAITING: Status.IN_REVIEW,
    Status.ATTENTION: Status.RUNNING,
}
# The step that carries a request on, where there is one: at most one stands out on a page.
FORWARD = (Action.VERIFY, Action.ANSWER, Action.SUBMIT, Action.APPROVE, Action.RETRY)


def context(request: PrivacyRequest, user: StaffUser) -> dict[str, Any]:
    """Everything the page of `request` says to `user`, who may see it."""
    actor = staff_actor(user)
    choice = choices.of(request, actor=actor)
    reads_notes = user.has_perm("compliance.view_internalnote")
    open_to_me = [step.action for step in choice if not step.why_not]
    return {
        "r": request,
        "seats": seats(request),
        "stages": stages(request),
        "clock": dates(request),
        "scope": scope(request),
        "totals": preview.totals(request) if request.preview else None,
        "fresh": preview.is_fresh(request),
        "steps": [(step, follows(step.action, request.kind)) for step in choice if step.in_season],
        "primary": next((action for action in FORWARD if action in open_to_me), None),
        "out_of_season": [step for step in choice if not step.in_season],
        "given": given(request),
        "missing": missing(request),
        "without_copy": without_copy(request),
        "progress": progress(request),
        "failed": failed(request),
        "waits": waits(request),
        "timeline": timeline.entries(request, with_notes=reads_notes),
        "messages_sent": request.messages.order_by("pk")[: timeline.MOST],
        "related": related(request, user),
        "holds": holds(request),
        "archive": request.archives.live().first(),
        "may_open": archives.may_open(request, actor),
        "receipts": request.receipts.all() if user.has_perm("compliance.view_receipt") else [],
        "evidence": evidence(request, user),
        "shows": Shows.choices,
        "may": may(request, user),
        **timeline.named(request),
    }


def may(request: PrivacyRequest, user: StaffUser) -> dict[str, bool]:
    """What the page offers beside the steps of the lifecycle."""
    handles = user.has_perm("compliance.review_request")
    return {
        "assign": handles and not request.is_closed,
        "reveal": handles and bool(request.contact_email),
        "note": user.has_perm("compliance.add_internalnote") and not request.contact_purged_at,
        "reply": handles and bool(request.contact_email) and not request.contact_purged_at,
        "attach": user.has_perm("compliance.add_evidence") and is_taken(request),
        "look": user.has_perm("compliance.add_evidence"),
        "count": not request.is_closed and handles,
        "hold": user.has_perm("compliance.place_hold"),
    }


def stages(request: PrivacyRequest) -> list[dict[str, Any]]:
    """The bar: what is done, where it stands, what comes; a closed one ends where it closed."""
    way = STAGES[RequestKind(request.kind)]
    status = Status(request.status)
    if status in (Status.REJECTED, Status.CANCELLED, Status.EXPIRED):
        reached = _reached(request, way)
        return [
            *({"state": "done", "label": stage.label} for stage in way[: reached + 1]),
            {"state": "now", "label": status.label},
        ]
    now = way.index(STANDS_AT.get(status, status))
    return [
        {
            "state": "done"
            if place < now or status == Status.COMPLETED
            else "now"
            if place == now
            else "next",
            "label": stage.label,
            "note": status.label if place == now and status != stage else "",
        }
        for place, stage in enumerate(way)
    ]


def _reached(request: PrivacyRequest, way: tuple[Status, ...]) -> int:
    """How far a request came before it was closed, from what its events say."""
    seen = {data.get("status") for data in request.events.values_list("data", flat=True)}
    return max([0, *(place for place, stage in enumerate(way) if stage in seen)])


def dates(request: PrivacyRequest) -> dict[str, Any]:
    received = request.received_at.astimezone(timezone.get_current_timezone()).date()
    span = max((request.due_on - received).days, 1)
    today = clock.today()
    first = clock.first_due(request)
    return {
        "span": span,
        "used": min(max((today - received).days, 0), span),
        "undecided": request.status in BEFORE_DECISION,
        "decide_late": request.status in BEFORE_DECISION and today > request.decide_by,
        "because": request.due_because.get("sentence", ""),
        "pauses": list(request.pauses.order_by("pk")),
        "extension": getattr(request, "extension", None),
        "extendable": not request.is_closed and today <= first,
        "first": first,
    }


def scope(request: PrivacyRequest) -> list[dict[str, Any]]:
    """One row a category, as counted; before a count, only which there are."""
    named = names()
    rows = []
    for slug in request.categories:
        row = {"name": named.get(slug, slug)}
        if counted := request.preview.get(slug):
            row |= {**counted, "goes": counted["found"] - counted["kept"]}
        rows.append(row)
    return rows


def names() -> dict[str, str]:
    """The categories' names in the reader's language."""
    return {row.slug: row.said("name") for row in DataCategory.objects.all()}


def given(request: PrivacyRequest) -> list[dict[str, Any]]:
    rows = list(request.approvals.order_by("pk"))
    names = telling.people(row.actor for row in rows)
    round_ = approvals.round_of(request)
    return [
        {
            "row": row,
            "who": names[row.actor],
            "role": DecidesAs(row.role).label,
            "counts": row.round == round_,
        }
        for row in rows
    ]


def missing(request: PrivacyRequest) -> dict[str, Any] | None:
    """What is still needed, while approvals are asked for: how many, and of whom one must be."""
    if request.status != Status.AWAITING_APPROVAL:
        return None
    need = approvals.need(request)
    return {"people": need.people, "of": approvals.titles(need.roles)}


def without_copy(request: PrivacyRequest) -> PrivacyRequest | None:
    """The copy a deletion waits for in vain, until somebody decides that it goes on without."""
    waits = request.status in BEFORE_START and steps.copy_never_came(request)
    return request.copy_first if waits else None


def progress(request: PrivacyRequest) -> dict[str, Any] | None:
    """Parts done of parts there are, whole and a category; None before anything is planned."""
    done = Count("pk", filter=Q(state__in=(ItemState.DONE, ItemState.HELD)))
    rows = list(
        request.items.order_by("stage", "category", "work")
        .values("stage", "category", "work")
        .annotate(
            done=done,
            parts=Count("pk"),
            failed=Count("pk", filter=Q(state=ItemState.ATTENTION)),
            held=Count("pk", filter=Q(state=ItemState.HELD)),
            found=Sum("found"),
            exported=Sum("exported"),
            erased=Sum("erased"),
            remaining=Sum("remaining"),
        )
    )
    if not rows:
        return None
    named = names()
    for row in rows:
        row["name"] = named.get(row["category"]) or Work(row["work"]).label
        row["state"] = _state(row)
    return {
        "rows": rows,
        "done": sum(row["done"] for row in rows),
        "parts": sum(row["parts"] for row in rows),
    }


def _state(row: dict[str, Any]) -> str:
    if row["failed"]:
        return ItemState.ATTENTION
    if row["done"] < row["parts"]:
        return ItemState.RUNNING if row["done"] else ItemState.PENDING
    return ItemState.HELD if row["held"] else ItemState.DONE


def failed(request: PrivacyRequest) -> list[dict[str, Any]]:
    rows = request.items.filter(state=ItemState.ATTENTION).order_by("stage", "pk")[:20]
    named = names() if rows else {}
    return [{"row": row, "name": named.get(row.category) or row.get_work_display()} for row in rows]


def waits(request: PrivacyRequest) -> list[str]:
    """What the work waits for that is away, in words."""
    away = request.items.filter(state=ItemState.PENDING, error__in=outages.Outage.values)
    return [outages.words(code) for code in sorted(set(away.values_list("error", flat=True)))]


def related(request: PrivacyRequest, user: StaffUser) -> list[tuple[PrivacyRequest, str]]:
    """The copy asked for first, the deletion after it, and what else was asked for the same."""
    seen = PrivacyRequest.objects.visible_to(user).exclude(pk=request.pk)
    found: dict[int, tuple[PrivacyRequest, str]] = {}

    def add(rows: Any, why: str) -> None:
        for row in rows:
            found.setdefault(row.pk, (row, why))

    add(seen.filter(pk=request.copy_first_id), _("The copy asked for first"))
    add(seen.filter(copy_first=request.pk), _("The deletion that waits for this copy"))
    add(seen.filter(pk=request.linked_to_id), _("Asked before, for the same"))
    add(seen.filter(linked_to=request.pk), _("Asked later, for the same"))
    add(seen.open().filter(scopes.overlapping(request))[:10], _("Touches the same data"))
    return list(found.values())


def holds(request: PrivacyRequest) -> list[dict[str, Any]]:
    """Holds in force on the request's data, with the names of the categories they cover."""
    found = Hold.objects.in_force().filter(contract=request.contract_id).select_related("seat")
    if not request.whole_contract:
        found = found.filter(Q(seat=None) | Q(seat=request.seat_id))
    rows = list(found[:20])
    named = names() if rows else {}
    return [{"row": row, "covers": [named.get(s, s) for s in row.categories]} for row in rows]


def evidence(request: PrivacyRequest, user: StaffUser) -> list[dict[str, Any]]:
    if not user.has_perm("compliance.view_evidence"):
        return []
    labels = dict(Shows.choices)
    return [
        {"row": row, "what": labels.get(row.what, row.what)}
        for row in request.evidence.order_by("pk")
    ]


def seats(request: PrivacyRequest) -> int:
    return scopes.seat_count(request) if request.whole_contract else 1
