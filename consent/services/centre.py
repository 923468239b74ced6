"""The preference centre: what it shows, and forms that cannot take back what happened meanwhile.

A form carries the number of events it was made from. What was saved is told by two such numbers,
so that the page about it is the same after a second click.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from consent.enums import OPT_OUTS, PAIRS, Act, Channel
from consent.models import ConsentEvent
from consent.services import choices, projection
from consent.services.consents import locked
from consent.services.evidence import Evidence
from consent.services.projection import Pair, State
from seats.models import Member
from seats.services.errors import BadInput, Stale


@dataclass(frozen=True, slots=True)
class Centre:
    """A member's choices as they stand. `again` and `inmail_again` are what the buttons that allow
    again give back; empty where there is nothing to."""

    version: int
    states: Mapping[Pair, State]
    allowed: frozenset[Pair]
    last: ConsentEvent | None
    is_stopped: bool
    again: Sequence[Pair]
    is_inmail_stopped: bool
    inmail_again: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a form changed. `stops` are its opt-outs of more than one purpose and channel."""

    changed: Mapping[Pair, State]
    kept: Mapping[Pair, bool]
    stops: Sequence[ConsentEvent]


Versions = tuple[int, int]


def of(member: Member) -> Centre:
    events = choices.events_of(member)
    states = projection.fold(events)
    return Centre(
        version=len(events),
        states=states,
        allowed=choices.in_force(member, states),
        last=next((event for event in events[::-1] if event.act != Act.TERMS_ACCEPTED), None),
        is_stopped=choices.is_stopped(events),
        again=choices.restorable_by(events),
        is_inmail_stopped=choices.is_stopped(events, Channel.INMAIL),
        inmail_again=choices.restorable_by(events, Channel.INMAIL),
    )


def last_at(member: Member) -> datetime | None:
    """When something about the member's messages was chosen last; None for never."""
    events = ConsentEvent.objects.filter(member=member).exclude(act=Act.TERMS_ACCEPTED)
    return events.order_by("-at", "-pk").values_list("at", flat=True).first()


def save(
    member: Member,
    answers: Mapping[Pair, bool],
    evidence: Evidence,
    words: Mapping[Pair, str],
    *,
    version: int,
) -> Versions:
    """Record the answers of a form; the versions before and after.

    Raises Stale where the choices changed since, unless they are what the form says already.
    """
    wanted = {pair for pair, yes in answers.items() if yes}
    return _unless_stale(
        member,
        version,
        is_so=lambda now: now.allowed == wanted,
        act=lambda found: choices.save_choices(found, answers, evidence, words),
    )


def stop(member: Member, evidence: Evidence, channel: str = "", *, version: int) -> Versions:
    """“Stop all promotional messages”, or “Never receive InMail”: never too late."""
    with transaction.atomic():
        member = locked(member)
        if channel == Channel.INMAIL:
            choices.never_inmail(member, evidence)
        else:
            choices.stop_all(member, evidence)
        return version, _version(member)


def allow_again(member: Member, evidence: Evidence, channel: str = "", *, version: int) -> Versions:
    """Give back what the stop took, as the page showed it.

    Raises Stale as `save` does, and BadInput where the page had no such button: nobody read what
    it allows.
    """

    def again(found: Member) -> object:
        if not choices.is_stopped(choices.events_of(found), channel):
            raise BadInput(_("This form is broken."))
        return choices.allow_again(found, evidence, channel)

    return _unless_stale(
        member,
        version,
        is_so=lambda now: not (now.inmail_again if channel else now.again),
        act=again,
    )


def saved(member: Member, before: int, after: int) -> Saved | None:
    """What changed between two versions; None when the second is not the present one."""
    events = choices.events_of(member)
    if not 0 <= before <= after == len(events):
        return None
    first = {event.pk for event in sorted(events, key=lambda event: event.pk)[:before]}
    earlier = projection.fold([event for event in events if event.pk in first])
    was = choices.in_force(member, earlier)
    states = projection.fold(events)
    now = choices.in_force(member, states)
    return Saved(
        changed={one: states[one] for one in PAIRS if (one in was) != (one in now)},
        kept={one: one in now for one in PAIRS if (one in was) == (one in now)},
        stops=[
            event
            for event in events
            if event.pk not in first
            and event.act in OPT_OUTS
            and not (event.purpose and event.channel)
        ],
    )


def _unless_stale(
    member: Member,
    version: int,
    *,
    is_so: Callable[[Centre], bool],
    act: Callable[[Member], object],
) -> Versions:
    with transaction.atomic():
        member = locked(member)
        now = of(member)
        if now.version == version:
            act(member)
        elif not is_so(now):
            raise Stale(
                _("Your choices changed after you opened the page, so this form was out of date.")
            )
        return version, _version(member)


def _version(member: Member) -> int:
    return ConsentEvent.objects.filter(member=member).count()
