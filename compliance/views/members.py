"""The pages of somebody who is signed in."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compliance.enums import Capacity
from compliance.models import PrivacyRequest
from compliance.services import asking, deciding
from compliance.services.errors import NotFound
from compliance.views import tags
from compliance.views.personal import surface_of
from compliance.views.sessions import MemberRequest, signed_in
from consent.services import centre, notices
from seats.services import signing_in

LATEST = 3
A_PAGE = 20


@require_safe
@signed_in
def home(request: MemberRequest) -> HttpResponse:
    member = request.member
    contracts = asking.contracts_of(member)
    latest = list(_listed(Q(requester=member))[: LATEST + 1])
    due = notices.pending(member, surface_of(request))
    waiting = len(deciding.waiting(contracts, member))
    context = {
        "notices": due,
        "chosen_at": centre.last_at(member),
        "tasks": len(due) + waiting,
        "member": member,
        "seats": asking.seats_of(member),
        "others": signing_in.others(request.member_session),
        "lines": [tags.line(row) for row in latest[:LATEST]],
        "more": len(latest) > LATEST,
        "contracts": contracts,
        "waiting": waiting,
    }
    return render(request, "member/home.html", context)


@require_safe
@signed_in
def requests(request: MemberRequest) -> HttpResponse:
    """Everything the member ever asked for, the latest first."""
    page = Paginator(_listed(Q(requester=request.member)), A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "lines": [tags.line(row) for row in page.object_list]}
    return render(request, "member/requests.html", context)


@require_safe
@signed_in
def organisation(request: MemberRequest) -> HttpResponse:
    """What was asked for a contract; what its members asked for themselves is theirs."""
    contracts = asking.contracts_of(request.member)
    wanted = request.GET.get("contract", "")
    chosen = next((row for row in contracts if row.number == wanted or not wanted), None)
    if chosen is None:
        raise NotFound
    rows = _listed(Q(contract=chosen) & ~Q(capacity=Capacity.HOLDER))
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "chosen": chosen,
        "contracts": contracts,
        "waiting": deciding.waiting([chosen], request.member),
        "page": page,
        "lines": [tags.line(row) for row in page.object_list],
        "member": request.member,
    }
    return render(request, "member/organisation.html", context)


def _listed(which: Q) -> QuerySet[PrivacyRequest]:
    rows: QuerySet[PrivacyRequest] = (
        PrivacyRequest.objects.filter(which)
        .select_related("contract", "seat")
        .prefetch_related("archives")
        .order_by("-received_at", "-pk")
    )
    return rows
