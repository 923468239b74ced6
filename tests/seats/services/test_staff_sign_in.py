from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from compliance.services import retention
from seats.models import FailedSignIn
from seats.services import staff_sign_in
from seats.services.staff_sign_in import OF_ACCOUNT, OF_BOTH, OF_NETWORK, WINDOW, TooMany, attempt

pytestmark = pytest.mark.django_db
HERE, THERE = "192.0.2.7", "198.51.100.9"


def fail(username: str, address: str, times: int = 1) -> None:
    for _time in range(times):
        attempt(username, address)


def test_after_five_wrong_ones_the_next_waits_until_the_first_is_a_quarter_of_an_hour_old() -> None:
    with time_machine.travel("2026-03-05T10:00:00Z", tick=False) as clock:
        fail("ana", HERE)
        clock.shift(timedelta(minutes=5))
        fail("ana", HERE, OF_BOTH - 1)
        with pytest.raises(TooMany) as refused:
            attempt("ana", HERE)
        assert refused.value.wait == 10 * 60 + 1
        clock.shift(timedelta(seconds=refused.value.wait))
        attempt("ana", HERE)


def test_trying_in_vain_makes_nobody_wait_longer() -> None:
    with time_machine.travel("2026-03-05T10:00:00Z", tick=False) as clock:
        fail("ana", HERE, OF_BOTH)
        for _minute in range(14):
            clock.shift(timedelta(minutes=1))
            with pytest.raises(TooMany):
                attempt("ana", HERE)
        assert FailedSignIn.objects.count() == OF_BOTH
        clock.shift(timedelta(minutes=1, seconds=1))
        attempt("ana", HERE)


def test_nobody_locks_a_colleague_out_from_elsewhere() -> None:
    fail("ana", THERE, OF_BOTH)
    with pytest.raises(TooMany):
        attempt("ana", THERE)
    attempt("ana", HERE).succeeded()


def test_a_network_does_not_try_one_password_on_everybody() -> None:
    for number in range(OF_NETWORK):
        fail(f"colleague{number}", HERE)
    with pytest.raises(TooMany):
        attempt("another", HERE)
    attempt("another", THERE)


def test_no_account_is_tried_from_everywhere_without_end() -> None:
    for number in range(OF_ACCOUNT):
        fail("ana", f"203.0.113.{number}")
    with pytest.raises(TooMany):
        attempt("ana", HERE)
    attempt("ben", HERE)


def test_success_forgets_what_went_wrong_here_and_nowhere_else() -> None:
    fail("ana", HERE, OF_BOTH - 1)
    fail("ana", THERE, OF_BOTH)
    attempt("ana", HERE).succeeded()
    fail("ana", HERE, OF_BOTH)
    with pytest.raises(TooMany):
        attempt("ana", THERE)


def test_other_spellings_of_a_name_and_of_a_network_are_the_same() -> None:
    spellings = ["ana", "ANA", "Ana", "ａｎａ", "ana"]
    networks = [f"2001:db8:1:2::{number}" for number in range(4)] + ["2001:db8:1:2:ffff::1"]
    for name, address in zip(spellings, networks, strict=True):
        attempt(name, address)
    with pytest.raises(TooMany):
        attempt("ana", "2001:db8:1:2::77")
    assert staff_sign_in.network_of("::ffff:192.0.2.7") == HERE
    assert staff_sign_in.network_of("unix:") == "unix:"


def test_neither_name_nor_address_is_kept() -> None:
    fail("ana", HERE)
    (row,) = FailedSignIn.objects.values_list("account", "network")
    assert all(len(value) == 64 for value in row)
    assert not any(text in "".join(row) for text in ("ana", HERE))


def test_the_sweep_deletes_what_no_longer_counts() -> None:
    fail("ana", HERE)
    with time_machine.travel(timezone.now() + WINDOW, tick=False):
        fail("ben", HERE)
        assert retention.purge_sign_ins() == 1
    assert FailedSignIn.objects.count() == 1
