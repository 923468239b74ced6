from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.desk import Desk

LEAD = "INSERT INTO members VALUES (1, 'Ana', %s, 'en', '2026-01-01T00:00:00.000000Z')"
SEND = "from django.core.mail import send_mail; send_mail({!r}, 'Text', None, ['ana@example.test'])"
# A child in a group of its own, as a queue's supervisor starts them, and a parent that waits.
FAMILY = (
    "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', "
    "'import time; time.sleep(60)'], start_new_session=True); child.wait()"
)


def test_a_new_desk_has_both_sets_of_tables_and_nothing_in_them(desk: Desk) -> None:
    assert desk.sql("default", "SELECT count(*) FROM seats_member") == [(0,)]
    assert desk.sql("product", "SELECT count(*) FROM members") == [(0,)]


def test_two_desks_share_nothing(desk: Desk, prepared_desk: Desk, tmp_path: Path) -> None:
    desk.sql("product", LEAD, ["ana@example.test"])

    with Desk(tmp_path / "other", os.environ.get("CLUSTER_URL"), template=prepared_desk) as other:
        assert other.sql("product", "SELECT email FROM members") == []
    assert desk.sql("product", "SELECT email FROM members") == [("ana@example.test",)]


def test_a_command_that_fails_says_what_it_printed(desk: Desk) -> None:
    with pytest.raises(AssertionError, match="Unknown command: 'dance'"):
        desk.manage("dance")
    assert desk.manage("dance", check=False).returncode == 1


def test_mails_are_read_in_the_order_they_were_sent(desk: Desk) -> None:
    desk.manage("shell", "--command", SEND.format("One — eins"))
    desk.manage("shell", "--command", SEND.format("Two"))

    assert [mail["Subject"] for mail in desk.mails()] == ["One — eins", "Two"]


def test_orphans_in_other_groups_are_found_and_killed(desk: Desk) -> None:
    with desk.running("shell", "--command", FAMILY) as process:
        deadline = time.monotonic() + 30
        while len(desk.processes(process)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        parent, child = desk.processes(process)
        assert parent == process.pid
        process.kill()
        process.wait()
        assert desk.processes() == [child]

    assert desk.processes() == []
