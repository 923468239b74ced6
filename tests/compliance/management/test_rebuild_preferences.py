from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from consent.enums import Channel, Purpose
from consent.models import Preference
from consent.services import choices
from tests.factories import make_evidence, make_member

pytestmark = pytest.mark.django_db


def run(*words: str) -> tuple[int, str]:
    out, code = StringIO(), 0
    try:
        call_command("rebuild_preferences", *words, stdout=out)
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, out.getvalue()


def test_a_check_says_whether_ledger_and_projection_agree_and_a_rebuild_makes_them() -> None:
    member = make_member()
    pair = (Purpose.TIPS, Channel.EMAIL)
    choices.save_choices(member, {pair: True}, make_evidence())
    assert run("--check") == (
        0,
        "Ledger and projection agree: 1 preferences of 1 members.\n",
    )
    Preference.objects.update(purpose=Purpose.EVENTS)

    code, said = run("--check", "--json")
    answer: dict[str, Any] = json.loads(said)
    assert (code, answer["differing"], answer["corrected"]) == (1, [member.number], False)

    code, said = run()
    assert (code, member.number in said) == (0, True)
    assert run("--check")[0] == 0
