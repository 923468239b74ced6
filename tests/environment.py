"""The environment of a test run, set before Django's settings load (`-p tests.environment`).

Whatever the shell holds is replaced, so that no test can reach an installation's keys, files or
mail server. Only DATABASE_URL and PRODUCT_DATABASE_URL pass, from `python -m tests.cluster`.
"""

from __future__ import annotations

import atexit
import base64
import os
import shutil
import tempfile
from pathlib import Path

FOREIGN_PREFIXES = ("CONTROLLER_", "COOLING_OFF_", "EMAIL_")
FOREIGN_NAMES = {
    "API_CALLS_A_MINUTE",
    "ARCHIVE_DAYS",
    "BACKUP_DAYS",
    "CONN_MAX_AGE",
    "CONSENT_EVIDENCE_YEARS",
    "DATA_MAP",
    "DEBUG",
    "DEFAULT_FROM_EMAIL",
    "ERASE_BATCH_ROWS",
    "EVIDENCE_DIR",
    "EXPORTS_DIR",
    "LEASE_SECONDS",
    "LOG_FORMAT",
    "METRICS_TOKEN",
    "PART_ROWS",
    "PRODUCT_FILES_DIR",
    "RETIRED_SIGNING_KEYS",
    "SENTRY_DSN",
    "STAFF_IDLE_MINUTES",
    "STATIC_DIR",
    "WINDOW",
    "WORKERS",
}


def _key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


def _prepare() -> str:
    for name in list(os.environ):
        if name in FOREIGN_NAMES or name.startswith(FOREIGN_PREFIXES):
            del os.environ[name]
    folder = tempfile.mkdtemp(prefix="rightsdesk-tests-")
    Path(folder, "static").mkdir()  # collected files; without the folder every page warns
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        RIGHTSDESK_ENV=f"{folder}/no-such-file",
        VAR_DIR=folder,
        SECRET_KEY="tests-" + "0123456789" * 6,
        KEY_ENCRYPTION_KEYS=f"k-test:{_key('k')},k-old:{_key('o')}",
        SIGNING_KEYS=f"s-test:{_key('s')}:2020-01-01",
        PSEUDONYM_KEY=_key("p"),
        BASE_URL="http://privacy.example.test",
        ALLOWED_HOSTS="privacy.example.test,localhost,127.0.0.1",
        EMAIL_URL="memorymail://",
        # What the desk's pages do is tried without it; that nothing opens without it, by itself.
        STAFF_MFA_REQUIRED="False",
        LOG_LEVEL="WARNING",
    )
    return folder


# pytest-xdist's workers inherit the environment, and load this module after the settings.
FOLDER = None if "PYTEST_XDIST_WORKER" in os.environ else _prepare()


def _clean(owner: int) -> None:
    if FOLDER and os.getpid() == owner:  # not in a process that a test forked
        shutil.rmtree(FOLDER, ignore_errors=True)


atexit.register(_clean, os.getpid())
