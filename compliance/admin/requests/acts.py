"""What staff do on a request's page beside its steps. All by POST, but the receipts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from compliance.archive import KeyUnknown, SealBroken
from compliance.models import PrivacyRequest
from compliance.services import archives, correspondence, evidence, handling, outages, preview
from compliance.services.actors import staff_actor
from compliance.services.errors import BadInput, NotAllowed, Refused
from compliance.sources.product import ProductUnavailable
from seats import evidence as storage

if TYPE_CHECKING:
    from compliance.admin.requests.pages import PrivacyRequestAdmin

Act = Callable[..., HttpResponse]


def act(do: Act) -> Act:
    """A POST on a request in scope; what a service refuses is said on its page, with its status.

    So is a storage that is away.
    """

    @require_POST
    def posted(http: HttpRequest, desk: PrivacyRequestAdmin, pk: str, **more: Any) -> HttpResponse:
        request = desk.found(http, pk)
        try:
            return do(desk, http, request, **more)
        except Refused as error:
            return desk.refused(http, request, str(error), error.status)
        except Exception as error:
            outage = outages.of(error)
            if outage not in (outages.Outage.STORAGE, outages.Outage.FULL):
                raise
            return desk.refused(http, request, str(outage.label), 503)

    @wraps(do)
    def view(desk: PrivacyRequestAdmin, http: HttpRequest, pk: str, **more: Any) -> HttpResponse:
        return posted(http, desk, pk, **more)

    return view


@act
def count(desk: PrivacyRequestAdmin, http: HttpRequest, request: PrivacyRequest) -> HttpResponse:
    """Count anew what would be handed over or deleted."""
    if not staff_actor(http.user).may("review", request):
        raise NotAllowed(_("Your role does not include this."))
    try:
        preview.refresh(request)
    except ProductUnavailable:
        said = _("The product’s database cannot be reached now. Nothing was counted: try later.")
        return desk.refused(http, request, said, 503)
    messages.success(http, _("Counted just now."))
    back = http.POST.get("next", "")
    return HttpResponseRedirect(
        desk.url_of(request, "take/approve") if back == "approve" else desk.url_of(request)
    )


@act
def note(desk: PrivacyRequestAdmin, http: HttpRequest, request: PrivacyRequest) -> HttpResponse:
    handling.add_note(request.pk, http.POST.get("text", ""), actor=staff_actor(http.user))
    messages.success(http, _("The note is kept."))
    return HttpResponseRedirect(desk.url_of(request))


@act
def reply(desk: PrivacyRequestAdmin, http: HttpRequest, request: PrivacyRequest) -> HttpResponse:
    correspondence.reply(request.pk, http.POST.get("text", ""), actor=staff_actor(http.user))
    messages.success(http, _("Your answer is on its way."))
    return HttpResponseRedirect(desk.url_of(request))


@act
def assign(desk: PrivacyRequestAdmin, http: HttpRequest, request: PrivacyRequest) -> HttpResponse:
    """To oneself, or to nobody."""
    to = http.user if http.POST.get("to") == "me" else None
    handling.assign(request.pk, to, actor=staff_actor(http.user))
    messages.success(http, _("Assigned to you.") if to else _("Assigned to nobody."))
    return HttpResponseRedirect(desk.url_of(request))


@act
def reveal(desk: PrivacyRequestAdmin, http: HttpRequest, request: PrivacyRequest) -> HttpResponse:
    """The page once more, with the address; that it was shown is an event of its own."""
    address = handling.reveal_contact(request.pk, actor=staff_actor(http.user))
    return desk.page(http, request, extra={"address": address})


@act
def attach(desk: PrivacyRequestAdmin, http: HttpRequest, request: PrivacyRequest) -> HttpResponse:
    file = http.FILES.get("file")
    if file is None:
        raise BadInput(_("Choose a file first."))
    what = http.POST.get("what", "")
    evidence.attach(request.pk, what=what, file=file, actor=staff_actor(http.user))
    messages.success(http, _("The file is sealed and attached."))
    return HttpResponseRedirect(desk.url_of(request))


@act
def look(
    desk: PrivacyRequestAdmin, http: HttpRequest, request: PrivacyRequest, number: int
) -> HttpResponse:
    """One piece of evidence, opened on record."""
    if not request.evidence.filter(pk=number).exists():
        raise Http404
    try:
        found, content = evidence.open_evidence(number, actor=staff_actor(http.user))
    except (SealBroken, KeyUnknown, OSError) as error:
        if outages.of(error):
            raise
        return desk.refused(http, request, _("The file cannot be read: tell who runs this."), 500)
    suffix = evidence.suffix(content)
    return _file(content, f"{request.reference}-{found.what}-{found.pk}.{suffix}")


@act
def archive(desk: PrivacyRequestAdmin, http: HttpRequest, request: PrivacyRequest) -> HttpResponse:
    """The finished copy, decrypted while it is sent, opened on record."""
    try:
        found, reader = archives.opened(request, actor=staff_actor(http.user))
    except (SealBroken, KeyUnknown, OSError) as error:
        if outages.of(error):
            raise
        said = _("The archive cannot be read: tell who runs this.")
        return desk.refused(http, request, said, 500)
    response = FileResponse(reader, as_attachment=True, filename=f"{request.reference}.zip")
    response.headers["Content-Length"] = str(found.size)
    return response


def receipt(desk: PrivacyRequestAdmin, http: HttpRequest, pk: str, number: str) -> HttpResponse:
    """A signed document as it was issued."""
    request = desk.found(http, pk)
    if not http.user.has_perm("compliance.view_receipt"):
        raise PermissionDenied
    found = request.receipts.filter(number=number).first()
    if found is None:
        raise Http404
    try:
        content = storage.read(found.pdf_name)
    except OSError:
        return desk.refused(http, request, _("The document cannot be read now: try later."), 503)
    return _file(content, f"{found.number}.pdf")


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/octet-stream")
    if name.endswith(".pdf"):
        response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
