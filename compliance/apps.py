from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = _("Compliance")

    def ready(self) -> None:
        # The models exist only now, and both modules need them.
        from compliance.checks import (  # noqa: PLC0415
            data_map_is_there,
            staff_need_a_second_factor,
            undeclared_personal_data,
        )
        from compliance.services.groups import match_roles  # noqa: PLC0415

        def groups(using: str, **kwargs: Any) -> None:
            match_roles(using)

        checks.register(undeclared_personal_data)
        checks.register(data_map_is_there)
        checks.register(staff_need_a_second_factor, checks.Tags.security, deploy=True)
        post_migrate.connect(groups, sender=self, weak=False)
