"""Entering a request for somebody who wrote, telephoned or told their representative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from compliance.admin.requests.forms import BOTH, IntakeForm
from compliance.enums import Channel, RequestKind
from compliance.models import PrivacyRequest
from compliance.services import evidence, intake, requesters
from compliance.services.actors import Actor, staff_actor
from compliance.services.errors import BadInput, Refused

if TYPE_CHECKING:
    from compliance.admin.requests.pages import PrivacyRequestAdmin


def file(desk: PrivacyRequestAdmin, http: HttpRequest) -> HttpResponse:
    """The form, and the request it files."""
    if not desk.has_add_permission(http):
        raise PermissionDenied
    attaches = http.user.has_perm("compliance.add_evidence")
    if http.method != "POST":
        asked = {name: http.GET[name][:40] for name in ("seat", "contract") if name in http.GET}
        return _page(desk, http, IntakeForm(attaches=attaches, initial=asked))
    form = IntakeForm(http.POST, http.FILES, attaches=attaches)
    if not form.is_valid():
        return _page(desk, http, form, status=BadInput.status)
    try:
        with transaction.atomic():
            first, *later = _open(form.cleaned_data, actor=staff_actor(http.user))
    except Refused as error:
        form.add_error(None, str(error))
        return _page(desk, http, form, status=error.status)
    for request in (first, *later):
        said = _("%(ref)s is filed. It is due on %(day)s.")
        due = date_format(request.due_on)
        messages.success(http, said % {"ref": request.reference, "day": due})
    return HttpResponseRedirect(desk.url_of(first))


def _open(data: dict[str, Any], *, actor: Actor) -> list[PrivacyRequest]:
    """One request, or a copy and the deletion that waits for it. Raises what the services raise."""
    contract, seat = intake.target(
        seat=data["seat"].strip(), contract=data["contract"].strip(), actor=actor
    )
    number = data["requester"].strip()
    requester = requesters.member(number, actor=actor) if number else None
    kinds = (RequestKind.EXPORT, RequestKind.DELETION) if data["kind"] == BOTH else (data["kind"],)
    filed: list[PrivacyRequest] = []
    for kind in kinds:
        ask = intake.Ask(
            kind=RequestKind(kind),
            contract=contract,
            seat=seat,
            requester=requester,
            categories=data["categories"],
            format=data["format"],
            channel=Channel(data["channel"]),
            received_at=data["received_at"],
            contact_email=data["contact_email"],
            language=data["language"],
            copy_first=filed[0] if filed else None,
        )
        filed.append(intake.open_request(ask, actor=actor))
    if upload := data.get("file"):
        evidence.attach(filed[0].pk, what=data["what"], file=upload, actor=actor)
    return filed


def _page(
    desk: PrivacyRequestAdmin, http: HttpRequest, form: IntakeForm, *, status: int = 200
) -> HttpResponse:
    context = {
        **desk.admin_site.each_context(http),
        "title": _("File a request"),
        "form": form,
        "opts": desk.opts,
    }
    http.current_app = desk.admin_site.name
    template = "admin/compliance/privacyrequest/intake.html"
    return TemplateResponse(http, template, context, status=status)
