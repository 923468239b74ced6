"""Unsubscribing from a message: one click, no sign-in, no question, at once (RFC 8058, L3, L30)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from consent.enums import OPT_OUTS, PAIRS, Act, Origin, Surface
from consent.models import KeptEvidence
from consent.services import choices, consents, links, projection, suppressions
from consent.services.evidence import Evidence
from consent.services.links import Target
from consent.services.projection import Pair
from seats.models import Member
from seats.services.errors import BadInput

FIELD, VALUE = "List-Unsubscribe", "One-Click"


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """What was stopped. `again`: it was stopped already, which is a success too."""

    target: Target
    everything: bool
    again: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page behind a link shows: since when this, or everything, is stopped.

    `undo` is what a yes would give back of what unsubscribing took: of this, and of everything.
    `is_forgotten`: of an erased member not even a trace of the address is left to note a no for.
    """

    this: datetime | None
    everything: datetime | None
    undo_this: Sequence[Pair]
    undo_everything: Sequence[Pair]
    is_forgotten: bool = False


def standing(target: Target) -> Standing:
    """How it is now; an erased member has nothing to take back."""
    if target.member.erased_at:
        return Standing(None, None, (), (), is_forgotten=not _trace_of(target.member))
    events = choices.events_of(target.member)
    states = projection.fold(events)
    this = (target.purpose, target.channel)
    stopped = [state for state in states.values() if state.act in OPT_OUTS]
    took = [
        one
        for one, state in states.items()
        if state.act == Act.UNSUBSCRIBED and choices.took_away(events, one, state)
    ]
    return Standing(
        this=states[this].since if this in states and states[this].act in OPT_OUTS else None,
        everything=max(state.since for state in stopped) if len(stopped) == len(PAIRS) else None,
        undo_this=[one for one in took if one == this],
        undo_everything=[one for one in took if not states[one].event.purpose],
    )


def undo(
    token: str, *, everything: bool = False, ip: str = "", language: str = "", text: str = ""
) -> None:
    """The way back on the page: allow what the last unsubscribing took, and nothing more.

    An objection from the preference centre stays. Raises NotFound for a token that is not ours.
    """
    target = links.read_unsubscribe(token)
    evidence = _evidence(target, Origin.FOOTER_LINK, ip=ip, language=language, text=text)
    with transaction.atomic():
        member = consents.locked(target.member)
        now = standing(target)
        back = now.undo_everything if everything else now.undo_this
        choices.save_choices(member, dict.fromkeys(back, True), evidence)


def one_click(token: str, form: Mapping[str, Sequence[str]], *, ip: str = "") -> Unsubscribed:
    """What a mail program sends: a form, in either encoding, of exactly the one pair.

    Raises NotFound for a token that is not ours, BadInput for any other body.
    """
    target = links.read_unsubscribe(token)
    if {name: list(values) for name, values in form.items()} != {FIELD: [VALUE]}:
        raise BadInput(
            _("To unsubscribe, send the form field %(pair)s and nothing else.")
            % {"pair": f"{FIELD}={VALUE}"}
        )
    return _stop(target, Origin.ONE_CLICK, everything=False, ip=ip)


def unsubscribe(
    token: str, *, everything: bool = False, ip: str = "", language: str = "", text: str = ""
) -> Unsubscribed:
    """The button on the page behind the link: this purpose, or everything promotional.

    Raises NotFound for a token that is not ours.
    """
    target = links.read_unsubscribe(token)
    return _stop(
        target, Origin.FOOTER_LINK, everything=everything, ip=ip, language=language, text=text
    )


def _stop(
    target: Target,
    origin: Origin,
    *,
    everything: bool,
    ip: str,
    language: str = "",
    text: str = "",
) -> Unsubscribed:
    purpose, channel = ("", "") if everything else (target.purpose, target.channel)
    with transaction.atomic():
        # Locked, so that neither an erasure nor a second click comes in between.
        member = Member.objects.select_for_update().get(pk=target.member.pk)
        if member.erased_at:
            if key := _trace_of(member):
                suppressions.add_key(key, purpose=purpose, channel=channel, origin=origin)
            return Unsubscribed(target, everything, again=True)
        if _is_stopped(target, everything=everything):
            return Unsubscribed(target, everything, again=True)
        said = _evidence(target, origin, ip=ip, language=language, text=text)
        consents.record(member, Act.UNSUBSCRIBED, purpose=purpose, channel=channel, evidence=said)
    return Unsubscribed(target, everything, again=False)


def _trace_of(member: Member) -> str:
    """The keyed trace of an erased member's address; "" once it is gone too."""
    kept = KeptEvidence.objects.filter(member=member).first()
    return kept.address_key if kept else ""


def _evidence(target: Target, origin: Origin, *, ip: str, language: str, text: str) -> Evidence:
    return Evidence(
        origin=origin,
        surface=Surface.EMAIL,
        language=language or target.member.locale,
        text=text,
        ip=ip,
    )


def _is_stopped(target: Target, *, everything: bool) -> bool:
    """Whether an opt-out stands already for all that is asked: a second click writes nothing."""
    states = projection.states(target.member)
    if everything:
        return len(states) == len(PAIRS) and all(state.act in OPT_OUTS for state in states.values())
    state = states.get((target.purpose, target.channel))
    return state is not None and state.act in OPT_OUTS
