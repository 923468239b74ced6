"""Asking members to verify their address, by a link that is sent there."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.models import EmailMessage
from compliance.services import mails
from compliance.services.errors import BadInput, Refused
from consent.services import consents, links
from seats.models import Member

AN_HOUR, A_DAY = 3, 6


class AlreadyVerified(Refused):
    code = "already_verified"


class TooMany(Refused):
    code = "too_many"
    status = 429


def send_verification(member: Member) -> datetime:
    """Queue the letter with the link; until when the link works.

    A service message: it asks about promotional messages only on the page it leads to. Raises
    NotFound for an erased member, BadInput without an address, AlreadyVerified, and TooMany.
    """
    with transaction.atomic():
        member = consents.locked(member)
        if not member.email:
            raise BadInput(_("There is no address to send the link to."))
        if member.verified_at:
            raise AlreadyVerified(_("This address is verified already."))
        _check_not_too_many(member)
        until = timezone.now() + links.VERIFY_WITHIN
        token = links.verify_token(member, until)
        mails.queue(
            "verify_address",
            to=member.email,
            language=member.locale,
            member=member,
            context={"until": until.date().isoformat()},
            secrets={"path": reverse("verify_address", args=[token])},
        )
    return until


def _check_not_too_many(member: Member) -> None:
    now = timezone.now()
    for hours, most in ((1, AN_HOUR), (24, A_DAY)):
        lately = EmailMessage.objects.filter(
            member=member, template="verify_address", queued_at__gt=now - timedelta(hours=hours)
        )
        if lately.count() >= most:
            raise TooMany(_("We sent this link several times already. Try again later."))
