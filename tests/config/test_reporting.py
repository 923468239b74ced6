"""What leaves for Sentry, and what does not, whatever the SDK gathers."""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import reporting

NAME, ADDRESS, TOKEN = "Quirina Zapf", "quirina@canary.example", "Kq3v1Zx-9_aBcDeFgHiJkL"
WORDS = ("quirina", "zapf", "canary", TOKEN.lower(), "10.1.2.3", "hunter2")
FAIL = f"""
import django, logging, sys
django.setup()
sys.argv.append({ADDRESS!r})
def fail(who):
    secret = {NAME!r} + "hunter2"
    raise ValueError(who + secret)
logging.getLogger("seats").error("before it: %s", {ADDRESS!r})
try:
    fail({ADDRESS!r})
except ValueError:
    logging.getLogger("seats").exception("failed at /r/%s/ for %s", {TOKEN!r}, {ADDRESS!r})
"""


def nasty() -> dict[str, Any]:
    """An event with a canary wherever the protocol has room for one."""
    frame = {
        "filename": "views.py",
        "lineno": 3,
        "context_line": "    raise ValueError(name)",
        "vars": {"name": NAME, "deep": [{"address": ADDRESS}]},
    }
    error = {
        "type": "ValueError",
        "value": f"{NAME} exists",
        "mechanism": {"data": {"who": ADDRESS}, "meta": NAME},
        "stacktrace": {"frames": [frame], "registers": {"eax": NAME}},
        "raw_stacktrace": {"frames": [frame]},
    }
    return {
        "event_id": "e" * 32,
        "level": "error",
        "exception": {"values": [error, {**error, "stacktrace": None}]},
        "request": {
            "url": f"https://privacy.example/r/{TOKEN}/",
            "query_string": f"q={ADDRESS}",
            "data": {"name": NAME},
            "cookies": {"rightsdesk": TOKEN},
            "headers": {"Authorization": f"Bearer {TOKEN}", "Cookie": TOKEN, "Referer": ADDRESS},
            "env": {"REMOTE_ADDR": "10.1.2.3"},
        },
        "user": {"email": ADDRESS, "username": NAME, "ip_address": "10.1.2.3"},
        "breadcrumbs": {"values": [{"message": f"SELECT {NAME}", "data": {"q": ADDRESS}}]},
        "extra": {"sys.argv": ["manage.py", ADDRESS], "password": "hunter2"},
        "contexts": {"trace": {"data": {"url.query": ADDRESS}}, "own": {"name": NAME}},
        "tags": {"who": NAME},
        "transaction": f"/r/{TOKEN}/",
        "message": NAME,
        "logentry": {"message": "%s", "params": [NAME], "formatted": NAME},
        "threads": {"values": [{"stacktrace": {"frames": [frame]}}]},
        "spans": [{"description": ADDRESS}],
        "debug_meta": {"images": [NAME]},
        "server_name": NAME,
        "something_new": {"who": ADDRESS},
    }


def canaries(text: str) -> list[str]:
    return [word for word in WORDS if word in text.lower()]


def test_of_a_nasty_event_only_the_code_is_left() -> None:
    record = logging.LogRecord(
        "seats", logging.ERROR, "x", 1, "page /r/%s/ of %s", (TOKEN, ADDRESS), None
    )
    kept = reporting.filtered(nasty(), {"log_record": record, "attachments": [NAME]})
    assert canaries(json.dumps(kept)) == []
    assert kept["logentry"] == {"message": "page /r/…/ of …@…"}
    first, second = kept["exception"]["values"]
    assert first["type"] == second["type"] == "ValueError"
    assert first["stacktrace"]["frames"] == [
        {"filename": "views.py", "lineno": 3, "context_line": "    raise ValueError(name)"}
    ]


@pytest.mark.parametrize("event", [{}, {"exception": None}, {"exception": {"values": [{}]}}])
def test_an_event_with_little_in_it_is_no_failure(event: dict[str, Any]) -> None:
    assert canaries(json.dumps(reporting.filtered(event, {}))) == []


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(ImproperlyConfigured, match="install the extra “sentry”"):
        reporting.start("https://key@sentry.example/1")


class Sink(BaseHTTPRequestHandler):
    received: list[bytes] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers.get("Content-Encoding", "")
        body = {"gzip": gzip.decompress, "br": brotli.decompress, "": bytes}[packed](body)
        self.received.append(str(self.headers).encode() + body)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(Sink, "received", [])
    with HTTPServer(("127.0.0.1", 0), Sink) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def run(dsn: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", FAIL],
        cwd=settings.BASE_DIR,
        env={**os.environ, "SENTRY_DSN": dsn},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stderr


def test_what_the_sdk_sends_names_nobody(sink: int) -> None:
    logged = run(f"http://key@127.0.0.1:{sink}/1")
    sent = b"".join(Sink.received).decode().replace(r"\u2026", "…")
    assert "failed at /r/…/ for …@…" in sent
    assert "before it: …@…" in sent
    assert '"ValueError"' in sent
    assert "raise ValueError(who + secret)" not in sent  # code given on the command line
    assert canaries(sent) == []
    assert canaries(logged) == []


def test_nothing_is_sent_without_an_address(sink: int) -> None:
    run("")
    assert Sink.received == []
