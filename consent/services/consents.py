"""What members decide about promotional messages: recorded with its evidence, and nothing assumed.

The ledger (`ConsentEvent`) is the truth; `Preference` is its projection, written in the same
transaction. The latest act on a purpose and channel counts. An objection is absolute and immediate
(Art. 21(2) and (3)): only the member in person can take it back, purpose by purpose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from consent.enums import (
    AFFIRMATIVE,
    IN_PERSON,
    OPT_OUTS,
    PAIRS,
    SPECIFIC,
    Act,
    Channel,
    DocumentKind,
    Origin,
    Purpose,
    Shown,
    Surface,
)
from consent.models import Confirmation, ConsentEvent, DocumentVersion, Preference
from consent.services import evidence as proof
from consent.services import projection, suppressions, withdrawals
from consent.services.evidence import Evidence
from consent.services.projection import Pair, State
from seats.models import Member
from seats.services.errors import BadInput, NotAllowed, NotFound


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event of the ledger; `created` is false when the same key recorded it before."""

    event: ConsentEvent
    created: bool


def pair(purpose: str, channel: str) -> Pair:
    """The purpose and channel named. Raises BadInput for what there is not."""
    if purpose not in Purpose.values:
        raise BadInput(
            _("There is no purpose “%(name)s”: %(all)s.")
            % {"name": purpose, "all": ", ".join(Purpose.values)}
        )
    if channel not in Channel.values:
        raise BadInput(
            _("There is no channel “%(name)s”: %(all)s.")
            % {"name": channel, "all": ", ".join(Channel.values)}
        )
    found = Purpose(purpose), Channel(channel)
    if found not in PAIRS:
        raise BadInput(
            _("Messages of the purpose “%(purpose)s” are not sent by “%(channel)s”.")
            % {"purpose": purpose, "channel": channel}
        )
    return found


def record(
    member: Member, act: str, *, purpose: str = "", channel: str = "", evidence: Evidence
) -> Recorded:
    """Record one act, the only way into the ledger of consent.

    An empty purpose or channel means every one, which only an opt-out can. What staff record has
    `recorded_by`, who must have the right to, and its reason in `remark`. Raises NotFound for an
    erased member, BadInput, and NotAllowed: for a yes that somebody else brings after the member
    opted out, and for staff without the right.
    """
    wanted = _checked(act, purpose, channel, evidence)
    at = proof.moment(evidence.at)
    with transaction.atomic():
        member = locked(member)
        if evidence.key and (there := _keyed(member, evidence.key, wanted)):
            return Recorded(there, created=False)
        event = ConsentEvent(
            member=member,
            act=wanted[0],
            purpose=purpose,
            channel=channel,
            origin=evidence.origin,
            surface=evidence.surface,
            language=evidence.language,
            text_sha256=evidence.text_sha256,
            ip=proof.truncated(evidence.ip),
            at=at,
            recorded_by=evidence.recorded_by,
            remark=evidence.remark.strip(),
            key=evidence.key,
        )
        _check_opt_outs(member, event)
        write(member, [event], [evidence.text])
    return Recorded(event, created=True)


def accept_terms(member: Member, version: DocumentVersion, evidence: Evidence) -> Recorded:
    """That the member accepted the terms when joining: a contract, and never consent (L1)."""
    if version.document.kind != DocumentKind.TERMS or not version.published_at:
        raise BadInput(_("Only published terms can be accepted."))
    at = proof.moment(evidence.at)
    with transaction.atomic():
        member = locked(member)
        same = ConsentEvent.objects.filter(
            member=member, act=Act.TERMS_ACCEPTED, version=version
        ).first()
        if same:
            return Recorded(same, created=False)
        if evidence.key and ConsentEvent.objects.filter(member=member, key=evidence.key).exists():
            raise _used()
        event = ConsentEvent.objects.create(
            member=member,
            act=Act.TERMS_ACCEPTED,
            origin=evidence.origin,
            surface=evidence.surface,
            language=version.language,
            version=version,
            text_sha256=version.text_sha256,
            ip=proof.truncated(evidence.ip),
            at=at,
            recorded_by=evidence.recorded_by,
            remark=evidence.remark,
            key=evidence.key,
        )
        Confirmation.objects.bulk_create(
            [
                Confirmation(
                    member=member,
                    version=version,
                    surface=evidence.surface,
                    state=Shown.CONFIRMED,
                    at=at,
                    ip=event.ip,
                )
            ],
            ignore_conflicts=True,
        )
    return Recorded(event, created=True)


