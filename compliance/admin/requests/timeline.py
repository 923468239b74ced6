"""What happened to a request, in words: events with what was written, and colleagues' notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from compliance.enums import Action, HoldGround, Refusal
from compliance.models import PrivacyRequest
from compliance.services.evidence import Shows
from seats.models import StaffUser

MOST = 300

# Event → picture, tone, and what it says.
LOOKS: dict[str, tuple[str, str, Any]] = {
    "received": ("mail", "", gettext_lazy("Received")),
    "joined": ("twin", "", gettext_lazy("Asked again: joined to this request")),
    Action.ASK_IDENTITY: ("s-identity", "", gettext_lazy("Asked for proof of identity")),
    Action.VERIFY: ("check", "ok", gettext_lazy("Identity and authority confirmed")),
    Action.ASK: ("s-waiting", "", gettext_lazy("Asked the requester")),
    Action.ANSWER: ("mail", "", gettext_lazy("The requester answered")),
    Action.SUBMIT: ("s-approval", "", gettext_lazy("Sent for approval")),
    Action.APPROVE: ("s-approved", "ok", gettext_lazy("Approved")),
    Action.OBJECT: ("alert", "", gettext_lazy("Objected: compliance decides")),
    Action.ESCALATE: ("alert", "", gettext_lazy("Escalated to compliance")),
    Action.EXTEND: ("clock", "", gettext_lazy("Deadline extended")),
    Action.REFUSE: ("s-rejected", "", gettext_lazy("Refused")),
    Action.CANCEL: ("s-cancelled", "", gettext_lazy("Cancelled")),
    Action.ABORT: ("s-cancelled", "", gettext_lazy("Export stopped")),
    Action.EXPIRE: ("s-cancelled", "", gettext_lazy("Closed without an answer")),
    Action.LAPSE: ("s-cancelled", "", gettext_lazy("Closed: the right to ask was lost")),
    Action.WAIVE_COPY: ("out", "", gettext_lazy("Goes on without a copy")),
    Action.EXPEDITE: ("s-cooling", "", gettext_lazy("Cooling-off ended early")),
    Action.SCHEDULE: ("s-cooling", "", gettext_lazy("Cooling-off began")),
    Action.STOP: ("pause", "", gettext_lazy("Stopped: approval is asked for again")),
    Action.START: ("s-running", "", gettext_lazy("Work began")),
    Action.FAIL: ("s-attention", "", gettext_lazy("Work needs attention")),
    Action.RETRY: ("s-running", "", gettext_lazy("Tried again")),
    Action.COMPLETE: ("s-completed", "ok", gettext_lazy("Completed")),
    Action.RESUME: ("s-running", "", gettext_lazy("Went on after a hold")),
    "hold_placed": ("lock", "", gettext_lazy("A hold was placed")),
    "hold_lifted": ("lock", "", gettext_lazy("A hold was lifted")),
    "archive_opened": ("out", "", gettext_lazy("The archive was opened")),
    "archive_destroyed": ("trash", "", gettext_lazy("The archive was destroyed")),
    "reminded": ("mail", "", gettext_lazy("The requester was reminded")),
    "wrote": ("mail", "", gettext_lazy("The requester wrote")),
    "replied": ("mail", "", gettext_lazy("Answered the requester")),
    "assigned": ("person", "", gettext_lazy("Assigned")),
    "contact_revealed": ("person", "", gettext_lazy("The requester’s address was looked at")),
    "evidence_added": ("file", "", gettext_lazy("Evidence attached")),
    "evidence_opened": ("file", "", gettext_lazy("Evidence was looked at")),
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
    names = people(
        [event.actor for event in events]
        + [f"staff:{event.data['to']}" for event in events if event.data.get("to")]
    )
    told = [_of_event(event, names) for event in events] + [_of_note(note) for note in notes]
    return sorted(told, key=lambda entry: entry.at)[-MOST:]


def _of_event(event: Any, names: dict[str, str]) -> Entry:
    icon, tone, what = LOOKS.get(event.action, ("note", "", event.action))
    remark = getattr(event, "remark", None)
    return Entry(
        at=event.at,
        icon=icon,
        tone=tone,
        what=str(what),
        who=names[event.actor],
        detail=_detail(event.action, event.data, names),
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


def _detail(action: str, data: dict[str, Any], names: dict[str, str]) -> str:
    """The codes an event carries, as words."""
    if action == Action.REFUSE and data.get("ground") in Refusal.values:
        return str(Refusal(data["ground"]).label)
    if action == "hold_placed" and data.get("ground") in HoldGround.values:
        return str(HoldGround(data["ground"]).label)
    if action == "evidence_added" and data.get("what") in Shows.values:
        return str(Shows(data["what"]).label)
    if action == Action.APPROVE and (missing := data.get("missing")):
        return ngettext(
            "%(n)d more person has to approve", "%(n)d more people have to approve", missing
        ) % {"n": missing}
    if action == "assigned":
        return names.get(f"staff:{data.get('to')}", _("To nobody"))
    if action == "joined" and data.get("added"):
        return _("Added: %(slugs)s") % {"slugs": ", ".join(data["added"])}
    return ""


def people(actors: Iterable[str]) -> dict[str, str]:
    """Who the actors of events are: "staff:ana" → "Ana Kovač", members by number. One query."""
    wanted = set(actors)
    usernames = {actor.partition(":")[2] for actor in wanted if actor.startswith("staff:")}
    staff = {user.username: str(user) for user in StaffUser.objects.filter(username__in=usernames)}
    return {actor: _person(actor, staff) for actor in wanted}


def _person(actor: str, staff: dict[str, str]) -> str:
    kind, _sep, name = actor.partition(":")
    if kind == "staff":
        return staff.get(name, name)
    if kind == "member":
        return _("Member %(number)s") % {"number": name}
    if kind == "api":
        return _("The product")
    return _("By rule") if name == "policy" else "Rightsdesk"


def named(request: PrivacyRequest) -> dict[str, str]:
    """Who entered the request and who confirmed the identity, by name."""
    names = people(actor for actor in (request.entered_by, request.verified_by) if actor)
    return {
        "entered_by": names.get(request.entered_by, ""),
        "verified_by": names.get(request.verified_by, ""),
    }
