"""The list of requests as a queue: what must be decided first stands first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from compliance.admin.requests import searching
from compliance.enums import Action, ItemState, RequestKind, ScopeKind, Status
from compliance.lifecycle import BEFORE_DECISION, OPEN, approvals_needed
from compliance.models import Approval, Hold, PrivacyRequest, RequestItem
from seats.models import Seat

DUE_SOON = timedelta(days=3)
PAUSED = (Status.WAITING, Status.IDENTITY)
TABS = {
    "open": _("Open"),
    "mine": _("Mine"),
    "free": _("Unassigned"),
    "approval": _("To approve"),
    "soon": _("Due soon"),
    "late": _("Overdue"),
    "paused": _("Paused"),
    "failed": _("Failed"),
    "closed": _("Closed"),
    "all": _("All"),
}


def tab_conditions(user: Any) -> dict[str, Q]:
    """Which of the open requests each queue shows."""
    now = timezone.now()
    return {
        "open": Q(),
        "mine": Q(assignee=user.pk),
        "free": Q(assignee=None),
        "approval": Q(status=Status.AWAITING_APPROVAL),
        "soon": Q(due_at__gt=now, due_at__lte=now + DUE_SOON),
        "late": Q(due_at__lte=now),
        "paused": Q(status__in=PAUSED),
        "failed": Q(status=Status.ATTENTION),
    }


def is_over(params: Mapping[str, str]) -> bool:
    """Whether the tab asked for shows what is over too."""
    return params.get(Tabs.parameter_name) in ("closed", "all")


class Tabs(admin.SimpleListFilter):
    """The queues, drawn as tabs: the open requests unless another is chosen."""

    title = _("queue")
    parameter_name = "tab"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        rows = model_admin.get_queryset(request).filter(status__in=OPEN).order_by()
        conditions = tab_conditions(request.user)
        self.counts = rows.aggregate(
            **{slug: Count("pk", filter=wanted) for slug, wanted in conditions.items()}
        )
        return list(TABS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = self.value() if self.value() in TABS else "open"
        if chosen == "all":
            return queryset
        if chosen == "closed":
            return queryset.closed()
        return queryset.filter(tab_conditions(request.user)[chosen], status__in=OPEN)

    def choices(self, changelist: ChangeList) -> list[dict[str, Any]]:
        chosen = self.value() if self.value() in TABS else "open"
        return [
            {
                "selected": slug == chosen,
                "query_string": changelist.get_query_string({self.parameter_name: slug}, ["p"]),
                "display": title,
                "count": self.counts.get(slug),
            }
            for slug, title in TABS.items()
        ]


class QueueList(ChangeList):
    """One page of the queue, with what its rows say beside themselves fetched for all at once."""

    def get_ordering_field_columns(self) -> dict[int, str]:
        """No arrow on a column that the rows are not sorted by."""
        return (
            super().get_ordering_field_columns()
            if self.params.get("o") or not is_over(self.params)
            else {}
        )

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self._part_tabs_from_filters()
        rows: list[PrivacyRequest] = list(self.result_list)
        beside = Beside(rows)
        for row in rows:
            row.beside = beside.of(row)
        self.result_list = rows

    def _part_tabs_from_filters(self) -> None:
        tab = Tabs.parameter_name
        self.tabs = [
            choice
            for spec in self.filter_specs
            if isinstance(spec, Tabs)
            for choice in spec.choices(self)
        ]
        self.filter_specs = [spec for spec in self.filter_specs if not isinstance(spec, Tabs)]
        others = [name for name in self.get_filters_params() if name != tab]
        self.has_active_filters = bool(others)
        self.clear_all_filters_qs = self.get_query_string(remove=others)


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


class QueueAdmin(admin.ModelAdmin):
    """The changelist's half of a request's pages."""

    list_display = (
        "request_cell",
        "subject_cell",
        "stage_cell",
        "assignee_cell",
        "due_cell",
        "received_cell",
    )
    list_display_links = None
    list_filter = (Tabs, "status", "kind", "scope", "channel")
    list_select_related = (
        "contract",
        "contract__representative",
        "seat",
        "assignee",
    )
    search_fields = ("reference",)
    search_help_text = _("Reference, seat, contract, member or e-mail address")
    change_list_template = "admin/compliance/privacyrequest/change_list.html"

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """What must be decided first; what is over, the newest first (by the key: no sorting)."""
        return ("-pk",) if is_over(request.GET) else ("decide_by", "pk")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return QueueList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        return searching.found(queryset, search_term), False

    def numbers_of(self, request: HttpRequest, address: str) -> list[str]:
        return searching.numbers_of(self.get_queryset(request), address, user=request.user)

    @admin.display(description=_("request"), ordering="reference")
    def request_cell(self, row: PrivacyRequest) -> SafeString:
        return _cell("request", row)

    @admin.display(description=_("contract and subject"))
    def subject_cell(self, row: PrivacyRequest) -> SafeString:
        return _cell("subject", row)

    @admin.display(description=_("stage"))
    def stage_cell(self, row: PrivacyRequest) -> SafeString:
        return _cell("stage", row)

    @admin.display(description=_("assignee"))
    def assignee_cell(self, row: PrivacyRequest) -> SafeString:
        return _cell("assignee", row)

    @admin.display(description=_("due"), ordering="decide_by")
    def due_cell(self, row: PrivacyRequest) -> SafeString:
        return _cell("due", row)

    @admin.display(description=_("received"), ordering="received_at")
    def received_cell(self, row: PrivacyRequest) -> SafeString:
        return _cell("received", row)


def _cell(name: str, row: PrivacyRequest) -> SafeString:
    return render_to_string(f"admin/compliance/privacyrequest/cells/{name}.html", {"r": row})
