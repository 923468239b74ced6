"""The steps of a request's life as pages: GET shows what would happen, POST asks the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from compliance.admin.requests import page
from compliance.admin.requests.forms import TakeForm, types_reference
from compliance.admin.requests.words import BACK, follows
from compliance.enums import Action, Status
from compliance.lifecycle import MOVES
from compliance.models import PrivacyRequest
from compliance.services import approvals, choices, clock, letters, preview, requests, telling
from compliance.services.actors import staff_actor
from compliance.services.errors import BadInput, Refused

if TYPE_CHECKING:
    from compliance.admin.requests.pages import PrivacyRequestAdmin

DANGEROUS = frozenset({Action.EXPEDITE, Action.ABORT})


def take(desk: PrivacyRequestAdmin, http: HttpRequest, pk: str, name: str) -> HttpResponse:
    """The confirm page of one step, and the step itself when it is posted."""
    request = desk.found(http, pk)
    action = _action(name, request)
    actor = staff_actor(http.user)
    form = TakeForm(action, request, http.POST if http.method == "POST" else None)
    if http.method != "POST":
        why = choices.why_not(action, request, actor=actor)
        return _page(desk, http, request, action, form, refused=why)
    if not form.is_valid():
        return _page(desk, http, request, action, form, status=BadInput.status)
    if "draft" in http.POST and action in letters.WRITTEN:
        letter = letters.draft(
            action,
            request,
            reason=form.cleaned_data["reason"],
            ground=form.cleaned_data.get("ground", ""),
        )
        return _page(desk, http, request, action, form, letter=letter)
    try:
        taken = requests.take(action, request.pk, actor=actor, **form.cleaned_data)
    except BadInput as error:
        form.add_error(None, str(error))
        return _page(desk, http, request, action, form, status=error.status)
    except Refused as error:
        request.refresh_from_db()
        return _page(desk, http, request, action, form, refused=str(error), status=error.status)
    now = Status(taken.status).label
    if action == Action.REFUSE and not taken.is_closed:
        messages.success(http, telling.said("refusal_proposed"))
        return HttpResponseRedirect(desk.url_of(request))
    messages.success(http, _("Done: %(ref)s is “%(now)s”.") % {"ref": taken.reference, "now": now})
    return HttpResponseRedirect(desk.url_of(request))


def _action(name: str, request: PrivacyRequest) -> Action:
    """A step that people take on this kind of request; anything else is no page."""
    if name in Action.values:
        action = Action(name)
        move = MOVES[action]
        if move.permission != "run" and request.kind in move.kinds:
            return action
    raise Http404


def _page(
    desk: PrivacyRequestAdmin,
    http: HttpRequest,
    request: PrivacyRequest,
    action: Action,
    form: TakeForm,
    *,
    refused: str = "",
    letter: letters.Draft | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **desk.admin_site.each_context(http),
        "title": _("%(action)s: %(ref)s") % {"action": action.label, "ref": request.reference},
        "r": request,
        "action": action,
        "follows": follows(action, request.kind),
        "back": BACK.get(action, _("Back")),
        "danger": action in DANGEROUS,
        "form": form,
        "writes": action in letters.WRITTEN,
        "letter": letter,
        "refused": refused,
        "opts": desk.opts,
    }
    template = "admin/compliance/privacyrequest/take.html"
    if types_reference(action, request):
        template = "admin/compliance/privacyrequest/approve_deletion.html"
        context |= _loss(request)
    http.current_app = desk.admin_site.name
    return TemplateResponse(http, template, context, status=status)


def _loss(request: PrivacyRequest) -> dict[str, Any]:
    """What the approver of a deletion has to have seen before they type the reference."""
    now = timezone.now()
    cooling_off = clock.cooling_off(request.kind, whole_contract=request.whole_contract)
    return {
        "scope": page.scope(request),
        "totals": preview.totals(request) if request.preview else None,
        "fresh": preview.is_fresh(request),
        "need": approvals.need(request),
        "given": page.given(request),
        "holds": page.holds(request),
        "seats": page.seats(request),
        "span": timesince(now, now + cooling_off),
    }
