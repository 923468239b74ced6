"""`Preference`, as it follows from the ledger of consent: one event at a time, or all anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Q

from consent.enums import AFFIRMATIVE, OPT_OUTS, PAIRS, Act, Channel, Purpose
from consent.models import ConsentEvent, Preference
from seats.models import Member

Pair = tuple[Purpose, Channel]
MEMBERS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class State:
    """The latest act on a purpose and channel, by which event and since when."""

    act: Act
    event: ConsentEvent

    @property
    def allowed(self) -> bool:
        return self.act in AFFIRMATIVE

    @property
    def since(self) -> datetime:
        return self.event.at


@dataclass
class Drift:
    """What a rebuild compared, and what it found different; `differing` names members by number."""

    members: int = 0
    preferences: int = 0
    differing: list[str] = field(default_factory=list)
    corrected: bool = False


def fold(events: Iterable[ConsentEvent]) -> dict[Pair, State]:
    """The states events add up to, in the order of `PAIRS`; the events are oldest first."""
    states: dict[Pair, State] = {}
    for event in events:
        state = State(Act(event.act), event)
        for pair in covered(event):
            if pair not in states or counts_after(states[pair].act, state.act):
                states[pair] = state
    return {pair: states[pair] for pair in PAIRS if pair in states}


def counts_after(there: str, act: str) -> bool:
    """Whether an act takes the place of the one before it: a no is weaker than an opt-out."""
    return act != Act.DECLINED or there not in OPT_OUTS


def covered(event: ConsentEvent) -> Iterator[Pair]:
    """The purposes and channels an event is about: an empty one means every one."""
    if event.act == Act.TERMS_ACCEPTED:
        return
    for purpose, channel in PAIRS:
        if event.purpose in ("", purpose) and event.channel in ("", channel):
            yield purpose, channel


def states(
    member: Member, at: datetime | None = None, before: ConsentEvent | None = None
) -> dict[Pair, State]:
    """By the ledger, at a moment or before an event; by default now."""
    events = ConsentEvent.objects.filter(member=member).order_by("at", "pk")
    if at:
        events = events.filter(at__lte=at)
    if before:
        events = events.filter(Q(at__lt=before.at) | Q(at=before.at, pk__lt=before.pk))
    return fold(events)


def apply(member: Member) -> None:
    """Project the member's ledger, in a transaction that holds the member's lock. Three queries.

    From the whole of it, as an event may be older than others that came before it.
    """
    there = {_facts(row) for row in Preference.objects.filter(member=member)}
    _put(row for row in _rows(member.pk, states(member)) if _facts(row) not in there)


def agrees(member: Member) -> bool:
    """Whether the member's preferences are what the ledger says. Two queries."""
    there = {_facts(row) for row in Preference.objects.filter(member=member)}
    due = [] if member.erased_at else _rows(member.pk, states(member))
    return there == {_facts(row) for row in due}


def rebuild(*, check: bool = False) -> Drift:
    """Make every preference what the ledger says, or with `check` only say what differs.

    Member by member, so that it can be stopped and begun again; erased members have none.
    """
    drift = Drift(corrected=not check)
    last = 0
    while pks := _next(last):
        last = pks[-1]
        with transaction.atomic():
            members = list(
                Member.objects.select_for_update()
                .filter(pk__in=pks)
                .order_by("pk")
                .values_list("pk", flat=True)
            )
            for pk, wrong in _compared(members, drift):
                drift.differing.append(f"M-{pk}")
                if not check:
                    Preference.objects.filter(member=pk).delete()
                    _put(wrong)
    return drift


def _compared(pks: list[int], drift: Drift) -> Iterator[tuple[int, list[Preference]]]:
    """Members whose preferences are not what they should be, and what they should be."""
    events = ConsentEvent.objects.filter(member__in=pks, member__erased_at=None)
    ordered = events.order_by("member", "at", "pk")
    wanted = {
        pk: list(_rows(pk, fold(of_member)))
        for pk, of_member in groupby(ordered, key=lambda event: event.member_id)
    }
    found: dict[int, set[tuple[object, ...]]] = {}
    for row in Preference.objects.filter(member__in=pks):
        found.setdefault(row.member_id, set()).add(_facts(row))
    for pk in pks:
        rows = wanted.get(pk, [])
        drift.members += 1
        drift.preferences += len(rows)
        if {_facts(row) for row in rows} != found.get(pk, set()):
            yield pk, rows


def _next(last: int) -> list[int]:
    """Members that have events or preferences, after `last`."""
    found = Member.objects.filter(
        Q(pk__in=ConsentEvent.objects.values("member"))
        | Q(pk__in=Preference.objects.values("member")),
        pk__gt=last,
    )
    return list(found.order_by("pk").values_list("pk", flat=True)[:MEMBERS_AT_ONCE])


def _rows(member: int, states: dict[Pair, State]) -> Iterator[Preference]:
    for (purpose, channel), state in states.items():
        yield Preference(
            member_id=member,
            purpose=purpose,
            channel=channel,
            act=state.act,
            allowed=state.allowed,
            since=state.since,
            event_id=state.event.pk,
        )


def _facts(row: Preference) -> tuple[object, ...]:
    return row.purpose, row.channel, row.act, row.allowed, row.since, row.event_id


def _put(rows: Iterable[Preference]) -> None:
    Preference.objects.bulk_create(
        list(rows),
        update_conflicts=True,
        unique_fields=["member", "purpose", "channel"],
        update_fields=["act", "allowed", "since", "event"],
    )
