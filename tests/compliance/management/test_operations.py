"""What an operator asks on the command line: is all well, and what is past its time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail.backends.smtp import EmailBackend
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.utils import timezone

from compliance.enums import Chore, ItemState, MailState, Status
from compliance.models import EmailMessage, Heartbeat, PrivacyRequest, RequestItem, Round
from compliance.services import jobs, mails, retention
from consent.models import KeptEvidence
from seats import ledger
from seats.models import LedgerHead
from tests import factories
from tests.compliance.services.sealed import make_evidence

LATE = datetime(2026, 9, 1, tzinfo=UTC)


def run(command: str, *words: str) -> tuple[dict[str, Any], int]:
    """What it answers, and its exit code."""
    out = StringIO()
    try:
        call_command(command, *words, "--json", stdout=out)
    except SystemExit as ended:
        return json.loads(out.getvalue()), int(ended.code or 0)
    return json.loads(out.getvalue()), 0


# --- The doctor ---------------------------------------------------------------------------------


def beat() -> None:
    now = timezone.now()
    Heartbeat.objects.create(name="w", started_at=now, at=now, workers=2)


@pytest.mark.django_db
def test_a_well_installation_ends_in_zero() -> None:
    beat()
    jobs.done(Chore.SEAL, 60)
    told, code = run("doctor")
    ill = {what: said for what, said in told.items() if said != "well"}
    # A test's installation is on HTTP and without a second factor; that is `check --deploy`'s.
    assert ill == {}
    assert code == 0
    assert {"settings", "keys", "database", "product database", "ledger", "workers"} <= set(told)


@pytest.mark.django_db
def test_one_part_can_be_looked_at_alone() -> None:
    told, code = run("doctor", "--only", "workers")
    assert told == {"workers": "none is running: start “manage.py work”."}
    assert code == 1
    beat()
    assert run("doctor", "--only", "workers") == ({"workers": "well"}, 0)
    with pytest.raises(CommandError):
        call_command("doctor", "--only", "the weather")


@pytest.mark.django_db
def test_failing_and_forgotten_chores_are_named() -> None:
    jobs.done(Chore.SEAL, 60)
    jobs.failed(Chore.MAILS, 10, OSError("to anna@b.example"))
    Round.objects.filter(chore=Chore.SEAL).update(done_at=timezone.now() - timedelta(hours=1))
    told, code = run("doctor", "--only", "chores")
    assert code == 1
    assert "mails fails: OSError" in told["chores"]
    assert "seal was last done" in told["chores"]
    assert "anna" not in told["chores"]


@pytest.mark.django_db
def test_what_waits_for_a_person_is_counted() -> None:
    request = factories.make_request(status=Status.ATTENTION)
    RequestItem.objects.filter(pk=factories.make_item(request).pk).update(state=ItemState.ATTENTION)
    sent = mails.queue("question", to="a@b.example", language="en", member=factories.make_member())
    EmailMessage.objects.filter(pk=sent.pk).update(attempts=3, state=MailState.WAITING)
    told, code = run("doctor", "--only", "waiting work")
    assert code == 1
    assert told["waiting work"].startswith("1 e-mails were refused more than twice; 1 items")


def test_a_mail_server_that_is_away_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    away = EmailBackend(host="127.0.0.1", port=1, timeout=2)
    monkeypatch.setattr(mail, "get_connection", lambda: away)
    told, code = run("doctor", "--only", "mail server")
    assert code == 1
    assert told["mail server"].startswith("ConnectionRefusedError")


def test_the_doctor_looks_on_without_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("refused")

    for name in ("cursor", "ensure_connection", "connect"):
        monkeypatch.setattr(connection, name, refuse)
    told, code = run("doctor", "--only", "database", "--only", "keys", "--only", "workers")
    assert code == 1
    assert told["database"] == told["workers"] == "OperationalError: refused"
    assert told["keys"] == "well"


# --- Retention ----------------------------------------------------------------------------------


def everything_past_its_time() -> dict[str, int]:
    """Rows of several kinds that are over by LATE, and how many of each are due then."""
    with time_machine.travel(datetime(2026, 5, 4, 12, tzinfo=UTC), tick=False):
        closed = factories.make_request(status=Status.CANCELLED)
        make_evidence(factories.make_request(status=Status.COMPLETED))
        factories.make_request(status=Status.WAITING)
        letter = mails.queue("question", to="a@b.example", language="en", member=closed.seat.member)
        EmailMessage.objects.filter(pk=letter.pk).update(
            state=MailState.SENT, sent_at=timezone.now()
        )
        Session.objects.create(session_key="k", session_data="", expire_date=timezone.now())
        now = timezone.now()
        gone = factories.make_member(name="", email="", product_id=None, erased_at=now)
        KeptEvidence.objects.create(member=gone, since=now, until=now.date())
    return {
        "correspondence of closed requests": 2,
        "e-mails about no request": 1,
        "proofs of identity and authority": 1,
        "results of the queue": 1,
        "consent evidence of erased members": 1,
        "receipts of erased members": 0,
        "sessions and sign-ins of staff": 1,
        "sessions and sign-ins of members": 0,
        "answers to calls of the API": 0,
    }


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_counts_what_a_run_takes_away_and_changes_nothing() -> None:
    due = everything_past_its_time()
    with time_machine.travel(LATE, tick=False):
        for _again in range(2):
            told, code = run("sweep_retention", "--dry-run")
            assert told == due
            assert code == 0
        assert PrivacyRequest.objects.filter(contact_purged_at=None).count() == 3
        swept, code = run("sweep_retention")
        assert swept == told
        assert not any(run("sweep_retention", "--dry-run")[0].values())
        assert not any(run("sweep_retention")[0].values())
    assert PrivacyRequest.objects.filter(contact_purged_at=None).count() == 1


@pytest.mark.django_db
def test_more_than_one_batch_goes_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    batches = iter([500, 500, 3, 0])
    rule = retention.Rule("x", tuple, lambda: next(batches))
    assert rule.purge_all() == 1003


@pytest.mark.django_db(transaction=True)
def test_nothing_is_taken_from_a_restored_database() -> None:
    everything_past_its_time()
    ledger.append(ledger.Kind.NUMBER_ISSUED, {"year": 2026, "number": 4})
    LedgerHead.objects.all().delete()
    with pytest.raises(CommandError, match="older than the ledger"):
        call_command("sweep_retention")
    assert not PrivacyRequest.objects.exclude(contact_purged_at=None).exists()
