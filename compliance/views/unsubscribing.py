"""The page behind the unsubscribe link of a message (RFC 8058, and 15 USC 7704(a)(3)).

Two kinds of form are sent to one address. A mail program sends `List-Unsubscribe=One-Click`, by
itself. Our own buttons send `stop` or `undo`, by which they can be told apart. Opening the page
changes nothing: mail scanners do that.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from compliance.services.errors import BadInput
from compliance.views import promotional
from compliance.views.by_link import by_link, form_of, language_of, recognisable
from compliance.views.personal import in_language, visitor
from consent.enums import Channel
from consent.services import links, unsubscribing
from consent.services.links import Target

THIS, EVERYTHING = "this", "everything"


@by_link
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    target = links.read_unsubscribe(token)
    language = language_of(target.member)
    with translation.override(language):
        if request.method != "POST":
            return in_language(_page(request, target), language)
        return in_language(_answer(request, token, target), language)


def _answer(request: HttpRequest, token: str, target: Target) -> HttpResponse:
    form = form_of(request)
    done, which = _pressed(form)
    if not done:
        unsubscribing.one_click(token, dict(form.lists()), ip=visitor(request))
        return HttpResponse(_("You are unsubscribed."), content_type="text/plain; charset=utf-8")
    everything = which == EVERYTHING
    act = unsubscribing.unsubscribe if done == "stop" else unsubscribing.undo
    act(
        token,
        everything=everything,
        ip=visitor(request),
        language=translation.get_language() or "",
        text=_words(target, done, everything=everything),
    )
    return _page(request, target, done=done, everything=everything)


def _pressed(form: QueryDict) -> tuple[str, str]:
    """Which of our buttons sent the form, and what about; two empty texts for none of them.

    Raises BadInput for a form of ours with anything else in it.
    """
    done = next((name for name in ("stop", "undo") if name in form), "")
    if not done:
        return "", ""
    which = form[done]
    if dict(form.lists()) != {done: [which]} or which not in (THIS, EVERYTHING):
        raise BadInput(_("This form is broken."))
    return done, which


def _words(target: Target, done: str, *, everything: bool) -> str:
    """The button and what stands above it, as evidence of what was pressed."""
    if done == "undo":
        now = unsubscribing.standing(target)
        back = now.undo_everything if everything else now.undo_this
        return f"{_('Allow again')}: {', '.join(promotional.titles(back))}"
    if everything:
        said = (
            _("Everything promotional"),
            _("From us and from partners, by e-mail, by InMail and in the product."),
            _("Stop everything"),
        )
    else:
        said = (
            promotional.title((target.purpose, target.channel)),
            _("Other messages go on as you chose."),
            str(promotional.STOP[target.purpose]),
        )
    return " ".join(said)


def _page(
    request: HttpRequest, target: Target, *, done: str = "", everything: bool = False
) -> HttpResponse:
    member, now = target.member, unsubscribing.standing(target)
    # Somebody may have stopped it elsewhere since, which the button does not take back.
    is_stopped = bool(now.everything if everything else now.this)
    everything = everything or now.everything is not None
    if done == "stop" or is_stopped or now.is_forgotten:
        state = "stopped"
    else:
        state = "allowed" if done else "ask"
    # The way back only where somebody has just pressed the button, out of the reach of scanners.
    back = now.undo_everything if everything else now.undo_this
    context = {
        "state": state,
        "address": recognisable(member.email),
        "is_erased": member.erased_at is not None,
        "is_forgotten": now.is_forgotten,
        "is_email": target.channel == Channel.EMAIL,
        "title": promotional.title((target.purpose, target.channel)),
        "stop": promotional.STOP[target.purpose],
        "everything": everything,
        "since": now.everything if everything else now.this,
        "can_stop": not done and not everything and not now.is_forgotten,
        "back": promotional.titles(back) if done == "stop" else [],
        "choices": ""
        if member.erased_at
        else reverse("choices_by_link", args=[links.preferences_token(member)]),
    }
    return render(request, "member/unsubscribe.html", context)
