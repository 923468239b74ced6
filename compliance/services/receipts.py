"""Issues signed documents about a request, once each, and keeps them as evidence."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

from django.db import transaction
from django.utils import timezone, translation

from compliance import pdf
from compliance.enums import ReceiptKind
from compliance.models import EmailMessage, PrivacyRequest, Receipt
from compliance.services import numbers, records
from compliance.services.languages import written_in
from seats import evidence

log = logging.getLogger(__name__)
BODIES: dict[ReceiptKind, Callable[[PrivacyRequest, dict[str, Any]], dict[str, Any]]] = {
    ReceiptKind.ACKNOWLEDGEMENT: records.acknowledgement,
    ReceiptKind.DECISION: records.decision,
    ReceiptKind.EXPORT: records.export_receipt,
    ReceiptKind.DELETION: records.deletion_certificate,
}


def issue(
    request: PrivacyRequest, kind: ReceiptKind, *, context: dict[str, Any] | None = None
) -> Receipt:
    """Print, sign and keep one document, in the requester's language.

    A second certificate or export receipt of a request supersedes the first; both stay checkable.
    Raises what `pdf.render` raises.
    """
    language = written_in(request.language)
    with translation.override(language):
        record = {
            **records.head(request, language=language, number=numbers.issue("RC")),
            **BODIES[kind](request, context or {}),
            "kind": str(kind),
        }
    last = None
    if kind != ReceiptKind.DECISION:
        last = request.receipts.filter(kind=kind).current().order_by("-pk").first()
    if last:
        record["replaces"] = last.number
    made = pdf.render(cast(pdf.Record, record), language=language)
    name = f"receipts/{timezone.now():%Y/%m}/{record['number']}-{record['code']}.pdf"
    evidence.put(name, made.pdf)
    with transaction.atomic():
        receipt = Receipt.objects.create(
            request=request,
            kind=kind,
            number=record["number"],
            code=record["code"],
            language=language,
            issued_at=record["issued_at"],
            record=made.record,
            record_sha256=made.record_sha256,
            record_signature=made.record_signature,
            pdf_name=name,
            pdf_size=len(made.pdf),
            pdf_sha256=made.pdf_sha256,
            pdf_signature=made.pdf_signature,
            key_id=made.key_id,
        )
        if last:
            Receipt.objects.filter(pk=last.pk).update(superseded_by=receipt)
    return receipt


def issue_for(mail: EmailMessage) -> Receipt:
    """The document a mail carries, issued when the mail is first looked at, and only then."""
    with transaction.atomic():
        locked = EmailMessage.objects.select_for_update(of=("self",)).get(pk=mail.pk)
        if locked.receipt_id:
            return cast(Receipt, locked.receipt)
        request = mail.request
        assert request is not None  # noqa: S101 only letters about a request carry documents
        receipt = issue(request, ReceiptKind(mail.document), context=mail.context)
        EmailMessage.objects.filter(pk=mail.pk).update(receipt=receipt)
        return receipt


def acknowledgement(request: PrivacyRequest) -> Receipt:
    """The acknowledgement, issued now when the outbox has not got to it yet."""
    mail = request.mails.filter(document=ReceiptKind.ACKNOWLEDGEMENT).order_by("pk").first()
    if mail is not None:
        return issue_for(mail)
    return issue(request, ReceiptKind.ACKNOWLEDGEMENT)
