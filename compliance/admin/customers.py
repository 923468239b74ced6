"""Contracts and seats with the requests and holds on them; who may see one sees those too."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Count, Q, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from compliance.admin import agreements
from compliance.admin.requests.page import names
from compliance.models import Hold, PrivacyRequest
from compliance.services import holdings
from compliance.sources.product import ProductUnavailable
from seats.admin.base import AuditedAdmin, ReadOnlyAdmin
from seats.models import Contract, Seat, StaffUser
from seats.roles import Role

SHOWN = 10
SEATS_SHOWN = 20
CARRYING = (Role.REPRESENTATIVE, Role.SUPPORT, Role.COMPLIANCE)


@admin.register(Contract)
class ContractAdmin(AuditedAdmin):
    """Facts come from the product; compliance changes who carries it and what was agreed."""

    list_display = ("number", "customer", "edition", "representative", "country", "ended_at")
    list_select_related = ("representative",)
    list_filter = ("edition", "instruction", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("number__iexact", "customer__istartswith")
    search_help_text = _("Contract number, or how the customer’s name begins")
    change_form_template = "admin/seats/contract/change_form.html"
    fieldsets = (
        (None, {"fields": ("number", "customer", "product_id", "edition", "country")}),
        (_("Who carries it"), {"fields": ("representative", "deputy")}),
        (_("What was agreed"), {"fields": ("language", "instruction", "tells_members")}),
        (None, {"fields": ("created_at", "ended_at")}),
    )
    facts = ("number", "customer", "product_id", "edition", "country")
    readonly_fields = ("created_at", "ended_at")

    def get_urls(self) -> list[Any]:
        def at(route: str, view: Any, name: str) -> Any:
            bound = self.admin_site.admin_view(partial(view, self))
            return path(route, bound, name=f"seats_contract_{name}")

        return [
            at("<path:pk>/agreement/ask/", agreements.ask, "ask"),
            at("<path:pk>/agreement/sign/", agreements.sign, "sign"),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Contract | None = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None else (*self.facts, *fixed)

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Representatives and deputies are colleagues who can decide on requests."""
        if db_field.related_model is StaffUser:
            kwargs["queryset"] = (
                StaffUser.objects.filter(is_active=True, groups__name__in=CARRYING)
                .distinct()
                .order_by("first_name", "last_name", "username")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        contract = self.get_object(request, unquote(object_id))
        extra = self._beside(request, contract) if contract else {}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def _beside(self, request: HttpRequest, contract: Contract) -> dict[str, Any]:
        seats = Seat.objects.filter(contract=contract)
        used = Count("pk", filter=Q(released_at=None, erased_at=None))
        erased = Count("pk", filter=Q(erased_at__isnull=False))
        held = Hold.objects.in_force().filter(contract=contract)
        return {
            "counts": seats.aggregate(all=Count("pk"), used=used, erased=erased),
            "seats": seats.select_related("member").order_by("number")[:SEATS_SHOWN],
            "requests": _latest(PrivacyRequest.objects.filter(contract=contract)),
            "holds": held.select_related("seat")[:SHOWN],
            "administrators": contract.administrations.in_force().select_related("member")[:SHOWN],
            **agreements.beside(contract, request.user),
        }


@admin.register(Seat)
class SeatAdmin(ReadOnlyAdmin):
    """One person's time on one licence: the directory comes from the product."""

    list_display = ("number", "contract", "member", "assigned_at", "released_at", "erased_at")
    list_select_related = ("contract", "member")
    list_filter = (
        ("released_at", admin.EmptyFieldListFilter),
        ("erased_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("number__iexact", "contract__number__iexact")
    search_help_text = _("Seat or contract number")
    change_form_template = "admin/seats/seat/change_form.html"
    fields = (
        *("number", "contract", "member", "product_id"),
        *("assigned_at", "released_at", "erased_at"),
    )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        seat = self.get_object(request, unquote(object_id))
        extra = self._beside(request, seat) if seat else {}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def _beside(self, request: HttpRequest, seat: Seat) -> dict[str, Any]:
        covers = Q(seat=seat.pk) | Q(seat=None)
        held = Hold.objects.in_force().filter(covers, contract=seat.contract_id)
        beside = {
            "requests": _latest(PrivacyRequest.objects.filter(seat=seat)),
            "holds": held.select_related("seat")[:SHOWN],
            "earlier": self._others_on_the_licence(request, seat),
        }
        if "count" in request.GET:
            try:
                counted = holdings.of_seat(seat)
            except ProductUnavailable:
                beside["unreachable"] = True
            else:
                named = names()
                beside["held"] = [(named.get(slug, slug), n) for slug, n in counted.items()]
        return beside

    def _others_on_the_licence(self, request: HttpRequest, seat: Seat) -> QuerySet | list[Seat]:
        """Who held the same licence before or after: their data is not this seat's."""
        if not seat.product_id:
            return []
        others = self.get_queryset(request).filter(product_id=seat.product_id).exclude(pk=seat.pk)
        return others.select_related("member").order_by("assigned_at")[:SHOWN]


def _latest(requests: QuerySet) -> QuerySet:
    return requests.select_related("seat", "contract").order_by("-pk")[:SHOWN]
