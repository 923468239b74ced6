from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seats.admin.searching import PostedSearch
from seats.models import Authenticator, StaffUser
from seats.services import second_factor
from seats.services.errors import NotAllowed


@admin.register(StaffUser)
class StaffUserAdmin(PostedSearch, UserAdmin):
    """Colleagues' accounts: superusers keep them, compliance looks and resets a second factor.

    What a person may do comes from their groups. Whoever leaves is made inactive: what they decided
    still names them.
    """

    actions = None
    show_full_result_count = False
    list_display = (
        "username",
        "get_full_name",
        "roles",
        "second_factor",
        "is_active",
        "last_login",
    )
    list_filter = ("is_active", "groups")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("What they may do"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Sign-in"), {"fields": ("second_factor",)}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("second_factor", "last_login", "date_joined")
    filter_horizontal = ()

    @admin.display(description=_("roles"))
    def roles(self, user: StaffUser) -> str:
        return ", ".join(group.name for group in user.groups.all()) or _("None")

    def numbers_of(self, request: HttpRequest, address: str) -> list[str]:
        rows = self.get_queryset(request).filter(email__iexact=address)
        return list(rows.values_list("username", flat=True)[:1])

    @admin.display(description=_("second factor"), boolean=True)
    def second_factor(self, user: StaffUser) -> bool:
        return user.enrolled

    def get_queryset(self, request: HttpRequest):
        enrolled = Exists(Authenticator.objects.filter(user=OuterRef("pk")))
        rows = super().get_queryset(request).prefetch_related("groups")
        return rows.annotate(enrolled=enrolled)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Who only looks sees nothing of the password, not even how it is kept."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        (_title, names), *rest = self.fieldsets
        return ((None, {**names, "fields": ("username",)}), *rest)

    def get_urls(self) -> list[Any]:
        reset = self.admin_site.admin_view(self.reset_second_factor)
        return [
            path("<int:pk>/second-factor/", reset, name="seats_staffuser_reset"),
            *super().get_urls(),
        ]

    def reset_second_factor(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET says what would follow, or why not; POST does it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        user = self.get_queryset(request).filter(pk=pk).first()
        if user is None:
            raise Http404
        refused, status = second_factor.why_not_reset(user, by=request.user), 200
        if request.method == "POST":
            try:
                second_factor.reset(user, by=request.user)
            except NotAllowed as error:
                refused, status = str(error), error.status
            else:
                said = gettext("%(name)s sets up a new second factor at the next sign-in.")
                messages.success(request, said % {"name": user})
                return HttpResponseRedirect(reverse("admin:seats_staffuser_change", args=[pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Reset the second factor"),
            "opts": self.opts,
            "colleague": user,
            "refused": refused,
        }
        request.current_app = self.admin_site.name
        template = "admin/seats/staffuser/reset.html"
        return TemplateResponse(request, template, context, status=status)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any):
        if user := kwargs.get("obj"):
            context["why_not_reset"] = second_factor.why_not_reset(user, by=request.user)
        return super().render_change_form(request, context, *args, **kwargs)

    def _keeps_accounts(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.has_perm("seats.view_staffuser"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._keeps_accounts(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._keeps_accounts(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
