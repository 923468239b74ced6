"""What members must have been told, on which surface, and that they were."""

from __future__ import annotations

from ninja import Router, Status

from compliance.api.door import ApiRequest, Bearer, name_of
from compliance.api.fields import Ip, Key, Language, Line, Moment, ProductId, Screen, Sha256, Wire
from compliance.api.texts import Notice, as_notice
from compliance.enums import ApiScope
from consent.enums import Shown
from consent.services import notices
from seats.services import directory

router = Router(tags=["Notices"], auth=Bearer(ApiScope.NOTICES))
NOTE = {
    Shown.SHOWN: notices.show,
    Shown.POSTPONED: notices.postpone,
    Shown.CONFIRMED: notices.confirm,
}


class Notices(Wire):
    notices: list[Notice]


class MayStart(Wire):
    may_start: bool


class Noting(Wire):
    """`client_at` is when a device that was offline showed it, `ip` the member's own address."""

    sha256: Sha256
    surface: Screen
    client_at: Moment | None = None
    client: Line = ""
    ip: Ip = ""


class Noted(Wire):
    """`next` is what is due instead, where this was confirmed offline while it was in force."""

    state: Shown
    at: Moment
    created: bool
    next: Notice | None


@router.get("/members/{member}/may-start", response=MayStart, summary="May they begin?")
def may_start(request: ApiRequest, member: ProductId, surface: Screen) -> MayStart:
    """Whether the member has confirmed all that is due on this surface before they work there."""
    return MayStart(may_start=notices.may_start(directory.find_member(member), surface))


@router.get("/members/{member}/notices", response=Notices, summary="What is to be shown")
def pending(
    request: ApiRequest, member: ProductId, surface: Screen, language: Language | None = None
) -> Notices:
    """The texts still to be confirmed on this surface, in the given or the member's language."""
    due = notices.pending(directory.find_member(member), surface, language=language)
    return Notices(notices=[as_notice(one) for one in due])


@router.post(
    "/members/{member}/notices/{version}/{state}",
    response={200: Noted, 201: Noted},
    summary="Shown, postponed or confirmed",
)
def note(
    request: ApiRequest, member: ProductId, version: Key, state: Shown, noting: Noting
) -> Status[Noted]:
    """Note what the member did with exactly this text; the same again answers 200.

    A text replaced by a materially different one is refused with 409, and the new one is in the
    problem. The Idempotency-Key is kept with the row, for devices that were offline for days.
    """
    done = NOTE[state](
        directory.find_member(member), version, key=name_of(request), **noting.model_dump()
    )
    row = done.confirmation
    noted = Noted(
        state=Shown(row.state),
        at=row.at,
        created=done.created,
        next=as_notice(done.next) if done.next else None,
    )
    return Status(201 if done.created else 200, noted)
