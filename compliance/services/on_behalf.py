"""What a member said about messages, recorded on their behalf: never without telling them.

The only way for staff into the ledger of consent. The event and the mail to the member are written
in one transaction, or neither is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from compliance.enums import Channel as Way
from compliance.services import mails
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, NotFound
from compliance.services.languages import written_in
from consent.enums import Act, Channel, Origin, Purpose, Surface
from consent.services import consents
from consent.services.consents import Recorded
from consent.services.evidence import Evidence
from seats.models import Member, StaffUser
from seats.roles import Role

ACTS = (Act.WITHDRAWN, Act.OBJECTED, Act.UNSUBSCRIBED, Act.GIVEN)
WAYS = (Way.PHONE, Way.EMAIL, Way.LETTER, Way.REPRESENTATIVE)


@dataclass(frozen=True, slots=True)
class Said:
    """What a member said, when (aware; default: now), how it reached us, and why we record it.

    An empty purpose or channel means every one, which only an opt-out can. `question` are the words
    the member said yes to, in their language. `key` makes a repetition harmless.
    """

    act: str
    purpose: str
    channel: str
    way: str
    reason: str
    question: str = ""
    at: datetime | None = None
    key: str = ""


@transaction.atomic
def record(member: Member, said: Said, *, actor: StaffUser) -> Recorded:
    """Record it, and tell the member by whom it was and how to change it.

    Raises NotAllowed (also for a yes after an opt-out: only the member takes that back), NotFound
    for a member out of reach or erased, BadInput, and IllegalMove for a yes of somebody whom we
    cannot tell.
    """
    if why := why_not(member, actor=actor):
        raise why
    member = consents.locked(member)
    _check(said)
    if said.act == Act.GIVEN and not member.email:
        raise IllegalMove(_("We have no address to tell this member: only they can allow it."))
    evidence = Evidence(
        origin=Origin.SUPPORT,
        surface=Surface.EMAIL if said.way == Way.EMAIL else Surface.OTHER,
        language=written_in(member.locale),
        text=said.question.strip() if said.act == Act.GIVEN else "",
        at=said.at,
        key=said.key,
        recorded_by=actor,
        remark=f"{said.way}: {said.reason.strip()}",
    )
    recorded = consents.record(
        member, said.act, purpose=said.purpose, channel=said.channel, evidence=evidence
    )
    if recorded.created:
        _tell(member, said, recorded, actor)
    return recorded


def why_not(member: Member, *, actor: StaffUser) -> NotAllowed | NotFound | None:
    if not actor.has_perm("consent.record_on_behalf"):
        return NotAllowed(_("Your role does not include this."))
    if member.erased_at:
        return NotFound(_("This member was erased: nothing is sent to them any more."))
    if not Member.objects.visible_to(actor).filter(pk=member.pk).exists():
        return NotFound(_("There is no such member."))
    return None


def _check(said: Said) -> None:
    if said.act not in ACTS:
        raise BadInput(_("There is no choice “%(name)s”.") % {"name": said.act})
    if said.way not in WAYS:
        raise BadInput(_("Say how the member told us."))
    if not said.reason.strip():
        raise BadInput(_("Say why you record this on the member’s behalf."))


def _tell(member: Member, said: Said, recorded: Recorded, actor: StaffUser) -> None:
    """To an address that opted out too: it says what we did, and promotes nothing."""
    zone = ZoneInfo(settings.CONTROLLER["time_zone"])
    with translation.override(written_in(member.locale)):
        what = {
            "purpose": str(Purpose(said.purpose).label if said.purpose else _("Every kind")),
            "channel": str(Channel(said.channel).label if said.channel else _("Every way")),
            "day": date_format(timezone.localtime(recorded.event.at, zone), "DATE_FORMAT"),
        }
    mails.queue(
        "choice_recorded",
        to=member.email,
        language=member.locale,
        member=member,
        context={
            **what,
            "allowed": said.act == Act.GIVEN,
            "way": said.way,
            "role": role_of(actor),
        },
    )


def role_of(actor: StaffUser) -> str:
    """In which role somebody acts: what the member is told instead of a name."""
    groups = set(actor.groups.values_list("name", flat=True))
    return next((str(role) for role in Role if str(role) in groups), "")
