"""Keys of the HTTP API: made, rotated and revoked by compliance; a secret is shown once."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.admin.requests.forms import DayInput
from compliance.enums import ApiScope
from compliance.models import ApiKey
from compliance.services import api_keys
from compliance.services.errors import BadInput, Refused
from seats.admin.base import AuditedAdmin, ReadOnlyAdmin

LONGEST_OVERLAP = 90  # days


class CreateForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("The program that will hold it, such as “CRM sync”. No person."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Opens"),
        choices=ApiScope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("No more than the program needs."),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=DayInput,
        required=False,
        help_text=gettext_lazy("Empty: until it is revoked."),
    )


class RotateForm(forms.Form):
    days = forms.IntegerField(
        label=gettext_lazy("Days in which both secrets hold"),
        min_value=1,
        max_value=LONGEST_OVERLAP,
        initial=7,
        help_text=gettext_lazy("Time to bring the new secret to every place that has the old one."),
    )


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin, AuditedAdmin):
    """Looked at by auditors too; no page ever shows a secret again."""

    of_no_customer = True
    list_display = ("name", "begins", "opens", "last_used_on", "expires_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    change_form_template = "admin/compliance/apikey/change_form.html"
    fieldsets = (
        (None, {"fields": ("name", "begins", "opens", "last_used_on")}),
        (None, {"fields": ("created_at", "created_by_whom", "expires_at", "revoked_at")}),
        (None, {"fields": ("former_until",)}),
    )
    readonly_fields = ("begins", "opens", "created_by_whom", "created_at")

    @admin.display(description=gettext_lazy("begins with"), ordering="prefix")
    def begins(self, key: ApiKey) -> str:
        return f"rk_{key.prefix}_"

    @admin.display(description=gettext_lazy("opens"))
    def opens(self, key: ApiKey) -> str:
        return ", ".join(str(ApiScope(scope).label) for scope in key.scopes)

    @admin.display(description=gettext_lazy("created by"))
    def created_by_whom(self, key: ApiKey) -> str:
        return str(key.created_by or _("The command line"))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path(
                f"<path:pk>/{name}/",
                view(partial(function, self)),
                name=f"compliance_apikey_{name}",
            )
            for name, function in (
                ("rotate", ApiKeyAdmin.rotate_view),
                ("revoke", ApiKeyAdmin.revoke_view),
            )
        ] + super().get_urls()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("compliance.add_apikey"))

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = CreateForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            last = form.cleaned_data["expires_on"]
            try:
                key, secret = api_keys.create(
                    form.cleaned_data["name"],
                    form.cleaned_data["scopes"],
                    expires_at=_end_of(last) if last else None,
                    actor=request.user,
                )
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                return self._show(request, key, secret)
        return self._page(request, "form.html", _("Create a key"), form=form)

    def rotate_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """GET asks how long both secrets hold, POST makes the new one and shows it."""
        key = self._key(request, pk)
        form = RotateForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            until = timezone.now() + timedelta(days=form.cleaned_data["days"])
            try:
                key, secret = api_keys.rotate(key.prefix, until=until, actor=request.user)
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                return self._show(request, key, secret)
        return self._page(request, "form.html", _("Make a new secret"), form=form, key=key)

    def revoke_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """GET says what follows, POST revokes."""
        key = self._key(request, pk)
        if request.method != "POST":
            return self._page(request, "revoke.html", _("Revoke the key"), key=key)
        api_keys.revoke(key.prefix, actor=request.user)
        messages.success(request, _("The key opens nothing any more."))
        return HttpResponseRedirect(reverse("admin:compliance_apikey_change", args=[key.pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        key = self.get_object(request, unquote(object_id))
        extra = {"why_not": why_not_change(key, request.user)} if key else {}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def _key(self, request: HttpRequest, pk: str) -> ApiKey:
        if not request.user.has_perm("compliance.change_apikey"):
            raise PermissionDenied
        key = self.get_object(request, unquote(pk))
        if key is None:
            raise Http404
        return key

    def _show(self, request: HttpRequest, key: ApiKey, secret: str) -> HttpResponse:
        response = self._page(request, "secret.html", _("The secret"), key=key, secret=secret)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _page(
        self, request: HttpRequest, name: str, title: str, **context: Any
    ) -> TemplateResponse:
        form = context.get("form")
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            f"admin/compliance/apikey/{name}",
            {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context},
            status=BadInput.status if form and form.is_bound else 200,
        )


def why_not_change(key: ApiKey, user: Any) -> str:
    """For people's eyes before they try; the services decide again."""
    if not user.has_perm("compliance.change_apikey"):
        return _("Your role does not include this.")
    return "" if key.is_valid else _("This key is revoked or expired: create another.")


def _end_of(day: date) -> datetime:
    """The first moment after a day at the desk."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
