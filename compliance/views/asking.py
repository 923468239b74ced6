"""Asking for a copy, for deletion, or for both: what, about whom, what of it, and sending it.

Each page's address carries the answers given so far, and they are judged anew on each.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from compliance.enums import RequestKind
from compliance.services import asking, sending
from compliance.services.asking import Draft, Emptied, Ended, What
from compliance.services.errors import BadInput, NotFound, Refused
from compliance.templatetags.plainly import day
from compliance.views import consequences, errors, prospects
from compliance.views.sessions import MemberRequest, signed_in

Step = Callable[[MemberRequest], HttpResponse]


class Unanswered(Exception):
    """An earlier page's question was left open, or answered with something it did not offer."""

    def __init__(self, page: HttpResponse) -> None:
        self.page = page


def step(view: Step) -> Callable[..., HttpResponseBase]:
    """A page of the way, which sends back to what is missing, and says what is not possible."""

    @signed_in
    @wraps(view)
    def shown(request: MemberRequest) -> HttpResponse:
        try:
            return view(request)
        except Unanswered as unanswered:
            return unanswered.page
        except (Ended, Emptied, NotFound) as refused:
            return errors.page(
                request, refused.status, wording=_words(refused), back=reverse("ask")
            )

    return shown


@require_safe
@step
def what(request: MemberRequest) -> HttpResponse:
    return _what_page(request, chosen=request.GET.get("what", ""))


@require_safe
@step
def about(request: MemberRequest) -> HttpResponse:
    chosen = _what(request)
    seats, contracts = asking.seats_of(request.member), asking.contracts_of(request.member)
    if len(seats) == 1 and not contracts and "change" not in request.GET:
        only = {"what": chosen, "about": f"seat:{seats[0].number}"}
        return redirect(f"{reverse('ask_included')}?{urlencode(only)}")
    return _about_page(request, chosen, chosen_about=request.GET.get("about", ""))


@require_safe
@step
def included(request: MemberRequest) -> HttpResponse:
    chosen, subject = _what(request), _subject(request)
    given = request.GET.getlist("category") or None
    return _included_page(request, chosen, subject, given)


@require_http_methods(["GET", "HEAD", "POST"])
@step
def check(request: MemberRequest) -> HttpResponse:
    """The last look; for a deletion, at all that is lost. A POST sends it."""
    draft = _draft(request)
    if request.method != "POST":
        return _check_page(request, draft)
    typed = request.POST.get("typed", "").strip()[:80]
    if RequestKind.DELETION in draft.what.kinds and typed.upper() != draft.subject.number.upper():
        return _check_page(request, draft, typed=typed, wrong=True)
    ticket = request.POST.get("ticket", "")[:64] or secrets.token_urlsafe(16)
    try:
        first, *_later = sending.send(draft, ticket, session=request.member_session)
    except BadInput as error:
        return _check_page(request, draft, typed=typed, refused=str(error))
    return redirect("received", first.public_id)


def _what(request: MemberRequest) -> What:
    given = request.GET.get("what", "")
    if given not in list(What):
        raise Unanswered(_what_page(request, error=True))
    return What(given)


def _subject(request: MemberRequest) -> asking.Subject:
    given = request.GET.get("about", "")
    if given == "other":
        given = f"seat:{request.GET.get('number', '')}"
        if not request.GET.get("number", "").strip():
            wrong = _("Enter the number of the seat")
            raise Unanswered(
                _about_page(request, _what(request), chosen_about="other", wrong=wrong)
            )
    if not given:
        wrong = _("Choose what it is about")
        raise Unanswered(_about_page(request, _what(request), wrong=wrong))
    return asking.subject(given, request.member)


def _draft(request: MemberRequest) -> Draft:
    chosen, subject = _what(request), _subject(request)
    slugs = request.GET.getlist("category")
    try:
        return asking.draft(chosen, subject, slugs, request.GET.get("format", "csv"))
    except BadInput as error:
        page = _included_page(request, chosen, subject, slugs, wrong=str(error))
        raise Unanswered(page) from error


def _what_page(request: MemberRequest, *, chosen: str = "", error: bool = False) -> HttpResponse:
    context = {"chosen": chosen, "error": error}
    return render(request, "member/ask/what.html", context, status=400 if error else 200)


