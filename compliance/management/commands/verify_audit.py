from __future__ import annotations

from dataclasses import asdict
from typing import Any

from compliance.management.base import DeskCommand
from compliance.services import verification


class Command(DeskCommand):
    help = "Finds any changed, missing, reordered or cut-off event, request or seal."

    def answer(self, **options: Any) -> dict[str, Any]:
        return asdict(verification.verify_on_record())

    def say(self, answer: dict[str, Any]) -> None:
        for fault in answer["faults"]:
            self.stderr.write(fault)
        if not answer["faults"]:
            self.stdout.write(
                f"{answer['chains']} requests and {answer['events']} events are as they were "
                f"written; seals vouch up to event {answer['last_event']}."
            )

    def is_bad(self, answer: dict[str, Any]) -> bool:
        return bool(answer["faults"])
