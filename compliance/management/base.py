from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance.services.errors import Refused
from compliance.sources.product import ProductUnavailable


class DeskCommand(BaseCommand):
    """A command that answers in a line, or with `--json` in one object on the last line.

    What a service refuses becomes its sentence on the error output and exit code 1.
    """

    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer with one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = self.answer(**options)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        except ProductUnavailable as away:
            raise CommandError("The product database does not answer. Try again later.") from away
        if options.get("json"):
            self.stdout.write(json.dumps(answer, default=str, ensure_ascii=False))
        else:
            self.say(answer)
        if self.is_bad(answer):
            sys.exit(1)

    def is_bad(self, answer: dict[str, Any]) -> bool:
        """Whether what was found is to end in exit code 1."""
        return False

    def answer(self, **options: Any) -> dict[str, Any]:
        raise NotImplementedError

    def say(self, answer: dict[str, Any]) -> None:
        for name, value in answer.items():
            self.stdout.write(f"{name}: {value}")


class Progress:
    """A bar on a terminal, redrawn a few times a second; nothing when piped."""

    WIDTH = 30

    def __init__(self, label: str) -> None:
        self.label, self.drawn = label, 0.0

    def __call__(self, done: int, total: int) -> None:
        if not sys.stderr.isatty() or (time.monotonic() - self.drawn < 0.1 and done < total):
            return
        self.drawn = time.monotonic()
        filled = self.WIDTH * done // max(total, 1)
        bar = "█" * filled + "·" * (self.WIDTH - filled)
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r{self.label} {bar} {done:,} of {total:,}{end}")
        sys.stderr.flush()
