"""What somebody finds on the desk in the morning: numbers, what is next, and how work goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Min, QuerySet
from django.utils import timezone
from django_q.models import OrmQ

from compliance.enums import ReceiptKind, RequestKind, Status
from compliance.lifecycle import OPEN
from compliance.models import Archive, Heartbeat, PrivacyRequest, Receipt, RequestEvent
from compliance.services import counting, queues, telling
from consent.enums import Audience, DocumentKind
from consent.models import Document, DocumentVersion
from consent.services import documents
from consent.services.documents import Coverage
from seats.models import Contract, StaffUser

NEXT = 5
RECENT = 15
WEEKS = 12
MOST_COUNTED = 999
MOST_MEASURED = 1_000
SILENT = timedelta(seconds=60)
# In the order of the bar above a request's page.
OPEN_STAGES = tuple(status for status in Status if status in OPEN)
PEOPLE = (Audience.MEMBERS, Audience.ADMINISTRATORS)


@dataclass(frozen=True, slots=True)
class Tiles:
    """How many wait in each queue, and the request to name under the number."""

    counts: dict[str, int]
    first: dict[str, PrivacyRequest | None]


@dataclass(frozen=True, slots=True)
class Week:
    begins: date
    received: int
    completed: int


@dataclass(frozen=True, slots=True)
class Notice:
    version: DocumentVersion
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Workers:
    """`oldest` is since when the task waits that no worker took; None where none waits."""

    alive: int
    last: datetime | None
    oldest: datetime | None

    @property
    def silent(self) -> bool:
        return self.last is None or timezone.now() - self.last > SILENT


def tiles(user: StaffUser) -> Tiles:
    """Of a zero the tile names what comes next; so nothing to do is never just a number."""
    now = timezone.now()
    rows = queues.of(user)
    counts = queues.counts(user)
    undecided = rows["open"].filter(status__in=queues.OURS)
    due = rows["open"].order_by("due_at", "pk")
    return Tiles(
        counts,
        {
            "late": due.first(),
            "soon": due.filter(due_at__gt=now).first(),
            "decide": undecided.order_by("decide_by", "pk").first(),
            "approval": rows["approval"].order_by("decide_by", "pk").first(),
            "failed": rows["failed"].order_by("decide_by", "pk").first(),
        },
    )


def next_for(user: StaffUser, counts: dict[str, int]) -> tuple[str, list[PrivacyRequest]]:
    """The queue to take from, and what is first in it: my own, else what I may approve or take."""
    queue = next((slug for slug in ("mine", "approval", "free") if counts[slug]), "open")
    rows = queues.of(user)[queue].select_related("contract", "seat")
    return queue, list(rows.order_by("decide_by", "pk")[:NEXT])


def of(user: StaffUser) -> dict[str, Any]:
    """Everything the home page says to somebody who may see requests; the same queries always."""
    shown = tiles(user)
    queue, rows = next_for(user, shown.counts)
    return {
        "tiles": shown,
        "queue": queue,
        "next": rows,
        "stages": stages(user),
        "weeks": weeks(user),
        "median": median_days(user),
        "notices": notices(user),
        "files": files(user),
        "activity": activity(user),
    }


def stages(user: StaffUser) -> list[tuple[Status, int, int]]:
    """Open requests a stage: exports, deletions; up to 1,000 each. One query."""
    mine = PrivacyRequest.objects.visible_to(user).open()
    asked = {
        f"{status}-{kind}": mine.filter(status=status, kind=kind)
        for status in OPEN_STAGES
        for kind in RequestKind
    }
    found = counting.counts(user, asked, MOST_COUNTED)
    return [
        (one, found[f"{one}-{RequestKind.EXPORT}"], found[f"{one}-{RequestKind.DELETION}"])
        for one in OPEN_STAGES
    ]


def weeks(user: StaffUser) -> list[Week]:
    """Received and completed in the last twelve weeks from Monday on, this one last. One query."""
    zone = ZoneInfo(settings.CONTROLLER["time_zone"])
    today = timezone.now().astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=ago) for ago in reversed(range(WEEKS))]
    mine = PrivacyRequest.objects.visible_to(user)
    asked: dict[str, QuerySet[Any]] = {}
    for start in starts:
        span = (_midnight(start, zone), _midnight(start + timedelta(weeks=1), zone))
        asked[f"received-{start}"] = mine.filter(received_at__gte=span[0], received_at__lt=span[1])
        asked[f"completed-{start}"] = mine.filter(
            status=Status.COMPLETED, closed_at__gte=span[0], closed_at__lt=span[1]
        )
    found = counting.counts(user, asked)
    return [Week(one, found[f"received-{one}"], found[f"completed-{one}"]) for one in starts]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def median_days(user: StaffUser) -> int | None:
    """Days from receipt to completion, of the 1,000 completed last within twelve weeks."""
    since = timezone.now() - timedelta(weeks=WEEKS)
    done = PrivacyRequest.objects.visible_to(user).filter(
        status=Status.COMPLETED, closed_at__gte=since
    )
    spans = done.order_by("-closed_at").values_list("received_at", "closed_at")[:MOST_MEASURED]
    days = [(closed - received).days for received, closed in spans if closed]
    return round(median(days)) if days else None


def notices(user: StaffUser) -> list[Notice]:
    """How many of those concerned confirmed each notice in force, in the contracts one sees."""
    if not user.has_perm("consent.view_documentversion"):
        return []
    rows = Document.objects.filter(kind=DocumentKind.DATA_USE_NOTICE, audience__in=PEOPLE)
    versions = [documents.current(one) for one in rows.order_by("pk")]
    return [Notice(one, _coverage(one, user)) for one in versions if one]


def _coverage(version: DocumentVersion, user: StaffUser) -> Coverage:
    if user.has_perm("seats.see_every_contract"):
        return documents.coverage(version)
    mine = set(Contract.objects.visible_to(user).values_list("pk", flat=True))
    found = documents.coverage_by_contract(version)
    own = [one for contract, one in found.items() if contract in mine]
    return Coverage(sum(one.concerned for one in own), sum(one.confirmed for one in own))


def files(user: StaffUser) -> dict[str, int]:
    """Archives that expire within a week, and certificates issued within thirty days. One query."""
    now = timezone.now()
    certificates = Receipt.objects.visible_to(user).filter(
        kind=ReceiptKind.DELETION, issued_at__gte=now - timedelta(days=30)
    )
    archives = Archive.objects.visible_to(user).live()
    asked: dict[str, QuerySet[Any]] = {
        "expiring": archives.filter(expires_at__lte=now + timedelta(days=7)),
        "certificates": certificates,
    }
    return counting.counts(user, asked)


def workers() -> Workers:
    now = timezone.now()
    beats = list(Heartbeat.objects.order_by("-at"))
    # The queue pushes `lock` into the future when a worker takes the task.
    oldest = OrmQ.objects.filter(lock__lte=now).aggregate(since=Min("lock"))["since"]
    alive = sum(beat.workers for beat in beats if now - beat.at <= SILENT)
    return Workers(alive, beats[0].at if beats else None, oldest)


def activity(user: StaffUser) -> list[dict[str, Any]]:
    """What happened last to the requests somebody may see, newest first. Two queries."""
    rows = RequestEvent.objects.visible_to(user).select_related("request").order_by("-pk")
    events = list(rows[:RECENT])
    actors = {event.actor for event in events}
    actors |= {f"staff:{event.data['to']}" for event in events if event.data.get("to")}
    names = telling.people(actors)
    return [
        {
            "event": event,
            "who": names[event.actor],
            "what": telling.said(event.action),
            "detail": telling.detail(event.action, event.data, names),
        }
        for event in events
    ]
