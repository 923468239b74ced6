"""Where it is kept what was done: requests' events, holds, choices, edits, the desk, sign-ins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.enums import HoldGround
from compliance.models import DeskEvent, Hold, RequestEvent
from compliance.services import telling
from consent.models import ConsentEvent
from seats.models import StaffUser, member_keys


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing done: when, by whom, what, about whose row. No free text, no name of a member.

    `page` names the row's page on the desk, if it has one, with its key and anchor.
    """

    at: datetime
    source: str
    actor: str
    action: str
    said: str
    subject: str = ""
    page: tuple[str, int, str] | None = None
    data: dict[str, Any] = field(default_factory=dict)
    detail: str = ""
    number: int | None = None
    digest: str = ""
    who: str = ""
    place: str = ""

    @property
    def address(self) -> str:
        return f"admin:{self.page[0]}" if self.page else ""


@dataclass(frozen=True)
class Kept:
    """A kind of record: who may read it, its rows in somebody's scope, and how one reads."""

    name: str
    label: Any
    permission: str
    at: str
    rows: Callable[[StaffUser], QuerySet[Any]]
    by: Callable[[str], Q]
    about: Callable[[str], Q]
    entry: Callable[[Any], Entry]


def _staff(user: StaffUser | None) -> str:
    return f"staff:{user.username}" if user else "system"


def _of_contract(path: str) -> Callable[[str], Q]:
    """Rows about a contract or seat, by its number."""
    return lambda number: (
        Q(**{f"{path}contract__number": number}) | Q(**{f"{path}seat__number": number})
    )


def _nothing(_number: str) -> Q:
    return Q(pk__in=())


def _request_event(row: RequestEvent) -> Entry:
    return Entry(
        at=row.at,
        source="requests",
        actor=row.actor,
        action=row.action,
        said=telling.said(row.action),
        subject=row.request.reference,
        page=("compliance_privacyrequest_change", row.request_id, f"#e{row.sequence}"),
        data=row.data,
        number=row.sequence,
        digest=row.digest,
    )


def _hold(row: Hold, *, lifted: bool) -> Entry:
    at = row.lifted_at if lifted else row.placed_at
    assert at  # noqa: S101 rows without it are left out
    return Entry(
        at=at,
        source="lifted" if lifted else "holds",
        actor=_staff(row.lifted_by if lifted else row.placed_by),
        action="hold_lifted" if lifted else "hold_placed",
        said=telling.said("hold_lifted" if lifted else "hold_placed"),
        subject=row.seat.number if row.seat else row.contract.number,
        page=("compliance_hold_change", row.pk, ""),
        data={"ground": row.ground, "entry": row.entry},
        detail=str(HoldGround(row.ground).label),
    )


def _consent(row: ConsentEvent) -> Entry:
    return Entry(
        at=row.recorded_at,
        source="consent",
        actor=_staff(row.recorded_by),
        action=f"consent_{row.act}",
        said=_("Recorded for a member: %(act)s") % {"act": row.get_act_display()},
        subject=f"M-{row.member_id}",
        page=("consent_consentevent_change", row.pk, ""),
        data={"purpose": row.purpose, "channel": row.channel},
        detail=", ".join(filter(None, (row.get_purpose_display(), row.get_channel_display()))),
    )


def _edit(row: LogEntry) -> Entry:
    kind = row.content_type.name if row.content_type else ""
    flags = {ADDITION: ("added", _("Added")), DELETION: ("deleted", _("Deleted"))}
    action, said = flags.get(row.action_flag, ("changed", _("Changed")))
    return Entry(
        at=row.action_time,
        source="edits",
        actor=_staff(row.user),
        action=action,
        said=f"{said}: {kind}",
        subject=row.object_repr,
        data={"object": row.object_id},
        detail=str(row.get_change_message()),
    )


def _desk(row: DeskEvent) -> Entry:
    return Entry(
        at=row.at,
        source="desk",
        actor=row.actor,
        action=row.action,
        said=telling.said(row.action),
        page=("compliance_deskevent_change", row.pk, ""),
        data=row.data,
        detail=telling.of_desk(row.action, row.data),
    )


def _sign_in(row: StaffUser) -> Entry:
    assert row.last_login  # noqa: S101 rows without it are left out
    return Entry(
        at=row.last_login,
        source="sign-ins",
        actor=_staff(row),
        action="signed_in",
        said=_("Signed in last"),
    )


SOURCES: tuple[Kept, ...] = (
    Kept(
        "requests",
        gettext_lazy("Requests"),
        "compliance.view_requestevent",
        "at",
        lambda user: RequestEvent.objects.visible_to(user).select_related("request"),
        lambda name: Q(actor=f"staff:{name}"),
        lambda number: Q(request__reference=number) | _of_contract("request__")(number),
        _request_event,
    ),
    Kept(
        "holds",
        gettext_lazy("Holds placed"),
        "compliance.view_hold",
        "placed_at",
        lambda user: _holds(user).select_related("placed_by"),
        lambda name: Q(placed_by__username=name),
        _of_contract(""),
        lambda row: _hold(row, lifted=False),
    ),
    Kept(
        "lifted",
        gettext_lazy("Holds lifted"),
        "compliance.view_hold",
        "lifted_at",
        lambda user: _holds(user).select_related("lifted_by"),
        lambda name: Q(lifted_by__username=name),
        _of_contract(""),
        lambda row: _hold(row, lifted=True),
    ),
    Kept(
        "consent",
        gettext_lazy("Choices recorded by staff"),
        "consent.view_consentevent",
        "recorded_at",
        lambda user: (
            ConsentEvent.objects.visible_to(user)
            .filter(recorded_by__isnull=False)
            .select_related("recorded_by")
        ),
        lambda name: Q(recorded_by__username=name),
        lambda number: Q(member__in=member_keys([number])),
        _consent,
    ),
    Kept(
        "edits",
        gettext_lazy("Edits"),
        "compliance.view_deskevent",
        "action_time",
        lambda _user: LogEntry.objects.select_related("user", "content_type"),
        lambda name: Q(user__username=name),
        lambda number: Q(object_repr=number),
        _edit,
    ),
    Kept(
        "desk",
        gettext_lazy("Downloads and verifications"),
        "compliance.view_deskevent",
        "at",
        lambda _user: DeskEvent.objects.all(),
        lambda name: Q(actor=f"staff:{name}"),
        _nothing,
        _desk,
    ),
    Kept(
        "sign-ins",
        gettext_lazy("Sign-ins, the last of each"),
        "compliance.view_deskevent",
        "last_login",
        lambda _user: StaffUser.objects.all(),
        lambda name: Q(username=name),
        _nothing,
        _sign_in,
    ),
)


def _holds(user: StaffUser) -> QuerySet[Hold]:
    rows: QuerySet[Hold] = Hold.objects.visible_to(user).select_related("contract", "seat")
    return rows
