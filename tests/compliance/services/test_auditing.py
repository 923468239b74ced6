from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from compliance.models import DeskEvent, RequestEvent
from compliance.services import auditing, clock, desk_log, events, seals, verification
from compliance.services.actors import SYSTEM, staff_actor
from compliance.services.auditing import Narrow, Place
from consent.enums import Origin
from consent.services.consents import record
from seats.models import Contract, StaffUser
from seats.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> StaffUser:
    return factories.make_staff(Role.COMPLIANCE)


@pytest.fixture
def rep() -> StaffUser:
    return factories.make_staff(Role.REPRESENTATIVE)


@pytest.fixture
def contract(rep: StaffUser) -> Contract:
    return factories.make_contract(representative=rep)


def fill(contract: Contract, officer: StaffUser) -> None:
    """One of each: an event, a hold placed and lifted, a choice, an edit, a download, a sign-in."""
    seat = factories.make_seat(contract)
    factories.make_request(contract=contract, seat=seat)
    contract.holds.create(
        ground="claims",
        case="4 O 1/26",
        review_on=clock.today(),
        placed_by=factories.make_staff(),
        entry=f"h{contract.pk}",
        lifted_by=officer,
        lifted_at=timezone.now(),
    )
    support = factories.make_evidence(Origin.SUPPORT)
    record(seat.member, "given", purpose="tips", channel="email", evidence=support)
    LogEntry.objects.create(
        user=officer,
        content_type=ContentType.objects.get_for_model(Contract),
        object_id=str(contract.pk),
        object_repr=str(contract),
        action_flag=CHANGE,
        change_message='[{"changed": {"fields": ["Deputy"]}}]',
    )
    desk_log.record(
        "list_downloaded", actor=staff_actor(officer), data={"narrowed": {"tab": "late"}}
    )
    officer.last_login = timezone.now()
    officer.save()


def test_everything_done_stands_in_one_stream_newest_first(
    officer: StaffUser, contract: Contract
) -> None:
    fill(contract, officer)
    found = auditing.entries(officer, Narrow())
    assert {one.source for one in found} == {
        *("requests", "holds", "lifted", "consent", "edits", "desk", "sign-ins")
    }
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    said = {one.source: (one.said, one.detail) for one in found}
    assert said["desk"] == ("The list of requests was downloaded", "tab=late")
    assert "Deputy" in said["edits"][1]
    assert all(one.who for one in found)


def test_a_representative_reads_what_was_done_on_own_contracts(
    officer: StaffUser, rep: StaffUser, contract: Contract
) -> None:
    fill(contract, officer)
    foreign = factories.make_contract()
    fill(foreign, officer)
    found = auditing.entries(rep, Narrow())
    assert {one.source for one in found} == {"requests", "holds", "lifted", "consent"}
    assert len(found) == 4
    assert foreign.number not in {one.subject for one in found}


@pytest.mark.parametrize("size", [1, 3, 50])
def test_pages_follow_each_other_without_a_gap_even_within_one_moment(
    officer: StaffUser, contract: Contract, size: int
) -> None:
    fill(contract, officer)
    same = timezone.now() - timedelta(days=1)
    DeskEvent.objects.bulk_create(
        DeskEvent(at=same, action="verified", actor="system") for _n in range(5)
    )
    request = factories.make_request(contract=contract)
    RequestEvent.objects.bulk_create(
        RequestEvent(request=request, sequence=number, at=same, action="noted", actor="system")
        for number in range(2, 6)
    )
    whole = [one.place for one in auditing.entries(officer, Narrow(), size=500)]
    paged: list[str] = []
    after: Place | None = None
    while page := auditing.entries(officer, Narrow(), after=after, size=size):
        paged += [one.place for one in page]
        after = Place.parse(page[-1].place)
    assert paged == whole
    assert len(set(whole)) == len(whole)


@pytest.mark.parametrize(
    "text", ["", "x", "1-2-3", "20260101T000000.000000-x-1", "20260101T000000.000000-0-" + "9" * 30]
)
def test_a_place_that_was_never_given_is_none(text: str) -> None:
    assert Place.parse(text) is None


def test_it_is_narrowed_by_source_person_subject_and_days(
    officer: StaffUser, contract: Contract
) -> None:
    fill(contract, officer)

    def sources(narrow: Narrow) -> set[str]:
        return {one.source for one in auditing.entries(officer, narrow)}

    assert sources(Narrow(source="edits")) == {"edits"}
    assert sources(Narrow(who=officer.username)) == {"lifted", "edits", "desk", "sign-ins"}
    assert sources(Narrow(about=contract.number)) >= {"requests", "holds", "lifted"}
    assert sources(Narrow(about="C-0")) == set()
    today = clock.today()
    assert sources(Narrow(since=today, until=today)) == sources(Narrow())
    assert sources(Narrow(until=today - timedelta(days=1))) == set()
    assert sources(Narrow(since=today + timedelta(days=1))) == set()


def test_a_stream_costs_as_much_with_many_rows(
    officer: StaffUser, contract: Contract, django_assert_max_num_queries: Any
) -> None:
    fill(contract, officer)
    auditing.entries(officer, Narrow())
    with django_assert_max_num_queries(8):
        auditing.entries(officer, Narrow())
    request = factories.make_request(contract=contract)
    for _n in range(60):
        events.record(request, "noted", actor=SYSTEM)
    with django_assert_max_num_queries(8):
        auditing.entries(officer, Narrow())


def test_an_export_is_read_in_pieces(
    officer: StaffUser, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(contract, officer)
    monkeypatch.setattr(auditing, "CHUNK", 2)
    pieces = list(auditing.everything(officer, Narrow()))
    assert [len(piece) for piece in pieces] == [2, 2, 2, 2] or sum(map(len, pieces)) == 7
    assert all(
        len(auditing.cells(one)) == len(auditing.header()) for piece in pieces for one in piece
    )


@pytest.mark.django_db(transaction=True)
def test_the_chain_says_how_far_it_was_verified() -> None:
    assert auditing.chain() == auditing.Chain(None, None)
    factories.make_request()
    seals.seal()
    report = verification.verify_on_record()
    found = auditing.chain()
    assert found.sealed
    assert found.verified
    assert found.verified.data["last_event"] == found.sealed.last_event == report.last_event
    assert found.faults == 0