def state(member: Member, at: datetime | None = None) -> dict[Pair, State]:
    """What was true at a moment (default: now), by the ledger; what was never decided is absent."""
    return projection.states(member, at=at)


def locked(member: Member) -> Member:
    """The member, whose choices nobody else changes meanwhile. Raises NotFound for an erased one.

    In a transaction.
    """
    found = Member.objects.select_for_update().filter(pk=member.pk, erased_at=None).first()
    if found is None:
        raise NotFound(_("There is no such member."))
    return found


def replay(since: datetime | None = None) -> int:
    """Opt-outs the ledger has and a restored database has not, recorded again; how many."""
    return withdrawals.replay(since, _record_again)


def _record_again(member: Member, event: ConsentEvent) -> bool:
    with transaction.atomic():
        member = locked(member)
        event.save(force_insert=True)
        projection.apply(member)
    return True


def write(member: Member, events: list[ConsentEvent], texts: Iterable[str]) -> None:
    """What was checked: words, the ledger entry before its effect, events, projection."""
    proof.keep_words(texts)
    for event in events:
        if event.act in OPT_OUTS:
            event.entry = withdrawals.announce(member, event)
    for event in events:
        event.save(force_insert=True)
    projection.apply(member)


def _checked(act: str, purpose: str, channel: str, evidence: Evidence) -> tuple[Act, str, str]:
    if act not in Act.values or act == Act.TERMS_ACCEPTED:
        raise BadInput(_("There is no choice “%(name)s”.") % {"name": act})
    known = Act(act)
    if evidence.origin not in Origin.values or evidence.surface not in Surface.values:
        raise BadInput(_("Say where the choice was made: the origin or surface is unknown."))
    if purpose and channel:
        pair(purpose, channel)
    elif known in SPECIFIC:
        raise BadInput(_("Name one purpose and one channel: a yes or no is to one question."))
    elif purpose:
        pair(purpose, Purpose(purpose).channels[0] if purpose in Purpose.values else Channel.EMAIL)
    elif channel:
        pair(Purpose.INMAIL_MARKETING if channel == Channel.INMAIL else Purpose.TIPS, channel)
    if known in SPECIFIC and evidence.origin == Origin.JOINING:
        raise BadInput(_("Joining is never consent."))
    if known in AFFIRMATIVE and not evidence.text.strip():
        raise BadInput(_("Consent needs the words that were agreed to."))
    if evidence.origin == Origin.SUPPORT or evidence.recorded_by:
        _check_on_behalf(evidence)
    return known, purpose, channel


def _check_on_behalf(evidence: Evidence) -> None:
    staff = evidence.recorded_by
    if staff is None or not staff.has_perm("consent.record_on_behalf"):
        raise NotAllowed(_("You may not record choices on a member’s behalf."))
    if not evidence.remark.strip():
        raise BadInput(_("Say why you record this on the member’s behalf."))


def _check_opt_outs(member: Member, event: ConsentEvent) -> None:
    """An opt-out stands until the member takes it back in person."""
    if event.act not in AFFIRMATIVE or event.origin in IN_PERSON:
        return
    standing = Preference.objects.filter(
        member=member, purpose=event.purpose, channel=event.channel, act__in=OPT_OUTS
    )
    if standing.exists() or suppressions.standing(member.email, event.purpose, event.channel):
        raise NotAllowed(
            _("This member opted out: only they can allow it again, in their message choices.")
        )


def _keyed(member: Member, key: str, wanted: tuple[Act, str, str]) -> ConsentEvent | None:
    there = ConsentEvent.objects.filter(member=member, key=key).first()
    if there and (there.act, there.purpose, there.channel) != wanted:
        raise _used()
    return there


def _used() -> BadInput:
    return BadInput(_("This idempotency key was used for something else."))
