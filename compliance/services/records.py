"""The facts documents state, in the shapes of `compliance.pdf.records`: numbers, codes, counts."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance import pdf
from compliance.enums import Channel, RequestKind, Work
from compliance.models import DataCategory, PrivacyRequest, RequestItem
from compliance.services import approvals, clock, scopes
from compliance.sources.base import data_map
from consent import personal_data as consent_data
from seats.models import Member

PROOF_YEARS = 3  # how long receipts and chains are kept: the usual limitation period


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def head(*, number: str, language: str, reference: str = "") -> dict[str, Any]:
    """What every record begins with; `reference` is the request's, if it is about one."""
    code = f"{reference}-{pdf.new_code()}" if reference else pdf.new_code()
    return {
        "schema": pdf.SCHEMA,
        "number": number,
        "reference": reference,
        "code": code,
        "url": f"{settings.BASE_URL}/v/{code}",
        "issued_at": utc(timezone.now()),
        "language": language,
        "time_zone": settings.CONTROLLER["time_zone"],
        "controller": {
            name: settings.CONTROLLER[name]
            for name in ("name", "address", "email", "phone", "dpo", "authority")
        },
    }


def asked(request: PrivacyRequest) -> dict[str, Any]:
    return {
        "kind": request.kind,
        "scope": request.scope,
        "contract": request.contract.number,
        "seat": request.seat.number if request.seat else "",
        "seats": request.seats_approved or scopes.seat_count(request) or 1,
        "capacity": request.capacity,
        "channel": request.channel,
        "received_at": utc(request.received_at),
    }


def registry(request: PrivacyRequest) -> list[DataCategory]:
    return [row for row in DataCategory.objects.all() if row.slug in request.categories]


def acknowledgement(request: PrivacyRequest, context: dict[str, Any]) -> dict[str, Any]:
    span = clock.cooling_off(request.kind, whole_contract=request.whole_contract)
    deletion = request.kind == RequestKind.DELETION
    return {
        "request": asked(request),
        "identity": "session" if request.channel == Channel.SELF_SERVICE else _identity(request),
        "answer_by": request.due_on.isoformat(),
        "decide_by": request.decide_by.isoformat(),
        "cooling_off_hours": int(span / timedelta(hours=1)) if deletion else None,
        "customer_decides": approvals.administrator_decides(request),
        "categories": [_asked_category(request, row) for row in registry(request)],
    }


def _identity(request: PrivacyRequest) -> str:
    return "checked" if request.verified_by else "needed"


def _asked_category(request: PrivacyRequest, row: DataCategory) -> dict[str, Any]:
    handling = "deletion" if request.kind == RequestKind.DELETION else row.export
    if not scopes.applies(row.slug, request.contract.edition):
        handling = "not applicable"
    return {
        "slug": row.slug,
        "name": row.said("name"),
        "handling": handling,
        "expected": None,
    }


def decision(request: PrivacyRequest, context: dict[str, Any]) -> dict[str, Any]:
    verdict = {"approval": "approved", "refusal": "refused", "extension": "extended"}[
        context["decision"]
    ]
    until = request.cooling_off_until if verdict == "approved" else None
    reason = {"refused": context.get("ground", ""), "extended": "complexity"}.get(verdict, "")
    return {
        "request": asked(request),
        "decision": verdict,
        "decided_by": _decided_by(request, verdict),
        "decided_at": utc(_decided_at(request, verdict)),
        "ground": {"code": reason, "reason": context.get("reason", "")} if reason else None,
        "answer_by": clock.first_due(request).isoformat(),
        "extended_to": request.due_on.isoformat() if verdict == "extended" else None,
        "cooling_off_until": utc(until) if until else None,
        "categories": [],
    }


def _decided_by(request: PrivacyRequest, verdict: str) -> list[str]:
    if verdict == "approved":
        return [approval.role for approval in approvals.current(request)]
    return ["compliance"]


def _decided_at(request: PrivacyRequest, verdict: str) -> datetime:
    action = {"approved": "approve", "refused": "refuse", "extended": "extend"}[verdict]
    event = request.events.filter(action=action).order_by("-sequence").first()
    return event.at if event else timezone.now()


