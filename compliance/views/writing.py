"""What a requester does on their request's page: writes and answers, or goes without the copy."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from compliance.enums import Action
from compliance.models import PrivacyRequest
from compliance.services import cases, correspondence, requests
from compliance.services.actors import member_actor
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, Stale
from compliance.services.languages import written_in
from compliance.views import errors
from compliance.views.cases import page
from compliance.views.personal import personal
from compliance.views.sessions import MemberRequest, signed_in


@require_POST
@personal
def write(request: HttpRequest, public_id: str) -> HttpResponse:
    """A message, or the answer to what we asked; the link is its holder's proof."""
    case = cases.find(public_id)
    text = request.POST.get("text", "")
    with translation.override(written_in(case.language)):
        try:
            correspondence.write(
                case.pk, text, actor=cases.requester(case), version=_version(request)
            )
        except (BadInput, correspondence.TooMany) as error:
            longest = correspondence.LETTERS + 1
            return page(request, case, typed=text[:longest], wrong=str(error), status=error.status)
        except NotAllowed:
            return errors.page(request, 403, wording=_not_here(), back=case.get_absolute_url())
        except Stale:
            return errors.page(request, 409, back=case.get_absolute_url())
    return redirect(f"{case.get_absolute_url()}#messages")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def waive(request: MemberRequest, public_id: str) -> HttpResponse:
    """Let the deletion go on without the copy that was to come first; asks once more on GET."""
    case = cases.find(public_id)
    actor = member_actor(request.member)
    if not actor.may("answer", case):
        return errors.page(request, 403, wording=_not_here(), back=case.get_absolute_url())
    if not cases.waits_for_copy(case):
        return _waits_no_more(request, case)
    if request.method != "POST":
        return render(request, "member/waive.html", {"case": case})
    reason = _("The requester goes without the copy.")
    try:
        requests.take(
            Action.WAIVE_COPY, case.pk, actor=actor, reason=reason, version=_version(request)
        )
    except (IllegalMove, Stale):
        return _waits_no_more(request, case)
    return redirect(case)


def _waits_no_more(request: HttpRequest, case: PrivacyRequest) -> HttpResponse:
    wording = errors.Wording(
        _("This deletion does not wait for a copy"),
        _("It may have gone on since you opened the page."),
        errors.NOTHING_CHANGED,
    )
    return errors.page(request, 409, wording=wording, back=case.get_absolute_url())


def _not_here() -> errors.Wording:
    return errors.Wording(
        _("This cannot be done here"),
        _("It is for who asked, while they may."),
        _("Write to us, and name the reference of the request. Nothing was changed."),
    )


def _version(request: HttpRequest) -> int | None:
    version = request.POST.get("version", "")
    return int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None
