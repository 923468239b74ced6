from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from seats.admin.base import ReadOnlyAdmin
from seats.admin.searching import MOST_FOUND
from seats.models import Administration, Member, Seat, masked, member_keys


class MemberAdmin(ReadOnlyAdmin):
    """People by number. The directory comes from the product; the desk only looks it up.

    `compliance.admin.members` registers it, with what they were told and decided.
    """

    list_display = ("number", "seats_held", "locale", "verified_at", "erased_at")
    list_filter = (("erased_at", admin.EmptyFieldListFilter),)
    search_fields = ("product_id__exact",)
    search_help_text = _("Number (M-17), id in the product or e-mail address")
    fields = ("number", "name_shown", "address", "product_id", "locale", "verified_at", "erased_at")
    readonly_fields = ("number", "name_shown", "address")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        held = Seat.objects.visible_to(request.user).filter(member=OuterRef("pk")).order_by()
        count = held.values("member").annotate(n=Count("pk")).values("n")
        return super().get_queryset(request).annotate(seat_count=Coalesce(Subquery(count), 0))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        if not (term := search_term.strip()):
            return queryset, False
        keys = member_keys([f"M-{term}", *term.split()])
        return queryset.filter(Q(product_id=term) | Q(pk__in=keys)), False

    def numbers_of(self, request: HttpRequest, address: str) -> list[str]:
        found = Member.objects.visible_to(request.user).of_address(address)
        return [member.number for member in found.order_by("pk")[:MOST_FOUND]]

    @admin.display(description=_("number"), ordering="pk")
    def number(self, member: Member) -> str:
        return member.number

    @admin.display(description=_("seats"))
    def seats_held(self, member: Member) -> int:
        return member.seat_count

    @admin.display(description=_("name"))
    def name_shown(self, member: Member) -> str:
        return format_html("<bdi>{}</bdi>", member.name) if member.name else _("None")

    @admin.display(description=_("e-mail address"))
    def address(self, member: Member) -> str:
        return masked(member.email) or _("None")


@admin.register(Administration)
class AdministrationAdmin(ReadOnlyAdmin):
    list_display = ("member", "contract", "since", "until")
    list_select_related = ("member", "contract")
    list_filter = (("until", admin.EmptyFieldListFilter),)
    search_fields = ("contract__number__iexact",)
    search_help_text = _("Contract number")
    ordering = ("-since", "pk")
