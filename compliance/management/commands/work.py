from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from compliance.services import supervision


class Command(BaseCommand):
    help = "Runs workers, and replaces them when they die or hang, until Ctrl-C."
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workers", type=int, default=settings.Q_CLUSTER["workers"])
        parser.add_argument(
            "--until-idle", action="store_true", help="return when nothing is left to do"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["workers"] <= 64:
            raise CommandError("Give a number of workers from 1 to 64.")
        try:
            code = supervision.supervise(options["workers"], until_idle=options["until_idle"])
        except supervision.RestoredDatabase as restored:
            raise CommandError(str(restored)) from restored
        sys.exit(code)
