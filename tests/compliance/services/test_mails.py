from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
import time_machine
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ

from compliance import personal_data
from compliance.enums import MailState, ReceiptKind, RequestKind, Status
from compliance.models import EmailMessage, PrivacyRequest, Receipt
from compliance.services import mails, receipts
from seats import evidence
from tests.factories import make_member, make_request, make_seat

pytestmark = pytest.mark.django_db
QUESTION = {"context": {"reason": "Which seat?"}}


class Refusing(BaseEmailBackend):
    """A mail server that raises what a test put here."""

    error: Exception = SMTPException("nora@brennan-freight.example is unknown")

    def send_messages(self, messages: Any) -> int:
        raise self.error


@pytest.fixture
def refusing(settings: Any) -> type[Refusing]:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    return Refusing


def question(**fields: Any) -> EmailMessage:
    return mails.to_requester(make_request(**fields), "question", **QUESTION)


def test_a_mail_goes_out_once(mailoutbox: list[Any]) -> None:
    mail = question()
    assert mails.send(mail.pk) == 1
    assert mails.send(mail.pk) == 0
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.error) == (MailState.SENT, 1, "")
    assert mail.sent_at
    (sent,) = mailoutbox
    assert sent.to == [mail.to]
    assert "Which seat?" in sent.body
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in sent.extra_headers


def test_a_mail_and_its_task_are_written_with_the_step_or_not_at_all() -> None:
    request = make_request()
    with transaction.atomic():
        mails.to_requester(request, "question", **QUESTION)
        transaction.set_rollback(True)
    assert not EmailMessage.objects.exists()
    assert not OrmQ.objects.exists()


