from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from compliance.views import operations
from config.middleware import GetResponse


class ProbesMiddleware:
    """Answers `/healthz` and `/readyz` before anything looks at hosts, sessions or languages.

    A probe calls a container by its own address, which is no host of ours (`ALLOWED_HOSTS`), and
    has to be answered while the database is away.
    """

    PROBES = {"/healthz": operations.alive, "/readyz": operations.ready}

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = self.PROBES.get(request.path)
        return probe(request) if probe else self.get_response(request)
