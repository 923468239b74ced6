"""The product, calling."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.test import Client
from ninja.operation import Operation

from compliance.enums import ApiScope
from compliance.services import api_keys
from config.api import api

ROOT = "/api/v1"
PROBLEM = "application/problem+json"


@dataclass
class Caller:
    token: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> HttpResponse:
        """`headers` by their names with underscores; `raw` instead of a body to be made JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Authorization", f"Bearer {self.token}")
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        kind = sent.pop("Content-Type", "application/json")
        return self.client.generic(method, ROOT + path, content, content_type=kind, headers=sent)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("PUT", path, body, **headers)


def caller(scopes: Collection[str] = tuple(ApiScope)) -> Caller:
    return Caller(api_keys.create("the product", scopes)[1])


def operations() -> list[tuple[str, str, Operation]]:
    """Every call there is: method, path below the root with its parameters in braces, operation."""
    return [
        (method, path, operation)
        for bound in api._get_bound_routers()
        for path, view in bound.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    ]


def refusal(response: HttpResponse) -> tuple[int, str]:
    """Status and code of a problem, which looks as every problem does."""
    assert response.headers["Content-Type"] == PROBLEM, response.content
    told = response.json()
    assert told["status"] == response.status_code
    assert {"type", "title", "status", "code", "detail"} <= told.keys()
    assert told["detail"].endswith((".", "…."))
    return response.status_code, told["code"]
