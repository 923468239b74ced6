from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from compliance.management.base import DeskCommand
from compliance.services import retention, supervision


class Command(DeskCommand):
    help = (
        "Takes away what we ourselves keep past its time, as the workers do every five minutes; "
        "with --dry-run says how much that would be, of which kind."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    def answer(self, **options: Any) -> dict[str, Any]:
        if options["dry_run"]:
            return {rule.kind: rule.count() for rule in retention.RULES}
        try:
            supervision.refuse_restored()
        except supervision.RestoredDatabase as restored:
            raise CommandError(str(restored)) from restored
        return {rule.kind: rule.purge_all() for rule in retention.RULES}
