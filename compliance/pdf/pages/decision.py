from __future__ import annotations

from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.enums import Capacity, Refusal
from compliance.pdf.pages.page import KINDS, ROLES, Page, named, subject, whole, word
from compliance.pdf.phrases import NONE, Fact, Phrases
from compliance.pdf.records import DecidedCategory, Decision

# The only two reasons for needing longer (Art. 12(3)).
EXTENSIONS: dict[str, str | Promise] = {
    "complexity": gettext_lazy("The request is complex (Art. 12(3))"),
    "number": gettext_lazy("We have many requests at once (Art. 12(3))"),
}
STATEMENTS: dict[tuple[str, str, bool], str | Promise] = {
    ("approved", "export", False): gettext_lazy(
        "We approved the request for a copy of the data held for seat %(seat)s. "
        "You will have it by %(day)s. Nothing is deleted."
    ),
    ("approved", "export", True): gettext_lazy(
        "We approved the request for a copy of the data held for contract %(contract)s "
        "(%(seats)s). You will have it by %(day)s. Nothing is deleted."
    ),
    ("approved", "deletion", False): gettext_lazy(
        "We approved the request to delete the data of seat %(seat)s. "
        "It will be deleted by %(day)s. This cannot be undone."
    ),
    ("approved", "deletion", True): gettext_lazy(
        "We approved the request to delete the data of contract %(contract)s (%(seats)s). "
        "It will be deleted by %(day)s. This cannot be undone."
    ),
    ("partly", "export", False): gettext_lazy(
        "We approved the request for a copy of the data held for seat %(seat)s in part. "
        "What we approved you will have by %(day)s."
    ),
    ("partly", "export", True): gettext_lazy(
        "We approved the request for a copy of the data held for contract %(contract)s "
        "(%(seats)s) in part. What we approved you will have by %(day)s."
    ),
    ("partly", "deletion", False): gettext_lazy(
        "We approved the request to delete the data of seat %(seat)s in part. "
        "What we approved will be deleted by %(day)s. This cannot be undone."
    ),
    ("partly", "deletion", True): gettext_lazy(
        "We approved the request to delete the data of contract %(contract)s (%(seats)s) in part. "
        "What we approved will be deleted by %(day)s. This cannot be undone."
    ),
    ("refused", "export", False): gettext_lazy(
        "We refused the request for a copy of the data held for seat %(seat)s. "
        "You can complain, and you can go to court."
    ),
    ("refused", "export", True): gettext_lazy(
        "We refused the request for a copy of the data held for contract %(contract)s (%(seats)s). "
        "You can complain, and you can go to court."
    ),
    ("refused", "deletion", False): gettext_lazy(
        "We refused the request to delete the data of seat %(seat)s. "
        "Nothing was deleted. You can complain, and you can go to court."
    ),
    ("refused", "deletion", True): gettext_lazy(
        "We refused the request to delete the data of contract %(contract)s (%(seats)s). "
        "Nothing was deleted. You can complain, and you can go to court."
    ),
    ("extended", "export", False): gettext_lazy(
        "We need longer to answer the request for a copy of the data held for seat %(seat)s. "
        "You will have our answer by %(later)s, not by %(day)s."
    ),
    ("extended", "export", True): gettext_lazy(
        "We need longer to answer the request for a copy of the data held for contract "
        "%(contract)s (%(seats)s). You will have our answer by %(later)s, not by %(day)s."
    ),
    ("extended", "deletion", False): gettext_lazy(
        "We need longer to answer the request to delete the data of seat %(seat)s. "
        "You will have our answer by %(later)s, not by %(day)s."
    ),
    ("extended", "deletion", True): gettext_lazy(
        "We need longer to answer the request to delete the data of contract %(contract)s "
        "(%(seats)s). You will have our answer by %(later)s, not by %(day)s."
    ),
}
OUTCOMES: dict[str, str | Promise] = {
    "approved": gettext_lazy("Approved"),
    "partly": gettext_lazy("Approved in part"),
    "refused": gettext_lazy("Refused"),
    "extended": gettext_lazy("Extended"),
}


def page(record: Decision, say: Phrases) -> Page:
    decision = record["decision"]
    extended = decision == "extended"
    return Page(
        title=_("More time for your request") if extended else _("Decision on your request"),
        statement=_statement(record, say),
        foot=_("keep this decision for your records"),
        facts=_facts(record, say),
        body={
            "decision": decision,
            "ground": _ground(record),
            "reasons": _paragraphs(record),
            "groups": _groups(record["categories"], say),
            "cancel_until": _until(record, say),
            "answer_by": say.day(record["answer_by"]),
            "disagree": decision != "approved",
        },
    )


def _statement(record: Decision, say: Phrases) -> str:
    asked = record["request"]
    later = record["extended_to"]
    if record["decision"] == "extended" and later is None:
        raise ValueError("An extension says until when: `extended_to` is missing.")
    words = named(asked, say) | {"day": say.day(record["answer_by"])}
    if later is not None:
        # An approval after an extension is carried out by the later date.
        words |= {"later": say.day(later)}
        if record["decision"] != "extended":
            words["day"] = words["later"]
    text = STATEMENTS[record["decision"], asked["kind"], whole(asked)]
    return str(text) % words


def _facts(record: Decision, say: Phrases) -> list[Fact]:
    asked, later, cancel = record["request"], record["extended_to"], record["cooling_off_until"]
    due = say.day(record["answer_by"])
    facts = [
        Fact(_("Request"), [word(KINDS, asked["kind"])]),
        subject(asked, say),
        Fact(_("Asked by"), [str(Capacity(asked["capacity"]).label)]),
        Fact(_("Received"), [say.moment(asked["received_at"])]),
        Fact(_("Decided by"), [word(ROLES, role) for role in record["decided_by"]] or [NONE]),
        Fact(_("Decided"), [say.moment(record["decided_at"])]),
    ]
    if record["decision"] == "extended":
        now = say.day(later) if later is not None else ""
        return [*facts, Fact(_("Answer was due"), [due]), Fact(_("Now due"), [], strong=now)]
    facts.insert(4, Fact(_("Decision"), [], strong=word(OUTCOMES, record["decision"])))
    if cancel is not None:
        return [*facts, Fact(_("Can cancel until"), [say.moment(cancel)])]
    return [*facts, Fact(_("Answer due"), [due])]


def _ground(record: Decision) -> str:
    ground = record["ground"]
    if ground is None:
        if record["decision"] in ("refused", "extended"):
            raise ValueError("A refusal or an extension gives its ground (Art. 12(3), 12(4)).")
        return ""
    if record["decision"] == "extended":
        return word(EXTENSIONS, ground["code"])
    return str(Refusal(ground["code"]).label)


def _paragraphs(record: Decision) -> list[str]:
    reason = record["ground"]["reason"] if record["ground"] else ""
    return [line.strip() for line in reason.splitlines() if line.strip()]


def _until(record: Decision, say: Phrases) -> str:
    moment = record["cooling_off_until"]
    return say.moment(moment) if moment is not None else ""


def _groups(categories: list[DecidedCategory], say: Phrases) -> list[dict[str, str]]:
    """Categories decided alike share a row: what was approved first."""

    def alike(category: DecidedCategory) -> str:
        return category["ground"] or ""

    return [
        {
            "names": say.listing(category["name"] for category in members),
            "outcome": word(OUTCOMES, "refused" if ground else "approved"),
            "ground": str(Refusal(ground).label) if ground else "",
        }
        for ground, members in groupby(sorted(categories, key=alike), key=alike)
    ]
