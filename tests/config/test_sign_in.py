"""A password, wrong and right, and how long what it opens stays open."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib import admin
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import checks
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from compliance import checks as ours
from config.middleware import SEEN
from seats.models import FailedSignIn, StaffUser
from seats.roles import Role
from seats.services.staff_sign_in import OF_BOTH
from tests import factories
from tests.authenticator import PASSWORD

pytestmark = pytest.mark.django_db
LOGIN, HOME = "/admin/login/", "/admin/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
SHOW = "from config import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME)"


@pytest.fixture
def ana() -> StaffUser:
    user = factories.make_staff(Role.SUPPORT, username="ana")
    user.set_password(PASSWORD)
    user.save()
    return user


def give(client: Client, password: str = PASSWORD, name: str = "ana", **meta: str) -> Any:
    return client.post(LOGIN, {"username": name, "password": password}, **meta)


def is_in(client: Client) -> bool:
    return bool(client.get(HOME).status_code == 200)


def test_after_five_wrong_passwords_a_page_says_how_long_to_wait(
    client: Client, ana: StaffUser
) -> None:
    for _time in range(OF_BOTH):
        assert give(client, "wrong").status_code == 200
    refused = give(client)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60 + 1
    assert "Wait 15 minutes" in refused.content.decode() or "Wait 16" in refused.content.decode()
    assert not is_in(client)
    assert give(Client(), REMOTE_ADDR="198.51.100.9").status_code == 302
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert give(client).status_code == 302


def test_an_unknown_name_is_answered_like_a_known_one(
    client: Client, ana: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    encode = PBKDF2PasswordHasher.encode

    def counted(*args: Any, **kwargs: Any) -> str:
        hashed.append("")
        return encode(*args, **kwargs)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counted)
    said = []
    for name in ("ana", "nobody"):
        hashed.clear()
        answers = [give(client, "wrong", name) for _time in range(OF_BOTH + 1)]
        pages = [answer.content.decode().replace(name, "") for answer in answers[:-1]]
        pages = [TOKEN.sub("", page) for page in pages]
        said.append(([answer.status_code for answer in answers], pages, len(hashed)))
    assert said[0] == said[1]
    assert said[0][0] == [200] * OF_BOTH + [429]
    assert said[0][2] == OF_BOTH


@pytest.mark.parametrize("field", [{"is_active": False}, {"is_staff": False}])
def test_who_left_is_answered_like_a_wrong_password(
    client: Client, ana: StaffUser, field: dict[str, bool]
) -> None:
    StaffUser.objects.filter(pk=ana.pk).update(**field)
    answer = give(client)
    assert answer.status_code == 200
    assert "Please enter the correct username and password" in answer.content.decode()
    assert FailedSignIn.objects.count() == 1


def test_a_session_ends_when_nothing_was_done_for_half_an_hour(
    client: Client, ana: StaffUser
) -> None:
    with time_machine.travel("2026-03-05T10:00:00Z", tick=False) as clock:
        give(client)
        for _time in range(3):
            assert is_in(client)
            clock.shift(timedelta(minutes=29))
        assert is_in(client)
        clock.shift(timedelta(minutes=31))
        page = client.get(HOME, follow=True)
        assert page.redirect_chain == [(f"{LOGIN}?next={HOME}", 302)]
        assert "nothing was done here for a while" in page.content.decode()
        assert not is_in(client)


def test_a_page_that_renews_itself_keeps_no_session_open(client: Client, ana: StaffUser) -> None:
    with time_machine.travel("2026-03-05T10:00:00Z", tick=False) as clock:
        give(client)
        assert is_in(client)
        for _minute in range(29):
            clock.shift(timedelta(minutes=1))
            assert client.get(HOME, headers={"Sec-Fetch-Dest": "empty"}).status_code == 200
        clock.shift(timedelta(minutes=1))
        assert not is_in(client)


def test_a_session_ends_after_a_working_day_however_busy(client: Client, ana: StaffUser) -> None:
    with time_machine.travel("2026-03-05T08:00:00Z", tick=False) as clock:
        give(client)
        for _time in range(8 * 4):
            assert is_in(client)
            clock.shift(timedelta(minutes=15))
        page = client.get(HOME, follow=True)
        assert "a session ends after a working day" in page.content.decode()


def test_a_page_of_the_public_says_nothing_about_an_ended_session(
    client: Client, ana: StaffUser
) -> None:
    with time_machine.travel("2026-03-05T10:00:00Z", tick=False) as clock:
        give(client)
        assert is_in(client)
        clock.shift(timedelta(hours=1))
        assert client.get("/").status_code == 200
        assert "nothing was done" not in client.get(LOGIN).content.decode()
    assert "Cookie" not in Client().get("/.well-known/rightsdesk-keys.json").headers.get("Vary", "")


def test_a_changed_password_signs_out_everywhere_else(client: Client, ana: StaffUser) -> None:
    elsewhere = Client()
    give(client)
    give(elsewhere)
    page = client.get(reverse("admin:password_change"))
    assert page.status_code == 200
    form = {
        "old_password": PASSWORD,
        "new_password1": "an entirely other one",
        "new_password2": "an entirely other one",
    }
    assert client.post(reverse("admin:password_change"), form, follow=True).status_code == 200
    assert is_in(client)
    assert not is_in(elsewhere)


def test_signing_in_takes_nothing_along_from_the_session_before(
    client: Client, ana: StaffUser
) -> None:
    session = client.session
    session["planted"] = "x"
    session.save()
    before = session.session_key
    give(client)
    assert client.session.session_key != before
    assert "planted" not in client.session


def test_the_cookie_of_a_session_is_for_this_host_alone(client: Client, ana: StaffUser) -> None:
    cookie = give(client).cookies[django_settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", "")


def test_over_https_the_cookies_have_the_prefix_that_browsers_enforce() -> None:
    env = {**os.environ, "BASE_URL": "https://privacy.example.org"}
    shown = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=django_settings.BASE_DIR,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == ["__Host-rightsdesk", "__Host-rightsdesk-csrf"]


def test_deploying_without_a_second_factor_is_warned_of(settings: Settings) -> None:
    registered = checks.registry.registry.get_checks(include_deployment_checks=True)
    assert ours.staff_need_a_second_factor in registered
    settings.STAFF_MFA_REQUIRED = True
    assert ours.staff_need_a_second_factor(None) == []
    settings.STAFF_MFA_REQUIRED = False
    assert [message.id for message in ours.staff_need_a_second_factor(None)] == ["rightsdesk.W001"]


def test_it_is_required_unless_somebody_says_otherwise() -> None:
    env = {name: value for name, value in os.environ.items() if name != "STAFF_MFA_REQUIRED"}
    shown = subprocess.run(
        [sys.executable, "-c", "from config import settings; print(settings.STAFF_MFA_REQUIRED)"],
        cwd=django_settings.BASE_DIR,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == "True"


def test_nothing_but_our_own_tables_is_on_the_desk() -> None:
    labels = {model._meta.app_label for model in admin.site._registry}
    assert labels == {"seats", "consent", "compliance"}
    names = {model.__name__ for model in admin.site._registry}
    assert not names & {"Authenticator", "RecoveryCodes", "FailedSignIn", "Group", "Schedule"}


def test_use_is_noted_once_a_minute_at_most(client: Client, ana: StaffUser) -> None:
    with time_machine.travel("2026-03-05T10:00:00Z", tick=False) as clock:
        give(client)
        is_in(client)
        seen = client.session[SEEN]
        clock.shift(timedelta(seconds=59))
        is_in(client)
        assert client.session[SEEN] == seen
        clock.shift(timedelta(seconds=1))
        is_in(client)
        assert client.session[SEEN] == seen + 60
