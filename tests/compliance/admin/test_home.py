from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from compliance.enums import Status
from compliance.lifecycle import CLOSED
from compliance.models import Heartbeat, PrivacyRequest
from compliance.services import clock
from compliance.services.overview import Week
from compliance.templatetags.charts import weeks_chart
from seats.models import StaffUser
from seats.roles import Role
from tests import factories

HOME = "admin:index"
MOST_QUERIES = 28


def text(client: Client) -> str:
    page = client.get(reverse(HOME)).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.COMPLIANCE, Role.REPRESENTATIVE])
def test_it_asks_the_database_as_often_with_many_requests(client: Client, role: Role) -> None:
    user = factories.make_staff(role)
    contract = factories.make_contract(representative=user)
    seat = factories.make_seat(contract)
    first = factories.make_request(seat=seat, requester=seat.member, assignee=user)
    client.force_login(user)
    asked = []
    for more in (0, 29, 970):
        PrivacyRequest.objects.bulk_create(copies(first, more))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse(HOME))
        assert len(page.context["next"]) == min(PrivacyRequest.objects.open().count(), 5)
        asked.append(len(queries))
    assert len(set(asked)) == 1
    assert asked[0] <= MOST_QUERIES
    assert PrivacyRequest.objects.count() == 1000


def copies(request: PrivacyRequest, count: int) -> list[PrivacyRequest]:
    """More of the like in every state, linked to it so that they may stand beside it."""
    fields = {
        field.attname: getattr(request, field.attname)
        for field in PrivacyRequest._meta.concrete_fields
        if field.name not in ("id", "public_id")
    }
    return [
        PrivacyRequest(
            **fields
            | {
                "reference": f"EXP-{count}-{number}",
                "linked_to_id": request.pk,
                "status": (status := list(Status)[number % len(Status)]),
                "closed_at": timezone.now() if status in CLOSED else None,
            }
        )
        for number in range(count)
    ]


def test_every_number_leads_to_what_it_counts(desk: Client, agent: StaffUser) -> None:
    late = factories.make_request(received_at=timezone.now() - timedelta(days=60), assignee=agent)
    page = desk.get(reverse(HOME))
    assert "Oldest" in text(desk)
    for tab in ("late", "soon", "decide", "approval", "failed"):
        assert f"?tab={tab}" in page.content.decode()
    queue = reverse("admin:compliance_privacyrequest_changelist")
    assert list(desk.get(queue, {"tab": "late"}).context["cl"].result_list) == [late]
    assert reverse("admin:compliance_privacyrequest_change", args=[late.pk]) in (
        page.content.decode()
    )


def test_an_empty_desk_says_so(desk: Client) -> None:
    said = text(desk)
    for sentence in ("Nothing is open.", "No request is open.", "Nothing has happened yet."):
        assert sentence in said
    assert "Open next" not in said


def test_silent_workers_are_an_alarm_and_living_ones_a_line(desk: Client) -> None:
    assert "No worker is alive" in text(desk)
    now = timezone.now()
    Heartbeat.objects.create(name="a", started_at=now, at=now, workers=2)
    assert "No worker is alive" not in text(desk)
    assert "2 workers alive" in text(desk)
    assert "No job is waiting." in text(desk)


def test_a_representative_reads_nothing_of_the_machine_room(client: Client, rep: StaffUser) -> None:
    client.force_login(rep)
    assert "worker" not in text(client)


def test_who_sees_no_requests_has_no_numbers(client: Client, db: None) -> None:
    client.force_login(factories.make_staff())
    page = client.get(reverse(HOME))
    assert page.status_code == 200
    assert "rd-tile" not in page.content.decode()


@pytest.mark.parametrize(
    ("most", "top"), [(0, 4), (3, 4), (4, 4), (5, 8), (19, 20), (21, 40), (4001, 8000)]
)
def test_a_charts_scale_ends_on_a_round_number_above_its_bars(most: int, top: int) -> None:
    drawn = weeks_chart([Week(clock.today(), most, 0)])
    assert drawn["grid"][-1]["n"] == top
    assert all(float(bar["received"]["height"]) <= 120 for bar in drawn["bars"])
