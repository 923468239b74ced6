"""How the work goes: what the page of job health shows, and whoever else has to know.

Facts from our own rows. Only that there is an exception is told, and of which class: its text may
quote data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.db.models.functions import TruncHour
from django.utils import timezone
from django_q.models import OrmQ

from compliance.enums import Action, Chore, ItemState, Status
from compliance.models import Heartbeat, RequestItem, Round
from compliance.services import choices
from compliance.services.actors import staff_actor
from compliance.services.health import SILENT
from seats.models import StaffUser

MOST = 50  # rows of a table
HOURS = 24
SLACK = timedelta(minutes=1)  # a chore is late when it missed two rounds and this


@dataclass(frozen=True, slots=True)
class Workers:
    """Groups of workers that gave a sign of life lately, and those that fell silent."""

    groups: Sequence[Heartbeat]
    alive: int
    last: datetime | None

    @property
    def silent(self) -> int:
        return sum(group.workers for group in self.groups) - self.alive


@dataclass(frozen=True, slots=True)
class Queue:
    items: int
    requests: int
    messages: int  # what lies in the broker, signs of life and letters included
    oldest: datetime | None  # since when the first of them waits for a worker


@dataclass(frozen=True, slots=True)
class Failed:
    """An item that was tried often enough; `why_not` says why it cannot be tried again now."""

    item: RequestItem
    why_not: str


@dataclass(frozen=True, slots=True)
class Schedule:
    round: Round
    next: datetime | None
    is_late: bool
    is_failing: bool


def done(chore: Chore, every: int) -> None:
    Round.objects.update_or_create(
        chore=chore, defaults={"every": every, "done_at": timezone.now(), "error": ""}
    )


def failed(chore: Chore, every: int, error: Exception) -> None:
    Round.objects.update_or_create(
        chore=chore,
        defaults={
            "every": every,
            "failed_at": timezone.now(),
            "error": type(error).__name__[:120],
        },
    )


def workers(now: datetime) -> Workers:
    groups = list(Heartbeat.objects.order_by("-at")[:MOST])
    alive = sum(group.workers for group in groups if now - group.at <= SILENT)
    return Workers(groups, alive, groups[0].at if groups else None)


def queue() -> Queue:
    waiting = RequestItem.objects.filter(state=ItemState.PENDING, request__status=Status.RUNNING)
    found = waiting.aggregate(
        items=Count("pk"), requests=Count("request", distinct=True), oldest=Min("enqueued_at")
    )
    return Queue(messages=OrmQ.objects.count(), **found)


def running(user: StaffUser) -> list[RequestItem]:
    rows = RequestItem.objects.visible_to(user).filter(state=ItemState.RUNNING)
    return list(rows.select_related("request").order_by("started_at", "pk")[:MOST])


def needing_attention(user: StaffUser) -> list[Failed]:
    """Failed items, with what `user` is told who would have them tried again."""
    rows = RequestItem.objects.visible_to(user).filter(state=ItemState.ATTENTION)
    rows = rows.select_related("request__contract").order_by("request", "stage", "pk")[:MOST]
    actor, said = staff_actor(user), {}
    found = []
    for item in rows:
        if item.request_id not in said:
            said[item.request_id] = choices.why_not(Action.RETRY, item.request, actor=actor)
        found.append(Failed(item, said[item.request_id]))
    return found


def schedules(now: datetime) -> list[Schedule]:
    return [
        Schedule(
            row,
            row.done_at + timedelta(seconds=row.every) if row.done_at else None,
            is_late=row.done_at is None
            or now - row.done_at > 2 * timedelta(seconds=row.every) + SLACK,
            is_failing=bool(row.error),
        )
        for row in Round.objects.all()
    ]


def finished_by_hour(now: datetime) -> list[tuple[datetime, int]]:
    """How many items were finished in each of the last 24 hours, the running one last."""
    last = now.replace(minute=0, second=0, microsecond=0)
    hours = [last - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    counted = dict(
        RequestItem.objects.filter(finished_at__gte=hours[0])
        .annotate(hour=TruncHour("finished_at", tzinfo=now.tzinfo))
        .values_list("hour")
        .annotate(n=Count("pk"))
    )
    return [(hour, counted.get(hour, 0)) for hour in hours]
