from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.enums import Action, Chore, ItemState, RequestKind, Status
from compliance.models import Heartbeat, PrivacyRequest, RequestItem, Round
from seats.roles import Role
from tests import factories
from tests.compliance.admin import world
from tests.compliance.admin.test_addresses import INLINE

pytestmark = pytest.mark.django_db
JOBS = "/admin/jobs/"


def stuck(items: int = 1) -> PrivacyRequest:
    request = factories.make_request(RequestKind.DELETION, Status.ATTENTION)
    for number in range(items):
        made = factories.make_item(request, resource=f"notes{number}", part=number + 1)
        RequestItem.objects.filter(pk=made.pk).update(
            state=ItemState.ATTENTION, error="OperationalError", attempts=3
        )
    return request


def at_work(count: int) -> None:
    for number in range(count):
        request = factories.make_request(status=Status.RUNNING)
        made = factories.make_item(request, resource=f"mail{number}")
        RequestItem.objects.filter(pk=made.pk).update(
            state=ItemState.RUNNING, found=12_000, exported=3_000, started_at=timezone.now()
        )


def page_of(client: Client, role: Role | str | None) -> Any:
    client.force_login(world.person(role))
    return client.get(JOBS)


@pytest.mark.parametrize("role", world.PEOPLE)
def test_job_health_is_for_who_may_see_heartbeats(client: Client, role: Role | str | None) -> None:
    answer = page_of(client, role)
    seeing = {Role.SUPPORT, Role.COMPLIANCE, Role.AUDITOR, "superuser"}
    assert answer.status_code == (200 if role in seeing else 403)
    home = client.get("/admin/").content.decode()
    assert (f'href="{JOBS}"' in home) == (role in seeing)


def test_with_nothing_to_do_the_page_says_so(client: Client) -> None:
    text = page_of(client, Role.SUPPORT).content.decode()
    for said in ("No worker is alive", "Nothing failed.", "No supervisor has made its rounds yet"):
        assert said in text
    assert INLINE.findall(text) == []


def test_who_may_retry_gets_the_way_there_and_who_may_not_the_reason(client: Client) -> None:
    request = stuck()
    way = reverse("admin:compliance_privacyrequest_take", args=[request.pk, Action.RETRY])
    shown = page_of(client, Role.SUPPORT).content.decode()
    assert way in shown
    assert "OperationalError" in shown
    shown = page_of(client, Role.AUDITOR).content.decode()
    assert way not in shown
    assert "Your role does not include this." in shown


def test_a_retry_goes_through_the_life_of_the_request(client: Client) -> None:
    request = stuck()
    page_of(client, Role.SUPPORT)
    way = reverse("admin:compliance_privacyrequest_take", args=[request.pk, Action.RETRY])
    assert client.post(way, {"version": request.version}).status_code == 302
    request.refresh_from_db()
    assert request.status == Status.RUNNING
    assert request.events.latest("pk").action == Action.RETRY
    item = request.items.get()
    assert (item.state, item.attempts) == (ItemState.PENDING, 0)


def test_what_runs_what_is_late_and_who_is_silent_is_shown(client: Client) -> None:
    now = timezone.now()
    at_work(1)
    Heartbeat.objects.create(name="alpha:1:a", started_at=now, at=now, workers=2)
    Round.objects.create(chore=Chore.SEAL, every=60, done_at=now - timedelta(hours=1))
    Round.objects.create(chore=Chore.MAILS, every=10, failed_at=now, error="SMTPException")
    text = page_of(client, Role.COMPLIANCE).content.decode()
    for said in ("3,000 of 12,000", "alpha:1:a", "SMTPException", "Late", "2 schedules are late."):
        assert said in text


def test_the_page_is_only_looked_at(client: Client) -> None:
    page_of(client, "superuser")
    before = world.everything()
    assert client.post(JOBS).status_code == 405
    assert client.get(JOBS).status_code == 200
    assert world.everything() == before


@pytest.mark.parametrize("count", [1, 30])
def test_it_costs_the_same_however_much_goes_on(
    client: Client, count: int, django_assert_num_queries: Any
) -> None:
    at_work(count)
    stuck(count)
    page_of(client, Role.SUPPORT)
    with django_assert_num_queries(16):
        client.get(JOBS)
