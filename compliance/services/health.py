"""What an installation needs to work, looked at one by one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from compliance.models import Heartbeat
from compliance.sources.base import data_map
from compliance.sources.product import ProductUnavailable
from seats import keys, ledger

SILENT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    wrong: str = ""


def look() -> Iterator[Finding]:
    """Every part with what is wrong with it, "" for nothing."""
    probes: list[tuple[str, Callable[[], str]]] = [
        ("settings", _settings),
        ("keys", _keys),
        ("database", _database),
        ("product database", _product),
        ("storage exports", lambda: _storage("exports")),
        ("storage evidence", lambda: _storage("evidence")),
        ("storage product_files", lambda: _readable("product_files")),
        ("ledger", _ledger),
        ("workers", _workers),
    ]
    for what, probe in probes:
        try:
            wrong = probe()
        except (Error, OSError, ImproperlyConfigured, ProductUnavailable) as error:
            wrong = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        yield Finding(what, wrong)


def _settings() -> str:
    found = [message for message in checks.run_checks() if message.is_serious()]
    return "; ".join(str(message.msg) for message in found)


def _keys() -> str:
    keys.key_encryption_keys()
    keys.signing_key()
    keys.verifying_keys()
    keys.pseudonym("doctor", "probe")
    return ""


def migrations_waiting() -> int:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _database() -> str:
    waiting = migrations_waiting()
    return f"{waiting} migrations wait: run “manage.py migrate”." if waiting else ""


def _product() -> str:
    mapped = data_map()
    wrong = mapped.check()
    for source in mapped.sources:
        wrong += source.check()
    return "; ".join(wrong)


def _storage(name: str) -> str:
    storage = storages[name]
    probe = storage.save(f"doctor/{secrets.token_hex(8)}", ContentFile(b"well"))
    try:
        with storage.open(probe) as file:
            return "" if file.read() == b"well" else "what was written reads otherwise."
    finally:
        storage.delete(probe)


def _readable(name: str) -> str:
    storages[name].exists("doctor")
    return ""


def _ledger() -> str:
    try:
        if entry := ledger.behind():
            return f"newer than the database ({entry.id}): run “manage.py replay”."
        if missing := ledger.lost():
            return f"entries are missing from the storage: {', '.join(missing[:3])}."
    except ledger.LedgerBroken as broken:
        return str(broken)
    return ""


def _workers() -> str:
    last = Heartbeat.objects.order_by("-at").first()
    if last is None:
        return "none is running: start “manage.py work”."
    if timezone.now() - last.at > SILENT:
        return f"silent since {last.at:%Y-%m-%d %H:%M} UTC: start “manage.py work”."
    return ""
