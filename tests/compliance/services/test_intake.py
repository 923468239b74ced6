from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from django_q.models import OrmQ

from compliance.enums import Action, Capacity, Channel, RequestKind, ScopeKind, Status
from compliance.lifecycle import JOINABLE
from compliance.models import DataCategory, PrivacyRequest
from compliance.services import intake, requests
from compliance.services.actors import SYSTEM, Actor, member_actor, staff_actor
from compliance.services.errors import BadInput, NotAllowed, NotFound, Refused
from compliance.services.intake import Ask
from seats import personal_data
from seats.models import Seat
from seats.roles import Role
from tests.compliance.services.scenes import written
from tests.factories import (
    make_administration,
    make_contract,
    make_member,
    make_request,
    make_seat,
    make_staff,
)

pytestmark = pytest.mark.django_db
EXPORT, DELETION = RequestKind.EXPORT, RequestKind.DELETION


def asking(seat: Seat, **fields: Any) -> Ask:
    return Ask(**{"kind": EXPORT, "contract": seat.contract, "seat": seat, **fields})


def filed(seat: Seat, *, actor: Actor | None = None, **fields: Any) -> PrivacyRequest:
    return intake.open_request(asking(seat, **fields), actor=actor or member_actor(seat.member))


def agent() -> Actor:
    return staff_actor(make_staff(Role.SUPPORT))


def refused(error: type[Refused], seat: Seat, **fields: Any) -> str:
    before = written()
    with pytest.raises(error) as said:
        filed(seat, **fields)
    assert written() == before
    return str(said.value)


# --- From whom, for what, as what -------------------------------------------------------------


def test_a_holder_asks_for_their_own_seat() -> None:
    seat = make_seat(member=make_member(locale="de"))
    request = filed(seat)

    assert (request.capacity, request.requester) == (Capacity.HOLDER, seat.member)
    assert (request.scope, request.seat, request.status) == (ScopeKind.SEAT, seat, Status.RECEIVED)
    assert (request.contact_email, request.language) == (seat.member.email, "de")
    assert request.reference == f"EXP-{timezone.now():%Y}-000001"
    assert request.entered_by == f"member:{seat.member.number}"


def test_an_administrator_asks_for_a_contract_or_one_of_its_seats() -> None:
    seat, administrator = make_seat(), make_member()
    make_administration(seat.contract, administrator)
    actor = member_actor(administrator)

    whole = intake.open_request(Ask(kind=EXPORT, contract=seat.contract), actor=actor)
    assert (whole.scope, whole.capacity) == (ScopeKind.CONTRACT, Capacity.ADMINISTRATOR)
    assert filed(seat, actor=actor).capacity == Capacity.ADMINISTRATOR


def test_staff_ask_for_the_seats_holder_or_for_the_customer() -> None:
    seat, actor = make_seat(), agent()
    by_mail = {"actor": actor, "channel": Channel.EMAIL}
    assert filed(seat, **by_mail).requester == seat.member
    ask = Ask(kind=EXPORT, contract=seat.contract, channel=Channel.PHONE)
    whole = intake.open_request(ask, actor=actor)
    assert (whole.capacity, whole.requester) == (Capacity.COMPANY, None)


def test_nobody_asks_for_somebody_elses_seat() -> None:
    seat = make_seat()
    colleague = member_actor(make_seat(seat.contract).member)
    refused(NotAllowed, seat, actor=colleague)
    refused(NotAllowed, seat, actor=SYSTEM)
    for role in (Role.AUDITOR, None):
        outsider = staff_actor(make_staff(role))
        refused(NotAllowed, seat, actor=outsider, channel=Channel.EMAIL)


def test_who_handed_the_seat_on_may_ask_for_what_they_made() -> None:
    seat = make_seat(released_at=timezone.now())
    make_seat(seat.contract, product_id=seat.product_id)
    assert filed(seat).requester == seat.member


def test_staff_do_not_pass_for_a_session_of_the_person() -> None:
    refused(BadInput, make_seat(), actor=agent(), channel=Channel.SELF_SERVICE)


def test_unknown_foreign_and_erased_numbers_answer_alike() -> None:
    mine, foreign, erased = make_seat(), make_seat(), make_seat()
    administrator = make_member()
    make_administration(erased.contract, administrator)
    personal_data.erase_seat(erased)
    for actor in (
        member_actor(mine.member),
        member_actor(administrator),
        staff_actor(make_staff(Role.REPRESENTATIVE)),
    ):
        answers = set()
        for number in ("S-none", foreign.number, erased.number):
            with pytest.raises(NotFound) as said:
                intake.target(seat=number, actor=actor)
            answers.add(str(said.value).replace(number, "…"))
        assert len(answers) == 1
        answers = set()
        for number in ("C-none", foreign.contract.number):
            with pytest.raises(NotFound) as said:
                intake.target(contract=number, actor=actor)
            answers.add(str(said.value).replace(number, "…"))
        assert len(answers) == 1


