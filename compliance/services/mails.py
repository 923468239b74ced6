"""The outbox: a mail is a row written with the step it tells of, and sent by a worker.

A mail may carry a document, which is issued when the mail is first looked at; without an address
the document is issued all the same and the mail is filed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import timedelta
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django_q.models import OrmQ
from django_q.tasks import async_task

from compliance.enums import MailState, ReceiptKind
from compliance.models import EmailMessage, PrivacyRequest, Receipt
from compliance.services import receipts
from compliance.services.languages import written_in
from consent.services import links
from seats import keys
from seats.models import Member

log = logging.getLogger(__name__)
SEALED = "sealed"
SEALED_FOR = "mail"
ATTEMPTS = 14  # with the backoff below: about two days
AT_ONCE = 500  # in the queue


def queue(
    template: str,
    *,
    to: str,
    language: str,
    request: PrivacyRequest | None = None,
    member: Member | None = None,
    document: ReceiptKind | None = None,
    receipt: Receipt | None = None,
    context: dict[str, Any] | None = None,
    secrets: dict[str, str] | None = None,
) -> EmailMessage:
    """Write the mail, and the task that sends it, in the caller's transaction.

    It is about a request, or goes to a member, whose erasure empties it. Its link leads to the
    request's page, or to `context["path"]`. `secrets` join the context, sealed until the mail is
    sent and gone afterwards: codes that let their reader in, and a "path" that does.
    """
    if secrets:
        context = {**(context or {}), SEALED: keys.seal_text(json.dumps(secrets), SEALED_FOR)}
    mail = EmailMessage.objects.create(
        template=template,
        to=to,
        language=language,
        request=request,
        member=member,
        document=document or "",
        receipt=receipt,
        context=context or {},
        next_try_at=timezone.now(),
    )
    async_task("compliance.tasks.send_mail", mail.pk)
    return mail


def queue_many(template: str, letters: Iterable[tuple[Member, dict[str, Any]]]) -> int:
    """Write a mail to each member, with what it says; how many.

    Their tasks are not written with them: the outbox takes them up some hundred at a time, so that
    what is urgent need not wait for the rest.
    """
    now = timezone.now()
    rows = [
        EmailMessage(
            template=template,
            to=member.email,
            language=member.locale,
            member=member,
            context=context,
            next_try_at=now,
        )
        for member, context in letters
    ]
    return len(EmailMessage.objects.bulk_create(rows))


def to_requester(
    request: PrivacyRequest,
    template: str,
    *,
    document: ReceiptKind | None = None,
    receipt: Receipt | None = None,
    context: dict[str, Any] | None = None,
) -> EmailMessage:
    return queue(
        template,
        to=request.contact_email,
        language=request.language,
        request=request,
        document=document,
        receipt=receipt,
        context=context,
    )


def render(mail: EmailMessage) -> EmailMultiAlternatives:
    """The message in the recipient's language: subject, text, HTML, and the document if any."""
    request = mail.request
    told = _opened(mail.context)
    path = request.get_absolute_url() if request else told.get("path", "")
    with translation.override(written_in(mail.language)):
        context = {
            **told,
            "request": request,
            "controller": settings.CONTROLLER,
            "link": settings.BASE_URL + path,
            "choices_link": links.preferences_url(mail.member) if mail.member else "",
        }
        subject, text, html = (
            render_to_string(f"emails/{mail.template}/{part}", context)
            for part in ("subject.txt", "body.txt", "body.html")
        )
    message = EmailMultiAlternatives(
        " ".join(subject.split()),
        text,
        formataddr((settings.CONTROLLER["name"], settings.DEFAULT_FROM_EMAIL)),
        [mail.to],
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(html, "text/html")
    if mail.receipt:
        with storages["evidence"].open(mail.receipt.pdf_name) as pdf:
            message.attach(f"{mail.receipt.number}.pdf", pdf.read(), "application/pdf")
    return message


def _opened(context: dict[str, Any]) -> dict[str, Any]:
    """The context with its secrets, when it has any."""
    if SEALED not in context:
        return context
    return {**context, **json.loads(keys.open_text(context[SEALED], SEALED_FOR))}


def _claim(mail_id: int) -> EmailMessage | None:
    """The mail, its next try moved ahead: a second worker, or a crash, waits until then."""
    with transaction.atomic():
        mail: EmailMessage | None = (
            EmailMessage.objects.select_for_update(of=("self",))
            .select_related("request", "receipt", "member")
            .filter(pk=mail_id)
            .due()
            .first()
        )
        if mail is not None:
            mail.attempts += 1
            mail.next_try_at = timezone.now() + timedelta(minutes=2 ** min(mail.attempts, 9))
            mail.save(update_fields=["attempts", "next_try_at"])
    return mail


def send(mail_id: int) -> int:
    """Send one waiting mail; 1 when it went out. A server that refuses makes it wait, no more."""
    mail = _claim(mail_id)
    if mail is None:
        return 0
    try:
        if mail.document and mail.receipt is None:
            mail.receipt = receipts.issue_for(mail)
        if mail.to:
            render(mail).send()
    except Exception as error:  # whatever it was, the request goes on, and the mail is tried again
        mail.error = type(error).__name__[:120]
        mail.state = MailState.FAILED if mail.attempts >= ATTEMPTS else MailState.WAITING
        log.warning("mail %s was not sent: %s", mail.pk, mail.error)
    else:
        mail.error = ""
        mail.state = MailState.SENT if mail.to else MailState.FILED
        mail.sent_at = timezone.now() if mail.to else None
        mail.context.pop(SEALED, None)
    mail.save(update_fields=["error", "state", "sent_at", "context"])
    return int(mail.state == MailState.SENT)


def send_due() -> int:
    """Enqueue what should have gone out a while ago: lost, or one of many; returns how many.

    No more than the queue can take soon, or what waits in it would be put there again and again.
    """
    lost = timezone.now() - timedelta(seconds=20)
    room = max(AT_ONCE - OrmQ.objects.count(), 0)
    oldest = EmailMessage.objects.due(at=lost).order_by("next_try_at", "pk")
    due = list(oldest.values_list("pk", flat=True)[:room])
    for mail_id in due:
        async_task("compliance.tasks.send_mail", mail_id)
    return len(due)
