"""Records of processing activities (Art. 30), from the register of categories.

For what we decide on, what Art. 30(1) asks; for what customers decide on, Art. 30(2).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from compliance.enums import DataRole
from compliance.models import DataCategory

FIELDS = ("purpose", "source", "recipients", "retention", "safeguards", "decisions")


def of() -> dict[str, Any]:
    """Who answers, and the activities in the two roles, in the language active now."""
    rows = list(DataCategory.objects.all())
    return {
        "controller": {
            name: settings.CONTROLLER[name]
            for name in ("name", "address", "email", "phone", "dpo", "authority")
        },
        "security": _(
            "Exports are encrypted (AES-256-GCM), each under a key of its own that is destroyed on "
            "expiry. Access is by role and contract, and on record. Erasures are done again after "
            "the restore of a backup."
        ),
        "as_controller": [_activity(row) for row in rows if row.role == DataRole.CONTROLLER],
        "as_processor": [_activity(row) for row in rows if row.role == DataRole.PROCESSOR],
    }


def _activity(row: DataCategory) -> dict[str, Any]:
    return {
        "slug": row.slug,
        "name": row.said("name"),
        "description": row.said("description"),
        **{field: row.said(field) for field in FIELDS},
    }


def header() -> list[str]:
    return [
        *(_("Role"), _("Category"), _("Description"), _("Purpose"), _("Source"), _("Recipients")),
        *(_("Retention"), _("Transfers and safeguards"), _("Automated decisions")),
    ]


def cells(record: dict[str, Any]) -> list[list[object]]:
    """A line an activity."""
    roles = (
        ("as_controller", DataRole.CONTROLLER.label),
        ("as_processor", DataRole.PROCESSOR.label),
    )
    return [
        [label, one["name"], one["description"], *(one[field] for field in FIELDS)]
        for key, label in roles
        for one in record[key]
    ]
