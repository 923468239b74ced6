from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def controller(request: HttpRequest) -> dict[str, object]:
    """The company that answers, for every page's header and footer."""
    return {"controller": settings.CONTROLLER}
