"""What every page of the desk keeps: rows in one's own scope, and no way to rewrite the past."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from simple_history.admin import SimpleHistoryAdmin

from seats.admin.searching import PostedSearch

MOST_COUNTED = 10_000


class CappedPaginator(Paginator):
    """Counts to 10,000 and no further: nobody turns to page 5,000, and counting all is slow."""

    @property
    def most(self) -> int:
        return MOST_COUNTED

    @cached_property
    def count(self) -> int:
        return int(self.object_list.order_by()[: self.most + 1].count())

    @property
    def is_capped(self) -> bool:
        return self.count > self.most


class ScopedAdmin(PostedSearch):
    """Rows whose contract the person may see, in lists, searches, links and histories alike.

    The model's queryset says which (`visible_to`). `of_no_customer` marks rows that belong to no
    contract, such as a worker's heartbeat: there the model's own permission decides alone. Rows are
    never deleted here; what must go goes through a service.
    """

    of_no_customer = False
    actions = None
    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows if self.of_no_customer else rows.visible_to(request.user)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Looked at only; a row out of scope has no more of a history than one that is not there.

        simple-history would look for it past `get_queryset`.
        """
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        if self.get_object(request, unquote(object_id)) is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return super().history_view(request, object_id, extra_context)

    def _in_scope(self, request: HttpRequest, obj: Model | None) -> bool:
        return obj is None or self.get_queryset(request).filter(pk=obj.pk).exists()

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_view_permission(request, obj) and self._in_scope(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._in_scope(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(ScopedAdmin):
    """Rows that services write, evidence among them: looked at here, by superusers too."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class AuditedAdmin(ScopedAdmin, SimpleHistoryAdmin):
    """Rows that staff edit, with a history nobody rewrites. Give it `fieldsets`.

    simple-history saves what is posted to an old version, whatever its settings say and with the
    permission to view alone.
    """

    object_history_list_template = "admin/history_list.html"

    def revert_disabled(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        if self.get_object(request, unquote(object_id)) is None or not version_id.isdecimal():
            raise Http404
        return super().history_form_view(request, object_id, version_id, extra_context)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        if getattr(request.resolver_match, "url_name", "").endswith("_simple_history"):
            return flatten_fieldsets(self.fieldsets)
        return super().get_readonly_fields(request, obj)
