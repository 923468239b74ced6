from __future__ import annotations

from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from compliance.enums import Capacity, Channel
from compliance.pdf.pages.page import KINDS, Page, named, subject, whole, word
from compliance.pdf.phrases import NONE, Fact, Phrases
from compliance.pdf.records import Acknowledgement, AskedCategory

IDENTITIES: dict[str, str | Promise] = {
    "session": gettext_lazy("Confirmed by signing in"),
    "code": gettext_lazy("Confirmed by a code sent by e-mail"),
    "checked": gettext_lazy("Checked by our staff"),
    "needed": gettext_lazy("Still to be confirmed"),
}
HANDLINGS: dict[str, str | Promise] = {
    "self-service": gettext_lazy("Needs no check"),
    "reviewed": gettext_lazy("Checked first, for other people’s details"),
    "on request": gettext_lazy("On request: our staff must agree"),
    "deletion": gettext_lazy("Deleted once approved"),
    "not applicable": gettext_lazy("Does not apply to this edition"),
}


def page(record: Acknowledgement, say: Phrases) -> Page:
    asked = record["request"]
    return Page(
        title=_("Receipt of your request"),
        statement=_statement(record, say),
        foot=_("keep this receipt until you have your answer"),
        facts=[
            Fact(_("Request"), [word(KINDS, asked["kind"])]),
            subject(asked, say),
            Fact(_("Asked by"), [str(Capacity(asked["capacity"]).label)]),
            Fact(_("Came by"), [str(Channel(asked["channel"]).label)]),
            Fact(_("Received"), [say.moment(asked["received_at"])]),
            Fact(_("Identity"), [word(IDENTITIES, record["identity"])]),
            Fact(_("Decision by"), [say.day(record["decide_by"])]),
            Fact(_("Answer due"), [], strong=say.day(record["answer_by"])),
        ],
        body={
            "groups": _groups(record["categories"], say),
            "dated": any(category["expected"] for category in record["categories"]),
            "steps": _steps(record, say),
            "customer_decides": record["customer_decides"],
        },
    )


def _statement(record: Acknowledgement, say: Phrases) -> str:
    asked = record["request"]
    words = named(asked, say) | {"day": say.day(record["answer_by"])}
    if asked["kind"] == "export" and whole(asked):
        text = _(
            "We received a request for a copy of the data held for contract %(contract)s "
            "(%(seats)s). You will have our answer by %(day)s."
        )
    elif asked["kind"] == "export":
        text = _(
            "We received a request for a copy of the data held for seat %(seat)s. "
            "You will have our answer by %(day)s."
        )
    elif whole(asked):
        text = _(
            "We received a request to delete the data of contract %(contract)s (%(seats)s). "
            "You will have our answer by %(day)s. Nothing is deleted before it is approved."
        )
    else:
        text = _(
            "We received a request to delete the data of seat %(seat)s. "
            "You will have our answer by %(day)s. Nothing is deleted before it is approved."
        )
    return text % words


def _groups(categories: list[AskedCategory], say: Phrases) -> list[dict[str, object]]:
    """Categories handled alike share a row, in the order of HANDLINGS."""

    def alike(category: AskedCategory) -> tuple[int, str]:
        word(HANDLINGS, category["handling"])
        return list(HANDLINGS).index(category["handling"]), category["expected"] or ""

    rows = []
    for (_place, expected), members in groupby(sorted(categories, key=alike), key=alike):
        group = list(members)
        rows.append(
            {
                "names": say.listing(category["name"] for category in group),
                "handling": word(HANDLINGS, group[0]["handling"]),
                "applies": group[0]["handling"] != "not applicable",
                "expected": say.day(expected) if expected else NONE,
            }
        )
    return rows


def _steps(record: Acknowledgement, say: Phrases) -> list[tuple[str, str]]:
    """What happens next, and by when."""
    steps = []
    if record["identity"] == "needed":
        steps.append((_("We make sure who is asking; we write to you about it."), NONE))
    if record["customer_decides"]:
        steps.append((_("The administrator of your contract confirms the request."), NONE))
    decided = say.day(record["decide_by"])
    answered = say.day(record["answer_by"])
    if record["request"]["kind"] == "export":
        return [
            *steps,
            (_("We check what concerns other people, decide, and tell you."), decided),
            (_("We put the copy together and send you a link to it."), answered),
        ]
    steps.append((_("We show the approver what would be lost, decide, and tell you."), decided))
    if hours := record["cooling_off_hours"]:
        can_cancel = ngettext(
            "For %(hours)s hour after the approval you can still cancel.",
            "For %(hours)s hours after the approval you can still cancel.",
            hours,
        )
        steps.append((can_cancel % {"hours": say.count(hours)}, NONE))
    steps.append((_("We delete, count a second time, and send you a certificate."), answered))
    return steps
