from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from config import first_run

SHOW = "from config import settings; print(getattr(settings, {name!r}))"


def values_of(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def setting_from(path: Path, name: str) -> str:
    """What a process that knows nothing but this file takes `name` to be."""
    shown = subprocess.run(
        [sys.executable, "-c", SHOW.format(name=name)],
        cwd=settings.BASE_DIR,
        env={"RIGHTSDESK_ENV": str(path), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    return shown.stdout.strip()


def test_only_its_owner_can_read_what_a_first_run_writes(tmp_path: Path) -> None:
    path = tmp_path / "var" / "env"

    assert first_run.write(path) is True

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_second_run_keeps_the_keys_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "env"
    first_run.write(path)
    before = path.read_bytes()

    assert first_run.write(path) is False

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_every_secret_is_drawn_anew(tmp_path: Path) -> None:
    first_run.write(tmp_path / "one")
    first_run.write(tmp_path / "two")
    one, two = values_of(tmp_path / "one"), values_of(tmp_path / "two")

    same = {name for name in one if one[name] == two[name]}

    assert same == {"BASE_URL", "ALLOWED_HOSTS", "STAFF_MFA_REQUIRED"}


def test_keys_have_the_length_their_use_asks_for_and_the_signing_key_starts_today() -> None:
    values = first_run.environment("2026-03-01")

    assert len(base64.b64decode(values["PSEUDONYM_KEY"])) == 32
    key_id, wrapping = values["KEY_ENCRYPTION_KEYS"].split(":")
    signer_id, seed, first_day = values["SIGNING_KEYS"].split(":")
    assert key_id != signer_id
    assert len(base64.b64decode(wrapping)) == len(base64.b64decode(seed)) == 32
    assert first_day == "2026-03-01"


def test_the_settings_load_from_what_a_first_run_writes(tmp_path: Path) -> None:
    path = tmp_path / "env"
    first_run.write(path)

    assert setting_from(path, "SECRET_KEY") == values_of(path)["SECRET_KEY"]
    assert setting_from(path, "ALLOWED_HOSTS") == "['127.0.0.1', 'localhost']"
    assert setting_from(path, "DEBUG") == "False"


def test_the_module_says_whether_it_wrote_or_kept(tmp_path: Path) -> None:
    path = tmp_path / "env"
    command = [sys.executable, "-m", "config.first_run", str(path)]

    said = [
        subprocess.run(
            command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]

    assert said == [f"Wrote {path}\n", f"Kept {path}\n"]
