from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from compliance.enums import Channel, RequestKind
from compliance.management.base import DeskCommand
from compliance.services import intake
from compliance.services.actors import parse


class Command(DeskCommand):
    help = "Files an export or a deletion of a seat or a contract."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--kind", required=True, choices=RequestKind.values)
        scope = parser.add_mutually_exclusive_group(required=True)
        scope.add_argument("--seat", default="", metavar="NUMBER")
        scope.add_argument("--contract", default="", metavar="NUMBER")
        parser.add_argument("--categories", default="", metavar="a,b", help="default: all usual")
        parser.add_argument("--format", default="csv", choices=intake.FORMATS)
        parser.add_argument("--as", dest="actor", required=True, metavar="ACTOR")

    def answer(self, **options: Any) -> dict[str, Any]:
        actor = parse(options["actor"])
        contract, seat = intake.target(
            seat=options["seat"], contract=options["contract"], actor=actor
        )
        request = intake.open_request(
            intake.Ask(
                kind=RequestKind(options["kind"]),
                contract=contract,
                seat=seat,
                categories=[slug for slug in options["categories"].split(",") if slug.strip()],
                format=options["format"],
                channel=Channel.SELF_SERVICE if actor.member else Channel.EMAIL,
            ),
            actor=actor,
        )
        return {
            "reference": request.reference,
            "status": request.status,
            "due": request.due_on.isoformat(),
            "decide_by": request.decide_by.isoformat(),
            "categories": request.categories,
        }
