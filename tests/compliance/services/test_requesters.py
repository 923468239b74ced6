from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from compliance.enums import Capacity, Channel, RequestKind
from compliance.models import DataCategory, PrivacyRequest
from compliance.services import intake, requesters
from compliance.services.actors import Actor, member_actor, staff_actor
from compliance.services.errors import BadInput, NotAllowed, NotFound
from compliance.services.intake import Ask
from seats.models import Member, Seat
from seats.roles import Role
from tests.compliance.services.scenes import written
from tests.factories import make_administration, make_contract, make_member, make_seat, make_staff

pytestmark = pytest.mark.django_db
EXPORT, DELETION = RequestKind.EXPORT, RequestKind.DELETION


def agent() -> Actor:
    return staff_actor(make_staff(Role.SUPPORT))


def filed(seat: Seat, *, actor: Actor, **fields: Any) -> PrivacyRequest:
    ask = Ask(**{"kind": EXPORT, "contract": seat.contract, "seat": seat, **fields})
    return intake.open_request(ask, actor=actor)


def entered(seat: Seat | None, requester: Member, **fields: Any) -> PrivacyRequest:
    """As staff enter what somebody wrote."""
    contract = fields.pop("contract", seat.contract if seat else None)
    by_mail = {"kind": EXPORT, "channel": Channel.EMAIL, "requester": requester, **fields}
    return intake.open_request(Ask(contract=contract, seat=seat, **by_mail), actor=agent())


def test_staff_enter_what_an_administrator_asks_for_in_that_capacity() -> None:
    seat, administrator = make_seat(), make_member(locale="fr")
    make_administration(seat.contract, administrator)
    for request in (
        entered(seat, administrator),
        entered(None, administrator, contract=seat.contract),
        entered(seat, administrator, kind=DELETION),
    ):
        assert (request.capacity, request.requester) == (Capacity.ADMINISTRATOR, administrator)
        assert (request.contact_email, request.language) == (administrator.email, "fr")
        assert request.entered_by.startswith("staff:")


def test_who_administers_a_contract_asks_for_their_own_seat_as_its_holder() -> None:
    seat = make_seat()
    make_administration(seat.contract, seat.member)
    assert entered(seat, seat.member).capacity == Capacity.HOLDER


def test_the_holder_is_told_what_their_administrator_had_staff_enter() -> None:
    seat, administrator = make_seat(), make_member()
    make_administration(seat.contract, administrator)
    told = entered(seat, administrator).mails.filter(template="told_export")
    assert [mail.to for mail in told] == [seat.member.email]


def test_an_administrators_request_does_not_join_the_holders() -> None:
    seat, administrator = make_seat(), make_member()
    make_administration(seat.contract, administrator)
    own = filed(seat, actor=agent(), channel=Channel.EMAIL)
    assert entered(seat, administrator).pk != own.pk
    assert entered(seat, seat.member).pk == own.pk


def test_staff_cannot_enter_a_request_of_who_may_not_ask_for_it() -> None:
    seat, former = make_seat(), make_member()
    make_administration(seat.contract, former, until=timezone.now())
    elsewhere = make_member()
    make_administration(make_contract(), elsewhere)
    colleague = make_seat(seat.contract).member
    before = written()
    for member in (former, elsewhere, colleague):
        with pytest.raises(BadInput, match=f"{member.number} neither holds"):
            entered(seat, member)
    with pytest.raises(BadInput, match="does not administer"):
        entered(None, seat.member, contract=seat.contract)
    assert written() == before


def test_nobody_but_staff_asks_for_somebody_else() -> None:
    seat, administrator = make_seat(), make_member()
    make_administration(seat.contract, administrator)
    with pytest.raises(NotAllowed):
        filed(seat, actor=member_actor(seat.member), requester=administrator)


def test_an_administrator_gets_of_a_seat_what_the_customer_decides_on() -> None:
    """The rest is the member's own: their account with us (rules §4.3)."""
    seat, administrator = make_seat(), make_member()
    make_administration(seat.contract, administrator)
    customers = set(DataCategory.objects.filter(role="processor").values_list("slug", flat=True))
    for actor in (agent(), member_actor(administrator)):
        fields = {"requester": administrator, "channel": Channel.EMAIL} if actor.staff else {}
        request = filed(seat, actor=actor, **fields)
        assert "notes" in request.categories
        assert set(request.categories) <= customers
        for slug in ("user-information", "seat-management"):
            with pytest.raises(BadInput, match=f"“{slug}”"):
                filed(seat, actor=actor, categories=["notes", slug], **fields)
    whole = intake.open_request(
        Ask(kind=EXPORT, contract=seat.contract), actor=member_actor(administrator)
    )
    assert "seat-management" in whole.categories
    assert "seat-management" in filed(seat, actor=member_actor(seat.member)).categories


def test_a_member_is_found_by_number_within_reach() -> None:
    user = make_staff(Role.REPRESENTATIVE)
    seat, stranger = make_seat(make_contract(representative=user)), make_member()
    actor = staff_actor(user)
    assert requesters.member(seat.member.number, actor=actor) == seat.member
    assert requesters.member(f" {seat.member.number.lower()} ", actor=actor) == seat.member
    for number in (stranger.number, "M-0", "M-", "M-1x", "M-" + "9" * 30, "M-²"):
        with pytest.raises(NotFound, match="There is no member"):
            requesters.member(number, actor=actor)
