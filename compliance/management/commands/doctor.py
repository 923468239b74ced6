from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from compliance.management.base import DeskCommand
from compliance.services import health


class Command(DeskCommand):
    help = "Looks at everything an installation needs; exit code 1 with what is wrong."
    requires_migrations_checks = False
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--only", action="append", default=[], choices=health.parts(), help="look at this alone"
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        return {finding.what: finding.wrong or "well" for finding in health.look(options["only"])}

    def say(self, answer: dict[str, Any]) -> None:
        for what, state in answer.items():
            if state == "well":
                self.stdout.write(f"{what}: well")
            else:
                self.stderr.write(f"{what}: {state}")

    def is_bad(self, answer: dict[str, Any]) -> bool:
        return set(answer.values()) != {"well"}
