from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from seats import personal_data
from seats.enums import Entry
from seats.models import Member, MemberSession, SignInLink
from seats.services import signing_in
from seats.services.errors import NotFound
from tests.factories import make_member

pytestmark = pytest.mark.django_db
DEVICE = "a browser"


@pytest.fixture
def member() -> Member:
    return make_member(email="nora@brennan-freight.example")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def the_code(member: Member, device: str = DEVICE) -> str:
    return signing_in.codes_for(member.email, device)[0].code


def test_a_link_from_the_product_works_once(member: Member) -> None:
    token = signing_in.link_from_product(member)[0]
    assert signing_in.enter(token).session.member == member
    with pytest.raises(signing_in.Spent):
        signing_in.enter(token)


def test_a_link_from_the_product_works_for_a_minute(member: Member) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        token = signing_in.link_from_product(member)[0]
        clock.shift(timedelta(seconds=61))
        with pytest.raises(signing_in.Spent):
            signing_in.enter(token)


def test_looking_at_a_link_does_not_use_it(member: Member) -> None:
    token = signing_in.link_from_product(member)[0]
    assert signing_in.entry_of(token) == signing_in.entry_of(token) == Entry.PRODUCT
    assert signing_in.enter(token)


@pytest.mark.parametrize("token", ["", "x", "a" * 4000, "../..", "\u0661\u0000é"])
def test_a_token_that_is_not_ours_opens_nothing(member: Member, token: str) -> None:
    signing_in.link_from_product(member)
    assert signing_in.entry_of(token) is None
    with pytest.raises(signing_in.Spent):
        signing_in.enter(token)


def test_nothing_in_the_tables_opens_a_door(member: Member) -> None:
    sent = signing_in.codes_for(member.email, DEVICE)[0]
    visit = signing_in.enter(sent.token)
    kept = [
        str(value)
        for model in (SignInLink, MemberSession)
        for row in model.objects.values_list()
        for value in row
    ]
    for secret in (sent.token, sent.code, visit.key, DEVICE):
        assert not any(secret in value for value in kept)


def test_a_code_works_in_the_browser_that_asked_for_it(member: Member) -> None:
    code = the_code(member)
    with pytest.raises(signing_in.Spent):
        signing_in.enter_code("another browser", code)
    assert signing_in.enter_code(DEVICE, f" {code[:3]} {code[3:]}\n").session.member == member


def test_a_code_works_once(member: Member) -> None:
    code = the_code(member)
    signing_in.enter_code(DEVICE, code)
    with pytest.raises(signing_in.Spent):
        signing_in.enter_code(DEVICE, code)


def test_after_five_wrong_codes_the_right_one_is_refused(member: Member) -> None:
    code = the_code(member)
    left = []
    for _try in range(4):
        with pytest.raises(signing_in.WrongCode) as refused:
            signing_in.enter_code(DEVICE, wrong(code))
        left.append(refused.value.left)
    assert left == [4, 3, 2, 1]
    with pytest.raises(signing_in.Spent):
        signing_in.enter_code(DEVICE, wrong(code))
    with pytest.raises(signing_in.Spent):
        signing_in.enter_code(DEVICE, code)


def test_an_unknown_address_is_answered_like_a_known_one(member: Member) -> None:
    def answers(address: str, device: str) -> list[str]:
        sent = signing_in.codes_for(address, device)
        typed = wrong(sent[0].code) if sent else "000000"
        said = []
        for _try in range(7):
            with pytest.raises((signing_in.WrongCode, signing_in.Spent)) as refused:
                signing_in.enter_code(device, typed)
            said.append(str(refused.value) + str(getattr(refused.value, "left", "")))
        return said

    assert answers(member.email, "one") == answers("nobody@nowhere.example", "two")


def test_only_the_newest_code_works(member: Member) -> None:
    first = the_code(member)
    second = the_code(member)
    if first != second:
        with pytest.raises(signing_in.WrongCode):
            signing_in.enter_code(DEVICE, first)
    assert signing_in.enter_code(DEVICE, second)


def test_a_sixth_code_within_the_hour_is_not_made_and_nobody_is_told(member: Member) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _time in range(signing_in.CODES_AN_HOUR):
            assert signing_in.codes_for(member.email, DEVICE)
        assert signing_in.codes_for(member.email, "again") == []
        with pytest.raises(signing_in.WrongCode) as refused:
            signing_in.enter_code("again", "123456")
        assert refused.value.left == signing_in.TRIES - 1
        clock.shift(timedelta(minutes=61))
        assert signing_in.codes_for(member.email, DEVICE)


