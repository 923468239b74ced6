"""What machines ask: is it alive, can it serve, how does it go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from compliance.enums import Chore, ItemState, MailState, RequestKind, Status
from compliance.models import EmailMessage, Heartbeat, PrivacyRequest, RequestItem
from compliance.services import health, jobs, mails, metrics, readiness, seals
from seats import ledger
from seats.models import LedgerHead
from tests import factories
from tests.compliance.views.exposition import Malformed, read

FOREIGN = {"HTTP_HOST": "10.4.5.6:8000"}
TOKEN = "m" * 40


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "recently", readiness.Recently(lasting=0))


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("connection to 10.9.9.9 failed: password of anna@b.example")

    for name in ("cursor", "ensure_connection", "connect"):
        monkeypatch.setattr(connection, name, refuse)


def beat(ago: timedelta = timedelta()) -> None:
    now = timezone.now()
    Heartbeat.objects.create(name="w", started_at=now, at=now - ago, workers=2)


def checks(response: Any) -> dict[str, bool]:
    return {name: check["ok"] for name, check in response.json()["checks"].items()}


# --- Alive --------------------------------------------------------------------------------------


def test_a_process_says_that_it_lives_without_a_database(client: Client) -> None:
    response = client.get("/healthz", **FOREIGN)
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    assert not response.has_header("Vary")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_it_can_only_be_asked(client: Client, path: str, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert client.post(path).status_code == 405


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/readyz", 503)])
def test_a_probe_is_not_sent_to_https(
    client: Client, settings: Settings, path: str, status: int
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path, **FOREIGN).status_code == status
    assert client.get("/metrics").status_code == 301


# --- Ready --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_ready_when_everything_is_well(client: Client) -> None:
    beat()
    response = client.get("/readyz", **FOREIGN)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response.json()["ready"] is True
    assert set(checks(response)) == {"database", "migrations", "ledger", "workers"}
    assert all(checks(response).values())
    assert not response.cookies


@pytest.mark.usefixtures("no_database")
def test_not_ready_without_the_database_and_no_word_of_why(client: Client) -> None:
    response = client.get("/readyz", **FOREIGN)
    assert response.status_code == 503
    assert not any(checks(response).values())
    said = response.content.decode()
    assert "OperationalError" in said
    assert "10.9.9.9" not in said
    assert "anna" not in said


@pytest.mark.django_db
def test_not_ready_while_migrations_wait(client: Client) -> None:
    beat()
    MigrationRecorder.Migration.objects.filter(app="compliance").latest("pk").delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert [name for name, ok in checks(response).items() if not ok] == ["migrations"]


@pytest.mark.django_db(transaction=True)
def test_not_ready_when_the_database_was_restored(client: Client) -> None:
    beat()
    ledger.append(ledger.Kind.NUMBER_ISSUED, {"year": 2026, "number": 4})
    assert client.get("/readyz").status_code == 200
    LedgerHead.objects.all().delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert [name for name, ok in checks(response).items() if not ok] == ["ledger"]


@pytest.mark.django_db
@pytest.mark.parametrize("seen", [False, True])
def test_silent_workers_are_told_and_close_no_page(client: Client, seen: bool) -> None:
    if seen:
        beat(ago=health.SILENT + timedelta(seconds=30))
    response = client.get("/readyz")
    assert response.status_code == 200
    told = response.json()["checks"]["workers"]
    assert (told["ok"], told["needed"]) == (False, False)
    assert told["said"] == ("silent for 150 s" if seen else "none was ever seen")


def test_asking_often_looks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    found = [readiness.Check("database", True, "well")]

    def look() -> list[readiness.Check]:
        looked.append(1)
        return found

    monkeypatch.setattr(readiness, "look", look)
    recently = readiness.Recently(lasting=60)
    assert [recently(), recently(), recently()] == [found, found, found]
    assert looked == [1]


# --- Metrics ------------------------------------------------------------------------------------


@pytest.fixture
def scrape(client: Client, settings: Settings) -> Any:
    settings.METRICS_TOKEN = TOKEN

    def scrape() -> Any:
        return client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    return scrape


def test_there_are_no_metrics_without_a_token(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        TOKEN,
        f"Basic {TOKEN}",
        "Bearer \xe4",
        "Bearer m",
    ],
)
def test_metrics_are_for_the_token_alone(client: Client, settings: Settings, said: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    response = client.get("/metrics", headers={"Authorization": said})
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert not response.cookies


@pytest.mark.usefixtures("no_database")
def test_metrics_say_when_the_database_is_away(scrape: Any) -> None:
    response = scrape()
    assert response.status_code == 503
    assert b"anna" not in response.content


@pytest.mark.django_db
def test_an_empty_installation_has_well_formed_metrics(scrape: Any) -> None:
    response = scrape()
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    found = read(response.content.decode())
    assert found["rightsdesk_requests_overdue"] == {frozenset(): 0}
    assert found["rightsdesk_oldest_due_seconds"] == {}
    assert found["rightsdesk_worker_heartbeat_age_seconds"] == {}
    assert sum(found["rightsdesk_requests_open"].values()) == 0
    assert len(found["rightsdesk_requests_open"]) == 2 * 9


def busy_installation() -> None:
    now = timezone.now()
    late, early = (factories.make_request(RequestKind.EXPORT, Status.RUNNING) for _ in range(2))
    closed = factories.make_request(RequestKind.DELETION, Status.COMPLETED)
    overdue = PrivacyRequest.objects.filter(pk__in=[late.pk, closed.pk])
    overdue.update(due_at=now - timedelta(hours=1))
    for state in (ItemState.PENDING, ItemState.ATTENTION):
        item = factories.make_item(early, resource=state)
        RequestItem.objects.filter(pk=item.pk).update(
            state=state, enqueued_at=now - timedelta(minutes=5)
        )
    mail = mails.queue(
        "question", to="anna@b.example", language="en", member=factories.make_member()
    )
    EmailMessage.objects.filter(pk=mail.pk).update(attempts=1, state=MailState.WAITING)
    beat(ago=timedelta(seconds=20))
    jobs.done(Chore.SEAL, 60)
    jobs.failed(Chore.MAILS, 10, OSError())
    seals.seal()


@pytest.mark.django_db(transaction=True)
def test_metrics_say_what_waits_and_for_how_long(scrape: Any) -> None:
    busy_installation()
    page = scrape().content.decode()
    assert "anna" not in page
    found = {name.removeprefix("rightsdesk_"): samples for name, samples in read(page).items()}
    plain = {name: samples.get(frozenset()) for name, samples in found.items()}
    running = frozenset({("kind", "export"), ("status", "running")})
    assert found["requests_open"][running] == 2
    assert plain["requests_overdue"] == 1
    assert plain["oldest_due_seconds"] == pytest.approx(3600, abs=60)
    assert (plain["jobs_queued"], plain["items_failed"]) == (1, 1)
    assert plain["job_oldest_seconds"] == pytest.approx(300, abs=60)
    assert plain["worker_heartbeat_age_seconds"] == pytest.approx(20, abs=15)
    assert (plain["mails_waiting"], plain["mails_refused"]) == (1, 1)
    assert plain["last_seal_age_seconds"] == pytest.approx(0, abs=30)
    assert plain["audit_unsealed_events"] == 0
    assert found["chore_failing"] == {
        frozenset({("chore", "mails")}): 1,
        frozenset({("chore", "seal")}): 0,
    }


@pytest.mark.django_db(transaction=True)
def test_the_number_of_queries_stays_the_same(
    scrape: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    busy_installation()
    with django_assert_max_num_queries(12) as few:
        scrape()
    asked = len(few)
    for _more in range(5):
        factories.make_item(factories.make_request(RequestKind.EXPORT, Status.RUNNING))
    jobs.done(Chore.EXPIRE, 30)
    with django_assert_max_num_queries(asked):
        scrape()


def test_labels_and_help_are_escaped() -> None:
    nasty = 'a"b\\c\nd}e{f,g="h"'
    page = metrics.text(
        [metrics.Gauge("x", "one\nline \\ only", [metrics.Sample(-1.5, {"l": nasty, "m": ""})])]
    )
    assert page.count("\n") == 3
    assert read(page) == {"rightsdesk_x": {frozenset({("l", nasty), ("m", "")}): -1.5}}


@pytest.mark.parametrize(
    "page",
    [
        "x 1\n",
        "# HELP x y\n# TYPE x gauge\nx 1",
        "# HELP x y\n# TYPE x gauge\nx one\n",
        "# HELP x y\n# TYPE x gauge\nx 1\nx 1\n",
        '# HELP x y\n# TYPE x gauge\nx{a="b"c"} 1\n',
        '# HELP x y\n# TYPE x gauge\nx{a="\\q"} 1\n',
        "# HELP x y\n# TYPE z gauge\n",
        "# HELP x a\\b\n# TYPE x gauge\n",
        "# HELP x y\n# TYPE x gauge\nx None\n",
    ],
)
def test_the_reader_of_these_tests_refuses_what_is_malformed(page: str) -> None:
    with pytest.raises(Malformed):
        read(page)
