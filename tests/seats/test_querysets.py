from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from compliance.enums import ReceiptKind, Status
from compliance.models import (
    Approval,
    Archive,
    EmailMessage,
    Evidence,
    Extension,
    Hold,
    InternalNote,
    Message,
    Pause,
    PrivacyRequest,
    Receipt,
    RequestEvent,
    RequestItem,
)
from compliance.services import mails
from consent.enums import Audience, DocumentKind
from consent.models import (
    Agreement,
    Certification,
    Confirmation,
    ConsentEvent,
    Document,
    DocumentVersion,
    Preference,
    SubProcessor,
)
from consent.services import consents
from seats.models import Administration, Contract, Member, Seat, StaffUser
from seats.querysets import within
from seats.roles import Role
from tests.factories import (
    make_administration,
    make_certification,
    make_contract,
    make_document,
    make_evidence,
    make_item,
    make_member,
    make_request,
    make_seat,
    make_staff,
    make_sub_processor,
    make_version,
)

pytestmark = pytest.mark.django_db
Make = Callable[[Contract], models.Model]
MOMENT = datetime(2026, 3, 5, 10, tzinfo=UTC)


def asked(contract: Contract) -> PrivacyRequest:
    return make_request(seat=make_seat(contract))


def make_hold(contract: Contract) -> Hold:
    return Hold.objects.create(
        contract=contract,
        ground="claims",
        case="12 O 34/26",
        review_on=date(2027, 1, 1),
        placed_by=make_staff(),
        entry=f"entry of {contract.number}",
    )


def make_receipt(contract: Contract) -> Receipt:
    return Receipt.objects.create(
        request=asked(contract),
        kind=ReceiptKind.ACKNOWLEDGEMENT,
        number=f"RC {contract.number}",
        code=f"code {contract.number}",
        language="en",
        issued_at=timezone.now(),
        record=b"{}",
        record_signature=b"",
        pdf_size=1,
        pdf_signature=b"",
    )


def told(contract: Contract) -> Member:
    return make_seat(contract).member


# One row of each kind that belongs to a contract.
MAKERS: dict[type[models.Model], Make] = {
    Contract: lambda contract: contract,
    Seat: make_seat,
    Member: lambda contract: make_seat(contract).member,
    Administration: lambda contract: make_administration(contract, make_member()),
    PrivacyRequest: asked,
    RequestItem: lambda contract: make_item(asked(contract)),
    RequestEvent: lambda contract: asked(contract).events.get(),
    Approval: lambda contract: Approval.objects.create(
        request=asked(contract), actor="staff:a", role="support"
    ),
    Pause: lambda contract: Pause.objects.create(
        request=asked(contract), kind="identity", asked_at=timezone.now()
    ),
    Extension: lambda contract: Extension.objects.create(
        request=asked(contract), until=date(2027, 1, 1)
    ),
    Message: lambda contract: Message.objects.create(
        request=asked(contract), author_kind="member", author="M-1", text="Hello"
    ),
    InternalNote: lambda contract: InternalNote.objects.create(
        request=asked(contract), author=make_staff(), text="Hm"
    ),
    Evidence: lambda contract: Evidence.objects.create(
        request=asked(contract), what="identity", size=1, sha256="", added_by="staff:a"
    ),
    Archive: lambda contract: Archive.objects.create(
        request=asked(contract), object_name="a", size=1, sha256="", expires_at=timezone.now()
    ),
    EmailMessage: lambda contract: mails.to_requester(asked(contract), "question"),
    Receipt: make_receipt,
    Hold: make_hold,
    Confirmation: lambda contract: Confirmation.objects.create(
        member=told(contract), version=make_version(), surface="mobile", state="shown", at=MOMENT
    ),
    ConsentEvent: lambda contract: (
        consents.record(
            told(contract), "given", purpose="tips", channel="email", evidence=make_evidence()
        ).event
    ),
    Preference: lambda contract: consents.record(
        told(contract), "given", purpose="tips", channel="email", evidence=make_evidence()
    ).event.member.preferences.get(),
    Agreement: lambda contract: Agreement.objects.create(
        contract=contract,
        version=make_version(make_document(DocumentKind.DPA, Audience.CONTRACTS)),
        asked_at=MOMENT,
    ),
}
# What is about the company itself.
OPEN: dict[type[models.Model], Callable[[], models.Model]] = {
    Document: make_document,
    DocumentVersion: make_version,
    Certification: make_certification,
    SubProcessor: make_sub_processor,
}


def test_every_table_that_belongs_to_a_contract_is_tried_here() -> None:
    scoped = {
        model
        for model in apps.get_models()
        if hasattr(getattr(model, "objects", None), "visible_to")
    }
    assert scoped == {*MAKERS, *OPEN}


@pytest.mark.parametrize("model", list(OPEN), ids=lambda model: model.__name__)
def test_what_is_about_the_company_is_seen_by_whoever_works_there(
    model: type[models.Model],
) -> None:
    row = OPEN[model]()
    for role in Role:
        assert row in model.objects.visible_to(make_staff(role))
    for nobody in (make_staff(Role.COMPLIANCE, is_active=False), AnonymousUser()):
        assert row not in model.objects.visible_to(nobody)


