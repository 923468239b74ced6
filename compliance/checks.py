from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from compliance import personal_data as compliance_data
from compliance.sources.base import data_map
from consent import personal_data as consent_data
from seats import personal_data as seats_data

ROOMS = (seats_data, consent_data, compliance_data)
TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField)


def undeclared_personal_data(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every field of ours that can hold text is declared, as personal or as harmless."""
    declared = {name for room in ROOMS for name in (*room.PERSONAL, *room.HARMLESS)}
    found = {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for label in ("seats", "consent", "compliance")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, TEXT)
    }
    undeclared: list[CheckMessage] = [
        Error(
            f"{name} is not declared as personal or harmless.",
            hint="Say in personal_data.py whether it holds personal data, and how it goes.",
            id="rightsdesk.E001",
        )
        for name in sorted(found - declared)
    ]
    return undeclared + [
        Error(f"{name} is declared as personal data but does not exist.", id="rightsdesk.E002")
        for name in sorted(declared - found)
    ]


def data_map_is_there(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Known before anything starts: an item that cannot load it would fail again and again."""
    try:
        data_map()
    except ImproperlyConfigured as error:
        hint = "Name the module that says where the product keeps its data."
        return [Error(str(error), hint=hint, id="rightsdesk.E003")]
    return []


def staff_need_a_second_factor(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """For `check --deploy`: what a first run writes for a trial must not go to the web."""
    if settings.STAFF_MFA_REQUIRED:
        return []
    hint = "Take STAFF_MFA_REQUIRED out of the environment, or set it to True."
    return [Warning("A password alone opens the desk.", hint=hint, id="rightsdesk.W001")]
