"""A restored backup must not bring back a yes that was taken back after it was made."""

from __future__ import annotations

from typing import Any

import pytest

from compliance import personal_data
from compliance.services import replay
from consent.enums import PAIRS, Channel, Origin, Purpose, Reason
from consent.models import ConsentEvent, Preference, Suppression
from consent.services import choices, consents, projection, suppressions
from consent.services.permission import may_send
from seats import append_only, ledger
from seats.models import LedgerHead, Member
from tests.factories import make_evidence, make_member, suppress

pytestmark = pytest.mark.django_db(transaction=True)
NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)


def restored_to(last: int) -> None:
    """Our database as a backup had it that was made when `last` was the newest event."""
    with append_only.lifted(ConsentEvent):
        lost = ConsentEvent.objects.filter(pk__gt=last)
        Preference.objects.filter(event__in=lost).delete()
        lost.delete()
    projection.rebuild()
    LedgerHead.objects.all().delete()


def newest() -> int:
    return ConsentEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def facts(event: ConsentEvent) -> dict[str, Any]:
    names = ("member_id", "act", "purpose", "channel", "origin", "surface", "text_sha256", "at")
    return {name: getattr(event, name) for name in names}


def test_withdrawals_after_a_backup_are_recorded_again_once() -> None:
    reader, other = make_member(), make_member()
    for someone in (reader, other):
        choices.save_choices(someone, {NEWS: True}, make_evidence())
    choices.save_choices(other, {NEWS: False}, make_evidence())
    backup = newest()
    choices.save_choices(reader, {NEWS: False}, make_evidence())
    lost = ConsentEvent.objects.latest("pk")
    choices.stop_all(other, make_evidence())
    restored_to(backup)
    assert may_send(reader, *NEWS).allowed

    report = replay.replay()

    assert report.withdrawals == 2
    assert may_send(reader, *NEWS).reason == Reason.WITHDRAWN
    assert {may_send(other, *pair).reason for pair in PAIRS} == {Reason.OBJECTED}
    again = ConsentEvent.objects.get(member=reader, entry=lost.entry)
    assert facts(again) == facts(lost)
    assert replay.replay().withdrawals == 0
    assert projection.rebuild(check=True).differing == []


def test_members_a_backup_does_not_know_are_suppressed_by_their_address() -> None:
    late = make_member(email="late@customer.example")
    choices.stop_all(late, make_evidence())
    restored_to(0)
    Member.objects.filter(pk=late.pk).delete()

    assert replay.replay().withdrawals == 1
    assert replay.replay().withdrawals == 0

    synced = make_member(email="late@customer.example")
    assert suppressions.standing(synced.email, *NEWS)
    assert not may_send(synced, *NEWS).allowed


def test_suppressed_addresses_stay_suppressed() -> None:
    suppress("nobody@customer.example", origin=Origin.SUPPORT)
    Suppression.objects.all().delete()
    assert replay.replay().withdrawals == 1
    assert suppressions.standing("nobody@customer.example", *NEWS)
    assert replay.replay().withdrawals == 0


def test_an_opt_out_said_again_is_as_new_after_a_restore() -> None:
    said = {"purpose": NEWS[0], "channel": NEWS[1], "origin": Origin.ONE_CLICK}
    suppress("back@customer.example", **said)
    backup = Suppression.objects.values().get()
    returned = make_member(email="back@customer.example")
    choices.save_choices(returned, {NEWS: True}, make_evidence())
    suppress(returned.email, **said)
    Suppression.objects.filter(pk=backup["id"]).update(since=backup["since"])
    assert may_send(returned, *NEWS).allowed
    assert replay.replay().withdrawals == 1
    assert may_send(returned, *NEWS).reason == Reason.SUPPRESSED


def test_who_was_erased_stays_erased_and_suppressed() -> None:
    reader = make_member(email="gone@customer.example")
    choices.save_choices(reader, {NEWS: True}, make_evidence())
    choices.save_choices(reader, {NEWS: False}, make_evidence())
    personal_data.erase_member(reader)
    events = ConsentEvent.objects.count()
    replay.replay()
    assert ConsentEvent.objects.count() == events
    assert Suppression.objects.count() == 1


def test_what_was_announced_and_never_committed_is_not_replayed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = make_member()
    choices.save_choices(reader, {NEWS: True}, make_evidence())

    def crash(*_: Any) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(consents.projection, "apply", crash)
        with pytest.raises(RuntimeError):
            choices.save_choices(reader, {NEWS: False}, make_evidence())
    assert len(list(ledger.entries(kinds=(ledger.Kind.CONSENT_WITHDRAWN,)))) == 1
    assert consents.replay(None) == 0
    assert may_send(reader, *NEWS).allowed