def test_a_seat_is_found_by_who_may_ask_for_it() -> None:
    user = make_staff(Role.REPRESENTATIVE)
    seat = make_seat(make_contract(deputy=user))
    administrator = make_member()
    make_administration(seat.contract, administrator)
    for actor in (staff_actor(user), member_actor(administrator), member_actor(seat.member)):
        assert intake.target(seat=seat.number, actor=actor) == (seat.contract, seat)
    assert intake.target(contract=seat.contract.number, actor=staff_actor(user))[1] is None
    with pytest.raises(NotFound):  # a holder has no say over the contract
        intake.target(contract=seat.contract.number, actor=member_actor(seat.member))


def test_an_erased_seat_and_one_of_another_contract_are_refused_like_none() -> None:
    seat = make_seat()
    refused(NotFound, seat, contract=make_contract())
    personal_data.erase_seat(seat)
    refused(NotFound, seat)


# --- What is asked for ------------------------------------------------------------------------


def test_without_categories_an_export_takes_the_articles_list_and_a_deletion_all() -> None:
    seat = make_seat()
    listed = DataCategory.objects.exclude(export="on request").values_list("slug", flat=True)
    assert filed(seat).categories == list(listed)
    everything = DataCategory.objects.values_list("slug", flat=True)
    assert filed(seat, kind=DELETION).categories == list(everything)


def test_any_category_can_be_asked_for_and_stands_in_the_registrys_order() -> None:
    request = filed(make_seat(), categories=["notes", "crm-sync", "saved-leads", "notes"])
    assert request.categories == ["saved-leads", "notes", "crm-sync"]


def test_an_unknown_category_is_named_with_those_there_are() -> None:
    said = refused(BadInput, make_seat(), categories=["notes", "nots"])
    assert "“nots”" in said
    assert "saved-leads" in said


def test_what_cannot_be_deleted_is_left_out_or_refused_by_name() -> None:
    DataCategory.objects.filter(slug="notes").update(deletable=False)
    assert "“notes”" in refused(BadInput, make_seat(), kind=DELETION, categories=["notes"])
    assert "notes" not in filed(make_seat(), kind=DELETION).categories
    assert "notes" in filed(make_seat()).categories


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "pdf"},
        {"contact_email": "nobody"},
        {"contact_email": "a@b.example\nBcc: c@d.example"},
        {"contact_email": f"{'a' * 250}@b.example"},
    ],
    ids=["format", "no address", "two lines", "too long"],
)
def test_what_cannot_be_answered_is_refused_with_a_sentence(fields: dict[str, str]) -> None:
    assert refused(BadInput, make_seat(), **fields)


# --- When it came -----------------------------------------------------------------------------


def test_what_came_by_letter_counts_from_the_day_it_reached_the_company() -> None:
    with time_machine.travel(datetime(2026, 3, 20, 12, tzinfo=UTC), tick=False):
        received_at = datetime(2026, 3, 5, 9, tzinfo=UTC)
        request = filed(make_seat(), actor=agent(), channel=Channel.LETTER, received_at=received_at)
    assert request.received_at == received_at
    assert request.due_on.isoformat() == "2026-04-07"  # Sunday, then Easter Monday in Ireland
    assert request.entered_at > received_at


def test_nothing_was_received_in_the_future() -> None:
    refused(BadInput, make_seat(), received_at=timezone.now() + timedelta(minutes=1))


def test_the_day_is_the_controllers_not_the_servers(settings: Any) -> None:
    settings.CONTROLLER = {**settings.CONTROLLER, "country": "DE", "time_zone": "Europe/Berlin"}
    with time_machine.travel(datetime(2026, 6, 30, 22, 30, tzinfo=UTC), tick=False):
        request = filed(make_seat())
    assert request.due_on.isoformat() == "2026-08-03"
    assert request.due_at == datetime(2026, 8, 3, 22, tzinfo=UTC)


# --- Twice ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", sorted(JOINABLE))
def test_a_second_request_for_the_same_joins_the_first(status: Status) -> None:
    seat = make_seat()
    first = make_request(EXPORT, status, seat=seat, categories=["notes"], counted_at=timezone.now())
    joined = filed(seat, categories=["saved-accounts"])

    assert joined.pk == first.pk
    assert (joined.reference, joined.due_on, joined.status) == (
        first.reference, first.due_on, status,
    )  # fmt: skip
    assert joined.categories == ["saved-accounts", "notes"]
    assert (joined.counted_at, joined.version) == (None, 1)
    assert PrivacyRequest.objects.count() == 1
    event = joined.events.latest("sequence")
    assert (event.action, event.data["added"]) == ("joined", ["saved-accounts"])


@pytest.mark.parametrize(
    "status", [Status.AWAITING_APPROVAL, Status.APPROVED, Status.RUNNING, Status.ATTENTION]
)
def test_once_somebody_decides_on_the_first_the_second_is_linked_to_it(status: Status) -> None:
    seat = make_seat()
    first = make_request(EXPORT, status, seat=seat)
    second = filed(seat)
    third = filed(seat)

    assert second.pk != first.pk
    assert second.linked_to == first
    assert third == second
    first.refresh_from_db()
    assert first.version == 0


