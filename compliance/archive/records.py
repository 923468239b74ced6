"""What the leaflets of an archive are written from: one plain record, JSON from top to bottom.

Numbers and ids only, no names of people; the words in it are in the requester's language. Moments
are UTC in ISO 8601.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NotRequired, TypedDict

from compliance.archive.parts import Member

State = Literal[
    "delivered",
    "nothing held",
    "not applicable",  # this edition of the product has no such data
    "not asked",  # would have come at once
    "on request",  # comes when asked for and agreed to
    "withheld",  # asked for and refused: `note` says why
]


class IncompleteRecord(ValueError):
    """The record lacks what Art. 15(1) or (2) GDPR says a copy must tell."""


class Controller(TypedDict):
    """Who answers: `settings.CONTROLLER` fits."""

    name: str
    product: str
    address: str
    email: str
    phone: str
    dpo: str
    authority: str  # Art. 15(1)(f): where to complain
    time_zone: str  # IANA name, for the moments a person reads


class Part(TypedDict):
    """One entry of the archive that holds data. `part_of` makes it."""

    path: str
    rows: int
    bytes: int
    sha256: str  # hexadecimal, of the plain content
    read_from: str  # between these two moments the rows were read
    read_to: str
    fields: list[dict[str, Any]]  # Frictionless Table Schema fields; none for a file


class Information(TypedDict):
    """Art. 15(1) and (2) for one category; each is a sentence or a few, none may be empty."""

    role: Literal["controller", "processor"]
    purpose: str  # (a)
    data: str  # (b) what kinds of data are in it
    recipients: list[str]  # (c) by name (C-154/21); empty: nobody outside the company
    retention: str  # (d)
    source: str  # (g)
    decisions: str  # (h) automated ones: their logic and consequences, or that there are none
    safeguards: str  # 15(2) transfers to third countries, or that there are none


class Category(TypedDict):
    slug: str
    name: str
    state: State
    rows: int
    files: int
    parts: list[Part]  # empty unless delivered
    how_to_ask: str  # for "not asked", "on request" and "withheld"
    note: NotRequired[str]  # why it is so, or what was masked and why (Art. 15(4))
    information: NotRequired[Information]  # left out only where it is "not applicable"


class Record(TypedDict):
    reference: str
    scope: Literal["seat", "contract"]
    contract: str  # number
    seats: list[str]  # numbers
    created_at: str
    cutoff_at: str
    format: Literal["csv", "jsonl"]
    language: str
    controller: Controller
    categories: list[Category]


_TO_TELL = {
    "purpose": "Art. 15(1)(a)",
    "data": "Art. 15(1)(b)",
    "retention": "Art. 15(1)(d)",
    "source": "Art. 15(1)(g)",
    "decisions": "Art. 15(1)(h)",
    "safeguards": "Art. 15(2)",
}
_TO_BE_ASKED_FOR = frozenset({"not asked", "on request", "withheld"})


def part_of(member: Member, fields: Sequence[dict[str, Any]] = ()) -> Part:
    """The record's line on an entry of the archive; `fields` as its source declares them."""
    return {
        "path": member.name,
        "rows": member.rows,
        "bytes": member.size,
        "sha256": member.sha256,
        "read_from": member.started,
        "read_to": member.finished,
        "fields": list(fields),
    }


def check_complete(record: Record) -> None:
    """Raise `IncompleteRecord` naming the first thing that a copy must tell and this one does not.

    The rights of Art. 15(1)(e) need no field: they are the same for everybody.
    """
    if not record["controller"]["authority"].strip():
        raise IncompleteRecord("No authority to complain to is given (Art. 15(1)(f)).")
    for category in record["categories"]:
        wrong = _what_is_missing(category)
        if wrong:
            raise IncompleteRecord(f"The category {category['slug']} {wrong}.")


def _what_is_missing(category: Category) -> str:
    if category["state"] in _TO_BE_ASKED_FOR and not category["how_to_ask"].strip():
        return "is not in the copy, and the record does not say how to ask for it"
    if category["state"] == "withheld" and not category.get("note", "").strip():
        return "is withheld, and the record does not say why (Art. 12(4))"
    if category["state"] == "not applicable":
        return ""
    information: dict[str, Any] = {**category.get("information", {})}
    for name, article in _TO_TELL.items():
        if not str(information.get(name, "")).strip():
            return f"says nothing on {name} ({article}): fill it in the registry"
    return "" if "recipients" in information else "says nothing on recipients (Art. 15(1)(c))"
