"""The list of requests as a queue: what must be decided first stands first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from compliance.admin.requests import bulk, searching
from compliance.models import PrivacyRequest
from compliance.services import queues
from compliance.services.beside import Beside
from seats.admin.base import CappedPaginator

TABS = {
    "mine": _("My queue"),
    "free": _("Unassigned"),
    "approval": _("Waiting for me"),
    "decide": _("Decide by today"),
    "soon": _("Due soon"),
    "late": _("Overdue"),
    "paused": _("Paused"),
    "failed": _("Failed"),
    "open": _("Open"),
    "closed": _("Closed"),
    "all": _("All"),
}


def is_over(params: Mapping[str, str]) -> bool:
    """Whether the tab asked for shows what is over too."""
    tab = params.get(Tabs.parameter_name)
    return tab in ("closed", "all") or (tab not in TABS and bool(params.get(SEARCH_VAR)))


class Tabs(admin.SimpleListFilter):
    """The queues, drawn as tabs: my own unless another is chosen, or nobody's while I have none.

    A search looks through everything, whichever tab it is made from.
    """

    title = _("queue")
    parameter_name = "tab"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        self.counts = queues.counts(request.user)
        self.default = "mine" if self.counts["mine"] else "free"
        if request.GET.get(SEARCH_VAR):
            self.default = "all"
        return list(TABS.items())

    def chosen(self) -> str:
        value = self.value()
        return value if value in TABS else self.default

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = self.chosen()
        if chosen == "all":
            return queryset
        if chosen == "closed":
            return queryset.closed()
        return queues.narrowed(chosen, request.user, queryset)

    def choices(self, changelist: ChangeList) -> list[dict[str, Any]]:
        chosen = self.chosen()
        return [
            {
                "selected": slug == chosen,
                "query_string": changelist.get_query_string({self.parameter_name: slug}, ["p"]),
                "display": title,
                "slug": slug,
                "count": self.counts.get(slug),
            }
            for slug, title in TABS.items()
        ]


class QueuePaginator(CappedPaginator):
    """Twenty pages: whose approval a request waits for is no cheap question to ask of thousands."""

    most = 1_000


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
    actions = ("assign", "approve")
    paginator = QueuePaginator

    @admin.action(description=bulk.LABELS["assign"])
    def assign(self, http: HttpRequest, rows: QuerySet) -> HttpResponse:
        return bulk.chosen(self, http, rows, "assign")

    @admin.action(description=bulk.LABELS["approve"])
    def approve(self, http: HttpRequest, rows: QuerySet) -> HttpResponse:
        return bulk.chosen(self, http, rows, "approve")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """What many rows can be given to, as far as the person's role reaches."""
        offered = super().get_actions(request)
        return {
            name: action
            for name, action in offered.items()
            if request.user.has_perm(bulk.OFFERED[name])
        }

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
