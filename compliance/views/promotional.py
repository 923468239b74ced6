"""Promotional messages in plain words: what each is like, how often, and the questions about them.

The examples and numbers are what a company promises its readers; the words of a question are kept
with every answer. A page shows them from here, so that what is kept is what was shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.templatetags.plainly import moment
from consent.enums import PAIRS, Channel, Purpose
from consent.services.centre import Centre
from consent.services.projection import Pair, State

PRODUCT = {"product": settings.CONTROLLER["product"]}
EXAMPLES: dict[Purpose, tuple[Promise | str, Promise | str]] = {
    Purpose.PRODUCT_NEWS: (
        format_lazy(gettext_lazy("“New in {product} this month.”"), **PRODUCT),
        gettext_lazy("About once a month."),
    ),
    Purpose.TIPS: (
        gettext_lazy("“Three ways to save a lead.”"),
        gettext_lazy("At most once a week."),
    ),
    Purpose.SURVEYS: (
        gettext_lazy("“Talk to our designers for 30 minutes.”"),
        gettext_lazy("A few a year."),
    ),
    Purpose.EVENTS: (
        gettext_lazy("“An online talk for sales teams, on Thursday.”"),
        gettext_lazy("At most once a month."),
    ),
    Purpose.PARTNER_OFFERS: (
        gettext_lazy("“A sales course at a lower price.”"),
        gettext_lazy("At most twice a month."),
    ),
    Purpose.INMAIL_MARKETING: (
        gettext_lazy("A person or company that you do not know writes to you."),
        gettext_lazy("At most five a week."),
    ),
}
STOP: dict[Purpose, Promise | str] = {
    Purpose.PRODUCT_NEWS: gettext_lazy("Stop product news"),
    Purpose.TIPS: gettext_lazy("Stop the tips"),
    Purpose.SURVEYS: gettext_lazy("Stop invitations to studies"),
    Purpose.EVENTS: gettext_lazy("Stop invitations to events"),
    Purpose.PARTNER_OFFERS: gettext_lazy("Stop offers from partners"),
    Purpose.INMAIL_MARKETING: gettext_lazy("Stop InMail from customers and partners"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A button for more than one purpose, with what it says; no `label`, no button.

    `since` is when it was pressed: of one member alone, so no part of the words that are kept.
    """

    name: str
    value: str
    heading: str
    about: str
    label: str
    since: str = ""

    @property
    def text(self) -> str:
        """As evidence of what was pressed."""
        return f"{self.heading} {self.about} {self.label}"


@dataclass(frozen=True, slots=True)
class Question:
    """One purpose on one channel, as a row of a form with the field `name`."""

    purpose: Purpose
    channel: Channel

    @property
    def name(self) -> str:
        return f"{self.purpose}.{self.channel}"

    @property
    def pair(self) -> Pair:
        return self.purpose, self.channel

    @property
    def example(self) -> str:
        return str(EXAMPLES[self.purpose][0])

    @property
    def often(self) -> str:
        return str(EXAMPLES[self.purpose][1])


def title(pair: Pair) -> str:
    """“Product news · E-mail”."""
    return f"{pair[0].label} · {pair[1].label}"


def titles(pairs: Iterable[Pair]) -> list[str]:
    return [title(pair) for pair in pairs]


def questions(words: Iterable[str]) -> dict[Pair, str]:
    """Every question of the preference centre as it is shown, below the `words` of the page."""
    above = " ".join(words)
    return {
        pair: f"{above} {pair[1].label}: {asked.purpose.label}. {asked.example} {asked.often} "
        f"{_('Yes')} / {_('No')}"
        for pair in PAIRS
        for asked in [Question(*pair)]
    }


def cards(now: Centre) -> list[Card]:
    """“Stop all promotional messages” and “Never receive InMail”, or their way back."""
    inmail = {pair: state for pair, state in now.states.items() if pair[1] == Channel.INMAIL}
    return [
        _card(
            "all",
            _("All promotional messages"),
            _("News, tips, invitations and offers, from us and from partners."),
            _("Stop all promotional messages"),
            stopped=now.states if now.is_stopped else {},
            again=now.again,
        ),
        _card(
            "inmail",
            _("InMail"),
            _("Messages from people you do not know, from customers and from partners."),
            _("Never receive InMail"),
            stopped=inmail if now.is_inmail_stopped else {},
            again=now.inmail_again,
        ),
    ]


def _card(
    name: str,
    heading: str,
    about: str,
    label: str,
    *,
    stopped: Mapping[Pair, State],
    again: Sequence[Pair],
) -> Card:
    if not stopped:
        return Card(name, "stop", heading, about, label)
    since = _("Stopped since %(moment)s, until you allow it again.") % {
        "moment": moment(max(state.since for state in stopped.values()))
    }
    if not again:
        return Card(name, "", heading, _("To allow some of it, choose below."), "", since)
    comes_back = _("The button allows: %(messages)s.") % {"messages": ", ".join(titles(again))}
    return Card(name, "again", heading, comes_back, _("Allow again"), since)
