from __future__ import annotations

import io
import os
import signal
import threading
from pathlib import Path

import pikepdf
import pytest

from compliance.pdf import typesetting
from compliance.pdf.typesetting import Job, TypesettingFailed, typeset


def job(html: str = "<p>Hello</p>", **changes: object) -> Job:
    return {  # type: ignore[return-value]
        "html": f"<html lang=en><title>T</title>{html}",
        "css": "p { font: 12pt 'Linux Libertine O' }",
        "identifier": "00" * 16,
        "issued_at": "2026-11-28T10:06:41Z",
        "seal": "seal",
        "attachments": [],
        **changes,
    }


def running() -> int:
    typesetter = typesetting._desk.typesetter
    assert typesetter is not None
    return typesetter.process.pid


def memory(pid: int) -> int:
    [line] = [
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in line
    ]
    return int(line.split()[1]) // 1024


@pytest.mark.parametrize(
    "html",
    [
        "<img src='file:///etc/hostname' alt=x>",
        "<img src='http://127.0.0.1:9/x.png' alt=x>",
        "<link rel=stylesheet href='file:///etc/passwd'>",
        "<link rel=attachment href='file:///etc/hostname'>",
        "<a rel=attachment href='file:///etc/hostname'>x</a>",
        "<object data='file:///etc/hostname'>x</object>",
        "<style>@import 'file:///etc/passwd'; p { background: url(file:///etc/x) }</style>",
        "<style>@font-face { font-family: F; src: url(file:///etc/hostname) }</style>",
        "<svg><image href='file:///etc/hostname'/></svg>",
    ],
)
def test_nothing_is_read_from_disk_or_fetched(html: str, caplog: pytest.LogCaptureFixture) -> None:
    with pikepdf.open(io.BytesIO(typeset(job(html + "<p>Hi")))) as pdf:
        assert not pdf.attachments
        assert "/XObject" not in pdf.pages[0].Resources or not pdf.pages[0].Resources.XObject
    hostname = Path("/etc/hostname").read_bytes().strip()
    assert hostname not in caplog.text.encode()


def test_a_typesetter_that_was_killed_is_replaced_and_nothing_is_lost() -> None:
    whole = typeset(job())
    first = running()
    os.kill(first, signal.SIGKILL)
    assert typeset(job()) == whole
    assert running() != first


def test_one_typesetter_serves_page_after_page() -> None:
    typeset(job())
    first = running()
    assert typeset(job("<p>Another")) != typeset(job())
    assert running() == first


def test_threads_take_turns_and_each_gets_its_own_page() -> None:
    alone = [typeset(job(f"<p>{number}")) for number in range(6)]
    together: dict[int, bytes] = {}

    def work(number: int) -> None:
        together[number] = typeset(job(f"<p>{number}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in range(6)] == alone


def test_a_page_that_cannot_be_set_fails_by_itself() -> None:
    with pytest.raises(TypesettingFailed, match="ValueError"):
        typeset(job(identifier="not hexadecimal"))
    assert typeset(job())


def test_a_page_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    typeset(job())
    monkeypatch.setattr(typesetting, "TIMEOUT_SECONDS", 0)
    with pytest.raises(TypesettingFailed, match="longer than 0 seconds"):
        typeset(job())
    monkeypatch.undo()
    assert typeset(job())


def test_a_typesetter_that_cannot_start_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    typesetting._desk.clear()
    monkeypatch.setattr(typesetting, "SCRIPT", Path("/dev/null"))
    with pytest.raises(TypesettingFailed, match="twice"):
        typeset(job())


def test_the_typesetter_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    typesetting._desk.clear()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    typeset(job())
    names = {
        entry.partition(b"=")[0].decode()
        for entry in Path(f"/proc/{running()}/environ").read_bytes().split(b"\0")
    }
    assert names - {""} <= typesetting.PASSED_ON


def test_weasyprint_stays_out_of_this_process() -> None:
    typeset(job())
    mapped = Path("/proc/self/maps").read_text()
    assert "libpango" not in mapped
    assert memory(running()) < 120


def test_a_typesetter_comes_and_goes_outside_its_callers_group() -> None:
    typeset(job())

    assert os.getpgid(running()) != os.getpgrp()


def test_a_forked_child_starts_its_own_typesetter() -> None:
    whole = typeset(job())
    parents = running()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            same = typeset(job()) == whole and running() != parents
            os.write(writing, b"1" if same else b"0")
            typesetting._desk.clear()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        assert answer.read() == b"1"
    os.waitpid(child, 0)
    assert typeset(job()) == whole
    assert running() == parents


def test_a_typesetter_ends_when_its_caller_is_gone() -> None:
    typeset(job())
    typesetter = typesetting._desk.typesetter
    assert typesetter is not None
    typesetter.process.terminate()  # ignored: its caller may still need it
    assert typeset(job())
    typesetter.jobs.close()
    assert typesetter.process.wait(timeout=10) == 0
    typesetting._desk.clear()
