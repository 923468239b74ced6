from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance.services import workers


class Command(BaseCommand):
    help = "One group of worker processes, as “work” starts and watches it."

    def handle(self, *args: Any, **options: Any) -> None:
        if workers.DEATHS not in os.environ:
            raise CommandError("Start “manage.py work”: it watches over the workers.")
        workers.run()
