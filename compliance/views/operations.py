"""Pages for machines that watch this installation: no session, no cookie, nothing kept."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from compliance.services import metrics as measuring
from compliance.services import readiness

PLAIN = "text/plain; charset=utf-8"
UNKEPT = {"Cache-Control": "no-store"}


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked, so that no outage gets it restarted."""
    return HttpResponse("ok\n", content_type=PLAIN, headers=UNKEPT)


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 while this process can serve, else 503, with every check by its name."""
    checks = readiness.recently()
    is_ready = all(check.is_well for check in checks if check.is_needed)
    return JsonResponse(
        {
            "ready": is_ready,
            "checks": {
                check.name: {"ok": check.is_well, "needed": check.is_needed, "said": check.said}
                for check in checks
            },
        },
        status=200 if is_ready else 503,
        headers=UNKEPT,
    )


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, with the bearer token `METRICS_TOKEN`; without that setting no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    known = hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    if scheme.lower() != "bearer" or not known:
        return HttpResponse(
            "A bearer token is needed.\n",
            status=401,
            content_type=PLAIN,
            headers={**UNKEPT, "WWW-Authenticate": 'Bearer realm="metrics"'},
        )
    try:
        page = measuring.text(measuring.measure(timezone.now()))
    except Error:
        return HttpResponse(
            "The database does not answer.\n", status=503, content_type=PLAIN, headers=UNKEPT
        )
    return HttpResponse(page, content_type=measuring.CONTENT_TYPE, headers=UNKEPT)
