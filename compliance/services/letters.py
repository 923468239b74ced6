"""Which letters a step sends, to whom, and which document goes with them."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from compliance.enums import Action, Capacity, ReceiptKind, RequestKind
from compliance.models import EmailMessage, PrivacyRequest
from compliance.services import approvals, clock, mails, scopes
from compliance.services.actors import POLICY, Actor
from compliance.services.steps import Outcome
from seats.models import Administration

# What ends a request before anything was done.
CALLED_OFF = frozenset({Action.CANCEL, Action.REFUSE, Action.LAPSE})


def acknowledge(request: PrivacyRequest, *, again: bool = False) -> None:
    """That it came in and when it is answered; `again` when what is asked for was widened."""
    mails.to_requester(request, "acknowledged", document=ReceiptKind.ACKNOWLEDGEMENT)
    if not again and request.kind == RequestKind.EXPORT and tells_members(request):
        tell_members(request, "told_export")


def tells_members(request: PrivacyRequest) -> bool:
    """A member whose data somebody else exports is told, unless the agreement says otherwise."""
    return request.capacity != Capacity.HOLDER and request.contract.tells_members


def tell_members(request: PrivacyRequest, template: str) -> None:
    """One mail a member of the request's seats, the requester left out."""
    told = {request.requester_id}
    for seat in scopes.seats_of(request):
        if seat.member_id in told or not seat.member.email:
            continue
        told.add(seat.member_id)
        mails.queue(
            template,
            to=seat.member.email,
            language=seat.member.locale,
            request=request,
            context={"seat": seat.number},
        )


def tell_administrators(request: PrivacyRequest, template: str) -> None:
    for administration in (
        Administration.objects.in_force().filter(contract=request.contract).select_related("member")
    ):
        mails.queue(
            template,
            to=administration.member.email,
            language=administration.member.locale,
            request=request,
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter as it would go out; `to` is empty where there is no address to send it to."""

    to: str
    language: str
    subject: str
    text: str


# Steps that write to the requester in the words of whoever takes them.
WRITTEN: dict[Action, str] = {
    Action.ASK_IDENTITY: "question",
    Action.ASK: "question",
    Action.REFUSE: "refused",
    Action.EXTEND: "extended",
}


def draft(action: Action, request: PrivacyRequest, *, reason: str, ground: str = "") -> Draft:
    """The exact letter this step would send now, in the requester's language. Nothing is done."""
    there = copy(request)
    if action == Action.EXTEND:
        whole = request.whole_contract
        later = clock.dates(request.received_at, request.kind, whole_contract=whole, extended=True)
        for name, value in later.items():
            setattr(there, name, value)
    mail = EmailMessage(
        template=WRITTEN[action],
        to=request.contact_email,
        language=request.language,
        request=there,
        context={"reason": reason.strip(), "ground": ground},
    )
    message = mails.render(mail)
    return Draft(mail.to, mail.language, str(message.subject), str(message.body))


def after(
    action: Action, request: PrivacyRequest, *, actor: Actor, reason: str, outcome: Outcome
) -> None:
    """Queue what this step has to say, in the step's own transaction."""
    context: dict[str, Any] = {"reason": reason.strip()}
    if action in (Action.ASK, Action.ASK_IDENTITY):
        mails.to_requester(request, "question", context=context)
    elif action == Action.APPROVE and outcome.moves and request.kind == RequestKind.EXPORT:
        _decide(request, "approval", "approved", context)
    elif action == Action.SCHEDULE:
        _decide(request, "approval", "scheduled", context)
        if request.capacity != Capacity.HOLDER:
            tell_members(request, "told_deletion")
    elif action == Action.REFUSE and outcome.moves:
        _decide(request, "refusal", "refused", {**context, "ground": request.refusal})
    elif action == Action.EXTEND:
        _decide(request, "extension", "extended", context)
    elif action in (Action.CANCEL, Action.ABORT, Action.EXPIRE):
        mails.to_requester(request, "closed", context={"status": request.status})
    elif action == Action.LAPSE:
        mails.to_requester(request, "closed", context={**context, "status": request.status})
        tell_administrators(request, "lapsed")
        _tell_representatives(request, "lapsed")
    elif action == Action.STOP:
        mails.to_requester(request, "stopped", context=context)
    elif action == Action.SUBMIT and actor != POLICY:
        _ask_for_a_decision(request)
    if (
        action in CALLED_OFF
        and outcome.moves
        and request.mails.filter(template="told_deletion").exists()
    ):
        tell_members(request, "told_called_off")


def _tell_representatives(request: PrivacyRequest, template: str) -> None:
    for user in (request.contract.representative, request.contract.deputy):
        if user and user.email:
            mails.queue(template, to=user.email, language=settings.LANGUAGE_CODE, request=request)


def _ask_for_a_decision(request: PrivacyRequest) -> None:
    """Tell whoever has to decide: the representative, their deputy, or the administrators."""
    _tell_representatives(request, "decide")
    if approvals.administrator_decides(request):
        tell_administrators(request, "decide_customer")


def _decide(
    request: PrivacyRequest, decision: str, template: str, context: dict[str, Any]
) -> EmailMessage:
    return mails.to_requester(
        request,
        template,
        document=ReceiptKind.DECISION,
        context={**context, "decision": decision},
    )