def export_receipt(request: PrivacyRequest, context: dict[str, Any]) -> dict[str, Any]:
    archive = request.archives.live().get()
    counts: dict[str, int] = defaultdict(int)
    for item in request.items.filter(work=Work.EXPORT):
        counts[item.category] += item.exported
    return {
        "request": asked(request),
        "cutoff_at": utc(request.cutoff_at or timezone.now()),
        "covers_from": None,
        "expires_at": utc(archive.expires_at),
        "files": [
            {"name": f"{request.reference}.zip", "size": archive.size, "sha256": archive.sha256}
        ],
        "categories": [
            _copied(request, row, counts[row.slug]) for row in DataCategory.objects.all()
        ],
    }


def _copied(request: PrivacyRequest, row: DataCategory, records: int) -> dict[str, Any]:
    shapes = {source.shape for source in data_map().for_category(row.slug)}
    state, form = "included", request.format.upper() if "rows" in shapes else ""
    if "files" in shapes:
        form = f"{form}, {_('files')}" if form else _("files")
    if not scopes.applies(row.slug, request.contract.edition):
        state = "not applicable"
    elif row.slug not in request.categories:
        state = "on request"
    return {
        "slug": row.slug,
        "name": row.said("name"),
        "state": state,
        "records": records,
        "format": form if state == "included" and records else "",
        "note": "",
    }


def deletion_certificate(request: PrivacyRequest, context: dict[str, Any]) -> dict[str, Any]:
    items = list(request.items.filter(work=Work.ERASE).order_by("stage", "part"))
    # Nothing to erase: an earlier request has seen to it, and this one waited for that.
    began = request.started_at or timezone.now()
    finished = max((item.finished_at for item in items if item.finished_at), default=began)
    recounted = max((item.recounted_at for item in items if item.recounted_at), default=finished)
    last = request.events.latest("sequence")
    today = clock.today()
    return {
        "request": asked(request),
        "cutoff_at": utc(request.cutoff_at or timezone.now()),
        "approvals": [
            {"role": approval.role, "at": utc(approval.at)}
            for approval in approvals.current(request)
        ],
        "cooling_off_until": utc(request.cooling_off_until) if request.cooling_off_until else None,
        "started_at": utc(began),
        "finished_at": utc(finished),
        "recount": {
            "at": utc(recounted),
            "remaining": sum(item.remaining or 0 for item in items),
        },
        "categories": [
            _deleted(row, [item for item in items if item.category == row.slug], request)
            for row in registry(request)
        ],
        "history_removed": 0,
        "told": [],
        "backups_until": (today + timedelta(days=settings.BACKUP_DAYS)).isoformat(),
        "evidence": _evidence_kept(request),
        "proof_until": date(today.year + PROOF_YEARS, 12, 31).isoformat(),
        "audit": {"event": last.sequence, "digest": last.digest},
    }


def _deleted(
    row: DataCategory, items: list[RequestItem], request: PrivacyRequest
) -> dict[str, Any]:
    kept: dict[str, int] = defaultdict(int)
    until: dict[str, str] = {}
    for item in items:
        for ground, rows in item.retained.items():
            kept[ground] += rows
        for ground, day in item.retained_until.items():
            until[ground] = max(day, until.get(ground, ""))
    return {
        "slug": row.slug,
        "name": row.said("name"),
        "applies": scopes.applies(row.slug, request.contract.edition),
        "found": sum(item.found or 0 for item in items),
        "deleted": sum(item.erased for item in items),
        "anonymised": sum(item.anonymised for item in items),
        "kept": [
            {
                "records": rows,
                "ground": ground,
                "text": why_kept(ground),
                "until": until.get(ground),
            }
            for ground, rows in sorted(kept.items())
        ],
        "later": sum(item.later for item in items),
    }


def _evidence_kept(request: PrivacyRequest) -> dict[str, Any] | None:
    """What proves what the person was told and chose, where they went with their last seat."""
    seat = request.seat
    # As it is now: the person may have been erased a moment ago, in this transaction.
    erased = seat and Member.objects.filter(pk=seat.member_id, erased_at__isnull=False).first()
    kept = consent_data.kept(erased) if erased else None
    if kept is None:
        return None
    return {
        "records": kept.records,
        "ground": str(kept.ground),
        "text": str(kept.ground.label),
        "until": kept.until.isoformat(),
    }


def why_kept(ground: str) -> str:
    """The sentence for a ground of retention, ours or the data map's."""
    if ground == "hold":
        return _("A legal hold keeps it (Art. 17(3)(e)); it is deleted when the hold ends")
    return str(data_map().grounds.get(ground, ground))
