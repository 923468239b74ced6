from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from compliance.enums import Capacity, RequestKind, Status
from compliance.models import PrivacyRequest
from compliance.services import authority
from seats import personal_data
from seats.models import Contract, Member
from seats.roles import Role
from tests.factories import (
    make_administration,
    make_contract,
    make_member,
    make_request,
    make_seat,
    make_staff,
)

pytestmark = pytest.mark.django_db
DELETION = RequestKind.DELETION


def of_administrator(contract: Contract, member: Member, **fields: Any) -> PrivacyRequest:
    return make_request(
        DELETION,
        Status.COOLING_OFF,
        **{
            "contract": contract,
            "seat": None,
            "requester": member,
            "capacity": Capacity.ADMINISTRATOR,
            "contact_email": member.email,
            **fields,
        },
    )


@pytest.mark.parametrize("entered_by", ["member", "staff"])
def test_an_administrators_right_ends_with_their_time(entered_by: str) -> None:
    contract, member = make_contract(), make_member()
    administration = make_administration(contract, member)
    by = f"member:{member.number}" if entered_by == "member" else "staff:ana"
    requests = [
        of_administrator(contract, member, entered_by=by),
        of_administrator(contract, member, entered_by=by, seat=make_seat(contract)),
    ]
    assert not any(authority.lost(request) for request in requests)
    administration.until = timezone.now()
    administration.save()
    assert all(authority.lost(request) for request in requests)


def test_a_holder_and_the_customer_keep_theirs() -> None:
    seat = make_seat(released_at=timezone.now())
    assert not authority.lost(make_request(seat=seat, entered_by=f"member:{seat.member.number}"))
    assert not authority.lost(make_request(DELETION, seat=None))


def test_whoever_is_gone_asks_for_nothing() -> None:
    seat = make_seat()
    request = make_request(seat=seat, entered_by=f"member:{seat.member.number}")
    personal_data.erase_member(seat.member)
    assert authority.lost(PrivacyRequest.objects.get(pk=request.pk))


def test_a_right_that_was_lost_ends_the_request_and_those_concerned_are_told() -> None:
    representative = make_staff(Role.REPRESENTATIVE)
    contract = make_contract(representative=representative)
    seat, former, other = make_seat(contract), make_member(locale="de"), make_member()
    make_administration(contract, former, until=timezone.now())
    make_administration(contract, other)
    request = of_administrator(contract, former, language="de")
    request.mails.create(
        template="told_deletion",
        to=seat.member.email,
        language="en",
        context={"seat": seat.number},
        next_try_at=timezone.now(),
    )
    request = authority.lapse(request)

    assert (request.status, request.is_closed) == (Status.CANCELLED, True)
    event = request.events.latest("sequence")
    assert (event.action, event.actor) == ("lapse", "system")
    assert event.remark.text != "Whoever asked may no longer ask for this."
    told = {(mail.template, mail.to) for mail in request.mails.exclude(template="told_deletion")}
    assert told == {
        ("closed", former.email),
        ("lapsed", other.email),
        ("lapsed", representative.email),
        ("told_called_off", seat.member.email),
    }
    assert request.mails.get(template="closed").context["reason"] == event.remark.text
