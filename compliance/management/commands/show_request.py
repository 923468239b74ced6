from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from compliance.management.base import DeskCommand
from compliance.services import facts, requests


class Command(DeskCommand):
    help = "Shows a request: status, dates, items with counts, files, receipts, events."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("reference")

    def answer(self, **options: Any) -> dict[str, Any]:
        return facts.of(requests.find(options["reference"]))

    def say(self, answer: dict[str, Any]) -> None:
        for name, value in answer.items():
            if not isinstance(value, list):
                self.stdout.write(f"{name}: {value}")
                continue
            self.stdout.write(f"{name}:")
            for row in value:
                shown = (
                    row if isinstance(row, str) else "  ".join(f"{k}={v}" for k, v in row.items())
                )
                self.stdout.write(f"  {shown}")
