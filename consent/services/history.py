"""What a member was told and decided, as they and staff read it: when, where, in which words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from consent.enums import AFFIRMATIVE, OPT_OUTS, PAIRS, PRIVACY_PAGES, Act, Shown, Surface
from consent.models import Confirmation, ConsentEvent, DocumentVersion, Wording
from consent.services import projection
from consent.services.documents import fingerprint
from consent.services.projection import Pair
from seats.models import Member
from seats.services.errors import NotFound


@dataclass(slots=True)
class Told:
    """One version in one language. `confirmed` holds a row for each surface, oldest first.

    `first` is the oldest row of all. `is_replaced`: a later version is in force. The text as they
    saw it is the version's.
    """

    version: DocumentVersion
    is_replaced: bool
    first: Confirmation
    confirmed: list[Confirmation] = field(default_factory=list)
    postponed: list[datetime] = field(default_factory=list)
    shown: list[datetime] = field(default_factory=list)

    @property
    def last_at(self) -> datetime:
        return max([*(row.at for row in self.confirmed), *self.postponed, *self.shown])


@dataclass(slots=True)
class Chosen:
    """All acts on one purpose and channel, oldest first; the last that counts is `state`."""

    pair: Pair
    state: projection.State
    events: list[ConsentEvent]

    @property
    def given(self) -> ConsentEvent | None:
        """The latest yes, whose words `words` has."""
        return next((event for event in reversed(self.events) if event.act in AFFIRMATIVE), None)

    @property
    def is_opt_out(self) -> bool:
        return self.state.act in OPT_OUTS


@dataclass(frozen=True, slots=True)
class History:
    documents: list[Told]
    terms: list[ConsentEvent]
    choices: list[Chosen]
    events: list[ConsentEvent]


def of(member: Member) -> History:
    """Newest first; a fixed number of queries. Also of an erased member, while evidence is kept."""
    events = list(
        ConsentEvent.objects.filter(member=member)
        .select_related("version__document", "recorded_by")
        .order_by("at", "pk")
    )
    return History(
        documents=_told(member),
        terms=[event for event in events if event.act == Act.TERMS_ACCEPTED],
        choices=_chosen(events),
        events=events[::-1],
    )


def words(sha256: str) -> str:
    """The words under a fingerprint, as they were shown. Raises NotFound."""
    found = Wording.objects.filter(sha256=sha256).first()
    if found is None or fingerprint(found.text) != sha256:
        raise NotFound(_("These words are not kept."))
    return found.text


def all_words(events: Iterable[ConsentEvent]) -> dict[str, str]:
    """The words of many events by their fingerprints; what is not kept, or was changed, is absent.

    One query.
    """
    wanted = {event.text_sha256 for event in events} - {""}
    rows = Wording.objects.filter(sha256__in=wanted) if wanted else ()
    return {row.sha256: row.text for row in rows if fingerprint(row.text) == row.sha256}


def where(row: Confirmation) -> str:
    """In the reader's words. Our own pages are no app, whatever they were read on."""
    if row.client != PRIVACY_PAGES:
        return str(Surface(row.surface).label)
    on_phone = row.surface == Surface.MOBILE
    return _("Privacy pages, on a phone") if on_phone else _("Privacy pages, on a computer")


def confirmation_of(member: Member, pk: int) -> Confirmation:
    """One of the member's own. Raises NotFound, also for somebody else's."""
    row = Confirmation.objects.filter(member=member, pk=pk).select_related("version__document")
    if found := row.first():
        return found
    raise NotFound(_("There is no such confirmation."))


def _told(member: Member) -> list[Told]:
    rows = (
        Confirmation.objects.filter(member=member)
        .select_related("version__document")
        .order_by("at", "pk")
    )
    newest = _newest({row.version.document_id for row in rows})
    told: dict[int, Told] = {}
    for row in rows:
        version = row.version
        one = told.setdefault(
            version.pk, Told(version, version.number < newest.get(version.document_id, 0), row)
        )
        if row.state == Shown.CONFIRMED:
            one.confirmed.append(row)
        elif row.state == Shown.POSTPONED:
            one.postponed.append(row.at)
        else:
            one.shown.append(row.at)
    return sorted(told.values(), key=lambda one: one.last_at, reverse=True)


def _newest(documents: Iterable[int]) -> dict[int, int]:
    in_force = DocumentVersion.objects.in_force().filter(document__in=documents)
    return dict(in_force.order_by("number").values_list("document", "number"))


def _chosen(events: list[ConsentEvent]) -> list[Chosen]:
    states = projection.fold(events)
    by_pair: dict[Pair, list[ConsentEvent]] = {}
    for event in events:
        for pair in projection.covered(event):
            by_pair.setdefault(pair, []).append(event)
    return [Chosen(pair, states[pair], by_pair[pair]) for pair in PAIRS if pair in states]
