from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from compliance.admin import audit
from compliance.admin.requests import acts, bulk, intake, moves, page
from compliance.admin.requests.queue import QueueAdmin, Tabs
from compliance.models import PrivacyRequest
from seats.admin.base import ReadOnlyAdmin


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(QueueAdmin, ReadOnlyAdmin):
    """Requests: the queue, a page each, and the steps people take. No model form anywhere.

    Nothing here decides: what is shown comes from `lifecycle` and `services.choices`, what is done
    goes through services, and a GET changes nothing.
    """

    def get_urls(self) -> list[Any]:
        def at(route: str, view: Any, name: str) -> Any:
            bound = self.admin_site.admin_view(partial(view, self))
            return path(route, bound, name=f"compliance_privacyrequest_{name}")

        return [
            at("bulk/<slug:what>/", bulk.post, "bulk"),
            at("list.csv", bulk.take_list, "csv"),
            *audit.register_urls(self),
            at("<path:pk>/take/<slug:name>/", moves.take, "take"),
            at("<path:pk>/count/", acts.count, "count"),
            at("<path:pk>/note/", acts.note, "note"),
            at("<path:pk>/reply/", acts.reply, "reply"),
            at("<path:pk>/assign/", acts.assign, "assign"),
            at("<path:pk>/reveal/", acts.reveal, "reveal"),
            at("<path:pk>/evidence/", acts.attach, "attach"),
            at("<path:pk>/evidence/<int:number>/", acts.look, "look"),
            at("<path:pk>/archive/", acts.archive, "archive"),
            at("<path:pk>/receipts/<slug:number>.pdf", acts.receipt, "receipt"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("compliance.intake_request"))

    def found(self, http: HttpRequest, pk: str) -> PrivacyRequest:
        """The request of that key, when the person may see it; unknown and foreign look alike."""
        if not self.has_view_permission(http):
            raise PermissionDenied
        rows = self.get_queryset(http).select_related(
            "contract",
            "contract__representative",
            "contract__deputy",
            "seat",
            "requester",
            "assignee",
            "copy_first",
        )
        request = rows.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
        if request is None:
            raise Http404
        return request

    def url_of(self, request: PrivacyRequest, below: str = "") -> str:
        url = reverse("admin:compliance_privacyrequest_change", args=[request.pk])
        return f"{url.removesuffix('change/')}{below}/" if below else url

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What is searched for and found once is opened."""
        searches = request.method == "GET" and self.has_view_permission(request)
        if searches and (found := self._only_hit(request)):
            return HttpResponseRedirect(self.url_of(found))
        return super().changelist_view(request, extra_context)

    def _only_hit(self, http: HttpRequest) -> PrivacyRequest | None:
        """The one request a search is about; none where it narrows a list that was filtered."""
        term = http.GET.get(SEARCH_VAR, "").strip()
        if not term or "@" in term or set(http.GET) - {SEARCH_VAR, Tabs.parameter_name}:
            return None
        rows, _more = self.get_search_results(http, self.get_queryset(http), term)
        found = list(rows.order_by()[:2])
        return found[0] if len(found) == 1 else None

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return self.page(request, self.found(request, unquote(object_id)))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A request's history is its chain of events, which stands on its page."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return HttpResponseRedirect(
            f"{self.url_of(self.found(request, unquote(object_id)))}#timeline"
        )

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return intake.file(self, request)

    def page(
        self,
        http: HttpRequest,
        request: PrivacyRequest,
        *,
        extra: dict[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(http),
            "title": f"{request.reference}, {request.get_kind_display()}",
            "opts": self.opts,
            **page.context(request, http.user),
            **(extra or {}),
        }
        http.current_app = self.admin_site.name
        template = "admin/compliance/privacyrequest/page.html"
        return TemplateResponse(http, template, context, status=status)

    def refused(
        self, http: HttpRequest, request: PrivacyRequest, said: str, status: int
    ) -> HttpResponse:
        """The request's page as it is now, saying why nothing was done."""
        messages.error(http, said)
        return self.page(http, request, status=status)
