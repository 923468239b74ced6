from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_safe

from compliance.services import overview
from config import second_factor, sign_in

OURS = {"seats", "consent", "compliance"}


class BackOfficeSite(admin.AdminSite):
    """The desk: Django's own admin under our name, with nothing in it that we did not put there."""

    site_header = "Rightsdesk"
    site_title = "Rightsdesk"
    index_title = _("Today")
    login_form = AdminAuthenticationForm
    site_url = None
    empty_value_display = _("None")
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Leave out what installed apps register by themselves.

        The queue's own pages would run any dotted path and resubmit anything unasked; groups are
        made from `seats.roles` and hold nothing that is decided here.
        """
        models: Iterable[type[Model]] = (
            model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        )
        ours = [model for model in models if model._meta.app_label in OURS]
        super().register(ours, admin_class, **options)

    def get_urls(self) -> list[Any]:
        # It registers pages of its own with this very site.
        from compliance.admin import help, jobs  # noqa: PLC0415

        def at(route: str, view: Any, name: str) -> Any:
            return path(route, self.admin_view(partial(view, self)), name=name)

        return [
            path("sign-in/code/", self.code, name="code"),
            path("sign-in/set-up/", self.set_up, name="set_up"),
            at("account/", second_factor.account, "account"),
            at("account/<slug:act>/", second_factor.change, "account_change"),
            path("jobs/", self.admin_view(require_safe(partial(jobs.page, self))), name="jobs"),
            path(
                "help/your-own-product/",
                self.admin_view(require_safe(partial(help.your_own_product, self))),
                name="help_your_own_product",
            ),
            *super().get_urls(),
        ]

    def has_permission(self, request: HttpRequest) -> bool:
        """Nothing of the desk opens to a password alone where a second factor is required."""
        if not super().has_permission(request):
            return False
        is_proved = getattr(request.user, "otp_device", None) is not None
        return is_proved or not settings.STAFF_MFA_REQUIRED

    @method_decorator([never_cache, csrf_protect])
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return sign_in.password(self, request, extra_context)

    @method_decorator([never_cache, csrf_protect])
    def code(self, request: HttpRequest) -> HttpResponse:
        return sign_in.code(self, request)

    @method_decorator([never_cache, csrf_protect])
    def set_up(self, request: HttpRequest) -> HttpResponse:
        return second_factor.set_up(self, request)

    def admin_view(
        self, view: Callable[..., HttpResponse], cacheable: bool = False
    ) -> Callable[..., HttpResponse]:
        """Times on the desk are the controller's, in which deadlines run; so it renders here."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def at_the_desk(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with timezone.override(settings.CONTROLLER["time_zone"]):
                response = inner(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response.render()
                return response

        return at_the_desk

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context: dict[str, Any] = {}
        if request.user.has_perm("compliance.view_privacyrequest"):
            context |= overview.of(request.user)
        if request.user.has_perm("compliance.view_heartbeat"):
            context["workers"] = overview.workers()
        return super().index(request, context | (extra_context or {}))
