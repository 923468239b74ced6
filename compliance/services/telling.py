"""What an event says in words, and who did it: on a page, in the activity, in an export."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from compliance.enums import Action, HoldGround, Refusal
from compliance.services.evidence import Shows
from seats.models import StaffUser

SAID: dict[str, Any] = {
    "received": gettext_lazy("Received"),
    "joined": gettext_lazy("Asked again: joined to this request"),
    Action.ASK_IDENTITY: gettext_lazy("Asked for proof of identity"),
    Action.VERIFY: gettext_lazy("Identity and authority confirmed"),
    Action.ASK: gettext_lazy("Asked the requester"),
    Action.ANSWER: gettext_lazy("The requester answered"),
    Action.SUBMIT: gettext_lazy("Sent for approval"),
    Action.APPROVE: gettext_lazy("Approved"),
    Action.OBJECT: gettext_lazy("Objected: compliance decides"),
    Action.ESCALATE: gettext_lazy("Escalated to compliance"),
    Action.EXTEND: gettext_lazy("Deadline extended"),
    Action.REFUSE: gettext_lazy("Refused"),
    "refusal_proposed": gettext_lazy("Refusal proposed: a second person has to agree"),
    Action.CANCEL: gettext_lazy("Cancelled"),
    Action.ABORT: gettext_lazy("Export stopped"),
    Action.EXPIRE: gettext_lazy("Closed without an answer"),
    Action.LAPSE: gettext_lazy("Closed: the right to ask was lost"),
    Action.WAIVE_COPY: gettext_lazy("Goes on without a copy"),
    Action.EXPEDITE: gettext_lazy("Cooling-off ended early"),
    Action.SCHEDULE: gettext_lazy("Cooling-off began"),
    Action.STOP: gettext_lazy("Stopped: approval is asked for again"),
    Action.START: gettext_lazy("Work began"),
    Action.FAIL: gettext_lazy("Work needs attention"),
    Action.RETRY: gettext_lazy("Tried again"),
    Action.COMPLETE: gettext_lazy("Completed"),
    Action.RESUME: gettext_lazy("Went on after a hold"),
    "hold_placed": gettext_lazy("A hold was placed"),
    "hold_lifted": gettext_lazy("A hold was lifted"),
    "archive_opened": gettext_lazy("The archive was opened"),
    "archive_destroyed": gettext_lazy("The archive was destroyed"),
    "reminded": gettext_lazy("The requester was reminded"),
    "wrote": gettext_lazy("The requester wrote"),
    "replied": gettext_lazy("Answered the requester"),
    "assigned": gettext_lazy("Assigned"),
    "contact_revealed": gettext_lazy("The requester’s address was looked at"),
    "evidence_added": gettext_lazy("Evidence attached"),
    "evidence_opened": gettext_lazy("Evidence was looked at"),
    # Of the desk, beside single requests.
    "list_downloaded": gettext_lazy("The list of requests was downloaded"),
    "audit_downloaded": gettext_lazy("The audit was downloaded"),
    "register_downloaded": gettext_lazy("The register was downloaded"),
    "verified": gettext_lazy("The chains were verified"),
}


def said(action: str) -> str:
    return str(SAID.get(action, action))


def detail(action: str, data: dict[str, Any], names: dict[str, str]) -> str:
    """The codes an event carries, as words."""
    if action in (Action.REFUSE, "refusal_proposed") and data.get("ground") in Refusal.values:
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


def of_desk(action: str, data: dict[str, Any]) -> str:
    """What a desk event says beside its action: how far, or what the list was narrowed by."""
    if action == "verified":
        if faults := data.get("faults"):
            return ngettext("%(n)d fault found", "%(n)d faults found", faults) % {"n": faults}
        return _("As written up to event %(number)s") % {"number": data.get("last_event", 0)}
    narrowed = data.get("narrowed") or {}
    return ", ".join(f"{name}={value}" for name, value in narrowed.items() if value)


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
