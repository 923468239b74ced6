from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import timezone as timezone_of
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.enums import SCREENS, Audience, DocumentKind, Shown
from consent.models import Confirmation, ConsentEvent, DocumentVersion, Preference
from consent.services import notices
from seats.models import Member
from seats.services.errors import BadInput, NotFound
from tests.factories import (
    make_administration,
    make_contract,
    make_document,
    make_member,
    make_seat,
    make_version,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    return make_seat().member


def said(version: DocumentVersion, surface: str = "desktop", **more: Any) -> dict[str, Any]:
    return {"version_id": version.pk, "sha256": version.text_sha256, "surface": surface, **more}


def due(member: Member, surface: str = "desktop") -> list[DocumentVersion]:
    return [notice.version for notice in notices.pending(member, surface)]


def test_a_member_may_not_start_before_everything_is_confirmed(member: Member) -> None:
    notice, terms = make_version(), make_version(make_document(DocumentKind.TERMS))
    assert not notices.may_start(member, "desktop")
    notices.confirm(member, **said(notice))
    assert due(member) == [terms]
    notices.confirm(member, **said(terms))
    assert notices.may_start(member, "desktop")


def test_a_confirmation_holds_where_it_was_made_and_terms_everywhere(member: Member) -> None:
    notice, terms = make_version(), make_version(make_document(DocumentKind.TERMS))
    notices.confirm(member, **said(notice, "desktop"))
    notices.confirm(member, **said(terms, "desktop"))
    assert due(member, "mobile") == [notice]
    assert notices.may_start(member, "desktop")


def test_information_given_is_never_consent(member: Member) -> None:
    notices.confirm(member, **said(make_version()))
    assert not ConsentEvent.objects.exists()
    assert not Preference.objects.exists()


def test_shown_and_postponed_leave_the_gate_closed(member: Member) -> None:
    version = make_version()
    notices.show(member, **said(version))
    notices.postpone(member, **said(version))
    notices.postpone(member, **said(version))
    (notice,) = notices.pending(member, "desktop")
    assert (notice.version, notice.last, notice.before) == (version, Shown.POSTPONED, 0)
    assert list(Confirmation.objects.order_by("pk").values_list("state", flat=True)) == [
        Shown.SHOWN,
        Shown.POSTPONED,
        Shown.POSTPONED,
    ]


def test_a_material_version_asks_again_and_a_typo_fix_does_not(member: Member) -> None:
    document = make_document()
    notices.confirm(member, **said(make_version(document)))
    make_version(document, material=False)
    assert notices.may_start(member, "desktop")
    third = make_version(document)
    (notice,) = notices.pending(member, "desktop")
    assert (notice.version, notice.before) == (third, 1)


def test_who_confirmed_nothing_is_shown_the_newest_words(member: Member) -> None:
    document = make_document()
    make_version(document)
    typo = make_version(document, material=False)
    assert due(member) == [typo]


def test_what_takes_effect_later_is_not_asked_for_yet(member: Member) -> None:
    tomorrow = timezone.now().date() + timedelta(1)
    make_version(effective_on=tomorrow)
    make_version(published=False)
    assert notices.may_start(member, "desktop")


def test_the_text_is_in_the_members_language(member: Member) -> None:
    document = make_document()
    make_version(document, number=1)
    german = make_version(document, number=1, language="de")
    Member.objects.filter(pk=member.pk).update(locale="de-AT")
    member.refresh_from_db()
    assert due(member) == [german]
    assert [n.version.language for n in notices.pending(member, "desktop", language="fr")] == ["en"]


def test_only_administrators_are_asked_what_is_for_them(member: Member) -> None:
    version = make_version(make_document(audience=Audience.ADMINISTRATORS))
    make_version(make_document(DocumentKind.DPA, Audience.CONTRACTS))
    make_version(make_document(DocumentKind.PRIVACY_POLICY, Audience.PUBLIC))
    boss = make_member()
    make_administration(make_contract(), boss)
    assert due(member) == []
    assert due(boss) == [version]


def test_a_confirmation_sent_twice_is_one_row(member: Member) -> None:
    version = make_version()
    first = notices.confirm(member, **said(version, key="a-1"))
    again = notices.confirm(member, **said(version, key="a-1"))
    without = notices.confirm(member, **said(version))
    assert (first.created, again.created, without.created) == (True, False, False)
    assert {first.confirmation, again.confirmation, without.confirmation} == {first.confirmation}
    assert Confirmation.objects.count() == 1


def test_a_key_belongs_to_one_confirmation(member: Member) -> None:
    version = make_version()
    notices.confirm(member, **said(version, key="a-1"))
    with pytest.raises(BadInput, match="key"):
        notices.confirm(member, **said(make_version(), key="a-1"))
    with pytest.raises(BadInput, match="key"):
        notices.confirm(member, **said(version, "mobile", key="a-1"))
    with pytest.raises(BadInput, match="80"):
        notices.confirm(member, **said(make_version(), key="k" * 81))
    assert Confirmation.objects.count() == 1


def test_a_replaced_version_is_answered_with_the_new_one_and_not_recorded(member: Member) -> None:
    document = make_document()
    old = make_version(document)
    new = make_version(document)
    with pytest.raises(notices.Superseded, match="version 2") as refused:
        notices.confirm(member, **said(old))
    assert (refused.value.notice.version, refused.value.status) == (new, 409)
    assert not Confirmation.objects.exists()


def test_words_that_a_typo_fix_replaced_can_still_be_confirmed(member: Member) -> None:
    document = make_document()
    shown = make_version(document)
    make_version(document, material=False)
    assert notices.confirm(member, **said(shown)).confirmation.version == shown
    assert notices.may_start(member, "desktop")


def test_what_was_confirmed_offline_in_time_is_recorded_and_the_new_one_named(
    member: Member,
) -> None:
    today = timezone.now().date()
    document = make_document()
    old = make_version(document, effective_on=today - timedelta(90))
    new = make_version(document, effective_on=today - timedelta(2))
    then = timezone.now() - timedelta(days=9)

    noted = notices.confirm(member, **said(old, "mobile", client_at=then, key="offline-1"))

    assert (noted.confirmation.client_at, noted.confirmation.version) == (then, old)
    assert noted.confirmation.at > then
    assert noted.next
    assert noted.next.version == new
    assert due(member, "mobile") == [new]
    late = timezone.now() - timedelta(days=1)
    with pytest.raises(notices.Superseded):
        notices.confirm(member, **said(old, "desktop", client_at=late))


@pytest.mark.parametrize(("hours_before", "zone", "in_time"), [(3, 10, True), (-3, -10, False)])
def test_whether_a_device_was_in_time_does_not_hang_on_its_time_zone(
    member: Member, hours_before: int, zone: int, in_time: bool
) -> None:
    """Texts take effect by UTC days, whatever day it is where the telephone is."""
    document, midnight = make_document(), datetime(2026, 5, 2, tzinfo=UTC)
    old = make_version(document, effective_on=midnight.date() - timedelta(90))
    make_version(document, effective_on=midnight.date())
    then = (midnight - timedelta(hours=hours_before)).astimezone(timezone_of(timedelta(hours=zone)))
    assert (then.date() < midnight.date()) != in_time
    if in_time:
        assert notices.confirm(member, **said(old, "mobile", client_at=then)).created
    else:
        with pytest.raises(notices.Superseded):
            notices.confirm(member, **said(old, "mobile", client_at=then))


def test_a_device_cannot_confirm_in_the_future(member: Member) -> None:
    version = make_version()
    with pytest.raises(BadInput, match="future"):
        notices.confirm(member, **said(version, client_at=timezone.now() + timedelta(hours=1)))
    slightly = timezone.now() + timedelta(minutes=2)
    noted = notices.confirm(member, **said(version, client_at=slightly)).confirmation
    assert noted.client_at
    assert noted.client_at <= noted.at


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"sha256": "0" * 64}, BadInput),
        ({"sha256": ""}, BadInput),
        ({"surface": "fridge"}, BadInput),
        ({"surface": "other"}, BadInput),  # nobody reads a notice on the telephone
        ({"key": "a\0b"}, BadInput),
        ({"client": "a\0b"}, BadInput),
        ({"version_id": 0}, NotFound),
    ],
)
def test_what_is_wrong_is_refused_and_writes_nothing(
    member: Member, wrong: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        notices.confirm(member, **{**said(make_version()), **wrong})
    with pytest.raises(NotFound):
        notices.confirm(member, **said(make_version(published=False)))
    with pytest.raises(BadInput):
        notices.may_start(member, "fridge")
    assert not Confirmation.objects.exists()


def test_an_erased_member_is_no_member() -> None:
    gone = make_member(erased_at=timezone.now(), name="", email="", product_id=None)
    version = make_version()
    with pytest.raises(NotFound):
        notices.confirm(gone, **said(version))
    with pytest.raises(NotFound):
        notices.may_start(gone, "desktop")
    assert not Confirmation.objects.exists()


def test_an_address_is_truncated_before_it_is_kept(member: Member) -> None:
    version = make_version()
    kept = notices.confirm(member, **said(version, ip="203.0.113.77", client="x" * 99)).confirmation
    assert (kept.ip, len(kept.client)) == ("203.0.113.0", 80)


def queries(call: Any, *args: Any, **kwargs: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        call(*args, **kwargs)
    return len(captured)


def test_confirming_costs_the_same_whatever_was_written_before(member: Member) -> None:
    document = make_document()
    version = make_version(document)
    before = queries(notices.confirm, member, **said(version))
    asked_before = queries(notices.pending, make_seat().member, "desktop")
    for _ in range(4):
        older = make_version()
        for _ in range(4):
            other = make_seat().member
            for surface in SCREENS:
                notices.show(other, **said(older, surface))
                notices.confirm(other, **said(older, surface))
        notices.postpone(member, **said(older))
    assert queries(notices.confirm, make_seat().member, **said(version)) == before
    assert queries(notices.pending, make_seat().member, "desktop") == asked_before
