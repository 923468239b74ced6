from __future__ import annotations

import logging

import pytest

from config.logs import LinksHidden


@pytest.mark.parametrize(
    ("template", "args", "kept"),
    [
        ("%s: %s", ("Gone", "/r/Kq3v1Zx-9_aBcDeFgHiJkL/cancel/"), "Gone: /r/…/cancel/"),
        ('"GET /r/Kq3v1Zx-9_aBcDeFgHiJkL/ HTTP/1.1" 200', (), '"GET /r/…/ HTTP/1.1" 200'),
        (
            "Not Found: %s",
            ("/api/v1/members/a@b.example/consents",),
            "Not Found: /api/v1/members/…/consents",
        ),
        ("/api/v1/administrations/C-1/a@b.example", (), "/api/v1/administrations/C-1/…"),
        ("%s of %s done", (3, 4), "3 of 4 done"),
        ("100 %", (), "100 %"),
    ],
)
def test_a_log_holds_no_link_of_a_request_and_nobody_a_call_was_about(
    template: str, args: tuple[object, ...], kept: str
) -> None:
    record = logging.LogRecord("x", logging.WARNING, "x.py", 1, template, args, None)
    assert LinksHidden().filter(record)
    assert record.getMessage() == kept
