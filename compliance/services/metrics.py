"""What is measured of an installation while it runs, in Prometheus' text format 0.0.4.

Counts and ages from our own rows, a fixed number of queries however many rows there are; labels
are codes of ours. Nothing here tells one person from another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Min, Q, Sum

from compliance.enums import ItemState, MailState, RequestKind
from compliance.lifecycle import OPEN
from compliance.models import (
    Archive,
    EmailMessage,
    Hold,
    PrivacyRequest,
    RequestEvent,
    RequestItem,
    Round,
    Seal,
)
from compliance.services import jobs

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "rightsdesk_"
Number = int | float


@dataclass(frozen=True, slots=True)
class Sample:
    value: Number
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gauge:
    """No samples: there is nothing to measure now, an age of what never was."""

    name: str
    help: str
    samples: Sequence[Sample]


def measure(now: datetime) -> list[Gauge]:
    """Everything, as of `now`. Raises `django.db.Error` when our database is away."""
    return [*_requests(now), *_work(now), *_archives(), *_mails(now), *_audit(now), *_chores(now)]


def text(gauges: Iterable[Gauge]) -> str:
    """The page: of each its help, its type and its samples, every line ended by a line feed."""
    lines: list[str] = []
    for gauge in gauges:
        name = PREFIX + gauge.name
        said = gauge.help.replace("\\", r"\\").replace("\n", r"\n")
        lines += [f"# HELP {name} {said}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(sample.labels)} {sample.value}" for sample in gauge.samples]
    return "".join(f"{line}\n" for line in lines)


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _one(value: Number | None) -> list[Sample]:
    return [] if value is None else [Sample(value)]


def _age(since: datetime | None, now: datetime) -> list[Sample]:
    return _one(None if since is None else round((now - since).total_seconds(), 3))


def _requests(now: datetime) -> list[Gauge]:
    rows = {
        (row["kind"], row["status"]): row
        for row in PrivacyRequest.objects.open()
        .order_by()
        .values("kind", "status")
        .annotate(n=Count("pk"), overdue=Count("pk", filter=Q(due_at__lte=now)), due=Min("due_at"))
    }
    # Also the empty ones: a rule on a series that is not there never fires.
    counted = [
        Sample(rows.get((kind, status), {"n": 0})["n"], {"kind": str(kind), "status": str(status)})
        for kind in RequestKind.values
        for status in sorted(OPEN)
    ]
    overdue = sum(row["overdue"] for row in rows.values())
    oldest = min((row["due"] for row in rows.values()), default=None)
    return [
        Gauge("requests_open", "Requests that are not closed.", counted),
        Gauge("requests_overdue", "Open requests past their due date.", _one(overdue)),
        Gauge(
            "oldest_due_seconds",
            "Seconds since the earliest due date of an open request; negative while it is ahead.",
            _age(oldest, now),
        ),
        Gauge(
            "holds_in_force",
            "Legal holds that keep data from deletion.",
            _one(Hold.objects.in_force().count()),
        ),
    ]


def _work(now: datetime) -> list[Gauge]:
    queue, workers = jobs.queue(), jobs.workers(now)
    failed = RequestItem.objects.filter(state=ItemState.ATTENTION, request__status__in=OPEN)
    return [
        Gauge("jobs_queued", "Items of running requests that wait.", _one(queue.items)),
        Gauge(
            "job_oldest_seconds",
            "For how long the first item in the queue has waited for a worker.",
            _age(queue.oldest, now),
        ),
        Gauge("queue_messages", "Messages in the broker.", _one(queue.messages)),
        Gauge(
            "items_failed",
            "Items of open requests that were tried often enough and need a person.",
            _one(failed.count()),
        ),
        Gauge(
            "workers_alive",
            "Processes of groups that gave a sign of life lately.",
            _one(workers.alive),
        ),
        Gauge(
            "worker_heartbeat_age_seconds",
            "Seconds since any worker's last sign of life.",
            _age(workers.last, now),
        ),
    ]


def _archives() -> list[Gauge]:
    live = Archive.objects.live().aggregate(n=Count("pk"), size=Sum("size"))
    return [
        Gauge("archives_live", "Archives that can be fetched.", _one(live["n"])),
        Gauge("archives_live_bytes", "Size of those archives.", _one(live["size"] or 0)),
    ]


def _mails(now: datetime) -> list[Gauge]:
    waiting = EmailMessage.objects.filter(state=MailState.WAITING).aggregate(
        n=Count("pk"), oldest=Min("queued_at"), tried=Count("pk", filter=Q(attempts__gt=0))
    )
    return [
        Gauge("mails_waiting", "E-mails that are still to go out.", _one(waiting["n"])),
        Gauge(
            "mails_refused",
            "Of these, e-mails that the mail server refused at least once.",
            _one(waiting["tried"]),
        ),
        Gauge(
            "mail_oldest_seconds",
            "For how long the first of them has waited.",
            _age(waiting["oldest"], now),
        ),
    ]


def _audit(now: datetime) -> list[Gauge]:
    last = Seal.objects.order_by("-number").first()
    events = RequestEvent.objects.filter(pk__gt=last.last_event if last else 0)
    loose = events.aggregate(n=Count("pk"), oldest=Min("at"))
    return [
        Gauge("seals", "Number of the last seal in the ledger.", _one(last.number if last else 0)),
        Gauge(
            "last_seal_age_seconds",
            "Seconds since the last seal; it grows while nothing happens.",
            _age(last.at if last else None, now),
        ),
        Gauge("audit_unsealed_events", "Events that no seal covers yet.", _one(loose["n"])),
        Gauge(
            "audit_unsealed_seconds",
            "For how long the first of them has waited for a seal.",
            _age(loose["oldest"], now),
        ),
    ]


def _chores(now: datetime) -> list[Gauge]:
    rows = list(Round.objects.order_by("chore"))
    return [
        Gauge(
            "chore_age_seconds",
            "Seconds since a chore of the supervisor was last done.",
            [
                Sample(age.value, {"chore": row.chore})
                for row in rows
                for age in _age(row.done_at, now)
            ],
        ),
        Gauge(
            "chore_failing",
            "1 when a chore failed the last time it was tried.",
            [Sample(int(bool(row.error)), {"chore": row.chore}) for row in rows],
        ),
    ]
