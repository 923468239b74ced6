from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from compliance.management.base import DeskCommand
from compliance.services import archives, requests
from compliance.services.actors import parse


class Command(DeskCommand):
    help = "Writes a request's decrypted archive to a new file. Every opening is on record."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("reference")
        parser.add_argument("--to", required=True, type=Path, metavar="FILE")
        parser.add_argument("--as", dest="actor", required=True, metavar="ACTOR")

    def answer(self, **options: Any) -> dict[str, Any]:
        actor = parse(options["actor"])
        request = requests.find(options["reference"], actor=actor)
        try:
            archive = archives.write_to(request, options["to"], actor=actor)
        except FileExistsError as there:
            raise CommandError(f"{options['to']} is there already. Name a new file.") from there
        except OSError as error:
            raise CommandError(f"{options['to']} cannot be written: {error.strerror}.") from error
        return {
            "reference": request.reference,
            "file": str(options["to"]),
            "size": archive.size,
            "sha256": archive.sha256,
        }
