"""What a row of the queue says beside the request's own columns, fetched for a page at once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count, Q
from django.utils.functional import cached_property

from compliance.enums import Action, ItemState, RequestKind, ScopeKind, Status
from compliance.lifecycle import BEFORE_DECISION, approvals_needed
from compliance.models import Approval, Hold, PrivacyRequest, RequestItem
from seats.models import Seat


class Beside:
    """Seats, holds, approvals and progress of a page of requests: four queries at most."""

    def __init__(self, rows: list[PrivacyRequest]) -> None:
        self.rows = rows

    def of(self, row: PrivacyRequest) -> dict[str, Any]:
        whole = row.scope == ScopeKind.CONTRACT
        running = row.status in (Status.RUNNING, Status.ATTENTION)
        return {
            "seats": self.seats.get(row.contract_id, 0) if whole else None,
            "held": self._is_held(row),
            "second": row.status == Status.AWAITING_APPROVAL and self._lacks_one(row),
            "undecided": row.status in BEFORE_DECISION,
            "done": self.progress.get(row.pk) if running else None,
        }

    def _is_held(self, row: PrivacyRequest) -> bool:
        on = self.holds.get(row.contract_id, set())
        return bool(on) if row.seat_id is None else bool(on & {None, row.seat_id})

    def _lacks_one(self, row: PrivacyRequest) -> bool:
        needed = approvals_needed(RequestKind(row.kind), whole_contract=row.whole_contract)
        return needed == self.given.get(row.pk, 0) + 1 > 1

    @cached_property
    def seats(self) -> dict[int, int]:
        whole = {row.contract_id for row in self.rows if row.scope == ScopeKind.CONTRACT}
        if not whole:
            return {}
        counted = Seat.objects.present().filter(contract__in=whole).order_by().values("contract")
        return dict(counted.annotate(n=Count("pk")).values_list("contract", "n"))

    @cached_property
    def holds(self) -> dict[int, set[int | None]]:
        found: dict[int, set[int | None]] = {}
        contracts = {row.contract_id for row in self.rows}
        on = Hold.objects.in_force().filter(contract__in=contracts).order_by()
        for contract, seat in on.values_list("contract", "seat").distinct():
            found.setdefault(contract, set()).add(seat)
        return found

    @cached_property
    def given(self) -> Counter[int]:
        """Request → approvals of the present round, counted as `services.approvals` does."""
        waiting = [row.pk for row in self.rows if row.status == Status.AWAITING_APPROVAL]
        rounds = Approval.objects.filter(request__in=waiting).annotate(
            sent_on=_events(Action.SUBMIT), stopped=_events(Action.STOP)
        )
        return Counter(
            request
            for request, round_, sent_on, stopped in rounds.values_list(
                "request", "round", "sent_on", "stopped"
            )
            if round_ == max(sent_on, 1) + stopped
        )

    @cached_property
    def progress(self) -> dict[int, tuple[int, int]]:
        """Request → items done, items there are."""
        rows = RequestItem.objects.filter(request__in=[row.pk for row in self.rows]).order_by()
        done = Count("pk", filter=Q(state__in=(ItemState.DONE, ItemState.HELD)))
        counted = rows.values("request").annotate(n=done, of=Count("pk"))
        return {request: (n, of) for request, n, of in counted.values_list("request", "n", "of")}


def _events(action: Action) -> Count:
    return Count("request__events", filter=Q(request__events__action=action), distinct=True)
