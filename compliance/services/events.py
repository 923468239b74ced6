from __future__ import annotations

import secrets
from typing import Any

from django.utils import timezone

from compliance import audit
from compliance.models import PrivacyRequest, Remark, RequestEvent
from compliance.services.actors import Actor


def record(
    request: PrivacyRequest,
    action: str,
    *,
    actor: Actor,
    data: dict[str, Any] | None = None,
    text: str = "",
) -> RequestEvent:
    """Chain one event to the request, inside the caller's transaction, which holds the row's lock.

    `data` takes codes, numbers and opaque ids only; what somebody wrote goes into `text`, of which
    the chain keeps a salted digest.
    """
    last = request.events.order_by("-sequence").first()
    salt = secrets.token_hex(16) if text else ""
    event = RequestEvent(
        request=request,
        sequence=last.sequence + 1 if last else 1,
        at=timezone.now(),
        action=action,
        actor=str(actor),
        data=data or {},
        text_digest=audit.text_digest(text, salt) if text else "",
        previous=last.digest if last else audit.GENESIS,
    )
    event.digest = audit.event_digest(event.previous, payload(event))
    event.save(force_insert=True)
    if text:
        Remark.objects.create(event=event, text=text, salt=salt)
    return event


def payload(event: RequestEvent) -> dict[str, Any]:
    """What an event's digest covers: every column but the digests themselves."""
    return {
        "request": event.request.reference,
        "sequence": event.sequence,
        "at": event.at.isoformat(),
        "action": event.action,
        "actor": event.actor,
        "data": event.data,
        "text_digest": event.text_digest,
    }