@pytest.mark.parametrize("model", list(MAKERS), ids=lambda model: model.__name__)
def test_each_sees_what_is_theirs_and_no_more(model: type[models.Model]) -> None:
    representative, deputy, stranger = (make_staff(Role.REPRESENTATIVE) for _ in range(3))
    mine = make_contract(representative=representative, deputy=deputy)
    theirs = make_contract(representative=stranger)
    nobodys = make_contract()
    rows = [MAKERS[model](contract) for contract in (mine, theirs, nobodys)]

    def seen(user: Any) -> list[bool]:
        visible = set(model.objects.visible_to(user).values_list("pk", flat=True))
        return [row.pk in visible for row in rows]

    for user in (representative, deputy):
        assert seen(user) == [True, False, False]
    assert seen(stranger) == [False, True, False]
    for role in (Role.SUPPORT, Role.COMPLIANCE, Role.AUDITOR):
        assert seen(make_staff(role)) == [True, True, True]
    assert seen(make_staff(is_superuser=True)) == [True, True, True]
    for nobody in (
        make_staff(Role.REPRESENTATIVE),
        make_staff(),
        make_staff(Role.COMPLIANCE, is_active=False),
        make_staff(is_superuser=True, is_active=False),
        AnonymousUser(),
    ):
        assert seen(nobody) == [False, False, False]


def test_a_representative_who_left_sees_nothing_any_more() -> None:
    user = make_staff(Role.REPRESENTATIVE)
    make_contract(representative=user)
    assert Contract.objects.visible_to(user).count() == 1
    StaffUser.objects.filter(pk=user.pk).update(is_active=False)
    assert Contract.objects.visible_to(StaffUser.objects.get(pk=user.pk)).count() == 0


def test_a_member_of_two_contracts_is_seen_once_and_by_both_representatives() -> None:
    first, second = (make_staff(Role.REPRESENTATIVE) for _ in range(2))
    member = make_member()
    for user in (first, second, first):
        make_seat(make_contract(representative=user), member)
    administrator = make_member()
    make_administration(make_contract(representative=first), administrator)
    assert list(Member.objects.visible_to(first)) == [member, administrator]
    assert list(Member.objects.visible_to(second)) == [member]


def test_a_mail_about_nothing_in_particular_is_for_those_who_see_all() -> None:
    mail = EmailMessage.objects.create(
        template="question", to="a@b.example", language="en", next_try_at=timezone.now()
    )
    assert mail in EmailMessage.objects.visible_to(make_staff(Role.AUDITOR))
    assert not EmailMessage.objects.visible_to(make_staff(Role.REPRESENTATIVE)).exists()


def test_a_mail_to_a_member_is_for_those_who_see_the_member() -> None:
    mine, theirs = make_staff(Role.REPRESENTATIVE), make_staff(Role.REPRESENTATIVE)
    member = make_seat(make_contract(representative=mine)).member
    make_seat(make_contract(representative=theirs))
    mail = mails.queue("question", to=member.email, language="en", member=member)
    about = mails.to_requester(asked(make_contract(representative=theirs)), "question")
    EmailMessage.objects.filter(pk=about.pk).update(member=member)
    assert list(EmailMessage.objects.visible_to(mine)) == [mail]
    assert list(EmailMessage.objects.visible_to(theirs)) == [about]
    for nobody in (make_staff(), AnonymousUser()):
        assert not EmailMessage.objects.visible_to(nobody).exists()


def test_who_is_nobody_costs_no_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert list(Contract.objects.filter(within(AnonymousUser()))) == []


# --- Time -------------------------------------------------------------------------------------


def test_an_administration_is_in_force_from_its_beginning_until_its_end() -> None:
    since, until = datetime(2026, 5, 4, 12, tzinfo=UTC), datetime(2026, 6, 4, 12, tzinfo=UTC)
    row = make_administration(make_contract(), make_member(), since=since, until=until)
    second = timedelta(seconds=1)
    moments = (since - second, since, until - second, until)
    in_force = [Administration.objects.in_force(at).filter(pk=row.pk).exists() for at in moments]
    assert in_force == [False, True, True, False]


def test_requests_are_told_apart_by_where_they_stand_and_when_they_are_due() -> None:
    now = timezone.now()
    rows = {status: make_request(status=status) for status in Status}
    opened = {rows[status] for status in Status if rows[status].closed_at is None}
    assert set(PrivacyRequest.objects.open()) == opened
    assert set(PrivacyRequest.objects.closed()) == set(rows.values()) - opened

    PrivacyRequest.objects.update(due_at=now + timedelta(days=3))
    late = rows[Status.IN_REVIEW]
    PrivacyRequest.objects.filter(pk=late.pk).update(due_at=now)
    assert set(PrivacyRequest.objects.overdue(now)) == {late}
    assert set(PrivacyRequest.objects.due_within(3, now)) == opened - {late}
    assert set(PrivacyRequest.objects.due_within(2, now)) == set()
