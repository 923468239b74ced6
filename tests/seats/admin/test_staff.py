from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from seats.models import Authenticator, StaffUser
from seats.roles import Role
from seats.services import second_factor
from tests import authenticator, factories


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("page", ["changelist", "add"])
def test_accounts_are_for_superusers(db: None, client: Client, role: Role, page: str) -> None:
    client.force_login(factories.make_staff(role))
    looks = role == Role.COMPLIANCE and page == "changelist"
    answer = client.get(reverse(f"admin:seats_staffuser_{page}"))
    assert answer.status_code == (200 if looks else 403)


def reset_of(user: StaffUser) -> str:
    return reverse("admin:seats_staffuser_reset", args=[user.pk])


def test_compliance_looks_at_an_account_without_changing_it(db: None, client: Client) -> None:
    client.force_login(factories.make_staff(Role.COMPLIANCE))
    ana = factories.make_staff(Role.SUPPORT, username="ana")
    ana.set_password("a long enough password")
    ana.save()
    url = reverse("admin:seats_staffuser_change", args=[ana.pk])
    page = client.get(url).content.decode()
    assert "ana@larkfield.example" in page
    assert "pbkdf2" not in page
    assert ana.password[-10:] not in page
    assert client.post(url, {"username": "eve", "is_superuser": "on"}).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[ana.pk])
    assert client.get(password).status_code == 403
    ana.refresh_from_db()
    assert (ana.username, ana.is_superuser) == ("ana", False)


def test_compliance_resets_a_lost_second_factor_and_it_stands_in_the_history(
    db: None, client: Client
) -> None:
    clara = factories.make_staff(Role.COMPLIANCE, username="clara")
    ana = factories.make_staff(Role.SUPPORT)
    secret, codes = authenticator.enrolled(ana)
    theirs = Client()
    theirs.force_login(ana)
    proved = theirs.session
    proved["otp_device_id"] = Authenticator.objects.get().persistent_id
    proved.save()
    assert theirs.get("/admin/").status_code == 200

    client.force_login(clara)
    account = reverse("admin:seats_staffuser_change", args=[ana.pk])
    assert reset_of(ana) in client.get(account).content.decode()
    assert client.get(reset_of(ana)).status_code == 200
    assert second_factor.is_enrolled(ana)

    assert client.post(reset_of(ana)).url == account
    assert not second_factor.is_enrolled(ana)
    assert second_factor.codes_left(ana) == 0
    assert theirs.get("/admin/").status_code == 302
    entry = LogEntry.objects.latest("pk")
    assert (entry.user, entry.object_id) == (clara, str(ana.pk))
    assert entry.change_message == "Second factor reset."
    history = client.get(reverse("admin:seats_staffuser_history", args=[ana.pk]))
    assert "Second factor reset." in history.content.decode()
    kept = repr(list(LogEntry.objects.values_list()))
    assert not any(text in kept for text in (secret.hex(), *codes))


@pytest.mark.parametrize(
    ("whose", "said"),
    [
        ("own", "replaced on your own page"),
        ("superuser", "Only a superuser"),
        ("nobody", "There is none"),
    ],
)
def test_no_reset_gives_more_than_one_has(db: None, client: Client, whose: str, said: str) -> None:
    clara = factories.make_staff(Role.COMPLIANCE)
    people = {
        "own": clara,
        "superuser": factories.make_staff(is_superuser=True),
        "nobody": factories.make_staff(Role.SUPPORT),
    }
    user = people[whose]
    if whose != "nobody":
        authenticator.enrolled(user)
    client.force_login(clara)
    account = client.get(reverse("admin:seats_staffuser_change", args=[user.pk]))
    assert said in account.content.decode()
    assert reset_of(user) not in account.content.decode()
    assert said in client.get(reset_of(user)).content.decode()
    refused = client.post(reset_of(user))
    assert refused.status_code == 403
    assert said in refused.content.decode()
    assert second_factor.is_enrolled(user) == (whose != "nobody")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.COMPLIANCE])
def test_nobody_else_resets(db: None, client: Client, role: Role) -> None:
    ana = factories.make_staff(Role.SUPPORT)
    authenticator.enrolled(ana)
    client.force_login(factories.make_staff(role))
    assert client.get(reset_of(ana)).status_code == 403
    assert client.post(reset_of(ana)).status_code == 403
    assert second_factor.is_enrolled(ana)


def test_a_superuser_resets_anothers(db: None, client: Client) -> None:
    other = factories.make_staff(is_superuser=True)
    authenticator.enrolled(other)
    client.force_login(factories.make_staff(is_superuser=True))
    assert client.post(reset_of(other)).status_code == 302
    assert not second_factor.is_enrolled(other)
    assert client.post(reverse("admin:seats_staffuser_reset", args=[999_999])).status_code == 404


def test_a_superuser_gives_a_role_and_takes_nobody_away(db: None, client: Client) -> None:
    client.force_login(factories.make_staff(None, is_superuser=True))
    user = factories.make_staff(None, username="ana")
    form = {
        "username": "ana",
        "is_active": "on",
        "is_staff": "on",
        "groups": [Group.objects.get(name=Role.SUPPORT).pk],
    }
    change = reverse("admin:seats_staffuser_change", args=[user.pk])
    assert client.post(change, form).status_code == 302
    assert user.plays(Role.SUPPORT)
    delete = reverse("admin:seats_staffuser_delete", args=[user.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403


def test_permissions_come_from_roles_alone(db: None, client: Client) -> None:
    client.force_login(factories.make_staff(None, is_superuser=True))
    page = client.get(reverse("admin:seats_staffuser_change", args=[factories.make_staff().pk]))
    assert "user_permissions" not in page.content.decode()


def test_a_colleague_is_found_by_address_and_the_address_stands_in_no_url(
    db: None, client: Client
) -> None:
    wanted = factories.make_staff(email="Ana@larkfield.example")
    client.force_login(factories.make_staff(is_superuser=True))
    listed = reverse("admin:seats_staffuser_changelist")
    answer = client.post(listed, {"q": "ana@larkfield.example"})
    assert answer.url == f"{listed}?q={wanted.username}"
    assert list(client.get(answer.url).context["cl"].result_list) == [wanted]
    named = factories.make_staff(username="ben@larkfield.example", email="ben@larkfield.example")
    assert client.post(listed, {"q": named.username}).url == listed
