from __future__ import annotations

from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class BackOfficeConfig(AdminConfig):
    default_site = "config.admin.BackOfficeSite"


class OurStaticFilesConfig(StaticFilesConfig):
    """Leaves out what no page of ours loads and takes half a minute to compress."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc*"]
