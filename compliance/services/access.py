"""Codes that members come in with, sent to an address we know."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse

from compliance.services import mails
from seats.models import Member
from seats.services import signing_in


def send_code(address: str, device: str) -> None:
    """Send a code and a link to every member with that address; to nobody for an unknown one.

    Whoever asked cannot tell the two apart: both leave a row, and mail goes out later.
    """
    with transaction.atomic():
        for sent in signing_in.codes_for(address, device):
            _mail(sent)


def send_proof(member: Member, device: str) -> None:
    """Send a fresh code to somebody who is signed in already, to their own address."""
    with transaction.atomic():
        if sent := signing_in.code_for(member, device):
            _mail(sent)


def _mail(sent: signing_in.Sent) -> None:
    mails.queue(
        "sign_in",
        to=sent.member.email,
        language=sent.member.locale,
        member=sent.member,
        secrets={"code": sent.code, "path": reverse("enter", args=[sent.token])},
    )
