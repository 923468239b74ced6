"""What the calendar asks for: silence never stops the clock (Art. 12(3) and (4))."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from compliance import deadlines
from compliance.enums import Action, Status
from compliance.models import PrivacyRequest
from compliance.services import clock, events, mails, requests
from compliance.services.actors import SYSTEM

UNANSWERED = 5  # working days an approver may stay silent
AT_ONCE = 200
OURS = (Status.RECEIVED, Status.IN_REVIEW, Status.AWAITING_APPROVAL)
THEIRS = (Status.IDENTITY, Status.WAITING)


def sweep() -> int:
    """Escalate, remind and close what is due today; how many requests."""
    today = clock.today()
    return escalate(today) + remind(today) + close(today)


def escalate(today: date) -> int:
    """To compliance: what is undecided on its decide-by date, or lay with an approver too long."""
    undecided = PrivacyRequest.objects.filter(escalated_at=None, status__in=OURS)
    late = list(undecided.filter(decide_by__lte=today)[:AT_ONCE])
    where = clock.calendar()
    asked = undecided.filter(decide_by__gt=today, status=Status.AWAITING_APPROVAL)
    for request in asked.order_by("decide_by")[:AT_ONCE]:
        sent = request.events.filter(action=Action.SUBMIT).order_by("-sequence").first()
        if sent and today > deadlines.add_working_days(
            deadlines.local_day(sent.at, where["time_zone"]),
            UNANSWERED,
            country=where["country"],
            subdivision=where["subdivision"],
        ):
            late.append(request)
    for request in late:
        requests.take(Action.ESCALATE, request.pk, actor=SYSTEM)
    return len(late)


def remind(today: date) -> int:
    """Ask a requester who has not answered once more, on the day we should have decided."""
    silent = PrivacyRequest.objects.filter(
        status__in=THEIRS, decide_by__lte=today, due_on__gt=today
    )
    count = 0
    for request in silent.exclude(events__action="reminded")[:AT_ONCE]:
        with transaction.atomic():
            current = requests.locked(request.pk)
            events.record(current, "reminded", actor=SYSTEM)
            mails.to_requester(current, "question", context={"reason": question_of(current)})
        count += 1
    return count


def question_of(request: PrivacyRequest) -> str:
    """What was asked last, in the words it was asked in."""
    event = (
        request.events.filter(action__in=(Action.ASK, Action.ASK_IDENTITY))
        .select_related("remark")
        .order_by("-sequence")
        .first()
    )
    return event.remark.text if event and hasattr(event, "remark") else ""


def close(today: date) -> int:
    """Close, while still in time, what could not be identified or specified (Art. 11(2), 12(2))."""
    silent = PrivacyRequest.objects.filter(status__in=THEIRS, due_on__lte=today)
    pks = list(silent.values_list("pk", flat=True)[:AT_ONCE])
    for pk in pks:
        requests.take(Action.EXPIRE, pk, actor=SYSTEM)
    return len(pks)
