"""Failures reported to Sentry, or what speaks its protocol, when `SENTRY_DSN` names one.

What is reported is what is logged as an error, built anew from the little that is allowed: classes,
places in the code, our own ids. Whatever else the SDK gathered (values of variables, addresses,
headers, bodies, cookies, breadcrumbs, the command line) is not taken over, today's and tomorrow's.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config import logs

Event = dict[str, Any]

ABOUT = ("event_id", "timestamp", "level", "platform", "release", "environment", "logger", "sdk")
# Lines of code stand in our repository, and in those of the libraries.
FRAME = (
    *("filename", "module", "function", "lineno", "in_app"),
    *("pre_context", "context_line", "post_context"),
)


def filtered(event: Mapping[str, Any], hint: Mapping[str, Any]) -> Event:
    """What of an event may leave this installation; `hint` holds the log record it was made of."""
    kept: Event = {name: event[name] for name in ABOUT if event.get(name) is not None}
    errors = (event.get("exception") or {}).get("values") or []
    if errors:
        kept["exception"] = {"values": [_error(error) for error in errors]}
    record = hint.get("log_record")
    if isinstance(record, logging.LogRecord):
        kept["logentry"] = {"message": logs.said(record)}
        kept["tags"] = logs.situation(record)
    return kept


def _error(error: Mapping[str, Any]) -> Event:
    frames = (error.get("stacktrace") or {}).get("frames") or []
    return {
        "type": error.get("type"),
        "module": error.get("module"),
        "stacktrace": {
            "frames": [{name: frame[name] for name in FRAME if name in frame} for frame in frames]
        },
    }


def start(dsn: str) -> None:
    """Report from now on, in this process and those forked from it.

    Raises ImproperlyConfigured when the extra `sentry` is not installed.
    """
    try:
        sentry = importlib.import_module("sentry_sdk")
        logged = importlib.import_module("sentry_sdk.integrations.logging")
        at_exit = importlib.import_module("sentry_sdk.integrations.atexit")
    except ImportError as missing:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set, and sentry-sdk is not installed: install the extra “sentry”."
        ) from missing
    sentry.init(
        dsn=dsn,
        before_send=filtered,
        before_send_transaction=lambda event, hint: None,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            logged.LoggingIntegration(level=None, event_level=logging.ERROR),
            at_exit.AtexitIntegration(callback=lambda pending, timeout: None),
        ],
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        server_name="rightsdesk",
    )
