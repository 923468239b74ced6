from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from seats.admin.searching import PostedSearch
from seats.models import StaffUser


@admin.register(StaffUser)
class StaffUserAdmin(PostedSearch, UserAdmin):
    """Colleagues' accounts, for superusers alone. What a person may do comes from their groups.

    Whoever leaves is made inactive: what they decided still names them.
    """

    actions = None
    show_full_result_count = False
    list_display = ("username", "get_full_name", "roles", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("What they may do"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()

    @admin.display(description=_("roles"))
    def roles(self, user: StaffUser) -> str:
        return ", ".join(group.name for group in user.groups.all()) or _("None")

    def numbers_of(self, request: HttpRequest, address: str) -> list[str]:
        rows = self.get_queryset(request).filter(email__iexact=address)
        return list(rows.values_list("username", flat=True)[:1])

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).prefetch_related("groups")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
