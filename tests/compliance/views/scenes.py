"""Requests as a requester may find them, in every state they can be in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from compliance.enums import Action, ItemState, RequestKind, Status
from compliance.lifecycle import MOVES
from compliance.models import Extension, Message, PrivacyRequest, Remark
from compliance.services import events, receipts
from compliance.services.actors import SYSTEM
from tests import factories

CATEGORIES = ["notes", "saved-accounts", "saved-leads", "crm-sync", "usage-reporting"]
STATES = [
    (kind, status)
    for kind in RequestKind
    for status in Status
    if any(kind in move.kinds and status in move.sources for move in MOVES.values())
    or status in (Status.REJECTED, Status.CANCELLED, Status.EXPIRED)
    or status == Status.COMPLETED
]
STATES = [state for state in STATES if state != (RequestKind.EXPORT, Status.COOLING_OFF)]
TEXT = "We have many requests at once, and yours is large.\n\nPlease bear with us."


def make(
    kind: RequestKind, status: Status, *, printed: bool = False, **fields: Any
) -> PrivacyRequest:
    """A request with all that its page can show: documents, items, messages, what was written.

    Its acknowledgement is a row without a file, unless it is to be `printed`, which takes a while.
    """
    contract = factories.make_contract(customer="Brennan Freight GmbH")
    request = factories.make_request(
        kind,
        status,
        **{
            "seat": factories.make_seat(contract),
            "categories": CATEGORIES,
            "refusal": "claims" if status == Status.REJECTED else "",
            "verified_by": "" if status == Status.RECEIVED else "staff:aoife",
            **fields,
        },
    )
    for action in (Action.VERIFY, *_written(status)):
        event = events.record(request, action, actor=SYSTEM)
        if MOVES[action].needs_reason:
            Remark.objects.create(event=event, text=TEXT, salt="0")
    if printed:
        receipts.acknowledgement(request)
    else:
        _make_receipt(request)
    Message.objects.create(request=request, author_kind="member", author="M-1", text="Is it large?")
    Message.objects.create(request=request, author_kind="staff", author="aoife", text="Not very.")
    if request.approved_at:
        request.approvals.create(actor="staff:ana", role="representative")
    if request.started_at:
        _items(request)
    if (kind, status) == (RequestKind.EXPORT, Status.COMPLETED):
        make_archive(request)
    return request


def _written(status: Status) -> list[Action]:
    return {
        Status.IDENTITY: [Action.ASK_IDENTITY],
        Status.WAITING: [Action.ASK],
        Status.REJECTED: [Action.REFUSE],
    }.get(status, [])


def extend(request: PrivacyRequest) -> None:
    Extension.objects.create(request=request, until=request.due_on)
    event = events.record(request, Action.EXTEND, actor=SYSTEM)
    Remark.objects.create(event=event, text=TEXT, salt="1")


def make_archive(request: PrivacyRequest, **fields: Any) -> None:
    request.archives.create(
        **{
            "object_name": f"archives/{request.pk}.zip",
            "size": 1_234_567,
            "sha256": "ab" * 32,
            "expires_at": timezone.now() + timedelta(days=7),
            **fields,
        }
    )


def _make_receipt(request: PrivacyRequest) -> None:
    request.receipts.create(
        kind="acknowledgement",
        number=f"RC-2026-{request.pk:06d}",
        code=f"{request.reference}-{request.pk}",
        language=request.language,
        issued_at=timezone.now(),
        record=b"{}",
        record_sha256="0" * 64,
        record_signature=b"",
        pdf_name="receipts/none.pdf",
        pdf_size=85_000,
        pdf_sha256="1" * 64,
        pdf_signature=b"",
        key_id="s-test",
    )


def _items(request: PrivacyRequest) -> None:
    """Of the five categories two are done, one runs, one waits, one does not apply or is kept."""
    done = request.status == Status.COMPLETED
    deletion = request.kind == RequestKind.DELETION
    stuck = ItemState.ATTENTION if request.status == Status.ATTENTION else ItemState.RUNNING
    states = [ItemState.DONE, ItemState.DONE, stuck, ItemState.PENDING]
    for place, (slug, state) in enumerate(zip(CATEGORIES, states, strict=False)):
        finished = done or state == ItemState.DONE
        counts: dict[str, Any] = {}
        if finished and deletion:
            counts = {"found": 1204, "erased": 1204 - place, "remaining": 0}
            counts["retained"] = {"hold": place} if place else {}
        elif finished:
            counts = {"found": 1204, "exported": 1204}
        factories.make_item(
            request,
            category=slug,
            resource=slug,
            state=ItemState.DONE if finished else state,
            **counts,
        )
