"""What a member says about their messages in person: on the page that verifies the address, in the
preference centre, and behind the link in a message's footer."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.enums import IN_PERSON, OPT_OUTS, PAIRS, Act, Channel, Purpose
from consent.models import ConsentEvent
from consent.services import evidence as proof
from consent.services import projection, suppressions
from consent.services.consents import locked, pair, record, write
from consent.services.documents import fingerprint
from consent.services.evidence import Evidence
from consent.services.projection import Pair, State
from seats.models import Member
from seats.services.errors import BadInput, NotAllowed
from seats.services.signing_in import Spent


@dataclass(frozen=True, slots=True)
class Change:
    """A purpose and channel that is allowed now and was not, or the other way round."""

    purpose: Purpose
    channel: Channel
    allowed: bool
    since: datetime


def verify_address(
    member: Member,
    answers: Mapping[Pair, bool],
    evidence: Evidence,
    words: Mapping[Pair, str] | None = None,
    *,
    first: bool = False,
) -> list[ConsentEvent]:
    """The page that verifies an address: it succeeds whatever the separate questions are answered.

    Both outcomes are stored; not ticked is a no. `words` are each question as it was shown, where
    `evidence.text` is not the one of all; `evidence.key` makes a repetition harmless. With `first`,
    an address that is verified already is left as it is, and so is what was answered with it.
    Raises Spent where `member` was read with an address that they no longer have.
    """
    for purpose, channel in answers:
        pair(purpose, channel)
    with transaction.atomic():
        address, member = member.email, locked(member)
        if member.email != address:
            raise Spent(_("This link was for an address that is not yours here any more."))
        if member.verified_at and first:
            return []
        if member.verified_at is None:
            member.verified_at = timezone.now()
            member.save(update_fields=["verified_at"])
        return _answered(member, answers, evidence, words or {}, repeat=True)


def save_choices(
    member: Member,
    choices: Mapping[Pair, bool],
    evidence: Evidence,
    words: Mapping[Pair, str] | None = None,
) -> list[Change]:
    """Yes and no as the preference centre sends them; what is different now.

    A choice that stands already is not recorded again. `words` as above. Raises BadInput or
    NotFound.
    """
    for purpose, channel in choices:
        pair(purpose, channel)
    with transaction.atomic():
        member = locked(member)
        before = projection.states(member)
        _answered(member, choices, evidence, words or {}, repeat=False)
        return _changes(before, projection.states(member))


def stop_all(member: Member, evidence: Evidence) -> list[Change]:
    """“Stop all promotional messages”: an objection to direct marketing, also of times to come."""
    return _stop(member, "", evidence)


def never_inmail(member: Member, evidence: Evidence) -> list[Change]:
    """“Never receive InMail”: from anyone, customers included."""
    return _stop(member, Channel.INMAIL, evidence)


def allow_again(member: Member, evidence: Evidence, channel: str = "") -> list[Change]:
    """Give what the last “stop” took away, each purpose for itself; `restorable` names it."""
    return save_choices(member, dict.fromkeys(restorable(member, channel), True), evidence)


def restorable(member: Member, channel: str = "") -> list[Pair]:
    """What the member had allowed when they said stop, and has not decided about since.

    For InMail where nothing was allowed before: messages from customers and partners, which is what
    the button allows.
    """
    return restorable_by(events_of(member), channel)


def events_of(member: Member) -> list[ConsentEvent]:
    """The member's ledger, in the order in which acts count."""
    return list(ConsentEvent.objects.filter(member=member).order_by("at", "pk"))


def restorable_by(events: Sequence[ConsentEvent], channel: str = "") -> list[Pair]:
    """`restorable`, by the events that `events_of` gave."""
    states = projection.fold(events)
    stopped = {
        one: state
        for one, state in states.items()
        if channel in ("", one[1])
        and state.act in OPT_OUTS
        # Not what was stopped by itself.
        and not (state.event.purpose and state.event.channel)
    }
    given = [one for one, state in stopped.items() if took_away(events, one, state)]
    if not given and stopped and channel == Channel.INMAIL:
        given = [(Purpose.INMAIL_MARKETING, Channel.INMAIL)]
    return given


