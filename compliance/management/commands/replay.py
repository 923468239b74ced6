from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime, time
from typing import Any

from django.core.management.base import CommandError
from django.utils.dateparse import parse_date

from compliance.management.base import DeskCommand
from compliance.services import replay, verification
from seats import ledger


class Command(DeskCommand):
    help = "After the restore of either database: does again what the ledger says was done since."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--since", metavar="DATE", help="the backup's day; default: everything")

    def answer(self, **options: Any) -> dict[str, Any]:
        since = None
        if options["since"]:
            day = _day(options["since"])
            since = datetime.combine(day, time.min, UTC)
        try:
            report = replay.replay(since)
            audit = verification.verify()
        except ledger.LedgerBroken as broken:
            raise CommandError(str(broken)) from broken
        return {**asdict(report), "audit": audit.faults}


def _day(text: str) -> Any:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(f"{text!r} is not a day. Write it as 2026-11-23.")
    return day
