from __future__ import annotations

from typing import Any

import pytest
from django.core import checks as django_checks
from django.db import models
from django.test.utils import isolate_apps
from pytest_django import Settings

from compliance import checks
from compliance import personal_data as ours
from consent import personal_data as consents
from seats import personal_data as theirs


def found() -> list[str]:
    return [f"{message.id} {message.msg}" for message in checks.undeclared_personal_data(None)]


def test_every_field_of_ours_that_can_hold_text_is_declared() -> None:
    assert found() == []


def test_the_check_is_one_of_those_that_every_start_runs() -> None:
    assert checks.undeclared_personal_data in django_checks.registry.registry.get_checks()


@pytest.mark.parametrize("field", [models.CharField(max_length=9), models.TextField(),
                                   models.JSONField(), models.BinaryField(),
                                   models.EmailField(), models.SlugField()],
                         ids=lambda field: type(field).__name__)  # fmt: skip
def test_a_new_text_field_fails_until_somebody_said_what_it_holds(
    field: models.Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    with isolate_apps("compliance"):

        class Diary(models.Model):
            entry = field

            class Meta:
                app_label = "compliance"

            def __str__(self) -> str:
                return ""

    def with_diary(label: str) -> Any:
        config = real(label)
        if label != "compliance":
            return config
        everything = [*config.get_models(include_auto_created=True), Diary]
        return type("Config", (), {"get_models": lambda *_, **__: everything})

    real = checks.apps.get_app_config
    monkeypatch.setattr(checks, "apps", type("Apps", (), {"get_app_config": with_diary}))
    assert found() == [
        "rightsdesk.E001 compliance.Diary.entry is not declared as personal or harmless."
    ]
    monkeypatch.setattr(ours, "HARMLESS", ours.HARMLESS | {"compliance.Diary.entry"})
    assert found() == []


def test_a_declaration_of_what_is_not_there_fails_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(theirs.PERSONAL, "seats.Member.shoe_size", "…")
    assert found() == [
        "rightsdesk.E002 seats.Member.shoe_size is declared as personal data but does not exist."
    ]


def test_no_field_is_both() -> None:
    for room in (ours, theirs, consents):
        assert not set(room.PERSONAL) & set(room.HARMLESS)


def test_every_personal_field_says_how_it_goes() -> None:
    for room in (ours, theirs, consents):
        assert all(len(how) > 10 for how in room.PERSONAL.values())


def test_a_data_map_that_cannot_be_loaded_is_found_before_anything_starts(
    settings: Settings,
) -> None:
    assert checks.data_map_is_there(None) == []

    settings.DATA_MAP = "product.nowhere"

    (message,) = checks.data_map_is_there(None)
    assert message.id == "rightsdesk.E003"
    assert "product.nowhere" in message.msg
    assert checks.data_map_is_there in django_checks.registry.registry.get_checks()