@pytest.mark.parametrize(
    "error",
    [
        SMTPException("…"),
        SMTPRecipientsRefused({}),
        SMTPServerDisconnected(),
        ConnectionRefusedError(),
        TimeoutError(),
        ValueError("what no server said"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_server_that_refuses_makes_the_mail_wait_ever_longer(
    refusing: type[Refusing], error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusing, "error", error)
    mail = question()
    waits = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _attempt in range(4):
            assert mails.send(mail.pk) == 0
            mail.refresh_from_db()
            assert (mail.state, mail.error) == (MailState.WAITING, type(error).__name__)
            waits.append(mail.next_try_at - timezone.now())
            clock.shift(waits[-1] - timedelta(seconds=1))
            assert mails.send(mail.pk) == 0
            assert EmailMessage.objects.get().attempts == len(waits)  # not before its time
            clock.shift(timedelta(seconds=1))
    assert waits == [timedelta(minutes=minutes) for minutes in (2, 4, 8, 16)]


def test_what_the_server_said_about_whom_is_not_kept(
    refusing: type[Refusing], caplog: pytest.LogCaptureFixture
) -> None:
    mail = question()
    mails.send(mail.pk)
    mail.refresh_from_db()
    assert "nora" not in mail.error
    assert "nora" not in caplog.text


def test_after_two_days_it_is_given_up_and_the_request_goes_on(refusing: type[Refusing]) -> None:
    mail = question(status=Status.WAITING)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _attempt in range(mails.ATTEMPTS):
            mails.send(mail.pk)
            clock.move_to(EmailMessage.objects.get().next_try_at)
        assert mails.send(mail.pk) == 0
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (MailState.FAILED, mails.ATTEMPTS)
    assert PrivacyRequest.objects.get().status == Status.WAITING


def test_a_mail_that_waited_goes_out_when_the_server_is_back(
    settings: Any, mailoutbox: list[Any]
) -> None:
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Refusing"
    mail = question()
    mails.send(mail.pk)
    settings.EMAIL_BACKEND = working
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        assert mails.send(mail.pk) == 1
    mail.refresh_from_db()
    assert (mail.state, mail.error) == (MailState.SENT, "")


def test_a_lost_task_is_queued_again_after_a_while() -> None:
    mail = question()
    OrmQ.objects.all().delete()
    assert mails.send_due() == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        assert mails.send_due() == 1
    assert [task.task["args"] for task in OrmQ.objects.all()] == [(mail.pk,)]


def test_without_an_address_it_is_filed(mailoutbox: list[Any]) -> None:
    mail = question(contact_email="")
    assert mails.send(mail.pk) == 0
    mail.refresh_from_db()
    assert (mail.state, mail.sent_at, mailoutbox) == (MailState.FILED, None, [])


def test_a_line_break_in_a_subject_or_reason_makes_no_header(mailoutbox: list[Any]) -> None:
    mail = mails.to_requester(
        make_request(), "question", context={"reason": "a\nBcc: eve@example.test"}
    )
    mails.send(mail.pk)
    assert "\n" not in mailoutbox[0].subject
    assert mailoutbox[0].message()["Bcc"] is None


@pytest.mark.parametrize(
    ("language", "written"), [("de", "de"), ("de-AT", "de"), ("it", "en"), ("", "en"), ("xx", "en")]
)
def test_who_reads_a_language_we_do_not_write_is_written_to_in_english(
    language: str, written: str, mailoutbox: list[Any]
) -> None:
    for code in (language, written):
        mails.send(
            question(
                language=code, seat=None, contract=make_seat().contract, contact_email="a@b.example"
            ).pk
        )
    first, second = (mail.subject.rpartition(" ")[0] for mail in mailoutbox)
    assert first == second


def test_who_is_closed_out_is_told_where_to_complain(mailoutbox: list[Any]) -> None:
    """Art. 12(4): no action without the remedies; who cancelled needs none."""
    for status in ("expired", "cancelled"):
        mails.send(mails.to_requester(make_request(), "closed", context={"status": status}).pk)
    expired, cancelled = mailoutbox
    assert "Complain to the authority" in expired.body
    assert "Complain to the authority" not in cancelled.body


# --- With a document --------------------------------------------------------------------------


def acknowledged(**fields: Any) -> EmailMessage:
    request = make_request(**fields)
    return mails.to_requester(request, "acknowledged", document=ReceiptKind.ACKNOWLEDGEMENT)


def test_a_document_is_issued_when_its_mail_goes_out(
    printer: list[str], mailoutbox: list[Any]
) -> None:
    mail = acknowledged()
    assert mails.send(mail.pk) == 1
    receipt = Receipt.objects.get()
    assert (receipt.kind, [receipt.number]) == (ReceiptKind.ACKNOWLEDGEMENT, printer)
    assert evidence.read(receipt.pdf_name) == b"%PDF-1.7"
    assert mailoutbox[0].attachments == [(f"{receipt.number}.pdf", b"%PDF-1.7", "application/pdf")]


def test_a_document_is_issued_once_however_often_its_mail_is_tried(
    printer: list[str], refusing: type[Refusing]
) -> None:
    mail = acknowledged()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _attempt in range(3):
            mails.send(mail.pk)
            clock.move_to(EmailMessage.objects.get().next_try_at)
    assert len(printer) == 1
    assert receipts.acknowledgement(mail.request) == Receipt.objects.get()


def test_a_document_is_issued_though_there_is_nowhere_to_send_it(printer: list[str]) -> None:
    mail = acknowledged(contact_email="")
    mails.send(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.receipt) == (MailState.FILED, Receipt.objects.get())


def test_a_document_that_cannot_be_printed_yet_makes_only_its_mail_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mail = acknowledged(kind=RequestKind.DELETION)

    def fail(*_: Any, **__: Any) -> None:
        raise receipts.pdf.TypesettingFailed("no paper")

    monkeypatch.setattr(receipts.pdf, "render", fail)
    assert mails.send(mail.pk) == 0
    mail.refresh_from_db()
    assert (mail.state, mail.error) == (MailState.WAITING, "TypesettingFailed")
    assert not Receipt.objects.exists()


def test_a_later_document_replaces_the_one_before_and_both_are_kept(printer: list[str]) -> None:
    request = make_request()
    first = receipts.issue(request, ReceiptKind.ACKNOWLEDGEMENT)
    second = receipts.issue(request, ReceiptKind.ACKNOWLEDGEMENT)
    first.refresh_from_db()
    assert first.superseded_by == second
    assert list(Receipt.objects.current()) == [second]
    assert evidence.read(first.pdf_name)


# --- To a member, about no request ------------------------------------------------------------


def test_a_mail_to_a_member_names_no_request(mailoutbox: list[Any], settings: Any) -> None:
    member = make_member()
    path = {"path": "/privacy/notices/"}
    mail = mails.queue(
        "notice_reminder", to=member.email, language="en", member=member, context=path
    )
    assert mails.send(mail.pk) == 1
    (sent,) = mailoutbox
    assert f"{settings.BASE_URL}/privacy/notices/" in sent.body
    assert f"Questions? Write to {settings.CONTROLLER['email']}." in sent.body
    assert list(member.mails.all()) == [mail]


def test_erasing_a_member_empties_their_mails_and_one_that_waits_goes_to_nobody(
    mailoutbox: list[Any],
) -> None:
    member, other = make_member(), make_member()
    theirs, others = (
        mails.queue("question", to=one.email, language="en", member=one, **QUESTION)
        for one in (member, other)
    )
    request = make_request(requester=member)  # still open: its letters are needed
    about = mails.to_requester(request, "question", **QUESTION)
    EmailMessage.objects.filter(pk=about.pk).update(member=member)
    assert personal_data.erase_member(member)
    for mail in (theirs, others, about):
        mail.refresh_from_db()
    assert (theirs.to, theirs.context) == ("", {})
    assert others.to == other.email
    assert about.to
    assert mails.send(theirs.pk) == 0
    theirs.refresh_from_db()
    assert (theirs.state, theirs.sent_at) == (MailState.FILED, None)
    assert not mailoutbox
