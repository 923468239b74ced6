from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.services import overview

OURS = {"seats", "consent", "compliance"}


class BackOfficeSite(admin.AdminSite):
    """The desk: Django's own admin under our name, with nothing in it that we did not put there."""

    site_header = "Rightsdesk"
    site_title = "Rightsdesk"
    index_title = _("Today")
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
