"""Many at once, for real: on PostgreSQL they meet, on SQLite they queue up."""

from __future__ import annotations

import pytest
from django.db import transaction

from seats.models import RecoveryCodes, SignInLink
from seats.services import second_factor, signing_in
from seats.services.staff_sign_in import OF_BOTH, Attempt, TooMany, attempt
from tests import authenticator
from tests.compliance.services.scenes import together
from tests.factories import make_member, make_staff

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_tries_at_once_no_more_get_through_than_one_after_the_other() -> None:
    answers = together(*[lambda: attempt("ana", "192.0.2.7")] * 12)

    let_through = [answer for answer in answers if isinstance(answer, Attempt)]
    assert len(let_through) <= OF_BOTH
    assert all(isinstance(answer, Attempt | TooMany) for answer in answers)


def test_a_recovery_code_sent_twice_at_once_is_good_once() -> None:
    user = make_staff()
    _secret, codes = authenticator.enrolled(user)

    found = together(*[lambda: second_factor.verify(user, codes[0])] * 2)

    assert sorted(isinstance(one, RecoveryCodes) for one in found) == [False, True]
    assert second_factor.codes_left(user) == 9


def test_a_code_of_the_app_sent_twice_at_once_is_good_once() -> None:
    user = make_staff()
    secret, _codes = authenticator.enrolled(user)
    code = authenticator.code(secret)

    found = together(*[lambda: second_factor.verify(user, code)] * 2)

    assert sum(getattr(one, "user_id", None) == user.pk for one in found) == 1


def test_who_asks_for_many_codes_at_once_gets_no_more_than_five_an_hour() -> None:
    member = make_member()

    def ask(device: str) -> list[signing_in.Sent]:
        with transaction.atomic():
            return signing_in.codes_for(member.email, device)

    sent = together(*[lambda name=name: ask(name) for name in "abcdefghijkl"])

    assert sum(map(len, sent)) == signing_in.CODES_AN_HOUR
    assert SignInLink.objects.filter(member=member, used_at=None).count() == 1


def test_of_many_guesses_at_once_five_are_looked_at() -> None:
    member = make_member()
    (sent,) = signing_in.codes_for(member.email, "device")
    wrong = f"{(int(sent.code) + 1) % 10**6:06}"

    said = together(*[lambda: signing_in.enter_code("device", wrong)] * 12)

    assert sum(isinstance(one, signing_in.WrongCode) for one in said) == signing_in.TRIES - 1
    assert sum(isinstance(one, signing_in.Spent) for one in said) == 12 - signing_in.TRIES + 1


def test_a_code_typed_twice_at_once_begins_one_visit() -> None:
    (sent,) = signing_in.codes_for(make_member().email, "device")

    said = together(*[lambda: signing_in.enter_code("device", sent.code)] * 4)

    assert sum(isinstance(one, signing_in.Visit) for one in said) == 1
