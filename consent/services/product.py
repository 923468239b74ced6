"""What members do in the product, as it tells us of it, and what it asks on their behalf.

Here the product vouches for the member, so a yes cannot take an opt-out back: that they do in
person, on our pages, or where they verify their address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction

from consent.enums import Act, Channel, Origin, Purpose
from consent.models import ConsentEvent, DocumentVersion
from consent.services import choices, consents, links, projection
from consent.services.consents import Recorded, locked, pair
from consent.services.evidence import Evidence
from consent.services.projection import Pair
from seats import keys
from seats.models import Member
from seats.services.errors import BadInput, NotFound, Refused


class NotTheirAddress(Refused):
    code = "other_address"


class NotHttps(Refused):
    code = "not_https"


@dataclass(frozen=True, slots=True)
class Said:
    """One act; empty purpose or channel means every one. `text` are the words they saw."""

    act: Act
    purpose: str = ""
    channel: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class FooterLinks:
    """What goes into one member's message: headers of an e-mail, and links for its foot."""

    headers: dict[str, str]
    unsubscribe: str
    preferences: str


@transaction.atomic
def record_acts(member: Member, acts: Sequence[Said], evidence: Evidence) -> list[Recorded]:
    """Record all of them or, when one is refused, none. Raises what `consents.record` raises.

    `evidence.key` makes a repetition harmless, each act under its place.
    """
    return [
        consents.record(
            member,
            said.act,
            purpose=said.purpose,
            channel=said.channel,
            evidence=replace(
                evidence,
                text=said.text,
                key=f"{evidence.key}#{place}" if evidence.key else "",
            ),
        )
        for place, said in enumerate(acts)
    ]


@transaction.atomic
def save_preferences(
    member: Member, wanted: Mapping[Pair, bool], words: Mapping[Pair, str], evidence: Evidence
) -> list[ConsentEvent]:
    """Make the member's choices what they chose in the product; what was recorded for it.

    What stands already is not recorded again. Raises BadInput, NotFound, or NotAllowed for a yes to
    what the member opted out of.
    """
    for one in wanted:
        pair(*one)
    member = locked(member)
    states = projection.states(member)
    events = []
    for (purpose, channel), yes in wanted.items():
        there = states.get((purpose, channel))
        if there and (there.allowed == yes):
            continue
        act = Act.GIVEN if yes else Act.WITHDRAWN if there and there.allowed else Act.DECLINED
        said = replace(evidence, text=words.get((purpose, channel), ""), key="")
        done = consents.record(member, act, purpose=purpose, channel=channel, evidence=said)
        events.append(done.event)
    return events


def accept_terms(member: Member, version_id: int, sha256: str, evidence: Evidence) -> Recorded:
    """That the member accepted these terms in exactly these words. Raises NotFound or BadInput."""
    found = DocumentVersion.objects.published().select_related("document").filter(pk=version_id)
    version = found.first()
    if version is None:
        raise NotFound("There are no such terms.")
    if version.text_sha256 != sha256:
        raise BadInput("The fingerprint is not that of these terms: show the text again.")
    # Once a version, whatever the call is named: the name may stand at another act already.
    return consents.accept_terms(member, version, replace(evidence, key=""))


def verify_address(
    member: Member,
    address: str,
    answers: Mapping[Pair, bool],
    words: Mapping[Pair, str],
    evidence: Evidence,
) -> list[ConsentEvent]:
    """That the member proved the address we know of them, and what they answered beside it.

    Raises NotTheirAddress when it is not the one we know, and what `choices.verify_address` raises.
    """
    if keys.normalised_email(address) != keys.normalised_email(member.email):
        raise NotTheirAddress(
            "We know another address of this member: send their row to the directory first."
        )
    there = replace(evidence, origin=Origin.VERIFICATION_PAGE)
    return choices.verify_address(member, answers, there, words)


def footer_links(member: Member, purpose: Purpose, channel: Channel) -> FooterLinks:
    """For one message. Raises BadInput, and NotHttps where mail programs could not use them."""
    if not settings.HTTPS:
        raise NotHttps("BASE_URL is not https: mail programs unsubscribe over https only.")
    return FooterLinks(
        links.mail_headers(member, purpose, channel) if channel == Channel.EMAIL else {},
        links.unsubscribe_url(member, purpose, channel),
        links.preferences_url(member),
    )
