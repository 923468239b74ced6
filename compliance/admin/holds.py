"""Legal holds: placed and lifted through their service, each on a page that says what follows."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.admin.requests.forms import DayInput
from compliance.enums import HoldGround
from compliance.models import DataCategory, Hold
from compliance.services import holds, intake
from compliance.services.actors import staff_actor
from compliance.services.errors import BadInput, Refused
from seats.admin.base import ReadOnlyAdmin


class PlaceForm(forms.Form):
    seat = forms.CharField(
        label=gettext_lazy("Seat number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Leave the contract empty."),
    )
    contract = forms.CharField(
        label=gettext_lazy("Contract number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("For the whole contract: leave the seat empty."),
    )
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Categories"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("None ticked: all of them. Keep no more than the case needs."),
    )
    ground = forms.ChoiceField(label=gettext_lazy("Ground"), choices=HoldGround.choices)
    case = forms.CharField(
        label=gettext_lazy("Case"),
        max_length=120,
        help_text=gettext_lazy("A file number of a court, an authority or a law firm. No names."),
    )
    review_on = forms.DateField(label=gettext_lazy("Review on"), widget=DayInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["categories"].choices = [
            (row.slug, row.said("name")) for row in DataCategory.objects.all()
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if bool(data.get("seat", "").strip()) == bool(data.get("contract", "").strip()):
            raise forms.ValidationError(_("Give a seat number or a contract number."))
        return data


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ("case", "contract", "seat", "ground", "review_on", "placed_by", "lifted_at")
    list_select_related = ("contract", "seat", "placed_by")
    list_filter = (("lifted_at", admin.EmptyFieldListFilter), "ground")
    search_fields = ("case__iexact", "contract__number__iexact", "seat__number__iexact")
    search_help_text = gettext_lazy("Case, contract or seat number")
    change_form_template = "admin/compliance/hold/change_form.html"
    fields = (
        *("contract", "seat", "categories", "ground", "case", "review_on"),
        *("placed_by_whom", "placed_at", "lifted_by_whom", "lifted_at"),
    )
    readonly_fields = ("placed_by_whom", "lifted_by_whom")  # by name: few may open accounts

    def get_urls(self) -> list[Any]:
        lift = self.admin_site.admin_view(partial(HoldAdmin.lift_view, self))
        return [path("<path:pk>/lift/", lift, name="compliance_hold_lift"), *super().get_urls()]

    @admin.display(description=gettext_lazy("placed by"))
    def placed_by_whom(self, hold: Hold) -> str:
        return str(hold.placed_by)

    @admin.display(description=gettext_lazy("lifted by"))
    def lifted_by_whom(self, hold: Hold) -> str:
        return str(hold.lifted_by or _("Nobody"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("compliance.place_hold"))

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            asked = {
                name: request.GET[name][:40] for name in ("seat", "contract") if name in request.GET
            }
            return self._place_page(request, PlaceForm(initial=asked))
        form = PlaceForm(request.POST)
        if not form.is_valid():
            return self._place_page(request, form, status=BadInput.status)
        try:
            hold = self._place(request, form.cleaned_data)
        except Refused as error:
            form.add_error(None, str(error))
            return self._place_page(request, form, status=error.status)
        messages.success(request, _("The hold is in force."))
        return HttpResponseRedirect(reverse("admin:compliance_hold_change", args=[hold.pk]))

    def _place(self, request: HttpRequest, data: dict[str, Any]) -> Hold:
        actor = staff_actor(request.user)
        contract, seat = intake.target(
            seat=data.pop("seat").strip(), contract=data.pop("contract").strip(), actor=actor
        )
        return holds.place(contract, seat=seat, **data, actor=actor)

    def _place_page(
        self, request: HttpRequest, form: PlaceForm, *, status: int = 200
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Place a hold"),
            "form": form,
            "opts": self.opts,
        }
        request.current_app = self.admin_site.name
        template = "admin/compliance/hold/place.html"
        return TemplateResponse(request, template, context, status=status)

    def lift_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """GET shows what lifting the hold does, POST lifts it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        hold = self.get_object(request, unquote(pk))
        if hold is None:
            raise Http404
        refused, status = "", 200
        if request.method == "POST":
            try:
                holds.lift(hold.pk, actor=staff_actor(request.user))
            except Refused as error:
                refused, status = str(error), error.status
            else:
                messages.success(request, _("The hold is lifted. What it kept back goes on."))
                return HttpResponseRedirect(reverse("admin:compliance_hold_change", args=[hold.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Lift the hold"),
            "hold": hold,
            "refused": refused or why_not_lift(hold, request.user),
            "opts": self.opts,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/compliance/hold/lift.html", context, status=status)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        hold = self.get_object(request, unquote(object_id))
        extra = {"why_not": why_not_lift(hold, request.user)} if hold else {}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))


def why_not_lift(hold: Hold, user: Any) -> str:
    """For people's eyes before they try; `holds.lift` decides again, under its lock."""
    if hold.lifted_at:
        return _("This hold was lifted already.")
    if not user.has_perm("compliance.lift_hold"):
        return _("Your role does not include this.")
    if hold.placed_by_id == user.pk:
        return _("You placed this hold: somebody else has to lift it.")
    return ""
