"""What the trust page shows: certifications with their proof, and who processes data for us."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Field
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.models import Certification, SubProcessor
from consent.services import certifications
from seats import evidence
from seats.admin.base import AuditedAdmin
from seats.services.errors import BadInput


class DayInput(forms.DateInput):
    """The browser's own: Django's calendar brings styles that the policy blocks."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DatedAdmin(AuditedAdmin):
    """Rows with a first and a last day, which the model compares."""

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.get_internal_type() == "DateField":
            return db_field.formfield(widget=DayInput())
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class CertificationForm(forms.ModelForm):
    """`file` is checked here, and kept once the row is there."""

    file = forms.FileField(
        label=gettext_lazy("PDF that proves it"),
        required=False,
        help_text=gettext_lazy("At most 20 MB. A new one takes the place of the one there is."),
        widget=forms.FileInput(attrs={"accept": ".pdf"}),
    )

    def clean_file(self) -> bytes | None:
        upload = self.cleaned_data["file"]
        if not upload:
            return None
        try:
            return certifications.read(upload)
        except BadInput as error:
            raise forms.ValidationError(str(error)) from None


@admin.register(Certification)
class CertificationAdmin(DatedAdmin):
    form = CertificationForm
    list_display = ("name", "issuer", "valid_from", "valid_until", "is_public")
    list_filter = ("is_public",)
    ordering = ("position", "name", "pk")
    fieldsets = (
        (None, {"fields": ("name", "meaning", "issuer", "number", "scope")}),
        (gettext_lazy("Validity"), {"fields": ("valid_from", "valid_until")}),
        (gettext_lazy("Proof"), {"fields": ("kept", "file_sha256", "file")}),
        (gettext_lazy("Trust page"), {"fields": ("is_public", "position")}),
    )
    readonly_fields = ("kept", "file_sha256")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(partial(CertificationAdmin.file_view, self))
        here = path("<path:pk>/file/", view, name="consent_certification_file")
        return [here, *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Certification | None = None) -> Any:
        """Who only looks, also at an old version, has nothing to upload."""
        is_old = getattr(request.resolver_match, "url_name", "").endswith("_simple_history")
        if not is_old and (obj is None or self.has_change_permission(request, obj)):
            return self.fieldsets
        return [
            (title, {"fields": [name for name in shown["fields"] if name != "file"]})
            for title, shown in self.fieldsets
        ]

    @admin.display(description=gettext_lazy("evidence"))
    def kept(self, row: Certification) -> str:
        if not row.pk or not row.file_name:
            return _("None")
        url = reverse("admin:consent_certification_file", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Open the PDF"))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A storage that cannot take the file is said; the row is not saved without it."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except OSError:
            messages.error(request, _("The file cannot be kept now. Nothing was saved: try later."))
            return HttpResponseRedirect(request.path)

    def save_model(
        self, request: HttpRequest, obj: Certification, form: forms.ModelForm, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if content := form.cleaned_data.get("file"):
            certifications.attach(obj, content, actor=request.user)

    def file_view(self, http: HttpRequest, pk: str) -> HttpResponse:
        """The proof as it was kept, also of a certification that is not public."""
        if not self.has_view_permission(http) or http.method not in ("GET", "HEAD"):
            raise PermissionDenied
        row = self.get_object(http, unquote(pk))
        if row is None or not row.file_name:
            raise Http404
        try:
            content = evidence.read(row.file_name)
        except OSError:
            messages.error(http, _("The document cannot be read now: try later."))
            url = reverse("admin:consent_certification_change", args=[row.pk])
            return HttpResponseRedirect(url)
        response = HttpResponse(content, content_type="application/pdf")
        response.headers["Content-Disposition"] = f'attachment; filename="certificate-{row.pk}.pdf"'
        return response


@admin.register(SubProcessor)
class SubProcessorAdmin(DatedAdmin):
    list_display = ("name", "service", "place", "since", "until")
    ordering = ("name", "pk")
    fieldsets = (
        (None, {"fields": ("name", "service", "place", "safeguards")}),
        (gettext_lazy("Engaged"), {"fields": ("since", "until")}),
        (gettext_lazy("Trust page"), {"fields": ("position",)}),
    )
