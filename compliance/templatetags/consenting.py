"""How pages say what a member was told and chose, to the member."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.enums import Act
from consent.models import Confirmation, ConsentEvent
from consent.services import history

register = template.Library()
DONE: dict[str, Promise] = {
    Act.GIVEN: gettext_lazy("Allowed"),
    Act.RECONFIRMED: gettext_lazy("Allowed again"),
    Act.DECLINED: gettext_lazy("Not allowed"),
    Act.WITHDRAWN: gettext_lazy("Taken back"),
    Act.OBJECTED: gettext_lazy("Stopped"),
    Act.UNSUBSCRIBED: gettext_lazy("Unsubscribed"),
}


@register.filter
def seen_where(row: Confirmation) -> str:
    return history.where(row)


@register.filter
def did_what(event: ConsentEvent) -> str:
    return str(DONE[event.act])


@register.filter
def about_which(event: ConsentEvent) -> str:
    """The purpose and channel; an opt-out may be of all of them."""
    purpose, channel = event.get_purpose_display(), event.get_channel_display()
    if not purpose and not channel:
        return _("All promotional messages")
    if not purpose:
        return _("All promotional messages: %(channel)s") % {"channel": channel}
    if not channel:
        return _("%(purpose)s: everywhere") % {"purpose": purpose}
    return f"{purpose}: {channel}"
