"""Many requests at once: first a page that names what can and what cannot, then what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
)
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from compliance.admin.downloads import download
from compliance.models import PrivacyRequest
from compliance.services import bulk, desk_log, listing
from compliance.services.actors import staff_actor

if TYPE_CHECKING:
    from compliance.admin.requests.pages import PrivacyRequestAdmin

Rows = QuerySet[PrivacyRequest]
# What can be done with many → the permission without which it is not offered.
OFFERED = {
    "assign": "compliance.review_request",
    "approve": "compliance.approve_request",
}
LABELS: dict[str, Any] = {
    "assign": gettext_lazy("Assign…"),
    "approve": gettext_lazy("Approve exports…"),
}
NOBODY, MYSELF = "nobody", "me"


class AssignForm(forms.Form):
    to = forms.ChoiceField(label=gettext_lazy("To whom"))

    def __init__(self, http: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(user.pk): user for user in bulk.assignees() if user != http.user}
        names = [(key, str(user)) for key, user in self.people.items()]
        self.people[MYSELF] = http.user
        self.fields["to"].choices = [(MYSELF, _("Me")), (NOBODY, _("Nobody")), *names]


def chosen(desk: PrivacyRequestAdmin, http: HttpRequest, rows: Rows, what: str) -> HttpResponse:
    """What would be done with the rows that were ticked: nothing is done yet."""
    _must(http, what)
    return _confirm(desk, http, what, list(rows.select_related("contract", "seat")[: bulk.MOST]))


def post(desk: PrivacyRequestAdmin, http: HttpRequest, what: str) -> HttpResponse:
    """Do it with those that were confirmed, and say of each what came of it."""
    if what not in OFFERED:
        raise Http404
    if http.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    _must(http, what)
    versions = _versions(http)
    seen = desk.get_queryset(http).select_related("contract", "seat")
    rows = list(seen.filter(pk__in=versions))
    actor = staff_actor(http.user)
    if what == "approve":
        results = bulk.approve(rows, versions, actor=actor)
    else:
        form = AssignForm(http, http.POST)
        if not form.is_valid():
            return _confirm(desk, http, what, rows, form=form, status=400)
        to = form.people.get(form.cleaned_data["to"])
        results = bulk.assign(rows, to, actor=actor)
    done = [row for row in results if not row.why_not]
    context = {
        "title": _done(what, len(done)),
        "done": done,
        "failed": [row for row in results if row.why_not],
        "gone": len(versions) - len(rows),
    }
    return _page(desk, http, "bulk_done", context)


def _must(http: HttpRequest, what: str) -> None:
    if not http.user.has_perm(OFFERED[what]):
        raise PermissionDenied


def _versions(http: HttpRequest) -> dict[int, int]:
    """Request → version, as the page that was confirmed showed them ("17:3")."""
    found = {}
    for pair in http.POST.getlist("row")[: bulk.MOST]:
        pk, _colon, version = pair.partition(":")
        if pk.isdecimal() and version.isdecimal() and len(pk) < 19 and len(version) < 10:
            found[int(pk)] = int(version)
    return found


def _confirm(
    desk: PrivacyRequestAdmin,
    http: HttpRequest,
    what: str,
    rows: list[PrivacyRequest],
    *,
    form: AssignForm | None = None,
    status: int = 200,
) -> HttpResponse:
    ask = bulk.approvable if what == "approve" else bulk.assignable
    found = ask(rows, actor=staff_actor(http.user))
    able = [row for row in found if not row.why_not]
    context = {
        "title": _question(what, len(able)),
        "what": what,
        "able": able,
        "unable": [row for row in found if row.why_not],
        "form": None if what == "approve" else form or AssignForm(http),
        "most": bulk.MOST,
    }
    return _page(desk, http, "bulk_confirm", context, status=status)


def _question(what: str, count: int) -> str:
    if what == "approve":
        return ngettext("Approve %(n)d export?", "Approve %(n)d exports?", count) % {"n": count}
    return ngettext("Assign %(n)d request?", "Assign %(n)d requests?", count) % {"n": count}


def _done(what: str, count: int) -> str:
    if what == "approve":
        return ngettext("%(n)d export approved", "%(n)d exports approved", count) % {"n": count}
    return ngettext("%(n)d request assigned", "%(n)d requests assigned", count) % {"n": count}


def _page(
    desk: PrivacyRequestAdmin,
    http: HttpRequest,
    name: str,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    http.current_app = desk.admin_site.name
    common = {**desk.admin_site.each_context(http), "opts": desk.opts}
    template = f"admin/compliance/privacyrequest/{name}.html"
    return TemplateResponse(http, template, common | context, status=status)


def take_list(desk: PrivacyRequestAdmin, http: HttpRequest) -> HttpResponse:
    """The list as it is narrowed, as a file; that it was taken is on record first."""
    if http.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not desk.has_view_permission(http):
        raise PermissionDenied
    narrowed = {name: value for name, value in http.GET.items() if "@" not in value}
    http.GET = http.GET.copy()
    for name in set(http.GET) - set(narrowed):
        del http.GET[name]
    rows = desk.get_changelist_instance(http).get_queryset(http)
    data = {"list": "requests", "narrowed": narrowed}
    desk_log.record("list_downloaded", actor=staff_actor(http.user), data=data)
    return download("requests", "csv", listing.as_csv(rows))
