"""How the desk draws a status, a due date and a person: the same on every page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.enums import ItemState, Status
from compliance.models import PrivacyRequest, RequestItem
from compliance.services import clock
from consent.models import DocumentVersion
from consent.services.documents import Coverage
from seats.models import masked

register = template.Library()
register.filter("masked", masked)

SOON = 3  # days
# Shape and tone; the word says the same, so that nobody needs to see the colour.
LOOKS: dict[str, tuple[str, str]] = {
    Status.RECEIVED: ("s-new", "off"),
    Status.IDENTITY: ("s-identity", "wait"),
    Status.IN_REVIEW: ("s-review", "run"),
    Status.WAITING: ("s-waiting", "wait"),
    Status.AWAITING_APPROVAL: ("s-approval", "run"),
    Status.APPROVED: ("s-approved", "ok"),
    Status.COOLING_OFF: ("s-cooling", "warn"),
    Status.RUNNING: ("s-running", "run"),
    Status.ATTENTION: ("s-attention", "bad"),
    Status.COMPLETED: ("s-completed", "ok"),
    Status.REJECTED: ("s-rejected", "off"),
    Status.CANCELLED: ("s-cancelled", "off"),
    Status.EXPIRED: ("s-cancelled", "off"),
}
ITEM_LOOKS: dict[str, tuple[str, str]] = {
    ItemState.PENDING: ("s-new", "off"),
    ItemState.RUNNING: ("s-running", "run"),
    ItemState.DONE: ("s-completed", "ok"),
    ItemState.HELD: ("lock", "warn"),
    ItemState.ATTENTION: ("s-attention", "bad"),
}


@register.filter
def grouped(number: int | None) -> str:
    """7,356 as the reader's language groups it; nothing for None."""
    return "" if number is None else number_format(number, use_l10n=True, force_grouping=True)


@register.filter
def age(at: datetime, now: datetime) -> str:
    """How long ago: in seconds up to two minutes, then as roughly as one speaks of it."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < 120:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    return timesince(at, now, depth=1)


@register.filter
def category_name(item: RequestItem, names: dict[str, str]) -> str:
    """The name of the item's category, "" for work that is of none."""
    return names.get(item.category, item.category)


@register.inclusion_tag("admin/parts/coverage.html")
def coverage(found: Coverage, version: DocumentVersion) -> dict[str, Any]:
    """A bar, and the sentence that says the same: "87% of active seats confirmed version 4"."""
    return {"found": found, "version": version}


@register.filter
def capped(number: int, most: int) -> str:
    """A count that was not counted to its end: "99+"."""
    return f"{most}+" if number > most else grouped(number)


@register.filter
def at(rows: Mapping[str, Any], key: str) -> Any:
    return rows[key]


@register.simple_tag
def icon(name: str, tone: str = "") -> SafeString:
    """A picture from the sprite, for the eye only: the word stands beside it."""
    return format_html(
        '<svg class="rd-icon {}" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        tone,
        static("compliance/icons.svg"),
        name,
    )


@register.simple_tag
def status(value: str, words: str = "") -> SafeString:
    return _drawn(*LOOKS[value], words or str(Status(value).label))


@register.simple_tag
def item_state(value: str, words: str = "") -> SafeString:
    return _drawn(*ITEM_LOOKS[value], words or str(ItemState(value).label))


def _drawn(picture: str, tone: str, words: str) -> SafeString:
    return format_html('<span class="rd-status is-{}">{}{}</span>', tone, icon(picture), words)


@register.inclusion_tag("admin/parts/due.html")
def due(request: PrivacyRequest, lead: str = "") -> dict[str, Any]:
    """When the answer is due, and how long that is: late, soon, paused, running, or met.

    The date counts no pauses (rules of our queue): a pause never makes a request look less urgent
    than the law may find it.
    """
    left = (request.due_on - clock.today()).days
    if request.closed_at:
        look, picture, words = _closed(request, request.closed_at)
    elif left < 0:
        look, picture = "late", "alert"
        words = ngettext("%(n)d day overdue", "%(n)d days overdue", -left) % {"n": -left}
    else:
        words = ngettext("%(n)d day left", "%(n)d days left", left) % {"n": left}
        if left == 0:
            words = _("due today")
        look, picture = ("soon", "clock") if left <= SOON else ("run", "clock")
        if request.status in (Status.WAITING, Status.IDENTITY):
            look, picture, words = "paused", "pause", _("%(left)s, paused") % {"left": words}
    return {"look": look, "picture": picture, "day": request.due_on, "words": words, "lead": lead}


def _closed(request: PrivacyRequest, closed_at: datetime) -> tuple[str, str, str]:
    """Whether it was answered in time, looking back."""
    day = date_format(timezone.localtime(closed_at), "j M")
    if closed_at >= request.due_at:
        return "late", "alert", _("closed %(day)s, late") % {"day": day}
    return "met", "check", _("closed %(day)s, in time") % {"day": day}
