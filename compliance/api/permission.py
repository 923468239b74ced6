"""May this message be sent, and what goes into its head and foot?"""

from __future__ import annotations

from typing import Annotated

from ninja import Router
from pydantic import Field

from compliance.api.door import ApiRequest, Bearer, asks_only
from compliance.api.fields import ProductId, Wire
from compliance.api.problems import described
from compliance.enums import ApiScope
from consent.enums import Channel, Purpose, Reason
from consent.services import permission, product
from seats.services import directory

router = Router(tags=["Messages"], auth=Bearer(ApiScope.PERMISSION))


class MaySend(Wire):
    """`event` is the key in the consent ledger of the act that decided, where one did."""

    allowed: bool
    reason: Reason
    event: int | None


class Recipients(Wire):
    members: Annotated[list[ProductId], Field(min_length=1, max_length=directory.MOST_ROWS)]
    purpose: Purpose
    channel: Channel


class MemberMaySend(MaySend):
    member: str


class MaySendMany(Wire):
    answers: list[MemberMaySend]


class Footer(Wire):
    """`headers` belong into the e-mail as they are, signed by DKIM; the links into its foot."""

    headers: dict[str, str]
    unsubscribe: str
    preferences: str


@router.get("/may-send", response=MaySend, summary="May this message be sent?")
def may_send(request: ApiRequest, member: ProductId, purpose: Purpose, channel: Channel) -> MaySend:
    """Ask when the message is queued, and again when it goes out: an answer holds for now only.

    When there is no answer, do not send.
    """
    answer = permission.may_send(directory.find_member(member), purpose, channel)
    return MaySend(allowed=answer.allowed, reason=answer.reason, event=answer.event)


@router.post("/may-send", response=MaySendMany, summary="May it be sent to these?")
@asks_only
def may_send_many(request: ApiRequest, recipients: Recipients) -> MaySendMany:
    """The same for up to 1,000 members, answered in their order; an unknown one gets a no."""
    asked = recipients.members
    answers = permission.may_send_products(asked, recipients.purpose, recipients.channel)
    return MaySendMany(
        answers=[
            MemberMaySend(
                member=one,
                allowed=answers[one].allowed,
                reason=answers[one].reason,
                event=answers[one].event,
            )
            for one in asked
        ]
    )


@router.get(
    "/members/{member}/unsubscribe",
    response=Footer,
    summary="Headers and footer links",
    openapi_extra={"responses": {409: described(409)}},
)
def footer(request: ApiRequest, member: ProductId, purpose: Purpose, channel: Channel) -> Footer:
    """For one message to one member (RFC 8058). The links hold for good, and need no sign-in."""
    found = product.footer_links(directory.find_member(member), purpose, channel)
    return Footer(
        headers=found.headers, unsubscribe=found.unsubscribe, preferences=found.preferences
    )