def is_stopped(events: Sequence[ConsentEvent], channel: str = "") -> bool:
    """Whether everything (on the channel) is stopped: the button then says “Allow again”.

    By the events that `events_of` gave.
    """
    states = projection.fold(events)
    here = [one for one in PAIRS if channel in ("", one[1])]
    return all(
        one in states and states[one].act in OPT_OUTS and not states[one].event.purpose
        for one in here
    )


def took_away(events: Sequence[ConsentEvent], one: Pair, state: State) -> bool:
    """Whether the opt-out that stands ended a yes."""
    earlier = projection.fold(itertools.takewhile(lambda event: event != state.event, events))
    return one in earlier and earlier[one].allowed


def in_force(member: Member, states: Mapping[Pair, State]) -> frozenset[Pair]:
    """What is allowed: a yes, and no newer opt-out of the address, which somebody else may have
    had before. One query, where there is a yes."""
    yes = {one: state for one, state in states.items() if state.allowed}
    out = suppressions.of_address(member.email) if yes else []
    return frozenset(
        (purpose, channel)
        for (purpose, channel), state in yes.items()
        if not any(
            row.purpose in ("", purpose)
            and row.channel in ("", channel)
            and row.since >= state.since
            for row in out
        )
    )


def _stop(member: Member, channel: str, evidence: Evidence) -> list[Change]:
    with transaction.atomic():
        member = locked(member)
        events = events_of(member)
        if is_stopped(events, channel):
            return []
        before = projection.fold(events)
        record(member, Act.OBJECTED, channel=channel, evidence=evidence)
        return _changes(before, projection.states(member))


def _answered(
    member: Member,
    answers: Mapping[Pair, bool],
    evidence: Evidence,
    words: Mapping[Pair, str],
    *,
    repeat: bool,
) -> list[ConsentEvent]:
    """Record answers of the member's own as the acts they are, given what stood before."""
    if evidence.origin not in IN_PERSON:
        raise NotAllowed(_("Only members themselves answer."))
    states = projection.states(member)
    allowed = in_force(member, states)
    at = proof.moment(evidence.at)
    events = []
    for (purpose, channel), yes in answers.items():
        there = states.get((purpose, channel))
        if there and ((purpose, channel) in allowed) == yes and not repeat:
            continue
        text = words.get((purpose, channel), evidence.text)
        if yes and not text.strip():
            raise BadInput(_("Consent needs the words that were agreed to."))
        events.append(
            ConsentEvent(
                member=member,
                act=_act(there, yes=yes),
                purpose=purpose,
                channel=channel,
                origin=evidence.origin,
                surface=evidence.surface,
                language=evidence.language,
                text_sha256=fingerprint(text) if text else "",
                ip=proof.truncated(evidence.ip),
                at=at,
                key=fingerprint(f"{evidence.key} {purpose} {channel}") if evidence.key else "",
            )
        )
    sent = ConsentEvent.objects.filter(member=member, key__in=[e.key for e in events if e.key])
    before = {event.key: event for event in sent}
    new = [event for event in events if event.key not in before]
    write(member, new, [evidence.text, *words.values()])
    return [before.get(event.key, event) for event in events]


def _act(there: State | None, *, yes: bool) -> Act:
    if yes:
        return Act.RECONFIRMED if there and there.allowed else Act.GIVEN
    if there and there.allowed:
        return Act.WITHDRAWN
    return Act.DECLINED


def _changes(before: Mapping[Pair, State], after: Mapping[Pair, State]) -> list[Change]:
    return [
        Change(*one, allowed=now.allowed, since=now.since)
        for one, now in after.items()
        if now.allowed != (one in before and before[one].allowed)
    ]
