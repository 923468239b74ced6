from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from django_q.models import OrmQ

from compliance import personal_data
from compliance.models import EmailMessage
from compliance.services import mails, reminders
from compliance.services.errors import IllegalMove, NotAllowed
from compliance.services.reminders import Rest
from consent.enums import Audience, DocumentKind
from consent.models import Confirmation, DocumentVersion
from seats.models import Member, StaffUser
from seats.roles import Role
from tests.factories import (
    make_administration,
    make_contract,
    make_document,
    make_member,
    make_seat,
    make_staff,
    make_version,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> StaffUser:
    return make_staff(Role.SUPPORT)


@pytest.fixture
def version() -> DocumentVersion:
    return make_version()


def confirmed(version: DocumentVersion, member: Member) -> None:
    Confirmation.objects.create(
        member=member, version=version, surface="mobile", state="confirmed", at=timezone.now()
    )


def reminded() -> set[Member]:
    return {mail.member for mail in EmailMessage.objects.select_related("member") if mail.member}


def test_the_rest_is_reminded_once_and_nobody_else(
    version: DocumentVersion, agent: StaffUser
) -> None:
    members = [make_seat().member for _ in range(2)]
    make_seat(member=members[0])  # one person, two seats: one mail
    confirmed(version, make_seat().member)
    make_seat(member=make_member(email=""))
    personal_data.erase_member(make_seat().member)
    make_seat(released_at=timezone.now())
    assert reminders.rest(version, actor=agent) == Rest(3, 1, 0)
    assert reminders.remind(version, actor=agent) == 2
    assert reminded() == set(members)
    assert reminders.rest(version, actor=agent) == Rest(3, 1, 2)
    assert reminders.remind(version, actor=agent) == 0


def test_a_member_gets_one_reminder_a_week_whatever_they_have_not_read(agent: StaffUser) -> None:
    first, second = make_version(), make_version()
    make_seat()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert reminders.remind(first, actor=agent) == 1
        assert reminders.remind(second, actor=agent) == 0
        clock.shift(timedelta(days=7) - timedelta(seconds=1))
        assert reminders.remind(second, actor=agent) == 0
        clock.shift(timedelta(seconds=2))
        assert reminders.rest(second, actor=agent).to_remind == 1
        assert reminders.remind(second, actor=agent) == 1


def test_each_reads_the_title_in_their_language(agent: StaffUser, mailoutbox: list[Any]) -> None:
    document = make_document()
    version = make_version(document, title="How we use your data")
    make_version(document, number=1, language="de", title="Wie wir Ihre Daten nutzen")
    for locale in ("en", "de-AT", "fr"):
        make_seat(member=make_member(locale=locale))
    reminders.remind(version, actor=agent)
    for mail in EmailMessage.objects.all():
        mails.send(mail.pk)
    said = [sent.subject for sent in mailoutbox]
    assert sum("How we use your data" in subject for subject in said) == 2
    assert sum("Wie wir Ihre Daten nutzen" in subject for subject in said) == 1
    assert all("/privacy/notices/" in sent.body for sent in mailoutbox)


def test_administrators_are_reminded_of_what_is_for_them(agent: StaffUser) -> None:
    version = make_version(make_document(audience=Audience.ADMINISTRATORS))
    contract = make_contract()
    make_seat(contract)
    boss = make_member()
    make_administration(contract, boss)
    reminders.remind(version, actor=agent)
    assert reminded() == {boss}


def test_only_what_is_in_force_is_reminded_of(agent: StaffUser) -> None:
    document = make_document()
    old = make_version(document)
    make_version(document)
    later = make_version(document, effective_on=timezone.now().date() + timedelta(days=3))
    make_seat()
    for version in (old, later, make_version(published=False)):
        with pytest.raises(IllegalMove):
            reminders.remind(version, actor=agent)
    assert not EmailMessage.objects.exists()


def test_nobody_has_to_confirm_what_contracts_sign(agent: StaffUser) -> None:
    make_seat()
    version = make_version(make_document(DocumentKind.DPA, Audience.CONTRACTS))
    assert reminders.rest(version, actor=agent) == Rest(0, 0, 0)
    assert reminders.remind(version, actor=agent) == 0


def test_whoever_may_not_reminds_nobody(version: DocumentVersion) -> None:
    make_seat()
    for user in (make_staff(Role.AUDITOR), make_staff()):
        with pytest.raises(NotAllowed):
            reminders.remind(version, actor=user)


def test_many_are_queued_in_batches_that_each_cost_the_same(
    version: DocumentVersion,
    agent: StaffUser,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Any,
) -> None:
    monkeypatch.setattr(reminders, "AT_ONCE", 10)
    contract = make_contract()
    for _ in range(45):
        make_seat(contract)
    with django_assert_max_num_queries(5 * 8 + 8):
        assert reminders.remind(version, actor=agent) == 45
    assert not OrmQ.objects.exists()  # the outbox takes them up


def test_a_call_has_an_end_and_the_next_one_goes_on(
    version: DocumentVersion, agent: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "AT_ONCE", 2)
    monkeypatch.setattr(reminders, "MOST", 5)
    for _ in range(8):
        make_seat()
    assert reminders.remind(version, actor=agent) == 5
    assert reminders.remind(version, actor=agent) == 3
    assert len(reminded()) == 8


def test_the_outbox_takes_up_no_more_than_the_queue_can_take(
    version: DocumentVersion, agent: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mails, "AT_ONCE", 3)
    for _ in range(5):
        make_seat()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        reminders.remind(version, actor=agent)
        clock.shift(timedelta(seconds=30))
        assert mails.send_due() == 3
        assert mails.send_due() == 0
        OrmQ.objects.all().delete()
        for mail in EmailMessage.objects.order_by("pk")[:3]:
            mails.send(mail.pk)
        assert mails.send_due() == 2
