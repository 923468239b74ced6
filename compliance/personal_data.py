"""Which of this app's fields hold personal data, and how each is erased.

What staff and requester wrote, and where the answer went, lives until the request's last notice was
delivered plus 30 days, or goes at once with the seat it is about.
"""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from compliance.models import (
    EmailMessage,
    InternalNote,
    Message,
    PrivacyRequest,
    Remark,
)
from consent import personal_data as consent_data
from seats import personal_data as seats_data
from seats.models import Member, Seat

PERSONAL: dict[str, str] = {
    "compliance.PrivacyRequest.contact_email": "emptied after the last notice and 30 days",
    "compliance.PrivacyRequest.public_id": "the case link: refused after the same time",
    "compliance.Remark.text": "deleted with its row; the chain keeps a salted digest",
    "compliance.Remark.salt": "deleted with its row: the digest can no longer be guessed at",
    "compliance.Message.text": "deleted with its row",
    "compliance.Message.author": "deleted with its row",
    "compliance.InternalNote.text": "deleted with its row",
    "compliance.EmailMessage.to": "emptied after the last notice and 30 days, or with the member",
    "compliance.EmailMessage.context": "emptied with the address it went to",
    "compliance.Evidence.object_name": "file and key destroyed after the decision",
    "compliance.Archive.object_name": "file and key destroyed on expiry, or with the seat",
    "compliance.RequestItem.object_name": "file and key destroyed when the export is finished",
    "compliance.RequestItem.members": "emptied when the export is finished",
    "compliance.RememberedCall.answer": "deleted with its row after a day",
}


def _names(model: str, fields: str) -> frozenset[str]:
    return frozenset(f"compliance.{model}.{field}" for field in fields.split())


HARMLESS: frozenset[str] = frozenset().union(
    _names("ApiKey", "name prefix scopes secret_sha256 former_sha256"),
    _names("HistoricalApiKey", "name prefix scopes history_change_reason history_type"),
    _names("RememberedCall", "name digest"),
    _names("Approval", "actor role seen"),
    _names("Archive", "sha256 destroyed_because"),
    _names(
        "DataCategory",
        "slug name description export role purpose source recipients retention decisions "
        "safeguards",
    ),
    _names(
        "HistoricalDataCategory",
        "slug name description export role purpose source recipients retention decisions "
        "safeguards history_change_reason history_type",
    ),
    _names("DeskEvent", "action actor data"),
    _names("EmailMessage", "template language document state error"),
    _names("Evidence", "what sha256 added_by"),
    _names("Heartbeat", "name"),
    # A case is a file number at a court or a law firm, not a person's name: the form says so.
    _names("Hold", "categories ground case entry"),
    _names("Message", "author_kind"),
    _names("NumberSeries", "name"),
    _names("Pause", "kind"),
    _names(
        "PrivacyRequest",
        "reference kind scope categories format capacity channel entered_by verified_by language "
        "refusal status due_because preview",
    ),
    # Of members, by number: deleted with the evidence that outlives them (`retention`).
    _names(
        "Receipt",
        "kind number code language record record_sha256 record_signature pdf_name pdf_sha256 "
        "pdf_signature key_id",
    ),
    _names("RequestEvent", "action actor data text_digest previous digest"),
    _names(
        "RequestItem",
        "work category resource reach seats low high state holder error retained retained_until",
    ),
    _names("Round", "chore error"),
    _names("Seal", "entry previous digest"),
    _names("WrappedKey", "object_id kek_id wrapped"),
)


def erase_seat(seat: Seat) -> bool:
    """A seat, with what was written about it in requests that are closed; false when done before.

    An open request's correspondence lives until its own time is over.
    """
    if seat.erased_at:
        return False
    erase_correspondence(_closed().filter(seat=seat))
    return seats_data.erase_seat(seat)


def erase_member(member: Member) -> bool:
    """A person, with what they wrote in requests that are closed; false when done before.

    Opt-outs go on under a keyed trace of the address, so they are taken before it is emptied.
    """
    if member.erased_at:
        return False
    consent_data.erase_member(member)
    erase_correspondence(_closed().filter(requester=member))
    empty_mails(EmailMessage.objects.filter(request=None, member=member))
    return seats_data.erase_member(member)


def _closed() -> QuerySet[PrivacyRequest]:
    closed: QuerySet[PrivacyRequest] = PrivacyRequest.objects.closed().filter(
        contact_purged_at=None
    )
    return closed


def erase_correspondence(requests: QuerySet[PrivacyRequest]) -> int:
    """Erase what people wrote and where it was sent; the chains and the receipts stay. Requests."""
    pks = list(requests.values_list("pk", flat=True))
    Remark.objects.filter(event__request__in=pks).delete()
    Message.objects.filter(request__in=pks).delete()
    InternalNote.objects.filter(request__in=pks).delete()
    empty_mails(EmailMessage.objects.filter(request__in=pks))
    return PrivacyRequest.objects.filter(pk__in=pks).update(
        contact_email="", contact_purged_at=timezone.now()
    )


def empty_mails(mails: QuerySet[EmailMessage]) -> int:
    """That there was a mail stays, and when it went; one that still waits is sent to nobody."""
    return mails.update(to="", context={})
