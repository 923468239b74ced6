"""How to ask for data: by whom, for what, how long it takes, and what if one disagrees."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.timesince import timesince

from compliance import deadlines
from compliance.models import DataCategory
from compliance.services import clock
from compliance.views.public import public


@public()
def how(request: HttpRequest) -> HttpResponse:
    """The dates are those of somebody who asks today (Art. 12(3))."""
    now, today = timezone.now(), clock.today()
    where = clock.calendar()
    rows = list(DataCategory.objects.all())
    context = {
        "today": today,
        "due": deadlines.due_date(now, **where),
        "extended": deadlines.due_date(now, extended=True, **where),
        "categories": [
            (row.said("name"), row.get_export_display(), row.deletable, row.role) for row in rows
        ],
        "all_deletable": all(row.deletable for row in rows),
        "seat_span": _span(settings.COOLING_OFF_SEAT),
        "contract_span": _span(settings.COOLING_OFF_CONTRACT),
        "archive_days": settings.ARCHIVE_DAYS,
        "backups_until": today + timedelta(days=settings.BACKUP_DAYS),
        "evidence_years": settings.CONSENT_EVIDENCE_YEARS,
    }
    return render(request, "public/how.html", context)


def _span(length: timedelta) -> str:
    """In words, "3 days"; "" for no time at all."""
    now = timezone.now()
    return timesince(now, now + length) if length else ""
