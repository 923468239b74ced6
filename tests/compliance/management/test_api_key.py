from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compliance.services import api_keys

pytestmark = pytest.mark.django_db


def run(*words: str) -> dict[str, Any]:
    said = StringIO()
    call_command("api_key", *words, "--json", stdout=said)
    answer: dict[str, Any] = json.loads(said.getvalue().splitlines()[-1])
    return answer


def test_the_first_key_comes_from_the_command_line() -> None:
    made = run("create", "CRM sync", "--scopes", "directory,permission")
    found = api_keys.recognised(made["secret"])
    assert found
    assert (found.prefix, found.scopes) == (made["key"], ["directory", "permission"])
    said = StringIO()
    call_command("api_key", "--json", "rotate", made["key"], stdout=said)
    made = json.loads(said.getvalue())
    rotated = run("rotate", made["key"], "--days", "1")
    assert api_keys.recognised(rotated["secret"]) == api_keys.recognised(made["secret"]) == found
    assert "secret" not in run("revoke", made["key"])
    assert api_keys.recognised(rotated["secret"]) is None


@pytest.mark.parametrize(
    "words",
    [
        ("create", "CRM", "--scopes", "everything"),
        ("create", "CRM", "--scopes", ","),
        ("create", "CRM", "--scopes", "directory", "--days", "0"),
        ("rotate", "00000000"),
        ("revoke", "00000000"),
        ("burn",),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*words)
