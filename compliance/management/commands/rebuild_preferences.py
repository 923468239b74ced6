from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from compliance.management.base import DeskCommand
from consent.services import projection


class Command(DeskCommand):
    help = "Makes every preference what the ledger of consent says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--check", action="store_true", help="change nothing: 0 when both agree, else 1"
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        self.checking = options["check"]
        return asdict(projection.rebuild(check=self.checking))

    def say(self, answer: dict[str, Any]) -> None:
        compared = f"{answer['preferences']} preferences of {answer['members']} members"
        if not answer["differing"]:
            self.stdout.write(f"Ledger and projection agree: {compared}.")
            return
        self.stdout.write(
            f"{'Corrected' if answer['corrected'] else 'Differing'}: "
            f"{', '.join(answer['differing'])} ({compared} compared)."
        )

    def is_bad(self, answer: dict[str, Any]) -> bool:
        return self.checking and bool(answer["differing"])
