"""What an installation needs to work, looked at one by one."""

from __future__ import annotations

import secrets
import smtplib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.core import checks, mail
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from compliance.enums import ItemState, MailState
from compliance.lifecycle import OPEN
from compliance.models import EmailMessage, Heartbeat, RequestItem, Round
from compliance.sources.base import data_map
from compliance.sources.product import ProductUnavailable
from seats import keys, ledger

SILENT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    wrong: str = ""


def look(only: Collection[str] = ()) -> Iterator[Finding]:
    """Every part, or those named, with what is wrong with it, "" for nothing."""
    for what, probe in _probes().items():
        if only and what not in only:
            continue
        try:
            wrong = probe()
        except (Error, OSError, ImproperlyConfigured, ProductUnavailable) as error:
            wrong = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        yield Finding(what, wrong)


def parts() -> list[str]:
    return list(_probes())


def _probes() -> dict[str, Callable[[], str]]:
    return {
        "settings": _settings,
        "keys": _keys,
        "database": _database,
        "product database": _product,
        "storage exports": lambda: _storage("exports"),
        "storage evidence": lambda: _storage("evidence"),
        "storage product_files": lambda: _readable("product_files"),
        "mail server": _mail_server,
        "ledger": _ledger,
        "workers": _workers,
        "chores": _chores,
        "waiting work": _waiting,
    }


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


def _mail_server() -> str:
    """Opens a connection and sends nothing; what only writes files has nothing to refuse."""
    connection = mail.get_connection()
    try:
        connection.open()
    except smtplib.SMTPException as refused:
        return f"{type(refused).__name__}: see EMAIL_URL."
    finally:
        connection.close()
    return ""


def _chores() -> str:
    """What the supervisor does by the clock: failing, or not done for a long time."""
    now, wrong = timezone.now(), []
    for row in Round.objects.all():
        if row.error:
            wrong.append(f"{row.chore} fails: {row.error}")
        elif row.done_at and now - row.done_at > 2 * timedelta(seconds=row.every) + SILENT:
            wrong.append(f"{row.chore} was last done {row.done_at:%Y-%m-%d %H:%M} UTC")
    return "; ".join(wrong)


def _waiting() -> str:
    """Letters that cannot be sent, and work that was tried often enough."""
    refused = EmailMessage.objects.filter(state=MailState.WAITING, attempts__gt=2).count()
    failed = RequestItem.objects.filter(state=ItemState.ATTENTION, request__status__in=OPEN).count()
    said = []
    if refused:
        said.append(f"{refused} e-mails were refused more than twice")
    if failed:
        said.append(f"{failed} items of requests need a person: see “Job health” on the desk")
    return "; ".join(said)


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
