"""What a request would hand over or delete, counted in the live product before anybody decides."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.models import Hold, PrivacyRequest
from compliance.services import scopes
from compliance.services.errors import Stale
from compliance.sources.base import Reach, Scope, SeatKey, Source, data_map
from compliance.sources.product import ProductUnavailable, product_snapshot
from seats.models import Contract

FRESH = timedelta(hours=24)


@dataclass(slots=True)
class Counted:
    """Rows and files of one category; `grounds` says why how many of them would be kept."""

    found: int = 0
    applies: bool = False
    grounds: Counter[str] = field(default_factory=Counter)

    @property
    def kept(self) -> int:
        return self.grounds.total()

    @property
    def going(self) -> int:
        return self.found - self.kept


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
        counted = {
            slug: {"found": row.found, "kept": row.kept, "applies": row.applies}
            for slug, row in _count(request).items()
        }
    same = PrivacyRequest.objects.filter(pk=request.pk, categories=request.categories)
    if not same.update(preview=counted, counted_at=now):
        raise Stale(_("More was asked for while this was counted. Count again."))
    request.preview, request.counted_at = counted, now
    return counted


def of(request: PrivacyRequest, *, seconds: float) -> dict[str, Counted]:
    """What a request would find, which need not be filed yet; nothing is kept of it.

    Raises ProductUnavailable also when counting takes longer than about `seconds`: a page waits for
    it.
    """
    with product_snapshot(seconds):
        return _count(request, until=time.monotonic() + seconds)


def _count(request: PrivacyRequest, until: float | None = None) -> dict[str, Counted]:
    counted: dict[str, Counted] = {}
    known = _Known.of(request)
    for source in data_map().sources:
        if source.category not in request.categories:
            continue
        row = counted.setdefault(source.category, Counted())
        if source.editions and request.contract.edition not in source.editions:
            continue
        row.applies = True
        for scope, held in _scopes(source, known, whole_contract=request.whole_contract):
            if until is not None and time.monotonic() > until:
                raise ProductUnavailable("Counting took too long.")
            found = source.count(scope)
            row.found += found
            row.grounds.update({"hold": found} if held else source.retained(scope))
    return counted


@dataclass(frozen=True, slots=True)
class _Known:
    """What every source's scopes are made of, read once."""

    contract: Contract
    keys: dict[int, SeatKey]  # of the request's seats
    all_keys: tuple[SeatKey, ...]  # of the contract's
    holds: list[Hold]

    @classmethod
    def of(cls, request: PrivacyRequest) -> Self:
        contract = request.contract
        return cls(
            contract,
            {seat.pk: scopes.key(seat) for seat in scopes.seats_of(request)},
            scopes.known_keys(contract) if request.whole_contract else (),
            scopes.in_force_on(contract),
        )


def _scopes(source: Source, known: _Known, *, whole_contract: bool) -> list[tuple[Scope, bool]]:
    """The scopes a source is counted in, each with whether a hold keeps all of it."""
    product_id, now = known.contract.product_id, timezone.now()
    holds = scopes.touching(known.holds, source.category)
    held = scopes.covered_by(holds, known.keys)
    free = tuple(key for pk, key in known.keys.items() if pk not in held)
    kept = tuple(key for pk, key in known.keys.items() if pk in held)
    whole = any(hold.seat_id is None for hold in holds)
    found: list[tuple[Scope, bool]] = []
    for reach in source.reaches(whole_contract=whole_contract):
        if reach == Reach.SEATS:
            groups = ((free, False), (kept, True))
            found += [
                (Scope(reach, product_id, seats, now), is_held)
                for seats, is_held in groups
                if seats
            ]
        elif reach == Reach.REST:
            found.append((Scope(reach, product_id, known.all_keys, now), whole))
        else:
            found.append((Scope(reach, product_id, (), now, held=kept), whole))
    return found
