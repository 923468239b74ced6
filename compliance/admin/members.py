"""Members with what they decided and were told, and what they said, recorded on their behalf."""

from __future__ import annotations

import secrets
from datetime import date, datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.admin.acting import Done, Page, act
from compliance.admin.requests.forms import DayInput, ReceivedWidget
from compliance.services import on_behalf
from compliance.services.on_behalf import Said
from consent.enums import PAIRS, Act, Channel, Purpose
from consent.services import consents, history, projection
from seats.admin.members import MemberAdmin
from seats.models import Member

EVENTS_SHOWN = 20


class OnForm(forms.Form):
    """A day to look back to."""

    on = forms.DateField(widget=DayInput, required=False, label=gettext_lazy("What was true on"))


class SaidForm(forms.Form):
    """What a member said. Nothing is preset: it is them who decided."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    act = forms.ChoiceField(
        label=gettext_lazy("What they said"),
        widget=forms.RadioSelect,
        choices=[
            (Act.WITHDRAWN, gettext_lazy("They take their consent back")),
            (Act.OBJECTED, gettext_lazy("They object to advertising")),
            (Act.UNSUBSCRIBED, gettext_lazy("They want no more of these messages")),
            (Act.GIVEN, gettext_lazy("They want these messages")),
        ],
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("About"),
        required=False,
        choices=[("", gettext_lazy("Every kind")), *Purpose.choices],
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Sent by"),
        required=False,
        choices=[("", gettext_lazy("Every way")), *Channel.choices],
        help_text=gettext_lazy("A yes is to one kind of message, sent in one way."),
    )
    way = forms.ChoiceField(
        label=gettext_lazy("How they told us"),
        choices=[("", "—"), *((way, way.label) for way in on_behalf.WAYS)],
    )
    at = forms.SplitDateTimeField(
        label=gettext_lazy("When they told us"), widget=ReceivedWidget, required=False
    )
    question = forms.CharField(
        label=gettext_lazy("The question they said yes to"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        required=False,
        help_text=gettext_lazy(
            "Only for a yes: word for word, in the language you asked in. It is kept as evidence."
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why you record it"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        help_text=gettext_lazy("What they said, and why they did not do it themselves."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].initial = timezone.localtime()

    def said(self) -> Said:
        return Said(**self.cleaned_data)


@admin.register(Member)
class MemberPageAdmin(MemberAdmin):
    """A member's page: consents and preferences now or on a day, and what they were told."""

    change_form_template = "admin/seats/member/change_form.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(partial(MemberPageAdmin.record_view, self))
        return [path("<path:pk>/record/", view, name="seats_member_record"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        member = self.get_object(request, unquote(object_id))
        extra = _beside(request, member) if member else {}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def record_view(self, http: HttpRequest, pk: str) -> HttpResponse:
        """What the member said: recorded, and the member is told."""
        if not self.has_view_permission(http):
            raise PermissionDenied
        member = self.get_object(http, unquote(pk))
        if member is None:
            raise Http404
        url = reverse("admin:seats_member_change", args=[member.pk])
        every = reverse("admin:seats_member_changelist")
        page = Page(
            title=_("Record what this member said"),
            button=_("Record it, and tell the member"),
            crumbs=[(str(self.opts.verbose_name_plural), every), (member.number, url)],
            follows=[
                _("Only what the member said themselves. It counts at once."),
                _("They get an e-mail that says what was recorded and how to change it."),
                _("After an opt-out only they can allow messages again, in their choices."),
            ],
            kicker=member.number,
        )
        posted = http.POST if http.method == "POST" else None
        form = SaidForm(posted, initial={"key": f"desk-{secrets.token_hex(8)}"})

        def record(_data: dict[str, Any]) -> Done:
            on_behalf.record(member, form.said(), actor=http.user)
            if member.email:
                return Done(url, _("It is recorded, and the member is told."))
            return Done(url, _("It is recorded. We have no address to tell the member at."))

        return act(self, http, page, form, record, why=on_behalf.why_not(member, actor=http.user))


def _beside(http: HttpRequest, member: Member) -> dict[str, Any]:
    """What stands beside a member's facts, for whoever may look at consents."""
    if not http.user.has_perm("consent.view_consentevent"):
        return {}
    form = OnForm(http.GET if "on" in http.GET else None)
    on = form.cleaned_data["on"] if form.is_bound and form.is_valid() else None
    told = history.of(member)
    states = consents.state(member, at=_end_of(on) if on else None)
    return {
        "on_form": form,
        "on": on,
        "states": [(*pair, states.get(pair)) for pair in PAIRS],
        "told": told.documents,
        "events": told.events[:EVENTS_SHOWN],
        "more_events": max(len(told.events) - EVENTS_SHOWN, 0),
        "agrees": projection.agrees(member),
        "why_not_record": str(on_behalf.why_not(member, actor=http.user) or ""),
        "shows_consents": True,
    }


def _end_of(day: date) -> datetime:
    """The last moment of a day where the company is."""
    zone = ZoneInfo(settings.CONTROLLER["time_zone"])
    return datetime.combine(day, time.max, zone)
