"""What a member says about their messages in person: on the page that verifies the address, in the
preference centre, and behind the link in a message's footer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.enums import IN_PERSON, OPT_OUTS, PAIRS, Act, Channel, Purpose
from consent.models import ConsentEvent
from consent.services import evidence as proof
from consent.services import projection
from consent.services.consents import locked, pair, record, write
from consent.services.documents import fingerprint
from consent.services.evidence import Evidence
from consent.services.projection import Pair, State
from seats.models import Member
from seats.services.errors import BadInput, NotAllowed


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
) -> list[ConsentEvent]:
    """The page that verifies an address: it succeeds whatever the separate questions are answered.

    Both outcomes are stored; not ticked is a no. `words` are each question as it was shown, where
    `evidence.text` is not the one of all; `evidence.key` makes a repetition harmless.
    """
    for purpose, channel in answers:
        pair(purpose, channel)
    with transaction.atomic():
        member = locked(member)
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
    states = projection.states(member)
    stopped = [
        one
        for one, state in states.items()
        if state.act in OPT_OUTS and (not channel or one[1] == channel)
    ]
    given: list[Pair] = []
    for one in stopped:
        event = states[one].event
        if event.purpose and event.channel:
            continue  # stopped by itself, not by a stop of more
        earlier = projection.states(member, before=event)
        if one in earlier and earlier[one].allowed:
            given.append(one)
    if not given and channel == Channel.INMAIL:
        given = [(Purpose.INMAIL_MARKETING, Channel.INMAIL)]
    return given


def has_stopped(member: Member, channel: str = "") -> bool:
    """Whether everything (on the channel) is stopped: the button then says “Allow again”."""
    states = projection.states(member)
    here = [one for one in PAIRS if not channel or one[1] == channel]
    return all(one in states and states[one].act in OPT_OUTS for one in here)


def _stop(member: Member, channel: str, evidence: Evidence) -> list[Change]:
    with transaction.atomic():
        member = locked(member)
        before = projection.states(member)
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
    at = proof.moment(evidence.at)
    events = []
    for (purpose, channel), yes in answers.items():
        there = states.get((purpose, channel))
        if there and there.allowed == yes and not repeat:
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
