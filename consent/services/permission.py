"""May this message be sent? Asked before every promotional message, and again when it goes out.

InMail counts as electronic mail (C-102/20): it needs the same yes, and who receives it need not
hold a seat. Service messages (answers to requests, security, changed notices) are not asked for
here: they are always sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import FilteredRelation, Q, QuerySet

from consent.enums import AFFIRMATIVE, Act, Reason
from consent.models import ConsentEvent
from consent.services import projection, suppressions
from consent.services.consents import pair
from consent.services.projection import Pair
from seats.models import Member

_REASONS = {
    Act.GIVEN: Reason.CONSENTED,
    Act.RECONFIRMED: Reason.CONSENTED,
    Act.DECLINED: Reason.DECLINED,
    Act.WITHDRAWN: Reason.WITHDRAWN,
    Act.OBJECTED: Reason.OBJECTED,
    Act.UNSUBSCRIBED: Reason.UNSUBSCRIBED,
}
# By the plain text in the database: a thousand rows are read at a time.
_BY_TEXT = {str(act): (act in AFFIRMATIVE, reason) for act, reason in _REASONS.items()}


class Answer(NamedTuple):
    """Yes or no and why; since when, and by which event of the ledger, where there is one."""

    allowed: bool
    reason: Reason
    since: datetime | None = None
    event: int | None = None


_ERASED = Answer(False, Reason.ERASED)
_NO_CONSENT = Answer(False, Reason.NO_CONSENT)
_UNKNOWN = Answer(False, Reason.UNKNOWN_MEMBER)


def may_send(member: Member, purpose: str, channel: str, at: datetime | None = None) -> Answer:
    """Whether a message of this purpose may be sent by this channel, now or at a moment.

    Yes only when the latest act on both is a yes of its own and no opt-out stands: accepted terms
    never suffice. Raises BadInput for an unknown purpose or channel.
    """
    return may_send_many([member.pk], purpose, channel, at)[member.pk]


def may_send_many(
    members: Collection[int], purpose: str, channel: str, at: datetime | None = None
) -> dict[int, Answer]:
    """The same for many members, by our key; two queries. Unknown ones get a no."""
    answers: dict[int, Answer] = dict.fromkeys(members, _UNKNOWN)
    answers.update(_answers("pk", members, pair(purpose, channel), at))
    return answers


def may_send_products(
    product_ids: Collection[str], purpose: str, channel: str, at: datetime | None = None
) -> dict[str, Answer]:
    """The same by the product's own ids of its members."""
    answers: dict[str, Answer] = dict.fromkeys(product_ids, _UNKNOWN)
    answers.update(_answers("product_id", product_ids, pair(purpose, channel), at))
    return answers


def _answers(
    field: str, wanted: Collection[Any], asked: Pair, at: datetime | None
) -> dict[Any, Answer]:
    answers: dict[Any, Answer] = {}
    addresses: dict[Any, str] = {}
    members = Member.objects.filter(**{f"{field}__in": wanted}).order_by()
    rows = _as_of(members, field, asked, at) if at else _now(members, field, asked)
    for name, email, erased_at, act, since, event in rows:
        if erased_at:
            answers[name] = _ERASED
        elif act is None:
            answers[name] = _NO_CONSENT
        else:
            allowed, reason = _BY_TEXT[act]
            answers[name] = Answer(allowed, reason, since, event)
            if allowed and email:
                addresses[name] = email
    if addresses:
        _suppress(answers, addresses, asked, at)
    return answers


def _suppress(
    answers: dict[Any, Answer], addresses: Mapping[Any, str], asked: Pair, at: datetime | None
) -> None:
    """A yes counts unless the address was suppressed after it."""
    suppressed = suppressions.standing_many(set(addresses.values()), *asked)
    for name in addresses if suppressed else ():
        since, given = suppressed.get(addresses[name]), answers[name].since
        if since and given and since >= given and (at is None or since <= at):
            answers[name] = Answer(False, Reason.SUPPRESSED, since)


def _now(members: QuerySet[Member], field: str, asked: Pair) -> Iterable[tuple[Any, ...]]:
    purpose, channel = asked
    return members.annotate(
        chosen=FilteredRelation(
            "preferences",
            condition=Q(preferences__purpose=purpose, preferences__channel=channel),
        )
    ).values_list(field, "email", "erased_at", "chosen__act", "chosen__since", "chosen__event_id")


def _as_of(
    members: QuerySet[Member], field: str, asked: Pair, at: datetime
) -> Iterable[tuple[Any, ...]]:
    purpose, channel = asked
    latest: dict[int, ConsentEvent] = {}
    for event in (
        ConsentEvent.objects.filter(
            Q(purpose__in=("", purpose)),
            Q(channel__in=("", channel)),
            member__in=members.values("pk"),
            at__lte=at,
        )
        .exclude(act=Act.TERMS_ACCEPTED)
        .order_by("at", "pk")
    ):
        there = latest.get(event.member_id)
        if there is None or projection.counts_after(there.act, event.act):
            latest[event.member_id] = event
    for name, pk, email, erased_at in members.values_list(field, "pk", "email", "erased_at"):
        act = latest.get(pk)
        said = (act.act, act.at, act.pk) if act else (None, None, None)
        yield name, email, erased_at, *said
