"""The way in for staff, as a browser goes it, where the second factor is required."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from seats.models import Authenticator, RecoveryCodes, StaffUser
from seats.roles import Role
from seats.services import second_factor
from tests import authenticator, factories
from tests.authenticator import PASSWORD
from tests.compliance.admin import world
from tests.compliance.admin.test_addresses import addresses

pytestmark = pytest.mark.django_db
LOGIN, CODE, SET_UP = "/admin/login/", "/admin/sign-in/code/", "/admin/sign-in/set-up/"
ACCOUNT = "/admin/account/"
OPEN = {"login", "code", "set_up"}


@pytest.fixture(autouse=True)
def _required(settings: Settings) -> Iterator[None]:
    """At one moment, because a code is good for some seconds and a wait may be one."""
    settings.STAFF_MFA_REQUIRED = True
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture
def ana() -> StaffUser:
    user = factories.make_staff(Role.COMPLIANCE, username="ana")
    user.set_password(PASSWORD)
    user.save()
    return user


def give_password(client: Client, **more: str) -> Any:
    form = {"username": "ana", "password": PASSWORD, **more}
    return client.post(LOGIN, form)


def is_in(client: Client) -> bool:
    return bool(client.get("/admin/").status_code == 200)


def signed_in(client: Client, secret: bytes) -> Client:
    give_password(client)
    assert client.post(CODE, {"code": authenticator.code(secret)}).status_code == 302
    assert is_in(client)
    return client


def test_the_first_sign_in_sets_it_up_and_shows_recovery_codes_once(
    client: Client, ana: StaffUser
) -> None:
    queue = reverse("admin:compliance_privacyrequest_changelist")
    assert give_password(client, next=queue).url == SET_UP
    page = client.get(SET_UP).content.decode()
    secret = authenticator.shown_on(page)
    assert 'src="data:image/svg+xml' in page
    assert authenticator.shown_on(client.get(SET_UP).content.decode()) == secret
    assert not is_in(client)
    assert not Authenticator.objects.exists()

    shown = client.post(SET_UP, {"code": authenticator.wrong(secret)})
    assert "is not right" in shown.content.decode()
    assert not Authenticator.objects.exists()

    shown = client.post(SET_UP, {"code": authenticator.code(secret)})
    codes = authenticator.RECOVERY.findall(shown.content.decode())
    assert len(set(codes)) == 10
    assert "no-store" in shown.headers["Cache-Control"]
    assert all(code in shown.context["text"] for code in codes)
    assert shown.context["onwards"] == queue
    assert is_in(client)
    assert client.get(SET_UP).url == ACCOUNT
    assert "10 of 10 left" in client.get(ACCOUNT).content.decode()


def test_a_password_alone_opens_no_page_of_the_desk(
    client: Client, ana: StaffUser, settings: Settings
) -> None:
    contract = factories.make_contract()
    rows = world.rows_on(contract)
    rows |= world.rows_of_nobody(rows[world.ours.PrivacyRequest])
    pages = [url for _name, url in addresses(rows)]
    pages += [
        reverse(f"admin:{name}")
        for name, count in world.names_of_pages().items()
        if count == 0 and name not in OPEN
    ]
    pages += [reverse("admin:account_change", args=["codes"]), "/admin/no-such-page/"]
    pages += ["/admin/autocomplete/?app_label=seats&model_name=seat&field_name=contract&term="]
    authenticator.enrolled(ana)
    before = Client()
    give_password(before)
    without = Client()
    settings.STAFF_MFA_REQUIRED = False
    without.force_login(factories.make_staff(is_superuser=True))
    assert is_in(without)
    settings.STAFF_MFA_REQUIRED = True
    for browser in (before, without):
        for url in pages:
            for answer in (browser.get(url), browser.post(url)):
                assert answer.status_code == 302, url
                assert answer.url.startswith((LOGIN, "/admin/")), url
                assert answer.url.startswith(LOGIN) or "logout" in url, (url, answer.url)


def test_nobody_is_signed_in_before_the_code(client: Client, ana: StaffUser) -> None:
    authenticator.enrolled(ana)
    give_password(client)
    assert "_auth_user_id" not in client.session
    ana.refresh_from_db()
    assert ana.last_login is None


def test_the_code_of_the_app_opens_the_desk_once(client: Client, ana: StaffUser) -> None:
    secret, _codes = authenticator.enrolled(ana)
    assert give_password(client).url == CODE
    assert client.get(CODE).status_code == 200
    code = authenticator.code(secret)
    assert client.post(CODE, {"code": f"{code[:3]} {code[3:]}"}).url == "/admin/"
    assert is_in(client)

    other = Client()
    give_password(other)
    again = other.post(CODE, {"code": code})
    assert "was used already" in again.content.decode()
    assert not is_in(other)


def test_a_recovery_code_is_good_once_however_it_is_typed(client: Client, ana: StaffUser) -> None:
    _secret, codes = authenticator.enrolled(ana)
    give_password(client)
    assert client.post(CODE, {"code": f" {codes[3].upper().replace('-', ' ')} "}).status_code == 302
    assert is_in(client)
    assert second_factor.codes_left(ana) == 9
    other = Client()
    give_password(other)
    assert other.post(CODE, {"code": codes[3]}).status_code == 200
    assert not is_in(other)


def test_wrong_codes_make_the_next_one_wait_but_never_for_long(
    client: Client, ana: StaffUser
) -> None:
    secret, codes = authenticator.enrolled(ana)
    give_password(client)
    wrong = {"code": authenticator.wrong(secret)}
    assert client.post(CODE, wrong).status_code == 200
    refused = client.post(CODE, {"code": authenticator.code(secret)})
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1"
    assert not is_in(client)
    # The recovery codes wait by themselves.
    Authenticator.objects.update(throttling_failure_count=40)
    app = Authenticator.objects.get()
    app.throttle_increment()
    allowed, why = app.verify_is_allowed()
    assert not allowed
    assert why["locked_until"] - timezone.now() < timedelta(minutes=18)
    assert client.post(CODE, {"code": codes[0]}).status_code == 302


def test_the_wait_holds_in_every_browser(ana: StaffUser) -> None:
    secret, _codes = authenticator.enrolled(ana)
    first, second = Client(), Client()
    give_password(first)
    give_password(second)
    first.post(CODE, {"code": authenticator.wrong(secret)})
    assert second.post(CODE, {"code": authenticator.code(secret)}).status_code == 429


def test_the_page_of_the_code_is_for_who_gave_the_password(client: Client, ana: StaffUser) -> None:
    authenticator.enrolled(ana)
    assert client.get(CODE).url == LOGIN
    assert client.get(SET_UP).url == LOGIN
    give_password(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert client.get(CODE).url == LOGIN


def test_a_password_changed_meanwhile_is_given_again(client: Client, ana: StaffUser) -> None:
    authenticator.enrolled(ana)
    give_password(client)
    ana.set_password("another long password")
    ana.save()
    assert client.get(CODE).url == LOGIN


def test_who_is_enrolled_cannot_be_enrolled_by_a_password(client: Client, ana: StaffUser) -> None:
    authenticator.enrolled(ana)
    give_password(client)
    assert client.get(SET_UP).url == LOGIN
    assert client.post(SET_UP, {"code": "000000"}).url == LOGIN


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example/", "javascript:1"])
def test_the_way_onwards_stays_on_the_desk(client: Client, ana: StaffUser, next_page: str) -> None:
    secret, _codes = authenticator.enrolled(ana)
    give_password(client, next=next_page)
    code = authenticator.code(secret)
    assert client.post(CODE, {"code": code}).url == "/admin/"


@pytest.mark.parametrize(
    "code",
    ["", " ", "12345", "1234567", "١٢٣٤٥٦", "１２３４５６", "-12345", "\x00", "a" * 33, "'\"<b>"],
)
def test_what_is_no_code_is_refused(client: Client, ana: StaffUser, code: str) -> None:
    authenticator.enrolled(ana)
    give_password(client)
    assert client.post(CODE, {"code": code}).status_code == 200
    assert not is_in(client)


def test_no_secret_stands_readable_in_the_database(client: Client, ana: StaffUser) -> None:
    give_password(client)
    secret = authenticator.shown_on(client.get(SET_UP).content.decode())
    shown = client.post(SET_UP, {"code": authenticator.code(secret)})
    codes = authenticator.RECOVERY.findall(shown.content.decode())
    kept = repr(
        [
            *Authenticator.objects.values_list(),
            *RecoveryCodes.objects.values_list(),
            *LogEntry.objects.values_list(),
            *(row.get_decoded() for row in Session.objects.all()),
        ]
    )
    for text in (secret.hex(), second_factor.typed(secret).replace(" ", ""), *codes):
        assert text not in kept
    assert not any(code.replace("-", "") in kept for code in codes)


def test_an_app_sealed_for_one_is_no_good_for_another(ana: StaffUser) -> None:
    secret, _codes = authenticator.enrolled(ana)
    ben = factories.make_staff()
    authenticator.enrolled(ben)
    sealed = Authenticator.objects.get(user=ana).sealed_key
    Authenticator.objects.filter(user=ben).update(sealed_key=sealed)
    with pytest.raises(ValueError, match="cannot be opened"):
        second_factor.verify(ben, authenticator.code(secret))


# --- One's own page ---------------------------------------------------------------------------


def test_new_recovery_codes_need_a_code_that_was_not_used(client: Client, ana: StaffUser) -> None:
    secret, before = authenticator.enrolled(ana)
    signed_in(client, secret)
    url = reverse("admin:account_change", args=["codes"])
    again = client.post(url, {"code": authenticator.code(secret)})
    assert "was used already" in again.content.decode()
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        shown = client.post(url, {"code": authenticator.code(secret)})
        after = authenticator.RECOVERY.findall(shown.content.decode())
        assert len(after) == 10
        assert not set(after) & set(before)
        assert second_factor.verify(ana, before[0]) is None


def test_another_app_takes_the_place_once_it_has_shown_its_code(
    client: Client, ana: StaffUser
) -> None:
    old, codes = authenticator.enrolled(ana)
    elsewhere = signed_in(Client(), old)
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        signed_in(client, old)
        assert client.get(SET_UP).url == ACCOUNT
        url = reverse("admin:account_change", args=["replace"])
        assert client.post(url, {"code": codes[0]}).url == SET_UP
        new = authenticator.shown_on(client.get(SET_UP).content.decode())
        assert new != old
        assert is_in(elsewhere)
        assert client.post(SET_UP, {"code": authenticator.code(new)}).status_code == 200
        assert is_in(client)
        assert not is_in(elsewhere)
    assert Authenticator.objects.count() == 1
    assert client.get(SET_UP).url == ACCOUNT
    said = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(said) == [
        "Second factor set up.",
        "Signed in or confirmed with a recovery code.",
        "Second factor replaced.",
    ]


def test_it_is_removed_only_where_nobody_needs_it(
    client: Client, ana: StaffUser, settings: Settings
) -> None:
    secret, codes = authenticator.enrolled(ana)
    signed_in(client, secret)
    url = reverse("admin:account_change", args=["remove"])
    assert "Everybody who works here needs one" in client.get(url).content.decode()
    assert client.post(url, {"code": codes[0]}).status_code == 200
    assert second_factor.is_enrolled(ana)
    settings.STAFF_MFA_REQUIRED = False
    assert client.post(url, {"code": codes[0]}).url == ACCOUNT
    assert not second_factor.is_enrolled(ana)
    assert is_in(client)


def test_an_unknown_change_is_no_page(client: Client, ana: StaffUser) -> None:
    secret, _codes = authenticator.enrolled(ana)
    signed_in(client, secret)
    assert client.get(reverse("admin:account_change", args=["grow"])).status_code == 404


# --- Where it is not required -----------------------------------------------------------------


def test_who_set_one_up_is_asked_for_it_all_the_same(
    client: Client, ana: StaffUser, settings: Settings
) -> None:
    settings.STAFF_MFA_REQUIRED = False
    assert give_password(client).url == "/admin/"
    assert is_in(client)
    secret = authenticator.shown_on(client.get(SET_UP).content.decode())
    assert client.post(SET_UP, {"code": authenticator.code(secret)}).status_code == 200
    other = Client()
    assert give_password(other).url == CODE
    assert not is_in(other)


def test_who_signed_in_before_it_was_required_signs_in_again(
    client: Client, ana: StaffUser, settings: Settings
) -> None:
    settings.STAFF_MFA_REQUIRED = False
    give_password(client)
    assert is_in(client)
    settings.STAFF_MFA_REQUIRED = True
    assert not is_in(client)
    assert client.get(SET_UP).url == LOGIN
    assert give_password(client).url == SET_UP
