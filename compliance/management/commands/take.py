from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from compliance.enums import Action, Refusal, RequestKind
from compliance.lifecycle import MOVES
from compliance.management.base import DeskCommand
from compliance.services import preview, requests
from compliance.services.actors import parse


class Command(DeskCommand):
    help = "Takes one step in a request's life."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("reference")
        parser.add_argument("action", choices=[str(action) for action in MOVES])
        parser.add_argument("--as", dest="actor", required=True, metavar="ACTOR")
        parser.add_argument("--reason", default="")
        parser.add_argument("--ground", choices=Refusal.values, help="of a refusal")

    def answer(self, **options: Any) -> dict[str, Any]:
        actor = parse(options["actor"])
        action = Action(options["action"])
        request = requests.find(options["reference"], actor=actor)
        details: dict[str, Any] = {}
        if action == Action.APPROVE:
            # Whoever approves on the command line named the request, and sees the count here.
            details["reference"] = options["reference"]
            if request.kind == RequestKind.DELETION and not preview.is_fresh(request):
                preview.refresh(request)
        if action == Action.REFUSE:
            details["ground"] = options["ground"] or ""
        request = requests.take(
            action, request.pk, actor=actor, reason=options["reason"], **details
        )
        request.refresh_from_db()
        answer: dict[str, Any] = {"reference": request.reference, "status": request.status}
        if action == Action.APPROVE and request.preview:
            answer["counted"] = preview.totals(request)
        return answer
