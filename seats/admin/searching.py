"""Searching the desk's lists without a trace of whom somebody looked for."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

MOST_FOUND = 20


class PostedSearch(admin.ModelAdmin):
    """A search is posted, and goes on in the URL as numbers: never as somebody's address.

    URLs end in access logs, histories and referrers.
    """

    def numbers_of(self, request: HttpRequest, address: str) -> list[str]:
        """What `get_search_results` finds the rows by that belong to an e-mail address."""
        return []

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        is_posted = request.method == "POST" and SEARCH_VAR in request.POST
        term = (request.POST if is_posted else request.GET).get(SEARCH_VAR, "").strip()
        if not is_posted and "@" not in term:
            return super().changelist_view(request, extra_context)
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if "@" in term:
            numbers = [number for number in self.numbers_of(request, term) if "@" not in number]
            if not numbers:
                messages.info(request, _("Nothing here belongs to that address."))
            term = " ".join(numbers)
        params = request.GET.copy()
        for name in (SEARCH_VAR, PAGE_VAR):
            params.pop(name, None)
        if term:
            params[SEARCH_VAR] = term
        query = f"?{params.urlencode()}" if params else ""
        return HttpResponseRedirect(f"{request.path}{query}")
