from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from compliance.management import demo


class Command(BaseCommand):
    help = "Carries an export and a deletion through on the sample product, then serves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true")
        parser.add_argument("--json", action="store_true", help="one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        password = demo.prepare(self.stdout.write)
        try:
            with demo.workers():
                story = demo.play(password, self.stdout.write)
        except demo.DemoFailed as failed:
            raise CommandError(str(failed)) from failed
        told = story.as_json()
        self._tell(told)
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        if options["no_serve"] or options["json"] or not sys.stdin.isatty():
            if not options["json"]:
                self.stdout.write("Run “make serve” to open these pages.")
            return
        call_command("serve")

    def _tell(self, told: dict[str, Any]) -> None:
        lines = ["", f"{told['export']['reference']}  export"]
        lines.append(f"  archive  {told['export']['archive']}")
        lines += [f"  receipt  {path}" for path in told["export"]["receipts"]]
        lines += [f"{told['deletion']['reference']}  deletion"]
        lines += [f"  receipt  {path}" for path in told["deletion"]["receipts"]]
        lines += ["", "Sign in as"]
        lines += [
            f"  {login['user']:<6} {login['password']}  ({login['role']})"
            for login in told["logins"]
        ]
        if not settings.STAFF_MFA_REQUIRED:
            lines += [
                "A password alone opens the desk here, because STAFF_MFA_REQUIRED is False in its",
                "settings: for a trial on this machine, never where others can reach it.",
            ]
        lines += ["", "Open"]
        lines += [f"  {link['url']}  {link['what']}" for link in told["links"]]
        self.stdout.write("\n".join(lines))
