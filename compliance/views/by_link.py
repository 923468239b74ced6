"""Pages behind a link in a message: the link is the authority, and nothing else is looked at.

They work with cookies off and set none. No other site can make a visitor's browser act here: it
would have to know the link, and who knows it needs no visitor. So there is no CSRF token, which
would need a cookie; and who is signed in makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from compliance.services.errors import BadInput, Refused
from compliance.services.languages import written_in
from compliance.views import errors
from compliance.views.personal import personal
from seats.models import Member, masked

LONGEST_BODY = 8_192  # bytes; the longest of our forms has under 1,000
TITLES = {
    404: gettext_lazy("This link does not work"),
    409: errors.WORDS[409].title,
    410: gettext_lazy("This link works no longer"),
    429: errors.WORDS[429].title,
}
LinkView = Callable[[HttpRequest, str], HttpResponse]


def by_link(view: LinkView) -> LinkView:
    """For a view of a request and the token in its address."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    @personal
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        try:
            return view(request, token)
        except Refused as refused:
            return refusal(request, refused)

    return guarded  # type: ignore[return-value]  # the decorators give back what they got


def refusal(request: HttpRequest, refused: Refused, *, back: str = "") -> HttpResponse:
    """The page for what a service refused, in its own sentence."""
    title = TITLES.get(refused.status, errors.WORDS[400].title)
    wording = errors.Wording(title, str(refused), errors.NOTHING_CHANGED)
    return errors.page(request, refused.status, wording=wording, back=back)


def form_of(request: HttpRequest) -> QueryDict:
    """The form that was sent, in either encoding. Raises BadInput for one too long, or with files.

    The length is looked at before the body is read.
    """
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    try:
        if length > LONGEST_BODY or request.FILES:
            raise BadInput(_("That was too long for this form."))
        return request.POST
    except (MultiPartParserError, SuspiciousOperation):
        raise BadInput(_("This form is broken.")) from None


def recognisable(address: str) -> str:
    """An address masked, to be read from left to right in every language; "" for none."""
    return format_html('<b dir="ltr">{}</b>', masked(address)) if address else ""


def language_of(member: Member) -> str:
    """The member's language; the browser's when they are erased."""
    return written_in((translation.get_language() or "") if member.erased_at else member.locale)
