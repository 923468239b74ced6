"""What requester and staff write to each other about a request, beside the steps of its life."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.enums import Action, ActorKind, Status
from compliance.models import Message, PrivacyRequest
from compliance.services import events, mails, requests
from compliance.services.actors import Actor
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, NotFound, Refused

LETTERS = 5_000
A_DAY = 20  # messages a requester may write on one request


class TooMany(Refused):
    """A mailbox is not a place to fill up."""

    code = "too_many"
    status = 429


@transaction.atomic
def write(pk: int, text: str, *, actor: Actor, version: int | None = None) -> PrivacyRequest:
    """Take what the requester wrote: the answer to an open question, which the clock waits for, or
    a message.

    `version` is the one the form was made from. The same message twice in a row is one. Raises
    BadInput, NotAllowed, TooMany, Stale.
    """
    request = requests.locked(pk)
    if not actor.member or not actor.may("answer", request):
        raise NotAllowed(_("You may not write about %(ref)s.") % {"ref": request.reference})
    text = _checked(request, text)
    if request.status == Status.WAITING:
        return requests.take(Action.ANSWER, pk, actor=actor, reason=text, version=version)
    since = timezone.now() - timedelta(days=1)
    lately = request.messages.filter(author_kind=ActorKind.MEMBER, at__gt=since)
    last = lately.order_by("-pk").first()
    if last and last.text == text:
        return request
    if lately.count() >= A_DAY:
        raise TooMany(_("You wrote very often today. Write to us by e-mail, or tomorrow."))
    Message.objects.create(
        request=request, author_kind=ActorKind.MEMBER, author=actor.id, text=text
    )
    events.record(request, "wrote", actor=actor)
    _tell_staff(request)
    return request


@transaction.atomic
def reply(pk: int, text: str, *, actor: Actor) -> Message:
    """Answer the requester on the request's page and by e-mail. Raises BadInput, NotAllowed."""
    request = requests.locked(pk)
    author = actor.staff
    if not author or not actor.sees(request):
        raise NotFound(_("There is no such request."))
    if not actor.may("review", request):
        raise NotAllowed(_("You may not write to the requester."))
    text = _checked(request, text)
    message: Message = Message.objects.create(
        request=request, author_kind=ActorKind.STAFF, author=author.username, text=text
    )
    events.record(request, "replied", actor=actor)
    mails.to_requester(request, "reply", context={"reason": text})
    return message


def _checked(request: PrivacyRequest, text: str) -> str:
    """Plain text: blank at no end, no other control character than the end of a line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    text = "\n".join("".join(c for c in line if c.isprintable() or c == "\t") for line in lines)
    text = text.strip()
    if not text:
        raise BadInput(_("Write something first."))
    if len(text) > LETTERS:
        raise BadInput(_("A message has at most %(most)s letters.") % {"most": LETTERS})
    if request.contact_purged_at:
        raise IllegalMove(_("The correspondence of this request was erased: it takes no messages."))
    return text


def _tell_staff(request: PrivacyRequest) -> None:
    """Whoever works on it, else who represents the customer; what was written stays on the desk."""
    contract = request.contract
    for user in (request.assignee, contract.representative, contract.deputy):
        if user and user.is_active and user.email:
            mails.queue("wrote", to=user.email, language=settings.LANGUAGE_CODE, request=request)
            return