def test_after_the_first_is_closed_a_new_one_stands_alone() -> None:
    seat = make_seat()
    make_request(EXPORT, Status.COMPLETED, seat=seat)
    assert filed(seat).linked_to is None


def test_a_copy_and_a_deletion_of_the_same_do_not_join() -> None:
    seat = make_seat()
    copy = filed(seat)
    deletion = filed(seat, kind=DELETION, copy_first=copy)
    assert deletion.pk != copy.pk
    assert deletion.copy_first == copy


def test_requests_of_different_people_for_the_same_do_not_join() -> None:
    seat, administrator = make_seat(), make_member()
    make_administration(seat.contract, administrator)
    own, theirs = filed(seat), filed(seat, actor=member_actor(administrator))
    assert own.pk != theirs.pk


def test_a_second_wish_for_a_copy_first_is_not_lost() -> None:
    seat = make_seat()
    first = filed(seat, kind=DELETION)
    copy = filed(seat)
    assert filed(seat, kind=DELETION, copy_first=copy).pk == first.pk
    first.refresh_from_db()
    assert first.copy_first == copy


def test_a_letter_that_had_come_earlier_moves_the_date_forward() -> None:
    seat = make_seat()
    with time_machine.travel(datetime(2026, 6, 10, 12, tzinfo=UTC), tick=False) as clock:
        first = filed(seat)
        clock.shift(timedelta(days=2))
        earlier = datetime(2026, 6, 2, 8, tzinfo=UTC)
        joined = filed(seat, actor=agent(), channel=Channel.LETTER, received_at=earlier)
    assert joined.pk == first.pk
    assert (first.due_on.isoformat(), joined.due_on.isoformat()) == ("2026-07-10", "2026-07-02")
    joined.refresh_from_db()
    assert joined.received_at == earlier
    assert joined.events.latest("sequence").data["due"] == "2026-07-02"


def test_the_same_asked_again_writes_no_second_letter() -> None:
    seat = make_seat()
    request = filed(seat)
    assert request.mails.count() == 1
    filed(seat)
    assert request.mails.count() == 1
    filed(seat, categories=["crm-sync"])
    assert request.mails.count() == 2


# --- What follows by itself -------------------------------------------------------------------


def test_filing_acknowledges_and_queues_the_next_step() -> None:
    request = filed(make_seat())
    mail = request.mails.get()
    assert (mail.template, mail.document, mail.to) == (
        "acknowledged", "acknowledgement", request.contact_email,
    )  # fmt: skip
    assert OrmQ.objects.count() == 2


def test_members_are_told_when_somebody_else_exports_their_data() -> None:
    seat, administrator = make_seat(), make_member()
    make_seat(seat.contract, administrator)
    two_seats = make_seat(seat.contract, seat.member)
    make_administration(seat.contract, administrator)
    ask = Ask(kind=EXPORT, contract=seat.contract)

    whole = intake.open_request(ask, actor=member_actor(administrator))
    told = whole.mails.filter(template="told_export")
    assert [mail.to for mail in told] == [seat.member.email]
    assert two_seats.member.email == told[0].to


def test_members_are_not_told_where_the_agreement_says_so_nor_of_their_own() -> None:
    contract, administrator = make_contract(tells_members=False), make_member()
    seat = make_seat(contract)
    make_administration(contract, administrator)
    theirs = filed(seat, actor=member_actor(administrator))
    own = filed(make_seat())
    for request in (theirs, own):
        assert not request.mails.filter(template="told_export").exists()


def test_what_policy_lets_through_bothers_nobody() -> None:
    user = make_staff(Role.REPRESENTATIVE)
    seat = make_seat(make_contract(representative=user))
    request = intake.let_through(filed(seat, categories=["notes"]))

    assert request.status == Status.APPROVED
    assert [event.action for event in request.events.all()] == [
        "received", "verify", "submit", "approve",
    ]  # fmt: skip
    assert not request.mails.filter(to=user.email).exists()


def test_what_people_must_look_at_is_verified_and_waits() -> None:
    request = intake.let_through(filed(make_seat()))
    assert (request.status, request.verified_by) == (Status.IN_REVIEW, "system:policy")


def test_a_request_by_mail_is_not_verified_by_itself() -> None:
    request = intake.let_through(filed(make_seat(), actor=agent(), channel=Channel.EMAIL))
    assert request.status == Status.RECEIVED


def test_a_representative_is_asked_when_a_request_is_sent_on() -> None:
    user = make_staff(Role.REPRESENTATIVE)
    request = make_request(EXPORT, Status.IN_REVIEW, contract=make_contract(representative=user))
    requests.take(Action.SUBMIT, request.pk, actor=agent())
    assert [mail.to for mail in request.mails.filter(template="decide")] == [user.email]