def test_a_former_member_comes_in_and_an_erased_one_does_not(member: Member) -> None:
    code, token = the_code(member), signing_in.link_from_product(member)[0]
    key = signing_in.enter(signing_in.link_from_product(member)[0]).key
    personal_data.erase_member(member)
    assert signing_in.session_of(key) is None
    assert signing_in.codes_for("nora@brennan-freight.example", DEVICE) == []
    for door in (lambda: signing_in.enter(token), lambda: signing_in.enter_code(DEVICE, code)):
        with pytest.raises((signing_in.Spent, signing_in.WrongCode)):
            door()
    with pytest.raises(NotFound):
        signing_in.link_from_product(member)


def test_a_visit_ends_after_half_an_hour_without_a_page(member: Member) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        key = signing_in.enter(signing_in.link_from_product(member)[0]).key
        for _page in range(4):
            clock.shift(timedelta(minutes=29))
            assert signing_in.session_of(key)
        clock.shift(timedelta(minutes=31))
        assert signing_in.session_of(key) is None


def test_a_visit_ends_after_eight_hours_whatever_is_opened(member: Member) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        key = signing_in.enter(signing_in.link_from_product(member)[0]).key
        for _page in range(8 * 3):
            assert signing_in.session_of(key)
            clock.shift(timedelta(minutes=20))
        assert signing_in.session_of(key) is None


def test_a_code_by_email_proves_the_address_for_a_while_and_the_product_does_not(
    member: Member,
) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        by_code = signing_in.enter_code(DEVICE, the_code(member)).session
        assert signing_in.is_proved(by_code)
        clock.shift(signing_in.PROOF + timedelta(seconds=1))
        assert not signing_in.is_proved(by_code)

        vouched = signing_in.enter(signing_in.link_from_product(member)[0]).session
        assert not signing_in.is_proved(vouched)
        signing_in.prove(vouched, DEVICE, the_code(member))
        assert signing_in.is_proved(vouched)


def test_somebody_elses_code_proves_nothing(member: Member) -> None:
    visit = signing_in.enter(signing_in.link_from_product(member)[0]).session
    with pytest.raises((signing_in.Spent, signing_in.WrongCode)):
        signing_in.prove(visit, DEVICE, the_code(make_member(email="eve@evil.example")))
    assert not signing_in.is_proved(visit)


def test_whoever_has_two_accounts_with_one_address_chooses(member: Member) -> None:
    other = make_member(email="Nora@Brennan-Freight.example")
    stranger = make_member(email="eve@evil.example")
    visit = signing_in.enter(signing_in.codes_for(member.email, DEVICE)[0].token).session
    assert signing_in.others(visit) == [other]
    visit.draft = {"what": "copy"}
    signing_in.switch(visit, other.pk)
    visit.refresh_from_db()
    assert (visit.member, visit.draft) == (other, {})
    with pytest.raises(NotFound):
        signing_in.switch(visit, stranger.pk)


def test_the_product_vouches_for_one_account_only(member: Member) -> None:
    other = make_member(email=member.email)
    visit = signing_in.enter(signing_in.link_from_product(member)[0]).session
    assert signing_in.others(visit) == []
    with pytest.raises(NotFound):
        signing_in.switch(visit, other.pk)


def test_members_without_an_address_do_not_share_one() -> None:
    make_member(email="")
    make_member(email="")
    assert signing_in.codes_for("", DEVICE) == []


def test_what_is_over_is_deleted_and_what_goes_on_stays(member: Member) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        old = signing_in.enter(signing_in.link_from_product(member)[0]).key
        clock.shift(timedelta(hours=2))
        new = signing_in.enter(signing_in.link_from_product(member)[0]).key
        signing_in.purge()
        assert signing_in.session_of(old) is None
        assert signing_in.session_of(new)
        assert (SignInLink.objects.count(), MemberSession.objects.count()) == (1, 1)


def test_after_a_restore_everybody_signs_in_again(member: Member) -> None:
    key = signing_in.enter(signing_in.link_from_product(member)[0]).key
    assert signing_in.void() == 2
    assert signing_in.session_of(key) is None


def test_the_database_refuses_a_code_for_nobody() -> None:
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        SignInLink.objects.create(
            entry=Entry.EMAIL, token_hash="t", code_hash="c", made_at=now, expires_at=now
        )
