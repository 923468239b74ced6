"""The way in for staff: a password, then a code; nobody is signed in before both."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth import REDIRECT_FIELD_NAME, login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_otp import login as prove
from django_otp.models import Device

from compliance.views import errors
from compliance.views.personal import visitor
from seats.models import StaffUser
from seats.services import second_factor, staff_sign_in

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

WAITING = "waiting_for_code"
PATIENCE = 600  # seconds between the password and the code


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=32,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )


class SignIn(LoginView):
    """The password. A right one opens the next page and nothing else."""

    next_page = "admin:index"
    attempt: staff_sign_in.Attempt

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.attempt = staff_sign_in.attempt(request.POST.get("username", ""), visitor(request))
        except staff_sign_in.TooMany as refused:
            return _later(request, refused.wait)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponseRedirect:
        self.attempt.succeeded()
        user, onwards = form.get_user(), self.get_success_url()
        # Nothing that anybody may have planted in this browser's session goes along.
        self.request.session.flush()
        if not second_factor.is_asked_of(user):
            login(self.request, user)
            return HttpResponseRedirect(onwards)
        self.request.session[WAITING] = {
            "user": user.pk,
            "hash": user.get_session_auth_hash(),
            "since": int(time.time()),
            "next": onwards,
        }
        enrolled = second_factor.is_enrolled(user)
        return HttpResponseRedirect(reverse("admin:code" if enrolled else "admin:set_up"))


def _later(request: HttpRequest, wait: int) -> HttpResponse:
    """Too many wrong passwords: when the next one is looked at."""
    minutes = -(-wait // 60)
    wording = errors.Wording(
        _("Too many wrong passwords"),
        ngettext(
            "Wait %(n)d minute, and then try again.",
            "Wait %(n)d minutes, and then try again.",
            minutes,
        )
        % {"n": minutes},
        _("Nobody is locked out for longer than that."),
    )
    response = errors.page(request, 429, wording=wording, back=reverse("admin:login"))
    response.headers["Retry-After"] = str(wait)
    return response


def waiting(request: HttpRequest) -> StaffUser | None:
    """Whose password was right in this browser some minutes ago, and who still has it."""
    said = request.session.get(WAITING)
    if not said or time.time() - said["since"] > PATIENCE:
        return None
    user = StaffUser.objects.filter(pk=said["user"], is_active=True, is_staff=True).first()
    if user and constant_time_compare(said["hash"], user.get_session_auth_hash()):
        return user
    return None


def finish(request: HttpRequest, user: StaffUser, device: Device) -> str:
    """Sign in whoever has shown both; where they wanted to go."""
    onwards: str = request.session.pop(WAITING)["next"]
    login(request, user)
    prove(request, device)
    return onwards


def password(site: AdminSite, request: HttpRequest, extra: dict[str, Any] | None) -> HttpResponse:
    """Instead of `AdminSite.login`, on the same template."""
    if request.method == "GET" and site.has_permission(request):
        return redirect("admin:index")
    context = {
        **site.each_context(request),
        "title": _("Log in"),
        "subtitle": None,
        "app_path": request.get_full_path(),
        "username": request.user.get_username(),
        **({} if REDIRECT_FIELD_NAME in (request.GET | request.POST) else _home()),
        **(extra or {}),
    }
    return SignIn.as_view(  # type: ignore[return-value]
        authentication_form=site.login_form,
        template_name="admin/login.html",
        extra_context=context,
    )(request)


def _home() -> dict[str, str]:
    return {REDIRECT_FIELD_NAME: reverse("admin:index")}


def code(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The second step: a code of the app, or a recovery code."""
    user = waiting(request)
    if user is None:
        return redirect("admin:login")
    if not second_factor.is_enrolled(user):
        return redirect("admin:set_up")
    form = CodeForm(request.POST or None)
    form.fields["code"].widget.attrs["autofocus"] = True
    device, wait = checked(form, user)
    if device:
        return HttpResponseRedirect(finish(request, user, device))
    return page(site, request, "code", {"form": form, "title": _("Your code")}, wait=wait)


def checked(form: CodeForm, user: StaffUser) -> tuple[Device | None, int]:
    """What of theirs the code in the form is of; None with the form saying why not, and for how
    many seconds none is looked at."""
    if not form.is_valid():
        return None, 0
    try:
        device = second_factor.verify(user, form.cleaned_data["code"])
    except second_factor.WaitFirst as refused:
        said = ngettext(
            "Too many wrong codes. Wait %(n)d second, and then enter a new one.",
            "Too many wrong codes. Wait %(n)d seconds, and then enter a new one.",
            refused.wait,
        )
        form.add_error("code", said % {"n": refused.wait})
        return None, refused.wait
    if device is None:
        form.add_error("code", WRONG)
    return device, 0


WRONG = gettext_lazy("This code is not right, or was used already. Wait for the next one.")


def page(
    site: AdminSite, request: HttpRequest, name: str, context: dict[str, Any], *, wait: int = 0
) -> HttpResponse:
    """One of the pages about codes; it says after how many seconds to come back."""
    request.current_app = site.name
    template = f"admin/sign_in/{name}.html"
    everywhere = site.each_context(request)
    # Before both steps are done there is nothing to go to.
    everywhere["is_nav_sidebar_enabled"] &= everywhere["has_permission"]
    response = TemplateResponse(request, template, everywhere | context)
    if wait:
        response.status_code = 429
        response.headers["Retry-After"] = str(wait)
    return response
