"""What will come of a request before it is sent: who decides, by when, and what is joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.enums import Capacity, ExportRule, RequestKind
from compliance.models import DataCategory, PrivacyRequest
from compliance.services import approvals, clock, sending
from compliance.services.asking import Draft, Offer, Subject, What
from compliance.services.sending import Before
from compliance.templatetags.plainly import day
from seats.models import Member

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Group:
    """Categories that are handled alike."""

    title: str
    note: str
    offers: list[Offer]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What happens to one of the requests that sending files."""

    deletion: bool
    at_once: bool
    decides: str
    decide_by: date
    due: date
    cancel_until: datetime | None  # at the earliest
    before: Before | None


TITLES: dict[str, Text] = {
    ExportRule.SELF_SERVICE: gettext_lazy("Ready at once"),
    ExportRule.REVIEWED: gettext_lazy("We check these first"),
    ExportRule.ON_REQUEST: gettext_lazy("On request"),
}


def groups(what: What, subject: Subject, offers: Sequence[Offer]) -> list[Group]:
    """For a copy, by how a category gets into it; a deletion treats all alike."""
    if what == What.DELETE:
        return [Group(_("What we delete"), _("Untick what you want to leave as it is."), [*offers])]
    dates = clock.dates(timezone.now(), RequestKind.EXPORT, whole_contract=subject.seat is None)
    by = {"day": day(dates["decide_by"])}
    notes = {
        ExportRule.SELF_SERVICE: _("Usually ready in a minute, if you ask for nothing else."),
        ExportRule.REVIEWED: _(
            "They can hold other people’s details. A person looks at them first, by %(day)s."
        )
        % by,
        ExportRule.ON_REQUEST: _("A person decides whether you can have them, by %(day)s.") % by,
    }
    if subject.seat is None:
        notes[ExportRule.ON_REQUEST] = (
            _("Your account representative has to agree, by %(day)s.") % by
        )
    found = [
        Group(str(TITLES[rule]), notes[rule], [o for o in offers if o.category.export == rule])
        for rule in ExportRule
    ]
    return [group for group in found if group.offers]


def names(draft: Draft) -> list[str]:
    rows = DataCategory.objects.filter(slug__in=draft.categories)
    return [row.said("name") for row in rows]


def of(draft: Draft, member: Member) -> list[Prospect]:
    found = []
    for kind in draft.what.kinds:
        planned = sending.planned(draft, kind)
        dates = clock.dates(timezone.now(), kind, whole_contract=planned.whole_contract)
        cooling_off = clock.cooling_off(kind, whole_contract=planned.whole_contract)
        deletion = kind == RequestKind.DELETION
        found.append(
            Prospect(
                deletion=deletion,
                at_once=not deletion and approvals.at_once(planned),
                decides=decides(planned),
                decide_by=dates["decide_by"],
                due=dates["due_on"],
                cancel_until=timezone.now() + cooling_off if deletion else None,
                before=sending.before(draft, kind, member),
            )
        )
    return found


def decides(request: PrivacyRequest) -> str:
    """Who decides on it, filed or not, in a sentence."""
    if approvals.administrator_decides(request):
        return _("Your company decides about this data. We ask its administrator.")
    if request.capacity == Capacity.HOLDER:
        return _("A person of ours looks at it.")
    if not request.whole_contract:
        return _("A person of ours looks at it, and checks that you may ask.")
    if request.kind == RequestKind.DELETION:
        return _("Two people decide, one of them your account representative.")
    return _("Your account representative decides.")
