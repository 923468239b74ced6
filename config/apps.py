from __future__ import annotations

from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.signals import user_logged_in

from config import reporting
from config.middleware import begin_session


class BackOfficeConfig(AdminConfig):
    default_site = "config.admin.BackOfficeSite"

    def ready(self) -> None:
        super().ready()
        user_logged_in.connect(begin_session, dispatch_uid="begin_session")
        if settings.SENTRY_DSN:
            reporting.start(settings.SENTRY_DSN)
