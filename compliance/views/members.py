"""The pages of somebody who is signed in."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compliance.views.sessions import MemberRequest, signed_in
from seats.models import Seat
from seats.services import signing_in


@require_safe
@signed_in
def home(request: MemberRequest) -> HttpResponse:
    member = request.member
    seats = Seat.objects.present().filter(member=member).select_related("contract")
    context = {
        "member": member,
        "seats": seats.order_by("released_at", "-assigned_at"),
        "others": signing_in.others(request.member_session),
    }
    return render(request, "member/home.html", context)
