from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from compliance import sample
from compliance.management.base import DeskCommand, Progress
from compliance.sample import schema
from compliance.services import sample_consents, sample_directory, sample_staff


class Command(DeskCommand):
    help = "Fills the sample product, with matching contracts, seats, members and staff."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--contracts", type=int, default=3)
        parser.add_argument("--seats", type=int, default=20, help="a contract")
        parser.add_argument("--rows-per-seat", type=int, default=40)

    def answer(self, **options: Any) -> dict[str, Any]:
        call_command("migrate", verbosity=0, interactive=False)
        if strangers := sorted(_tables() - set(schema.TABLES)):
            raise CommandError(
                f"The product database has tables of its own ({strangers[0]}): nothing was "
                "written. Name an empty database in PRODUCT_DATABASE_URL."
            )
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
        people = sample_staff.engage()
        made |= sample_consents.adopt(people["clara"])
        rows = sum(seeded.rows.values())
        return {**made, "rows": rows, "seconds": round(time.monotonic() - began, 1)}


def _tables() -> set[str]:
    connection = connections["product"]
    with connection.cursor() as cursor:
        return {table.name for table in connection.introspection.get_table_list(cursor)}
