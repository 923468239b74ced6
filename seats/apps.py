from __future__ import annotations

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from seats import append_only


class SeatsConfig(AppConfig):
    """The lowest app: what it sets up holds for the tables of every app."""

    name = "seats"
    verbose_name = _("Customers and people")

    def ready(self) -> None:
        uid = "append_only"
        connection_created.connect(append_only.fire_on_replace, dispatch_uid=uid)
        post_migrate.connect(append_only.install_for_app, dispatch_uid=uid)
