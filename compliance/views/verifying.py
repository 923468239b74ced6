"""The page behind the link that verifies an address, with one separate question (Art. 7(2) GDPR).

Opening it changes nothing, and the address is verified whatever is answered.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from compliance.services.errors import BadInput
from compliance.views import promotional
from compliance.views.by_link import by_link, form_of, language_of, recognisable
from compliance.views.personal import in_language, visitor
from compliance.views.promotional import Question
from consent.enums import Channel, Origin, Purpose, Surface
from consent.services import centre, choices, links
from consent.services.evidence import Evidence
from seats import keys
from seats.models import Member

# One purpose and channel: a yes to more at once would be no specific one (EDPB 05/2020, 3.1.3).
ASKED = Question(Purpose.PRODUCT_NEWS, Channel.EMAIL)


@by_link
def verify_address(request: HttpRequest, token: str) -> HttpResponse:
    member = links.read_verify(token)
    language = language_of(member)
    with translation.override(language):
        if request.method == "POST":
            _verify(request, token, member)
            return redirect("verify_address", token)
        return in_language(_page(request, member), language)


def _verify(request: HttpRequest, token: str, member: Member) -> None:
    form = form_of(request)
    said = form.getlist("news")
    if set(form) - {"news"} or said not in ([], ["yes"], ["no"]):
        raise BadInput(_("This form is broken."))
    evidence = Evidence(
        origin=Origin.VERIFICATION_PAGE,
        surface=Surface.EMAIL,
        language=translation.get_language() or "",
        text=" ".join(_question()),
        ip=visitor(request),
        key=keys.pseudonym("verification", token),
    )
    choices.verify_address(member, {ASKED.pair: said == ["yes"]}, evidence, first=True)


def _question() -> tuple[str, ...]:
    """The question as it is shown, and kept with its answer."""
    return (
        _("May we send you product news by e-mail?"),
        f"{ASKED.example} {ASKED.often}",
        _("Your address is confirmed either way. If you choose nothing, we take it as a no."),
        _("You can take back a yes at any time, by the link in each message."),
        _("Yes"),
        _("No"),
    )


def _page(request: HttpRequest, member: Member) -> HttpResponse:
    context: dict[str, Any] = {"address": recognisable(member.email)}
    if not member.verified_at:
        asked, *about = _question()[:-2]
        context |= {"asked": asked, "about": about}
        return render(request, "member/verify_address.html", context)
    context |= {
        "at": member.verified_at,
        "title": promotional.title(ASKED.pair),
        "allowed": ASKED.pair in centre.of(member).allowed,
        "choices": reverse("choices_by_link", args=[links.preferences_token(member)]),
    }
    return render(request, "member/address_verified.html", context)
