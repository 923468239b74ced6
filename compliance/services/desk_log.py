from __future__ import annotations

from typing import Any

from compliance.models import DeskEvent
from compliance.services.actors import Actor


def record(action: str, *, actor: Actor, data: dict[str, Any] | None = None) -> DeskEvent:
    """Keep that somebody did this on the desk, beside single requests.

    `data` takes codes, numbers and what a list was narrowed by; no names, no addresses.
    """
    event: DeskEvent = DeskEvent.objects.create(action=action, actor=str(actor), data=data or {})
    return event
