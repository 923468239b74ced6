"""Issues signed documents about a request or a member, once each, and keeps them as evidence."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from compliance import pdf
from compliance.enums import ReceiptKind
from compliance.models import EmailMessage, PrivacyRequest, Receipt
from compliance.services import numbers, records
from compliance.services.errors import NotFound
from compliance.services.languages import written_in
from consent.enums import Act, Shown
from consent.models import Confirmation, ConsentEvent
from consent.services import consents, history
from consent.services import receipts as consent_receipts
from seats import evidence
from seats.models import Member

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
        number = numbers.issue("RC")
        record = {
            **records.head(number=number, language=language, reference=request.reference),
            **BODIES[kind](request, context or {}),
            "kind": str(kind),
        }
    last = None
    if kind != ReceiptKind.DECISION:
        last = request.receipts.filter(kind=kind).current().order_by("-pk").first()
    return _keep(record, last, request=request)


def _keep(record: dict[str, Any], last: Receipt | None, **of: Any) -> Receipt:
    """Print, sign and keep a record as a document `of` whom it is about; it supersedes `last`."""
    if last:
        record["replaces"] = last.number
    language = record["language"]
    made = pdf.render(cast(pdf.Record, record), language=language)
    name = f"receipts/{timezone.now():%Y/%m}/{record['number']}-{record['code']}.pdf"
    evidence.put(name, made.pdf)
    with transaction.atomic():
        receipt = Receipt.objects.create(
            **of,
            kind=record["kind"],
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


# --- Of members -------------------------------------------------------------------------------
# Asking twice about the same state gives the same document, so that nobody's clicks, and no
# program that follows what it finds, makes more of them than there is to vouch for.


def for_choices(member: Member) -> Receipt:
    """What the member chose about messages until now; a later choice has a document of its own.

    Raises NotFound before the first choice and for an erased member, and what `pdf.render` raises.
    """
    language = written_in(member.locale)
    with transaction.atomic():
        member = consents.locked(member)
        last = of_choices(member)
        upto = _last_choice(member)
        if last and (last.attests, last.language) == (upto, language):
            return last
        head = _head(ReceiptKind.CONSENT, language)
        record = {
            **consent_receipts.consent_record(member, head["number"], language),
            **consent_receipts.choices(member, language),
            **head,
        }
        return _keep(record, last, member=member, attests=upto)


def for_confirmation(member: Member, pk: int) -> Receipt:
    """That the member confirmed a notice. Raises NotFound, also for what is not theirs."""
    language = written_in(member.locale)
    with transaction.atomic():
        member = consents.locked(member)
        row = _confirmed(member, pk)
        last = of_confirmation(member, pk)
        if last and last.language == language:
            return last
        head = _head(ReceiptKind.CONFIRMATION, language)
        record = {
            **consent_receipts.confirmation_record(row, head["number"], language),
            **consent_receipts.told(row, language),
            **head,
        }
        return _keep(record, last, member=member, attests=row.pk)


def of_choices(member: Member) -> Receipt | None:
    """The document in force that was issued about the member's choices, if one was."""
    return member.receipts.filter(kind=ReceiptKind.CONSENT).current().order_by("-pk").first()


def of_confirmation(member: Member, pk: int) -> Receipt | None:
    same = member.receipts.filter(kind=ReceiptKind.CONFIRMATION, attests=pk)
    return same.current().order_by("-pk").first()


def _head(kind: ReceiptKind, language: str) -> dict[str, Any]:
    return {**records.head(number=numbers.issue("RC"), language=language), "kind": str(kind)}


def _last_choice(member: Member) -> int:
    last = ConsentEvent.objects.filter(member=member).exclude(act=Act.TERMS_ACCEPTED)
    found = last.order_by("-pk").values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(_("No choice about messages was made yet."))
    return found


def _confirmed(member: Member, pk: int) -> Confirmation:
    row = history.confirmation_of(member, pk)
    if row.state != Shown.CONFIRMED:
        raise NotFound(_("There is no such confirmation."))
    return row
