"""What an erasure leaves of consent: pseudonymised evidence with an end, and opt-outs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from compliance import personal_data as everything
from consent import personal_data
from consent.enums import PAIRS, Act, Channel, KeepingGround, Origin, Purpose, Reason
from consent.models import Confirmation, ConsentEvent, KeptEvidence, Preference, Suppression
from consent.services import (
    choices,
    consents,
    links,
    notices,
    projection,
    retention,
    unsubscribing,
)
from consent.services.permission import may_send
from seats import keys, ledger
from seats.models import Member
from seats.services.errors import NotAllowed
from tests.factories import make_evidence, make_member, make_version, suppress

pytestmark = pytest.mark.django_db
NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)
TIPS = (Purpose.TIPS, Channel.EMAIL)


@pytest.fixture
def member() -> Member:
    """Somebody who was told, said yes, and took one of two back."""
    someone = make_member(email="Nora@Brennan.example")
    version = make_version()
    notices.confirm(
        someone, version.pk, sha256=version.text_sha256, surface="mobile",
        ip="203.0.113.9", client="Nora's phone",
    )  # fmt: skip
    choices.save_choices(someone, {NEWS: True, TIPS: True}, make_evidence())
    choices.save_choices(someone, {TIPS: False}, make_evidence())
    return someone


def back(address: str = "nora@brennan.example") -> Member:
    return make_member(email=address)


def say_yes(member: Member, pair: tuple[str, str], origin: Origin) -> None:
    purpose, channel = pair
    consents.record(
        member, Act.GIVEN, purpose=purpose, channel=channel, evidence=make_evidence(origin)
    )


def test_evidence_stays_under_a_number_with_its_ground_and_end(
    member: Member, settings: Settings
) -> None:
    settings.CONSENT_EVIDENCE_YEARS = 5
    before = personal_data.evidence_of(member)
    assert everything.erase_member(member)

    row = KeptEvidence.objects.get(member=member)
    assert row.until.year == timezone.now().year + 5
    assert personal_data.kept(member) == personal_data.Kept(before, KeepingGround.CLAIMS, row.until)
    assert set(ConsentEvent.objects.values_list("ip", "remark")) == {("", "")}
    assert set(Confirmation.objects.values_list("ip", "client")) == {("", "")}
    assert not Preference.objects.exists()
    assert projection.rebuild(check=True).differing == []


def test_an_erasure_happens_once(member: Member) -> None:
    assert everything.erase_member(member)
    until = KeptEvidence.objects.get().until
    assert not everything.erase_member(member)
    personal_data.erase_member(member)
    assert KeptEvidence.objects.get().until == until


def test_nothing_is_kept_of_who_was_never_told_anything() -> None:
    nobody = make_member()
    assert everything.erase_member(nobody)
    assert personal_data.kept(nobody) is None
    assert not KeptEvidence.objects.exists()
    assert not Suppression.objects.exists()


def test_opt_outs_survive_as_keyed_traces_only(member: Member) -> None:
    everything.erase_member(member)
    row = Suppression.objects.get()
    assert (row.key, row.purpose, row.channel) == (
        keys.pseudonym(keys.EMAIL, "nora@brennan.example"),
        *TIPS,
    )


def test_a_stop_of_everything_survives_for_purposes_to_come(member: Member) -> None:
    choices.never_inmail(member, make_evidence())
    everything.erase_member(member)
    assert set(Suppression.objects.values_list("purpose", "channel")) == {
        TIPS,
        ("", Channel.INMAIL),
    }
    other = make_member(email="a@b.example")
    choices.stop_all(other, make_evidence())
    everything.erase_member(other)
    assert Suppression.objects.filter(purpose="", channel="").count() == 1


def test_who_comes_back_is_asked_anew_and_others_cannot_answer_for_them(member: Member) -> None:
    everything.erase_member(member)
    returned = back()
    assert {may_send(returned, *pair).reason for pair in PAIRS} == {Reason.NO_CONSENT}
    for origin in (Origin.IMPORT, Origin.API, Origin.SUPPORT):
        with pytest.raises(NotAllowed, match="opted out"):
            say_yes(returned, TIPS, origin)
    say_yes(returned, NEWS, Origin.API)
    say_yes(returned, TIPS, Origin.PREFERENCE_CENTRE)
    assert may_send(returned, *TIPS).allowed
    assert may_send(returned, *NEWS).allowed


def test_a_suppressed_address_gets_nothing_whoever_has_it_now() -> None:
    someone = make_member()
    say_yes(someone, NEWS, Origin.API)
    suppress(someone.email.upper(), origin=Origin.SUPPORT)
    assert may_send(someone, *NEWS)[:2] == (False, Reason.SUPPRESSED)
    assert may_send(someone, *NEWS, at=timezone.now() - timedelta(days=1)).reason == (
        Reason.NO_CONSENT
    )
    suppress(someone.email, origin=Origin.SUPPORT)
    assert Suppression.objects.count() == 1
    entries = list(ledger.entries(kinds=(ledger.Kind.CONSENT_WITHDRAWN,)))
    assert len(entries) == 2, "said again, it counts from then"
    assert not any(someone.email in str(entry.body) for entry in entries)


def test_a_link_from_before_the_erasure_stops_what_who_came_back_allowed(member: Member) -> None:
    old = links.unsubscribe_token(member, *TIPS)
    everything.erase_member(member)
    returned = back()
    say_yes(returned, TIPS, Origin.PREFERENCE_CENTRE)
    assert may_send(returned, *TIPS).allowed

    unsubscribing.one_click(old, {"List-Unsubscribe": ["One-Click"]})

    assert may_send(returned, *TIPS)[:2] == (False, Reason.SUPPRESSED)


@pytest.mark.parametrize(
    ("day", "until"),
    [(date(2026, 11, 23), date(2029, 11, 23)), (date(2028, 2, 29), date(2031, 3, 1))],
)
def test_evidence_ends_whole_years_later(day: date, until: date) -> None:
    assert personal_data.years_later(day) == until


def test_evidence_is_purged_on_its_last_day_and_the_ledger_says_so(member: Member) -> None:
    other = make_member()
    say_yes(other, NEWS, Origin.API)
    everything.erase_member(member)
    until = KeptEvidence.objects.get().until

    assert retention.purge(until - timedelta(days=1)) == 0
    assert retention.purge(until) == 1
    assert retention.purge(until) == 0

    assert personal_data.evidence_of(member) == 0
    assert personal_data.evidence_of(other) == 1
    assert personal_data.kept(member) is None
    assert KeptEvidence.objects.get().address_key == ""
    (entry,) = ledger.entries(kinds=(ledger.Kind.EVIDENCE_PURGED,))
    assert entry.body["members"] == [member.number]
    with pytest.raises(Exception, match="append-only"):
        ConsentEvent.objects.filter(member=other)._raw_delete("default")


def test_an_erasure_makes_no_opt_out_older_than_somebody_else_of_the_address_made_it(
    member: Member,
) -> None:
    other = back()
    say_yes(other, TIPS, Origin.PREFERENCE_CENTRE)
    suppress(other.email, purpose=TIPS[0], channel=TIPS[1], origin=Origin.ONE_CLICK)
    assert may_send(other, *TIPS).reason == Reason.SUPPRESSED

    everything.erase_member(member)  # who said no to this before
    assert may_send(other, *TIPS).reason == Reason.SUPPRESSED
