from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError

from compliance import sample
from compliance.management.base import DeskCommand, Progress
from compliance.services import sample_directory


class Command(DeskCommand):
    help = "Fills the sample product, and the matching contracts, seats and members."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--contracts", type=int, default=3)
        parser.add_argument("--seats", type=int, default=20, help="a contract")
        parser.add_argument("--rows-per-seat", type=int, default=40)

    def answer(self, **options: Any) -> dict[str, Any]:
        call_command("migrate", verbosity=0, interactive=False)
        began = time.monotonic()
        try:
            seeded = sample.seed(
                contracts=options["contracts"],
                seats=options["seats"],
                rows_per_seat=options["rows_per_seat"],
                progress=Progress("rows"),
            )
        except ValueError as wrong:
            raise CommandError(str(wrong)) from wrong
        made = sample_directory.adopt(seeded)
        rows = sum(seeded.rows.values())
        return {**made, "rows": rows, "seconds": round(time.monotonic() - began, 1)}
