"""The API's OpenAPI document: ninja's, and what holds for every call beside it."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.operation import Operation
from pydantic.json_schema import models_json_schema

from compliance.api import choices, directory, notices, permission, requests, visits
from compliance.api.door import SAFE, Bearer, once
from compliance.api.problems import MEDIA_TYPE, Problem, answer_with_problems, described
from compliance.enums import ApiScope
from compliance.services import remembered

DESCRIPTION = """\
What the product tells Rightsdesk and asks it. Send `Authorization: Bearer rk_…`, and JSON.

Every refusal is a problem (RFC 9457) with a stable `code`, and nothing was done. A call with an
`Idempotency-Key` is done once: for a day the same call again has the same answer. A key that calls
too often is told by `Retry-After` when to go on. Fields and parameters there are not are refused,
and so are values not as described.
"""
PROBLEMS = {
    400: "The call cannot be read, or what it says cannot be",
    401: "No key, or one that is unknown, expired or revoked",
    403: "The key lacks the scope, or this is not for the product to do",
    404: "Who or what is named is unknown, erased or out of reach",
    409: "It cannot be beside what is there; or the same call is under way",
    411: "The body came without its length",
    413: "The body is too big",
    415: "The body is not application/json",
    422: "A field is unknown, missing or not as described; or the Idempotency-Key was used before",
    429: "The key called too often, or asked for too many mails to one member",
    500: "Something failed on our side",
    503: "Something we need is out of reach",
}
OF_BODIES = {409, 411, 413, 415}
NAME = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "Names the call, so that it is done once.",
    "schema": {"type": "string", "pattern": f"^[!-~]{{1,{remembered.LONGEST_NAME}}}$"},
}


class Document(OpenAPISchema):
    """Adds to every call its scope, its name, and the problems it may be refused with."""

    def get_components(self) -> dict[str, Any]:
        _schema, definitions = models_json_schema(
            [(Problem, "serialization")], ref_template=REF_TEMPLATE
        )
        self.add_schema_definitions(definitions["$defs"])
        content = {MEDIA_TYPE: {"schema": {"$ref": REF_TEMPLATE.format(model="Problem")}}}
        responses = {
            f"Problem{code}": {"description": meaning, "content": content}
            for code, meaning in PROBLEMS.items()
        }
        return {**super().get_components(), "responses": responses}

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        details = super().operation_details(operation)
        writes = SAFE.isdisjoint(operation.methods)
        if writes and not getattr(operation.view_func, "asks_only", False):
            details["parameters"].append(NAME)
        for code in PROBLEMS:
            if writes or code not in OF_BODIES:
                details["responses"][code] = described(code)
        return details

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        super().operation_security(operation)
        return [{Bearer.__name__: [str(scope_of(operation))]}]


class Api(NinjaAPI):
    """What is mounted at /api/v1/."""

    def __init__(self) -> None:
        super().__init__(
            title="Rightsdesk", version="1", description=DESCRIPTION, urls_namespace="api"
        )
        answer_with_problems(self)
        self.add_decorator(once)
        for module in (directory, notices, choices, permission, requests, visits):
            self.add_router("", module.router)

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        return Document(self, path_prefix or self.get_root_path(path_params or {}))

    def get_openapi_operation_id(self, operation: Operation) -> str:
        view = operation.view_func
        return f"{view.__module__.rpartition('.')[2]}_{view.__name__}"


def scope_of(operation: Operation) -> ApiScope:
    """The one scope that opens a call. Raises for a call that nothing guards."""
    (guard,) = operation.auth_callbacks
    if not isinstance(guard, Bearer):
        raise TypeError(f"{operation.view_func.__name__} is open to anybody.")
    return guard.scope
