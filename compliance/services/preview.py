"""What a request would hand over or delete, counted in the live product before anybody decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.models import PrivacyRequest
from compliance.services import scopes
from compliance.services.errors import Stale
from compliance.sources.base import Reach, Scope, Source, data_map
from compliance.sources.product import product_snapshot

FRESH = timedelta(hours=24)


def is_fresh(request: PrivacyRequest) -> bool:
    return request.counted_at is not None and timezone.now() - request.counted_at < FRESH


def totals(request: PrivacyRequest) -> dict[str, int]:
    """What the approver saw, in rows and files: found, kept and going."""
    rows = request.preview.values()
    found, kept = (sum(row[name] for row in rows) for name in ("found", "kept"))
    return {"found": found, "kept": kept, "going": found - kept}


def refresh(request: PrivacyRequest) -> dict[str, dict[str, Any]]:
    """Count anew and keep it on the request: category → found, kept, applies (rows and files).

    Reads the product only; raises ProductUnavailable when it cannot, Stale when the request was
    widened meanwhile.
    """
    now = timezone.now()
    with product_snapshot():
        counted = _count(request)
    same = PrivacyRequest.objects.filter(pk=request.pk, categories=request.categories)
    if not same.update(preview=counted, counted_at=now):
        raise Stale(_("More was asked for while this was counted. Count again."))
    request.preview, request.counted_at = counted, now
    return counted


def _count(request: PrivacyRequest) -> dict[str, dict[str, Any]]:
    counted: dict[str, dict[str, Any]] = {}
    for source in data_map().sources:
        if source.category not in request.categories:
            continue
        row = counted.setdefault(source.category, {"found": 0, "kept": 0, "applies": False})
        if source.editions and request.contract.edition not in source.editions:
            continue
        row["applies"] = True
        for scope, held in _scopes(request, source):
            found = source.count(scope)
            row["found"] += found
            row["kept"] += found if held else sum(source.retained(scope).values())
    return counted


def _scopes(request: PrivacyRequest, source: Source) -> list[tuple[Scope, bool]]:
    """The scopes a source is counted in, each with whether a hold keeps all of it."""
    contract, now = request.contract, timezone.now()
    keys = {seat.pk: scopes.key(seat) for seat in scopes.seats_of(request)}
    held = scopes.held_seats(contract, source.category, keys)
    free = tuple(key for pk, key in keys.items() if pk not in held)
    kept = tuple(key for pk, key in keys.items() if pk in held)
    whole = bool(scopes.whole_contract_hold(contract, source.category))
    found: list[tuple[Scope, bool]] = []
    for reach in source.reaches(whole_contract=request.whole_contract):
        if reach == Reach.SEATS:
            groups = ((free, False), (kept, True))
            found += [
                (Scope(reach, contract.product_id, seats, now), is_held)
                for seats, is_held in groups
                if seats
            ]
        elif reach == Reach.REST:
            known = scopes.known_keys(contract)
            found.append((Scope(reach, contract.product_id, known, now), whole))
        else:
            found.append((Scope(reach, contract.product_id, (), now, held=kept), whole))
    return found
