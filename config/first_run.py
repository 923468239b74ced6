"""Writes the environment of a first run: `python -m config.first_run [FILE]`.

Every secret is drawn at random and the file is readable by its owner only. A file that exists is
left alone: its keys open the archives and verify the receipts already made.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

DEFAULT = Path(__file__).resolve().parent.parent / "var" / "env"


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def environment(today: str) -> dict[str, str]:
    """Settings of a first run on this machine; `today` (ISO) is the signing key's first day."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "KEY_ENCRYPTION_KEYS": f"k{today}:{_key()}",
        "SIGNING_KEYS": f"s{today}:{_key()}:{today}",
        "PSEUDONYM_KEY": _key(),
        # Of the PostgreSQL that compose.yaml starts; nothing else reads it.
        "POSTGRES_PASSWORD": secrets.token_hex(24),
        "BASE_URL": "http://127.0.0.1:8000",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        # The demo's logins open the desk with a password alone. Take this line out, or say True,
        # before anybody else can reach the desk: `check --deploy` warns until then.
        "STAFF_MFA_REQUIRED": "False",
    }


def write(path: Path) -> bool:
    """Write a fresh environment to `path`, whole or not at all; False if there is one already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return False
    values = environment(datetime.now(UTC).date().isoformat())
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # created 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())
            file.flush()
            os.fsync(file.fileno())
        # A link, not a rename: of two first runs at once, the second must not replace the keys.
        Path(path).hardlink_to(draft)
    except FileExistsError:
        return False
    finally:
        Path(draft).unlink()
    return True


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    written = write(path)
    sys.stdout.write(f"{'Wrote' if written else 'Kept'} {path}\n")


if __name__ == "__main__":
    main()
