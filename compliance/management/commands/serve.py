from __future__ import annotations

import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from compliance.services import supervision


class Command(BaseCommand):
    help = "Web and workers on this machine, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        # Not what no page of ours loads, and takes half a minute to compress.
        call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=["redoc*"])
        try:
            supervision.refuse_restored()
        except supervision.RestoredDatabase as restored:
            raise CommandError(str(restored)) from restored
        manage = str(settings.BASE_DIR / "manage.py")
        # Threads, not one process a request: a long download must not keep the others waiting.
        web = [
            "-m", "gunicorn", "config.wsgi", "--bind", options["bind"], "--worker-class", "gthread",
            "--workers", "1", "--threads", "8", "--timeout", "120",
            "--chdir", str(settings.BASE_DIR), "--log-level", "warning", "--no-control-socket",
            "--logger-class", "config.gunicorn_logs.Logger",
        ]  # fmt: skip
        children = [
            subprocess.Popen([sys.executable, *command])  # noqa: S603 our own commands
            for command in (web, [manage, "work"])
        ]
        signal.signal(signal.SIGTERM, _interrupt)
        self.stdout.write(f"Rightsdesk is on http://{options['bind']}/ – Ctrl-C ends it.")
        try:
            while all(child.poll() is None for child in children):
                time.sleep(0.5)
        except KeyboardInterrupt:
            self.stdout.write("Finishing …")
        ended = next((child.args for child in children if child.poll() not in (None, 0)), None)
        for child in children:
            child.terminate()
        for child in children:
            child.wait()
        if ended is not None:
            raise CommandError(f"One of the two ended by itself: {ended!r}.")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
