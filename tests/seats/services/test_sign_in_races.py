"""Many at once, for real: on PostgreSQL they meet, on SQLite they queue up."""

from __future__ import annotations

import pytest

from seats.models import RecoveryCodes
from seats.services import second_factor
from seats.services.staff_sign_in import OF_BOTH, Attempt, TooMany, attempt
from tests import authenticator
from tests.compliance.services.scenes import together
from tests.factories import make_staff

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
