"""That a request is with us: its number, what happens next and when. The page stays as it is."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compliance.enums import Capacity, ReceiptKind, RequestKind
from compliance.models import DataCategory, PrivacyRequest
from compliance.services import approvals, cases, clock
from compliance.services.languages import written_in
from compliance.templatetags.plainly import day, moment
from compliance.views import prospects
from compliance.views.personal import in_language, personal


@dataclass(frozen=True, slots=True)
class Next:
    title: str
    note: str


@require_safe
@personal
def received(request: HttpRequest, public_id: str) -> HttpResponse:
    case = cases.find(public_id)
    language = written_in(case.language)
    with translation.override(language):
        rows = DataCategory.objects.filter(slug__in=case.categories)
        joined = case.events.filter(action="joined").order_by("-sequence").first()
        former = case.capacity == Capacity.HOLDER and case.seat
        context = {
            "case": case,
            "steps": [] if case.is_closed else _steps(case),
            "categories": [row.said("name") for row in rows],
            "joined": joined.at if joined else None,
            "handed_on": former.released_at if former else None,
            "deletions": list(case.deletion_after.all()),
            "cancellable": cases.may_cancel(case),
            "receipt": case.receipts.filter(
                kind=ReceiptKind.ACKNOWLEDGEMENT, superseded_by=None
            ).last(),
        }
        return in_language(render(request, "member/received.html", context), language)


def _steps(case: PrivacyRequest) -> list[Next]:
    by_law = _("By %(day)s at the latest. That is the legal deadline.") % {"day": day(case.due_on)}
    if case.kind == RequestKind.EXPORT:
        if approvals.at_once(case):
            return [
                Next(_("We put your copy together"), _("It is usually ready in a minute.")),
                Next(_("You download it"), _("We e-mail you when it is ready.")),
            ]
        return [_decision(case), Next(_("You download your copy"), by_law)]
    waiting = (
        [Next(_("You get the copy"), _("The deletion waits for it."))] if case.copy_first_id else []
    )
    until = case.cooling_off_until or (
        case.received_at + clock.cooling_off(case.kind, whole_contract=case.whole_contract)
    )
    return [
        *waiting,
        _decision(case),
        Next(
            _("You can still cancel"),
            _("Until %(moment)s at least. We e-mail you the exact time.")
            % {"moment": moment(until)},
        ),
        Next(_("We delete, and count again"), by_law),
    ]


def _decision(case: PrivacyRequest) -> Next:
    by = _("By %(day)s at the latest") % {"day": day(case.decide_by)}
    return Next(prospects.decides(case).rstrip("."), f"{by}.")
