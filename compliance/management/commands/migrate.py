from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate


class Command(Migrate):
    """Django's own, which would leave its table of migrations in the product's database."""

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] != "product":
            super().handle(*args, **options)
        elif not options["run_syncdb"]:  # a test run asks so, and has nothing to be refused
            raise CommandError("The product’s database is not ours: nothing is migrated there.")
