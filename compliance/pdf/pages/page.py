from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.pdf.phrases import Fact, Phrases
from compliance.pdf.records import Asked

KINDS: dict[str, str | Promise] = {
    "export": gettext_lazy("A copy of data"),
    "deletion": gettext_lazy("Deletion of data"),
}
# Who decided: `seats.roles.Role`, and who stands in for one.
ROLES: dict[str, str | Promise] = {
    "support": gettext_lazy("Support"),
    "representative": gettext_lazy("Account representative"),
    "deputy": gettext_lazy("Deputy of the account representative"),
    "compliance": gettext_lazy("Compliance officer"),
    "administrator": gettext_lazy("The customer’s administrator"),
    "policy": gettext_lazy("Standing rule for such requests"),
}


class UnknownCode(ValueError):
    """A record holds a code for which there are no words."""


@dataclass(frozen=True, slots=True)
class Page:
    """One document's words. `statement` is the sentence a reader came for, true by itself."""

    title: str
    statement: str
    foot: str
    facts: list[Fact]
    body: dict[str, Any] = field(default_factory=dict)


def word(words: Mapping[str, str | Promise], code: str) -> str:
    if code not in words:
        raise UnknownCode(f"No words for {code!r}: expected one of {', '.join(sorted(words))}.")
    return str(words[code])


def tongue(code: str) -> str:
    """A language by its own name, as a reader knows it; an unknown one by its code."""
    return str(dict(settings.LANGUAGES).get(code, code))


def digest(sha256: str) -> list[str]:
    """64 hexadecimal digits in eight groups."""
    return [sha256[start : start + 8] for start in range(0, len(sha256), 8)]


def subject(asked: Asked, say: Phrases) -> Fact:
    """The scope by its numbers."""
    if asked["scope"] == "seat":
        return Fact(_("Seat"), [_("%(seat)s, contract %(contract)s") % asked])
    return Fact(_("Contract"), [f"{asked['contract']}, {say.seats(asked['seats'])}"])


def named(asked: Asked, say: Phrases) -> dict[str, str]:
    """The numbers sentences about the scope are filled with."""
    return {
        "seat": asked["seat"],
        "contract": asked["contract"],
        "seats": say.seats(asked["seats"]),
    }


def whole(asked: Asked) -> bool:
    return asked["scope"] == "contract"
