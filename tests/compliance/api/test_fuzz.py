"""What the description allows, and what it does not: no failure, no answer it does not name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase
from pytest_django import Settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from consent.enums import DocumentKind
from tests.compliance.api.caller import caller, operations
from tests.factories import make_contract, make_document, make_member, make_seat, make_version

pytestmark = pytest.mark.django_db
EXAMPLES = 8
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
CALLS = sorted((method, path) for method, path, _operation in operations())


@cache
def described() -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())


@pytest.fixture(autouse=True)
def _connected() -> Iterator[None]:
    """The server closes connections after a call; this one is the test's, with its transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def there(db: None) -> dict[str, Any]:
    """What each parameter of a path can name that is there."""
    make_seat(make_contract(number="C-1"), make_member(product_id="7"), number="S-1")
    version = make_version(make_document(DocumentKind.TERMS))
    return {
        "member": "7",
        "product_id": "7",
        "contract": "C-1",
        "number": "S-1",
        "version": version.pk,
        "state": "confirmed",
        "reference": "EXP-2026-000001",
    }


@pytest.mark.parametrize("manner", ["known", "any", "wrong"])
@pytest.mark.parametrize(("method", "path"), CALLS, ids=[" ".join(call) for call in CALLS])
def test_whatever_is_sent_the_answer_is_one_that_is_described(
    method: str, path: str, manner: str, there: dict[str, Any], settings: Settings
) -> None:
    settings.API_CALLS_A_MINUTE = 100_000
    headers = {"Authorization": f"Bearer {caller().token}"}
    operation = described()["/api/v1" + path][method]
    named = {name: there[name] for name in there if f"{{{name}}}" in path}
    mode = GenerationMode.NEGATIVE if manner == "wrong" else GenerationMode.POSITIVE
    fixed = {"path_parameters": named} if manner == "known" else {}
    cases = operation.as_strategy(generation_mode=mode, headers=headers, **fixed)

    @hypothesis.settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=cases)
    def call(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    call()
