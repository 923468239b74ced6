"""Job health: whether work goes on, what it waits for, and what needs a person."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.admin.requests.page import names
from compliance.services import jobs, leases

WIDTH, HEIGHT, FOOT = 470, 104, 18  # of the chart, in its own units


def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """For who may see heartbeats; a retry is the request's own step, on its page."""
    if not request.user.has_perm("compliance.view_heartbeat"):
        raise PermissionDenied
    now = timezone.localtime()
    workers, queue = jobs.workers(now), jobs.queue()
    failed, schedules = jobs.needing_attention(request.user), jobs.schedules(now)
    hours = jobs.finished_by_hour(now)
    context = {
        **site.each_context(request),
        "title": _("Job health"),
        "lede": lede(workers, queue, failed, schedules),
        "workers": workers,
        "silent": jobs.SILENT,
        "queue": queue,
        "now": now,
        "running": jobs.running(request.user),
        "failed": failed,
        "failed_requests": len({one.item.request_id for one in failed}),
        "most": jobs.MOST,
        "attempts": leases.ATTEMPTS,
        "schedules": schedules,
        "names": names(),
        "hours": hours,
        "peak": max(count for _hour, count in hours),
        "bars": bars([count for _hour, count in hours]),
    }
    request.current_app = site.name
    return TemplateResponse(request, "admin/jobs.html", context)


def lede(workers: Any, queue: Any, failed: list[Any], schedules: list[Any]) -> str:
    """The page in a line: first what stands still."""
    said = []
    if not workers.alive:
        said.append(_("No worker is alive: nothing is done until “manage.py work” runs."))
    elif queue.items:
        said.append(_("Work goes on."))
    else:
        said.append(_("Nothing waits."))
    if failed:
        said.append(
            ngettext("%(n)d item needs a person.", "%(n)d items need a person.", len(failed))
            % {"n": len(failed)}
        )
    if late := sum(row.is_late for row in schedules):
        said.append(
            ngettext("%(n)d schedule is late.", "%(n)d schedules are late.", late) % {"n": late}
        )
    return " ".join(said)


def bars(counts: list[int]) -> list[dict[str, float]]:
    """Where each hour's bar stands in the chart; an hour without work has none."""
    step, peak = WIDTH / len(counts), max(1, *counts)
    return [
        {
            "x": round(place * step + 2, 1),
            "y": round(HEIGHT - (HEIGHT - FOOT) * count / peak, 1),
            "width": round(step - 4, 1),
            "height": round((HEIGHT - FOOT) * count / peak, 1),
        }
        for place, count in enumerate(counts)
        if count
    ]
