"""The README's first command, as a newcomer runs it: from nothing, again, and then served."""

from __future__ import annotations

import hashlib
import re
import socket
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

from tests.desk import Desk

LISTED = {
    "saved-accounts", "inmails-messages", "notes", "smartlinks-presentations", "smartlinks-users",
    "seat-management", "usage-reporting", "account-list-files", "assistant-preferences",
}  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _fetch(url: str) -> tuple[int, str]:
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except urllib.error.URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


def _check_story(desk: Desk, told: dict[str, Any]) -> None:
    archive = Path(told["export"]["archive"])
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == told["export"]["sha256"]
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        held = {name.split("/")[1] for name in opened.namelist() if name.count("/") == 2}
    assert held == LISTED
    export = desk.manage("show_request", told["export"]["reference"], json=True)
    deletion = desk.manage("show_request", told["deletion"]["reference"], json=True)
    assert (export["status"], export["scope"]) == ("completed", "contract")
    assert (deletion["status"], deletion["scope"]) == ("completed", "seat")
    kinds = {receipt["kind"] for receipt in export["receipts"]}
    assert kinds == {"acknowledgement", "decision", "export_receipt"}
    kinds = {receipt["kind"] for receipt in deletion["receipts"]}
    assert kinds == {"acknowledgement", "decision", "deletion_certificate"}
    for path in (*told["export"]["receipts"], *told["deletion"]["receipts"]):
        desk.manage("verify_receipt", path)
    actors = {event["actor"] for event in deletion["events"]}
    assert {"staff:ana", "staff:ben", "system"} <= actors


def test_the_demo_carries_an_export_and_a_deletion_through_and_another_run_does_too(
    bare_desk: Desk,
) -> None:
    first = bare_desk.manage("demo", "--no-serve", json=True)
    assert set(first) == {"export", "deletion", "logins", "links"}
    assert set(first["export"]) == {"reference", "archive", "sha256", "receipts"}
    assert set(first["deletion"]) == {"reference", "receipts"}
    _check_story(bare_desk, first)
    said = bare_desk.manage("demo").stdout.splitlines()
    assert "make serve" in said[-1]
    assert any(line.startswith("EXP-") and "000002" in line for line in said)
    assert any(line.startswith("DEL-") and "000002" in line for line in said)
    bare_desk.manage("verify_audit")
    bare_desk.manage("check_data_map")
    _check_pages(bare_desk, first)


def _check_pages(desk: Desk, told: dict[str, Any]) -> None:
    """Every link it ends with opens, from a server started as the demo says."""
    port = _free_port()
    desk.settings["ALLOWED_HOSTS"] = "127.0.0.1"
    with desk.running("serve", "--bind", f"127.0.0.1:{port}"):
        pages = {
            link["what"]: _fetch(re.sub(r"//[^/]+", f"//127.0.0.1:{port}", link["url"], count=1))
            for link in told["links"]
        }
        doctor = desk.manage("doctor", check=False)
    assert {what: status for what, (status, _body) in pages.items()} == dict.fromkeys(pages, 200)
    certificate = next(body for what, (_status, body) in pages.items() if "certificate" in what)
    assert told["deletion"]["reference"] in certificate
    assert doctor.returncode == 0, doctor.stderr