def _about_page(
    request: MemberRequest, chosen: What, *, chosen_about: str = "", wrong: str = ""
) -> HttpResponse:
    seats, contracts = asking.seats_of(request.member), asking.contracts_of(request.member)
    own = {f"seat:{seat.number}" for seat in seats}
    if chosen_about.startswith("seat:") and chosen_about not in own:
        number, chosen_about = chosen_about.removeprefix("seat:"), "other"
    else:
        number = request.GET.get("number", "")
    context = {
        "what": chosen,
        "deletion": RequestKind.DELETION in chosen.kinds,
        "seats": seats,
        "contracts": contracts,
        "chosen": chosen_about,
        "number": number[: asking.LONGEST_NUMBER],
        "wrong": wrong,
    }
    return render(request, "member/ask/about.html", context, status=400 if wrong else 200)


def _included_page(
    request: MemberRequest,
    chosen: What,
    subject: asking.Subject,
    given: list[str] | None,
    *,
    wrong: str = "",
) -> HttpResponse:
    offers = asking.offers(chosen, subject, given)
    context = {
        "what": chosen,
        "subject": subject,
        "groups": prospects.groups(chosen, subject, offers),
        "copies": RequestKind.EXPORT in chosen.kinds,
        "deletion": RequestKind.DELETION in chosen.kinds,
        "format": request.GET.get("format", "csv"),
        "kept": _kept(request, chosen, subject),
        "wrong": wrong,
        **_ways_back(chosen, subject),
    }
    return render(request, "member/ask/included.html", context, status=400 if wrong else 200)


def _kept(request: MemberRequest, chosen: What, subject: asking.Subject) -> list[consequences.Kept]:
    """What would stay with us of a deletion of everything."""
    if RequestKind.DELETION not in chosen.kinds:
        return []
    everything = [offer.category.slug for offer in asking.offers(What.DELETE, subject)]
    draft = Draft(chosen, subject, everything, "csv")
    with_account = sending.empties_account(draft, request.member)
    return consequences.kept_by_us(subject, with_account=with_account)


def _check_page(
    request: MemberRequest, draft: Draft, *, typed: str = "", wrong: bool = False, refused: str = ""
) -> HttpResponse:
    answers = _answers(draft)
    context: dict[str, Any] = {
        "draft": draft,
        "subject": draft.subject,
        "chosen": prospects.names(draft),
        "next": prospects.of(draft, request.member),
        "ticket": request.POST.get("ticket", "")[:64] or secrets.token_urlsafe(16),
        "typed": typed,
        "wrong": wrong,
        "refused": refused,
        "change_included": f"{reverse('ask_included')}?{answers.urlencode()}",
        **_ways_back(draft.what, draft.subject),
    }
    template = "member/ask/check.html"
    if RequestKind.DELETION in draft.what.kinds:
        template = "member/ask/delete.html"
        context |= consequences.of(draft, request.member)
    return render(request, template, context, status=400 if wrong or refused else 200)


def _ways_back(chosen: What, subject: asking.Subject) -> dict[str, str]:
    """Where each answer is changed, with the others kept."""
    answers = urlencode({"what": chosen, "about": subject.about})
    return {
        "change_what": f"{reverse('ask')}?{answers}",
        "change_about": f"{reverse('ask_about')}?{answers}&change=1",
    }


def _answers(draft: Draft) -> QueryDict:
    answers = QueryDict(mutable=True)
    answers["what"], answers["about"] = draft.what, draft.subject.about
    answers.setlist("category", list(draft.categories))
    answers["format"] = draft.format
    return answers


def _words(refused: Refused) -> errors.Wording:
    """What happened, and what to do, for who asks about something they cannot ask about."""
    if isinstance(refused, Emptied):
        return errors.Wording(
            _("This seat is empty already"),
            _("The data of seat %(number)s was deleted on %(day)s.")
            % {"number": refused.seat.number, "day": day(refused.seat.erased_at)},
            _("There is nothing left to copy or to delete. The certificate came by e-mail."),
        )
    if isinstance(refused, Ended):
        over = refused.administration
        return errors.Wording(
            _("You may not ask for this any more"),
            _("You were an administrator of %(customer)s until %(day)s.")
            % {"customer": over.contract.customer, "day": day(over.until)},
            _("Ask one of its administrators, or write to us. Nothing was changed."),
        )
    return errors.Wording(
        _("We cannot find this for you"),
        _("You have no seat or contract with this number."),
        _("Check the number, or choose again. Nothing was changed."),
    )
