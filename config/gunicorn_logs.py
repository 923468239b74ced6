from __future__ import annotations

import os
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger

from config import logs


class Logger(GunicornLogger):  # type: ignore[misc]  # it has no types
    """gunicorn's own lines, those of its main process too, like all others: `--logger-class`.

    The main process reads no settings: it knows `LOG_FORMAT` from the environment alone.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        formatter = logs.JsonLines() if os.environ.get("LOG_FORMAT") == "json" else logs.Plain()
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(formatter)
