"""May this message be sent? Asked before every promotional message, and again when it goes out.

InMail counts as electronic mail (C-102/20): it needs the same yes, and who receives it need not
hold a seat. Service messages (answers to requests, security, changed notices) are not asked for
here: they are always sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from consent.enums import AFFIRMATIVE, Act, Reason
from consent.models import ConsentEvent
from consent.services import latest, projection, suppressions
from consent.services.consents import pair
from consent.services.projection import Pair
from seats import keys
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
    """Yes or no and why; `event` is the key in the ledger of the act that decided, if one did."""

    allowed: bool
    reason: Reason
    event: int | None = None


_ERASED = Answer(False, Reason.ERASED)
_NO_CONSENT = Answer(False, Reason.NO_CONSENT)
_UNKNOWN = Answer(False, Reason.UNKNOWN_MEMBER)
_SUPPRESSED = Answer(False, Reason.SUPPRESSED)


def may_send(member: Member, purpose: str, channel: str, at: datetime | None = None) -> Answer:
    """Whether a message of this purpose may be sent by this channel, now or at a moment.

    Yes only when the latest act on both is a yes of its own and no opt-out stands: accepted terms
    never suffice. Raises BadInput for an unknown purpose or channel.
    """
    return may_send_many([member.pk], purpose, channel, at)[member.pk]


def may_send_many(
    members: Collection[int], purpose: str, channel: str, at: datetime | None = None
) -> dict[int, Answer]:
    """The same for many members, by our key, in two queries. Unknown ones get a no."""
    answers: dict[int, Answer] = dict.fromkeys(members, _UNKNOWN)
    answers.update(_answers("id", members, pair(purpose, channel), at))
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
    given: dict[Any, Any] = {}
    known = _as_of(field, wanted, asked, at) if at else latest.choices(field, wanted, *asked)
    for name, email, erased, act, event, since in known:
        if erased:
            answers[name] = _ERASED
        elif act is None:
            answers[name] = _NO_CONSENT
        else:
            allowed, reason = _BY_TEXT[act]
            answers[name] = Answer(allowed, reason, event)
            if allowed and email:
                addresses[name], given[name] = email, since
    if addresses:
        for name, since in _suppressed(addresses, asked, at):
            if since >= given[name]:  # else the yes is newer than the opt-out
                answers[name] = _SUPPRESSED
    return answers


def _suppressed(
    addresses: Mapping[Any, str], asked: Pair, at: datetime | None
) -> Iterator[tuple[Any, Any]]:
    """Whose address is suppressed, and since when: as `_as_of` gives moments, or as `latest`."""
    traces = keys.pseudonyms(keys.EMAIL, addresses.values())
    if at:
        since: Mapping[str, Any] = suppressions.since(traces, *asked, at=at)
    else:
        since = latest.suppressed(traces, *asked)
    if since:
        for name, trace in zip(addresses, traces, strict=True):
            if trace in since:
                yield name, since[trace]


def _as_of(
    field: str, wanted: Collection[Any], asked: Pair, at: datetime
) -> Iterable[tuple[Any, ...]]:
    """The same rows by the ledger, as of a moment."""
    purpose, channel = asked
    members = Member.objects.filter(**{f"{field}__in": wanted}).order_by()
    decided: dict[int, ConsentEvent] = {}
    events = ConsentEvent.objects.filter(
        Q(purpose__in=("", purpose)),
        Q(channel__in=("", channel)),
        member__in=members.values("pk"),
        at__lte=at,
    )
    for event in events.exclude(act=Act.TERMS_ACCEPTED).order_by("at", "pk"):
        there = decided.get(event.member_id)
        if there is None or projection.counts_after(there.act, event.act):
            decided[event.member_id] = event
    for name, pk, email, erased_at in members.values_list(field, "pk", "email", "erased_at"):
        last = decided.get(pk)
        said = (last.act, last.pk, last.at) if last else (None, None, None)
        yield name, email, erased_at, *said
