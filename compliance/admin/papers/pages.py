from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Field
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse

from compliance.admin.papers import acts, reading, words
from consent.models import Document
from seats.admin.base import AuditedAdmin


@admin.register(Document)
class DocumentAdmin(AuditedAdmin):
    """What people are told: a page each, with its versions, drafts and who confirmed.

    The form is about the document as such; what it says is drafted and published on pages of their
    own, which ask `consent.services.documents`.
    """

    list_display = ("name", "kind", "audience", "binding_language")
    list_filter = ("kind", "audience")
    ordering = ("kind", "slug")
    change_form_template = "admin/consent/document/change_form.html"
    fieldsets = ((None, {"fields": ("name", "slug", "kind", "audience", "binding_language")}),)
    # Links, confirmations and signatures hang on them.
    fixed = ("slug", "kind", "audience", "binding_language")

    def get_urls(self) -> list[Any]:
        def at(route: str, view: Any, name: str) -> Any:
            bound = self.admin_site.admin_view(partial(view, self))
            return path(route, bound, name=f"consent_document_{name}")

        return [
            at("<path:pk>/draft/<slug:language>/", acts.draft, "draft"),
            at("<path:pk>/discard/<slug:language>/", acts.discard, "discard"),
            at("<path:pk>/publish/", acts.publish, "publish"),
            at("<path:pk>/text/<int:number>/", reading.preview, "preview"),
            at("<path:pk>/changes/<int:number>/", reading.changes, "changes"),
            at("<path:pk>/coverage/<int:number>/", reading.coverage, "coverage"),
            at("<path:pk>/remind/<int:number>/", acts.remind, "remind"),
            *super().get_urls(),
        ]

    def found(self, http: HttpRequest, pk: str) -> Document:
        """The document of that key, for whoever may look at documents."""
        if not self.has_view_permission(http):
            raise PermissionDenied
        document: Document | None = self.get_object(http, unquote(pk))
        if document is None:
            raise Http404
        return document

    def url_of(self, document: Document) -> str:
        return reverse("admin:consent_document_change", args=[document.pk])

    def crumbs(self, document: Document) -> list[tuple[str, str]]:
        every = reverse("admin:consent_document_changelist")
        return [(str(self.opts.verbose_name_plural), every), (document.name, self.url_of(document))]

    def get_readonly_fields(self, request: HttpRequest, obj: Document | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        is_fixed = obj is not None and obj.versions.published().exists()
        return (*fields, *self.fixed) if is_fixed else fields

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "binding_language":
            return forms.ChoiceField(
                label=db_field.verbose_name,
                choices=settings.LANGUAGES,
                help_text=db_field.help_text,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        document = self.get_object(request, unquote(object_id))
        extra = words.beside(document, request.user) if document else {}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))
