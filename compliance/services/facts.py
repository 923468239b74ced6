"""A request as plain data: for the command line, and for who connects their own tools."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.storage import storages

from compliance.models import Archive, PrivacyRequest, RequestEvent, RequestItem


def of(request: PrivacyRequest) -> dict[str, Any]:
    """Status, dates (ISO 8601, UTC), items with counts, files, receipts and events."""
    return {
        "reference": request.reference,
        "kind": request.kind,
        "scope": request.scope,
        "contract": request.contract.number,
        "seat": request.seat.number if request.seat else None,
        "status": request.status,
        "categories": request.categories,
        "received_at": _iso(request.received_at),
        "due": request.due_on.isoformat(),
        "decide_by": request.decide_by.isoformat(),
        "approved_at": _iso(request.approved_at),
        "cutoff_at": _iso(request.cutoff_at),
        "cooling_off_until": _iso(request.cooling_off_until),
        "started_at": _iso(request.started_at),
        "closed_at": _iso(request.closed_at),
        "counted": request.preview,
        "approvals": [
            {"actor": row.actor, "role": row.role, "at": _iso(row.at)}
            for row in request.approvals.order_by("pk")
        ],
        "items": [_item(item) for item in request.items.order_by("stage", "resource", "part")],
        "files": [_file(request, archive) for archive in request.archives.live()],
        "receipts": receipts(request),
        "events": [_event(event) for event in request.events.order_by("sequence")],
    }


def _item(item: RequestItem) -> dict[str, Any]:
    return {
        "category": item.category,
        "resource": item.resource or str(item.work),
        "part": item.part,
        "work": str(item.work),
        "state": str(item.state),
        "attempts": item.attempts,
        "error": item.error,
        "found": item.found,
        "exported": item.exported,
        "erased": item.erased,
        "anonymised": item.anonymised,
        "retained": item.retained,
        "remaining": item.remaining,
        "later": item.later,
    }


def _file(request: PrivacyRequest, archive: Archive) -> dict[str, Any]:
    return {
        "name": f"{request.reference}.zip",
        "size": archive.size,
        "sha256": archive.sha256,
        "expires_at": _iso(archive.expires_at),
        "opened": archive.opened,
    }


def _event(event: RequestEvent) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "at": _iso(event.at),
        "action": event.action,
        "actor": event.actor,
        "data": event.data,
        "digest": event.digest,
    }


def receipts(request: PrivacyRequest) -> list[dict[str, Any]]:
    return [
        {
            "number": receipt.number,
            "kind": receipt.kind,
            "code": receipt.code,
            "issued_at": _iso(receipt.issued_at),
            "sha256": receipt.pdf_sha256,
            "path": path_of(receipt.pdf_name),
        }
        for receipt in request.receipts.all()
    ]


def path_of(name: str) -> str:
    """Where the file can be opened: a path, or its name on a storage that has none."""
    try:
        return str(Path(storages["evidence"].path(name)))
    except NotImplementedError:
        return name


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
