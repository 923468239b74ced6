"""What members agreed to, declined and took back, as they did it in the product."""

from __future__ import annotations

from typing import Annotated

from ninja import Router, Status
from pydantic import Field

from compliance.api.door import ApiRequest, Bearer, name_of
from compliance.api.fields import (
    Address,
    Flag,
    Ip,
    Key,
    Language,
    Moment,
    ProductId,
    Screen,
    Sha256,
    Text,
    Wire,
)
from compliance.enums import ApiScope
from compliance.services import addresses
from consent.enums import PAIRS, Act, Channel, Origin, Purpose
from consent.models import ConsentEvent
from consent.services import consents, product
from consent.services.evidence import Evidence
from seats.models import Member
from seats.services import directory

router = Router(tags=["Choices"], auth=Bearer(ApiScope.CONSENT))
MOST = 100


class How(Wire):
    """How it reached you: `at` is when they did it, by default now; `ip` is the member's own."""

    surface: Screen
    language: Language
    at: Moment | None = None
    ip: Ip = ""

    def evidence(self, request: ApiRequest, origin: Origin = Origin.API) -> Evidence:
        return Evidence(
            origin=origin,
            surface=self.surface,
            language=self.language,
            ip=self.ip,
            at=self.at,
            key=name_of(request),
        )


class Said(Wire):
    """One act. Without a purpose or channel it is about every one, as only an opt-out can be.

    `text` is the question as they saw it; a yes is none without.
    """

    act: Act
    purpose: Purpose | None = None
    channel: Channel | None = None
    text: Text = ""


class Acts(How):
    acts: Annotated[list[Said], Field(min_length=1, max_length=MOST)]


class Event(Wire):
    id: int
    act: Act
    purpose: str
    channel: str
    at: Moment


class Events(Wire):
    events: list[Event]


class Terms(How):
    """`version` and `sha256` are those of the notice that showed the terms."""

    version: Key
    sha256: Sha256


class Choice(Wire):
    purpose: Purpose
    channel: Channel
    allowed: Flag
    text: Text = ""


class Choices(How):
    choices: Annotated[list[Choice], Field(min_length=1, max_length=MOST)]


class Verification(How):
    """`email` is the address that was proved; `choices` what they answered beside it, if asked."""

    email: Address
    choices: Annotated[list[Choice], Field(max_length=MOST)] = []


class MailQueued(Wire):
    works_until: Moment


class State(Wire):
    """The latest act on a purpose and channel; none where the member never decided."""

    purpose: Purpose
    channel: Channel
    allowed: bool
    act: Act | None
    since: Moment | None
    event: int | None


class States(Wire):
    states: list[State]


def _events(rows: list[ConsentEvent]) -> Events:
    return Events(
        events=[
            Event(id=row.pk, act=Act(row.act), purpose=row.purpose, channel=row.channel, at=row.at)
            for row in rows
        ]
    )


def _states(member: Member, at: Moment | None = None) -> States:
    found = consents.state(member, at)
    return States(
        states=[
            State(
                purpose=purpose,
                channel=channel,
                allowed=bool(there and there.allowed),
                act=there.act if there else None,
                since=there.since if there else None,
                event=there.event.pk if there else None,
            )
            for purpose, channel in PAIRS
            for there in [found.get((purpose, channel))]
        ]
    )


@router.get("/members/{member}/consents", response=States, summary="What was true when")
def as_of(request: ApiRequest, member: ProductId, as_of: Moment | None = None) -> States:
    """What the member had decided at a moment, by default now."""
    return _states(directory.find_member(member), as_of)


@router.post("/members/{member}/consents", response={201: Events}, summary="Record acts")
def record(request: ApiRequest, member: ProductId, acts: Acts) -> Status[Events]:
    """Record what the member did: all of it, or none where one act is refused.

    A yes that comes through you cannot take back an opt-out (403): members do that in person.
    """
    said = [
        product.Said(one.act, one.purpose or "", one.channel or "", one.text) for one in acts.acts
    ]
    done = product.record_acts(directory.find_member(member), said, acts.evidence(request))
    return Status(201, _events([one.event for one in done]))


@router.post(
    "/members/{member}/terms", response={200: Events, 201: Events}, summary="Terms accepted"
)
def accept_terms(request: ApiRequest, member: ProductId, terms: Terms) -> Status[Events]:
    """That the member accepted the terms: a contract, and never consent to messages."""
    done = product.accept_terms(
        directory.find_member(member),
        terms.version,
        terms.sha256,
        terms.evidence(request, Origin.JOINING),
    )
    return Status(201 if done.created else 200, _events([done.event]))


@router.post("/members/{member}/verification", response={201: Events}, summary="Address verified")
def verify(request: ApiRequest, member: ProductId, told: Verification) -> Status[Events]:
    """That the member proved their address, whatever they answered beside it."""
    events = product.verify_address(
        directory.find_member(member),
        told.email,
        {(one.purpose, one.channel): one.allowed for one in told.choices},
        {(one.purpose, one.channel): one.text for one in told.choices},
        told.evidence(request),
    )
    return Status(201, _events(events))


@router.post(
    "/members/{member}/verification-mail",
    response={202: MailQueued},
    summary="Have an address verified",
)
def send_verification(request: ApiRequest, member: ProductId) -> Status[MailQueued]:
    """Send our own mail with the link instead of yours: three an hour and six a day at most.

    Its page verifies the address and asks about promotional messages apart from that.
    """
    until = addresses.send_verification(directory.find_member(member))
    return Status(202, MailQueued(works_until=until))


@router.get("/members/{member}/preferences", response=States, summary="What may be sent")
def preferences(request: ApiRequest, member: ProductId) -> States:
    return _states(directory.find_member(member))


@router.put("/members/{member}/preferences", response=States, summary="Change what may be sent")
def save_preferences(request: ApiRequest, member: ProductId, wanted: Choices) -> States:
    """Make these choices the member's; those not named stay, and what stands is not said again."""
    found = directory.find_member(member)
    product.save_preferences(
        found,
        {(one.purpose, one.channel): one.allowed for one in wanted.choices},
        {(one.purpose, one.channel): one.text for one in wanted.choices},
        wanted.evidence(request),
    )
    return _states(found)
