"""A desk with many requests, and how long its queue takes, in an installation's own process."""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from compliance.enums import RequestKind, Status
from compliance.lifecycle import CLOSED, OPEN
from compliance.models import PrivacyRequest, RequestEvent, RequestItem
from compliance.services import clock
from seats.models import Contract, Member, Seat, StaffUser
from seats.roles import Role
from tests.bench.measuring import tell

BATCH = 5_000
SEATS_A_CONTRACT = 50
PAGE = 50
# Of ten requests three are open; of four of those one is mine and one is nobody's.
# Twice as many await approval as stand at any other stage, so that its page is full too.
OPEN_STATUSES = [*sorted(OPEN), Status.AWAITING_APPROVAL]
CLOSED_STATUSES = sorted(CLOSED)


def fill(requests: int) -> None:
    """An export and a deletion a seat, over three years; the open ones of the last six weeks."""
    people = _people()
    seats = max(requests // 2, 1)
    contracts = range(1, seats // SEATS_A_CONTRACT + 2)
    _put(Contract, (_contract(number, people) for number in contracts))
    _put(Member, (Member(pk=n, product_id=str(n)) for n in range(1, seats + 1)))
    _put(Seat, (_seat(number) for number in range(1, seats + 1)))
    _put(PrivacyRequest, (_request(number, people) for number in range(1, requests + 1)))
    opened = range(1, requests + 1, 10)
    _put(RequestEvent, (_event(number) for number in opened))
    _put(RequestItem, (_item(number) for number in opened))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM (ANALYZE)")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    call_command("collectstatic", verbosity=0, interactive=False)
    json.dump(PrivacyRequest.objects.count(), sys.stdout)


def look(paths: dict[str, str], times: int) -> None:
    """Open each page again and again: its fastest time, its queries and its rows.

    The fastest, because what else the machine does makes a page slower and never faster.
    """
    logging.disable()
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(StaffUser.objects.get(username="ana"))
    queue = reverse("admin:compliance_privacyrequest_changelist")
    found = {name: _look(client, queue + path, times) for name, path in paths.items()}
    json.dump(found, sys.stdout)


def _look(client: Client, url: str, times: int) -> dict[str, float]:
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(url)
        queries = len(asked)
    seconds = []
    for _n in range(times):
        began = time.perf_counter()
        client.get(url)
        seconds.append(time.perf_counter() - began)
    return {
        "seconds": min(seconds),
        "queries": queries,
        "rows": page.content.decode().count('class="rd-ref"'),
        "status": page.status_code,
    }


def _people() -> list[StaffUser]:
    made = []
    for name, role in (("ana", Role.SUPPORT), ("ben", Role.SUPPORT), ("rita", Role.REPRESENTATIVE)):
        user, _new = StaffUser.objects.get_or_create(username=name, defaults={"is_staff": True})
        user.groups.set([Group.objects.get(name=role)])
        made.append(user)
    return made


def _put(model: type[Model], rows: Any) -> None:
    done = 0
    while batch := list(islice(rows, BATCH)):
        model._base_manager.bulk_create(batch)
        done += len(batch)
        tell(f"{model.__name__} {done:,}")


def _contract(number: int, people: list[StaffUser]) -> Contract:
    return Contract(
        pk=number,
        number=f"C-{number}",
        product_id=str(number),
        customer=f"Customer {number} GmbH",
        edition="advanced_plus",
        country="IE",
        representative=people[2],
    )


def _seat(number: int) -> Seat:
    return Seat(
        pk=number,
        number=f"S-{number}",
        product_id=str(number),
        contract_id=number // SEATS_A_CONTRACT + 1,
        member_id=number,
        assigned_at=timezone.now() - timedelta(days=1_500),
    )


def _request(number: int, people: list[StaffUser]) -> PrivacyRequest:
    is_open = number % 10 in (1, 4, 7)
    statuses = OPEN_STATUSES if is_open else CLOSED_STATUSES
    received_at = _received(number % 42 if is_open else 42 + number % 1_050)
    seat = (number + 1) // 2
    kind = list(RequestKind)[number % 2]
    return PrivacyRequest(
        pk=number,
        reference=f"{kind.prefix}-2020-{number:07}",
        kind=kind,
        scope="seat",
        contract_id=seat // SEATS_A_CONTRACT + 1,
        seat_id=seat,
        requester_id=seat,
        capacity="holder",
        channel="email",
        entered_by="staff:ben",
        assignee=[people[0], people[1], None, people[1]][number // 10 % 4],
        status=statuses[number // 10 % len(statuses)],
        received_at=received_at,
        closed_at=None if is_open else received_at + timedelta(days=9),
        **_dates(received_at, kind),
    )


@cache
def _received(days_ago: int) -> datetime:
    return timezone.now() - timedelta(days=days_ago)


@cache
def _dates(received_at: datetime, kind: str) -> dict[str, Any]:
    return clock.dates(received_at, kind, whole_contract=False)


def _event(number: int) -> RequestEvent:
    return RequestEvent(
        request_id=number,
        sequence=1,
        at=timezone.now(),
        action="received",
        actor="staff:ben",
        previous="0" * 64,
        digest="0" * 64,
    )


def _item(number: int) -> RequestItem:
    return RequestItem(
        request_id=number, work="export", stage=0, category="notes", resource="notes", part=1
    )
