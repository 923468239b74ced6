"""Which messages a member wants: signed in, or behind the link in a message's footer, which opens
this page and nothing else of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from compliance.services import throttle
from compliance.services.errors import BadInput, Refused
from compliance.views import errors, promotional
from compliance.views.by_link import by_link, form_of, language_of, recognisable, refusal
from compliance.views.personal import in_language, surface_of, visitor
from compliance.views.promotional import Question
from compliance.views.sessions import MemberRequest, signed_in
from consent.enums import PAIRS, Channel, Origin, Surface
from consent.services import centre, links
from consent.services.centre import Versions
from consent.services.consents import pair
from consent.services.evidence import Evidence
from consent.services.projection import Pair
from seats.models import Member

SAVED = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
OURS = {"version", "csrfmiddlewaretoken"}
ALL = tuple(Question(*one) for one in PAIRS)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def choices(request: MemberRequest) -> HttpResponse:
    here = reverse("choices")
    seen = Evidence(
        origin=Origin.PREFERENCE_CENTRE,
        surface=surface_of(request),
        language=translation.get_language() or "",
        ip=visitor(request),
    )
    try:
        return _answer(request, request.member, here, seen)
    except Refused as refused:
        return refusal(request, refused, back=here)


@by_link
def choices_by_link(request: HttpRequest, token: str) -> HttpResponse:
    member = links.read_preferences(token)
    here = reverse("choices_by_link", args=[token])
    language = language_of(member)
    with translation.override(language):
        seen = Evidence(
            origin=Origin.FOOTER_LINK,
            surface=Surface.EMAIL,
            language=language,
            ip=visitor(request),
        )
        try:
            return in_language(_answer(request, member, here, seen), language)
        except Refused as refused:
            return in_language(refusal(request, refused, back=here), language)


def _answer(request: HttpRequest, member: Member, here: str, seen: Evidence) -> HttpResponse:
    if request.method == "POST":
        if seconds := throttle.wait(member.number, "choices"):
            response = errors.page(request, 429)
            response.headers["Retry-After"] = str(seconds)
            return response
        before, after = _act(form_of(request), member, seen)
        return redirect(f"{here}?saved={before}-{after}")
    if numbers := SAVED.fullmatch(request.GET.get("saved", "")):
        before, after = map(int, numbers.groups())
        if saved := centre.saved(member, before, after):
            return _saved_page(request, here, saved)
    return _page(request, member, here)


def _act(form: QueryDict, member: Member, seen: Evidence) -> Versions:
    """Do what a form says. Raises BadInput for one that is not ours, or not whole, and Stale."""
    typed = form.get("version", "")
    if not re.fullmatch(r"[0-9]{1,9}", typed):
        raise BadInput(_("This form is broken."))
    version, names = int(typed), set(form) - OURS
    for button, channel in (("all", ""), ("inmail", Channel.INMAIL)):
        if button in names:
            pressed = form.getlist(button)
            if names != {button} or pressed not in (["stop"], ["again"]):
                raise BadInput(_("This form is broken."))
            now = promotional.cards(centre.of(member))
            text = next(card.text for card in now if card.name == button)
            act = centre.stop if pressed == ["stop"] else centre.allow_again
            return act(member, replace(seen, text=text), channel, version=version)
    answers = _answers(form, names)
    words = promotional.questions(_page_words())
    return centre.save(member, answers, seen, words, version=version)


def _answers(form: QueryDict, names: Iterable[str]) -> dict[Pair, bool]:
    for name in names:
        purpose, _dot, channel = name.partition(".")
        pair(purpose, channel)
    answers = {}
    for asked in ALL:
        said = form.getlist(asked.name)
        if not said:
            raise BadInput(_("An answer is missing. Answer all the questions."))
        if said not in (["yes"], ["no"]):
            raise BadInput(_("This form is broken."))
        answers[asked.purpose, asked.channel] = said == ["yes"]
    return answers


def _page_words() -> tuple[str, str]:
    return (
        _("Which messages do you want?"),
        _("Nothing is sent unless you say yes. Saying no works at once, on every device."),
    )


def _page(request: HttpRequest, member: Member, here: str) -> HttpResponse:
    now = centre.of(member)
    groups = [
        (
            channel.label,
            [(asked, asked.pair in now.allowed) for asked in ALL if asked.channel == channel],
        )
        for channel in Channel
    ]
    title, lead = _page_words()
    context = {
        "here": here,
        "title": title,
        "lead": lead,
        "address": recognisable(member.email),
        "now": now,
        "cards": promotional.cards(now),
        "groups": groups,
    }
    return render(request, "member/choices.html", context)


def _saved_page(request: HttpRequest, here: str, saved: centre.Saved) -> HttpResponse:
    context = {
        "here": here,
        "changed": [(promotional.title(one), state) for one, state in saved.changed.items()],
        "kept": [(promotional.title(one), allowed) for one, allowed in saved.kept.items()],
        "stops": [(event.get_channel_display(), event.at) for event in saved.stops],
    }
    return render(request, "member/choices_saved.html", context)
