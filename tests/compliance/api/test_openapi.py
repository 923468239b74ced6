"""The description of the API is the API's own, and committed, so that a change of it is seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from compliance.enums import ApiScope
from tests.compliance.api.caller import operations

COMMITTED = Path(__file__).resolve().parents[3] / "compliance" / "api" / "openapi.json"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(COMMITTED.read_text())
    return document


def test_the_committed_description_is_that_of_the_code(tmp_path: Path) -> None:
    made = tmp_path / "openapi.json"
    call_command("export_openapi_schema", api="config.api.api", indent=2, output=str(made))
    assert made.read_text() == COMMITTED.read_text(), "make openapi"


def test_it_is_served_as_it_is_committed(client: Client, described: dict[str, Any]) -> None:
    answer = client.get("/api/v1/openapi.json")
    assert answer.json() == described
    assert described["openapi"].startswith("3.1.")


def test_every_call_is_described_with_its_scope_and_what_it_may_be_refused_for(
    described: dict[str, Any],
) -> None:
    calls = {(method, path) for method, path, _operation in operations()}
    found = {
        (method.upper(), path.removeprefix("/api/v1")): call
        for path, methods in described["paths"].items()
        for method, call in methods.items()
    }
    assert found.keys() == calls
    names = [call["operationId"] for call in found.values()]
    assert len(set(names)) == len(names)
    for call in found.values():
        ((scheme, scopes),) = call["security"][0].items()
        assert scheme in described["components"]["securitySchemes"]
        assert len(scopes) == 1
        assert scopes[0] in ApiScope.values
        assert {"401", "403", "422", "429", "500"} <= call["responses"].keys()


def test_no_object_takes_fields_it_does_not_have(described: dict[str, Any]) -> None:
    objects = {
        name: schema
        for name, schema in described["components"]["schemas"].items()
        if schema.get("type") == "object"
    }
    assert [name for name, schema in objects.items() if schema["additionalProperties"]] == []


def test_the_page_about_it_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/v1/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert "http://" not in text
    assert "https://" not in text
    assert "/static/ninja/swagger-ui-bundle.js" in text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
