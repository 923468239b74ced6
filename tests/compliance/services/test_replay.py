from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from compliance.enums import HoldGround, Status
from compliance.models import Archive, Hold, NumberSeries, Remark
from compliance.services import archives, clock, events, holds, numbers, replay
from compliance.services.actors import member_actor, staff_actor
from compliance.services.replay import OWN_SIDE, Report
from seats import ledger, personal_data
from seats.enums import Return, TombstoneKind
from seats.models import Member, Seat
from seats.roles import Role
from seats.services import signing_in
from tests.compliance.services.sealed import is_there, make_archive
from tests.factories import make_contract, make_member, make_request, make_seat, make_staff

# Committed, because the ledger confirms only what is.
pytestmark = pytest.mark.django_db(transaction=True)


def gone(*seats: Seat, members: tuple[Member, ...] = ()) -> None:
    """The ledger's word that these were erased on our side, in a database that knows nothing."""
    reference = "DEL-2026-000001"
    ledger.append(
        ledger.Kind.ERASURE_INTENT,
        {
            "reference": reference,
            "resource": OWN_SIDE,
            "seats": [seat.number for seat in seats],
            "members": replay.sealed_members(list(members), reference),
        },
    )


def is_erased(row: Seat | Member) -> bool:
    row.refresh_from_db()
    return row.erased_at is not None


def test_with_nothing_to_do_nothing_is_done() -> None:
    make_seat()

    assert replay.replay() == Report()


def test_seats_and_people_are_erased_again_with_what_was_written() -> None:
    seat, other = make_seat(), make_seat()
    closed = [make_request(status=Status.REJECTED, seat=one) for one in (seat, other)]
    for request in closed:
        actor = member_actor(request.seat.member)
        events.record(request, "refuse", actor=actor, text="What they wrote")
    gone(seat, members=(seat.member,))

    report = replay.replay()

    assert (report.seats, report.members) == (1, 1)
    assert is_erased(seat)
    assert is_erased(seat.member)
    assert not is_erased(other)
    assert list(Remark.objects.values_list("event__request", flat=True)) == [closed[1].pk]
    for request in closed:
        request.refresh_from_db()
    assert (closed[0].contact_email, bool(closed[1].contact_email)) == ("", True)
    assert replay.replay() == Report()


def test_the_ledger_says_who_was_erased_under_seal_only() -> None:
    gone(members=(make_member(product_id="a-speaking-id"),))

    entry = ledger.newest(ledger.Kind.ERASURE_INTENT)
    assert entry
    assert "a-speaking-id" not in str(entry.body)


def test_who_got_a_freed_number_of_ours_is_not_erased_for_another() -> None:
    """A restored database gives the keys of rows that were made after the backup out anew."""
    someone = make_member()
    pk = someone.pk
    gone(members=(someone,))
    someone.delete()
    newcomer = make_member(pk=pk)

    assert replay.replay().members == 0
    assert not is_erased(newcomer)


def test_who_came_back_after_the_deletion_stays() -> None:
    seat = make_seat()
    gone(seat, members=(seat.member,))
    again = make_seat(member=seat.member, assigned_at=timezone.now())

    report = replay.replay()

    assert (report.seats, report.members) == (1, 0)
    assert not is_erased(again)
    assert not is_erased(again.member)


def test_who_came_back_without_a_seat_yet_stays_too() -> None:
    member = make_member()
    gone(members=(member,))
    trace = (TombstoneKind.MEMBER, member.product_id or "")
    personal_data.bury(*trace)
    personal_data.unbury([trace], at=timezone.now(), how=Return.JOINED)

    assert replay.replay().members == 0
    assert not is_erased(member)


def test_a_hold_that_the_backup_did_not_know_stands_again_and_a_lifted_one_does_not() -> None:
    contract = make_contract()
    clara, dora = (staff_actor(make_staff(Role.COMPLIANCE)) for _ in range(2))
    make_staff(is_superuser=True)
    details = {
        "ground": HoldGround.CLAIMS,
        "case": "2026/17",
        "review_on": clock.today() + timedelta(days=90),
        "actor": clara,
    }
    new = holds.place(contract, categories=["notes"], **details)
    old = holds.place(contract, **details)
    holds.lift(old.pk, actor=dora)
    Hold.objects.filter(pk=new.pk).delete()
    Hold.objects.filter(pk=old.pk).update(lifted_by=None, lifted_at=None)

    assert replay.replay().holds == 2

    standing = Hold.objects.in_force().get()
    assert (standing.entry, standing.categories) == (new.entry, ["notes"])
    lifted = Hold.objects.get(pk=old.pk)
    assert (lifted.lifted_by, lifted.placed_by) == (dora.staff, clara.staff)
    assert replay.replay() == Report()


def test_a_destroyed_archive_that_came_back_is_destroyed_again() -> None:
    archive = make_archive(make_request(status=Status.COMPLETED))
    name, key = archive.object_name, archive.key
    assert key
    archives.destroy(archive, because="expired")
    key.pk = None
    key.save(force_insert=True)
    Archive.objects.filter(pk=archive.pk).update(key=key, destroyed_at=None, destroyed_because="")

    assert replay.replay().archives == 1

    archive.refresh_from_db()
    assert (archive.key, archive.destroyed_because) == (None, "replay")
    assert not is_there(name)


def test_numbers_that_were_given_out_are_not_given_out_again() -> None:
    numbers.issue("DEL")
    last = numbers.issue("DEL")
    NumberSeries.objects.update(last=0)

    assert replay.replay().numbers == 1
    assert numbers.issue("DEL") > last


def test_what_never_took_effect_is_not_done() -> None:
    seat = make_seat()
    with transaction.atomic():
        gone(seat)
        transaction.set_rollback(True)

    assert replay.replay().seats == 0


def test_after_a_restore_members_sign_in_again() -> None:
    """A link that was used after the backup must not work a second time."""
    member = make_seat().member
    token = signing_in.link_from_product(member)[0]
    visit = signing_in.enter(signing_in.link_from_product(member)[0])

    assert replay.replay().sessions == 3

    assert signing_in.session_of(visit.key) is None
    assert signing_in.entry_of(token) is None
