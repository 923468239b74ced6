"""What all pages for everybody have in common: anyone may keep them a while, and link to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

from compliance.services.errors import Refused
from compliance.views import errors

View = Callable[..., HttpResponse]
KEPT = 300  # seconds: what is withdrawn or published shows within them


def public(*, back: str = "") -> Callable[[View], View]:
    """A page without anything personal, which caches may keep and ask for again by its ETag.

    What a service refuses because there is no such thing becomes its page, with the way to `back`.
    """

    def decorate(view: View) -> View:
        @require_safe
        @conditional_page
        @wraps(view)
        def shown(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            try:
                response = view(request, *args, **kwargs)
            except Refused as refused:
                wording = errors.Wording(errors.WORDS[404].title, str(refused))
                return errors.page(request, refused.status, wording=wording, back=back)
            if response.status_code == 200:
                patch_cache_control(response, public=True, max_age=KEPT)
            return response

        return shown

    return decorate
