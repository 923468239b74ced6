"""What happened to a request, in words: events with what was written, and colleagues' notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from compliance.enums import Action
from compliance.models import PrivacyRequest
from compliance.services import telling

MOST = 300

# Event → picture and tone; its words are in `services.telling`.
LOOKS: dict[str, tuple[str, str]] = {
    "received": ("mail", ""),
    "joined": ("twin", ""),
    Action.ASK_IDENTITY: ("s-identity", ""),
    Action.VERIFY: ("check", "ok"),
    Action.ASK: ("s-waiting", ""),
    Action.ANSWER: ("mail", ""),
    Action.SUBMIT: ("s-approval", ""),
    Action.APPROVE: ("s-approved", "ok"),
    Action.OBJECT: ("alert", ""),
    Action.ESCALATE: ("alert", ""),
    Action.EXTEND: ("clock", ""),
    Action.REFUSE: ("s-rejected", ""),
    "refusal_proposed": ("two", ""),
    Action.CANCEL: ("s-cancelled", ""),
    Action.ABORT: ("s-cancelled", ""),
    Action.EXPIRE: ("s-cancelled", ""),
    Action.LAPSE: ("s-cancelled", ""),
    Action.WAIVE_COPY: ("out", ""),
    Action.EXPEDITE: ("s-cooling", ""),
    Action.SCHEDULE: ("s-cooling", ""),
    Action.STOP: ("pause", ""),
    Action.START: ("s-running", ""),
    Action.FAIL: ("s-attention", ""),
    Action.RETRY: ("s-running", ""),
    Action.COMPLETE: ("s-completed", "ok"),
    Action.RESUME: ("s-running", ""),
    "hold_placed": ("lock", ""),
    "hold_lifted": ("lock", ""),
    "archive_opened": ("out", ""),
    "archive_destroyed": ("trash", ""),
    "reminded": ("mail", ""),
    "wrote": ("mail", ""),
    "replied": ("mail", ""),
    "assigned": ("person", ""),
    "contact_revealed": ("person", ""),
    "evidence_added": ("file", ""),
    "evidence_opened": ("file", ""),
}


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    icon: str
    tone: str
    what: str
    who: str
    detail: str = ""
    text: str = ""
    internal: bool = False
    anchor: str = ""


def entries(request: PrivacyRequest, *, with_notes: bool) -> list[Entry]:
    """Events and, for those who may read them, notes: oldest first, the latest 300."""
    events = list(request.events.select_related("remark").order_by("-sequence")[:MOST])
    notes = (
        list(request.notes.select_related("author").order_by("-pk")[:MOST]) if with_notes else []
    )
    names = telling.people(
        [event.actor for event in events]
        + [f"staff:{event.data['to']}" for event in events if event.data.get("to")]
    )
    told = [_of_event(event, names) for event in events] + [_of_note(note) for note in notes]
    return sorted(told, key=lambda entry: entry.at)[-MOST:]


def _of_event(event: Any, names: dict[str, str]) -> Entry:
    icon, tone = LOOKS.get(event.action, ("note", ""))
    remark = getattr(event, "remark", None)
    return Entry(
        at=event.at,
        icon=icon,
        tone=tone,
        what=telling.said(event.action),
        who=names[event.actor],
        detail=telling.detail(event.action, event.data, names),
        text=remark.text if remark else "",
        anchor=f"e{event.sequence}",
    )


def _of_note(note: Any) -> Entry:
    return Entry(
        at=note.at,
        icon="note",
        tone="",
        what=_("Note"),
        who=str(note.author),
        text=note.text,
        internal=True,
        anchor=f"n{note.pk}",
    )


def named(request: PrivacyRequest) -> dict[str, str]:
    """Who entered the request and who confirmed the identity, by name."""
    names = telling.people(actor for actor in (request.entered_by, request.verified_by) if actor)
    return {
        "entered_by": names.get(request.entered_by, ""),
        "verified_by": names.get(request.verified_by, ""),
    }
