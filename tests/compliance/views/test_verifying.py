"""The page that verifies an address, and the letter that leads there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from compliance.models import EmailMessage
from compliance.services import addresses, mails
from consent.enums import Act, Channel, Origin, Purpose, Reason
from consent.models import ConsentEvent, Wording
from consent.services import choices, links
from consent.services.permission import may_send
from seats.models import Member
from seats.services.errors import BadInput, NotFound
from tests.compliance.views.test_cases import text_of
from tests.factories import make_evidence, make_member

pytestmark = pytest.mark.django_db
NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def member() -> Member:
    return make_member(email="nora@brennan-freight.example")


def link_to(member: Member, days: float = 7) -> str:
    token = links.verify_token(member, timezone.now() + timedelta(days=days))
    return f"/privacy/verify/{token}"


def is_verified(member: Member) -> bool:
    member.refresh_from_db()
    return member.verified_at is not None


def test_looking_changes_nothing_and_nothing_is_ticked(client: Client, member: Member) -> None:
    for method in (client.get, client.head):
        response = method(link_to(member))
        assert (response.status_code, bool(response.cookies)) == (200, False)
        assert response.headers["Referrer-Policy"] == "no-referrer"
    page = client.get(link_to(member))
    assert "checked" not in page.content.decode()
    assert "n***@brennan-freight.example" in text_of(page)
    assert member.email not in page.content.decode()
    assert not is_verified(member)
    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize(
    ("answer", "act", "reason"),
    [
        ({"news": "yes"}, Act.GIVEN, Reason.CONSENTED),
        ({"news": "no"}, Act.DECLINED, Reason.DECLINED),
        ({}, Act.DECLINED, Reason.DECLINED),
    ],
)
def test_the_address_is_verified_whatever_is_answered_and_the_answer_is_kept(
    client: Client, member: Member, answer: dict[str, str], act: Act, reason: Reason
) -> None:
    here = link_to(member)
    page = text_of(client.get(here))
    done = client.post(here, answer, follow=True)
    assert "Your address is confirmed" in text_of(done)
    assert is_verified(member)
    event = ConsentEvent.objects.get()
    assert (event.act, event.origin) == (act, Origin.VERIFICATION_PAGE)
    assert Wording.objects.get(sha256=event.text_sha256).text in page
    assert may_send(member, *NEWS).reason == reason


def test_a_second_click_or_link_changes_nothing(client: Client, member: Member) -> None:
    here, other = link_to(member), link_to(member)
    client.post(here, {"news": "yes"})
    for again in (here, other):
        assert client.post(again, {}, follow=True).status_code == 200
    assert "Your address is confirmed" in text_of(client.get(other))
    assert ConsentEvent.objects.count() == 1
    assert may_send(member, *NEWS).allowed


def test_verifying_grants_nothing_to_who_opted_out(client: Client, member: Member) -> None:
    choices.stop_all(member, make_evidence())
    client.post(link_to(member), {})
    assert is_verified(member)
    assert may_send(member, *NEWS).reason == Reason.OBJECTED


@pytest.mark.parametrize(
    "form", [{"news": "maybe"}, {"news": ["yes", "no"]}, {"tips": "yes"}, {"news": "x" * 9_000}]
)
def test_a_form_that_is_not_ours_is_refused(
    client: Client, member: Member, form: dict[str, str]
) -> None:
    response = client.post(link_to(member), form)
    assert response.status_code == 400
    assert "Nothing was changed." in text_of(response)
    assert not is_verified(member)


def test_a_link_ends_with_its_week_its_address_and_its_member(
    client: Client, member: Member
) -> None:
    late, here = link_to(member, days=-0.01), link_to(member)
    assert client.get(late).status_code == 410
    Member.objects.filter(pk=member.pk).update(email="NORA@Brennan-Freight.example")
    assert client.get(here).status_code == 200, "the same address"
    Member.objects.filter(pk=member.pk).update(email="new@brennan-freight.example")
    for response in (client.get(here), client.post(here, {"news": "yes"})):
        assert response.status_code == 410
        assert "not yours here any more" in text_of(response)
    assert not is_verified(member)
    Member.objects.filter(pk=member.pk).update(
        erased_at=timezone.now(), name="", email="", product_id=None
    )
    assert client.get(here).status_code == 410
    assert not ConsentEvent.objects.exists()


def test_a_link_of_another_kind_opens_nothing(client: Client, member: Member) -> None:
    here = link_to(member)
    token = here.removeprefix("/privacy/verify/")
    for broken in (here[:-1], "/privacy/verify/x", f"/privacy/verify/{'s1.' + 'A' * 9_000}",
                   f"/privacy/verify/{links.preferences_token(member)}",
                   f"/u/{token}", f"/p/{token}"):  # fmt: skip
        assert client.get(broken).status_code == 404
        assert client.post(broken, {}).status_code == 404


@pytest.mark.parametrize("language", [code for code, _name in django_settings.LANGUAGES])
def test_the_letter_leads_to_the_page_in_the_members_language(
    client: Client, language: str
) -> None:
    member = make_member(locale=language)
    until = addresses.send_verification(member)
    assert timedelta(days=6.9) < until - timezone.now() <= timedelta(days=7)
    mail = EmailMessage.objects.get()
    assert (mail.to, mail.member) == (member.email, member)
    assert "/privacy/verify/" not in str(mail.context), "sealed while it waits"
    message = mails.render(mail)
    assert "List-Unsubscribe" not in message.extra_headers
    (link,) = [word for word in str(message.body).split() if "/privacy/verify/" in word]
    page = client.get(link.removeprefix(django_settings.BASE_URL))
    assert f'<html lang="{language}"' in page.content.decode()
    assert mails.send(mail.pk) == 1
    mail.refresh_from_db()
    assert mail.context == {"until": until.date().isoformat()}


def test_a_letter_goes_only_where_it_makes_sense_and_not_too_often(member: Member) -> None:
    for _letter in range(addresses.AN_HOUR):
        addresses.send_verification(member)
    with pytest.raises(addresses.TooMany):
        addresses.send_verification(member)
    EmailMessage.objects.update(queued_at=timezone.now() - timedelta(hours=2))
    for _letter in range(addresses.A_DAY - addresses.AN_HOUR):
        addresses.send_verification(member)
    EmailMessage.objects.update(queued_at=timezone.now() - timedelta(hours=2))
    with pytest.raises(addresses.TooMany):
        addresses.send_verification(member)
    assert EmailMessage.objects.count() == addresses.A_DAY

    for wrong, error in (
        (make_member(email=""), BadInput),
        (make_member(verified_at=timezone.now()), addresses.AlreadyVerified),
        (make_member(erased_at=timezone.now(), name="", email="", product_id=None), NotFound),
    ):
        with pytest.raises(error):
            addresses.send_verification(wrong)


def test_it_takes_few_queries(
    client: Client, member: Member, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    here = link_to(member)
    with django_assert_max_num_queries(10):
        client.get(here)
    client.post(here, {"news": "yes"})
    with django_assert_max_num_queries(10):
        client.get(here)
