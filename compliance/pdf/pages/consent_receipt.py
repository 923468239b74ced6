from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.pdf.pages.page import Page, digest, tongue, word
from compliance.pdf.phrases import NONE, Fact, Phrases
from compliance.pdf.records import Choice, ConsentReceipt, OfMember, ShownText

STATES: dict[str, str | Promise] = {
    "given": gettext_lazy("Given %(day)s"),
    "withdrawn": gettext_lazy("Withdrawn %(day)s"),
    "never": gettext_lazy("Never given"),
}


def page(record: ConsentReceipt, say: Phrases) -> Page:
    return Page(
        title=_("Consent receipt"),
        statement=_statement(record),
        foot=_("keep this receipt for your records"),
        facts=[
            whose(record),
            Fact(_("Chosen"), [say.moment(record["chosen_at"])]),
            Fact(_("Where"), [record["surface"]]),
            Fact(_("Language"), [record["spoken"]]),
        ],
        body={
            "choices": [_row(choice, say) for choice in record["choices"]],
            "text": shown(record["text"], say),
            "withdraw_url": record["withdraw_url"].partition("://")[2] or record["withdraw_url"],
            "kept_years": record["kept_years"],
        },
    )


def whose(record: OfMember) -> Fact:
    """The member's seat or contract; their own number where they have neither."""
    if record["seat"]:
        return Fact(_("Seat"), [_("%(seat)s, contract %(contract)s") % record])
    if record["contract"]:
        return Fact(_("Contract"), [record["contract"]])
    return Fact(_("Member"), [record["pii_principal_id"]])


def shown(text: ShownText, say: Phrases) -> dict[str, object]:
    """A document's version as both kinds of receipt name it."""
    named = {**text, "language": tongue(text["language"])}
    return {
        "named": _("%(title)s, version %(version)s, %(language)s") % named,
        "effective": say.day(text["effective_on"]),
        "sha256": digest(text["sha256"]),
    }


def _statement(record: ConsentReceipt) -> str:
    if record["seat"]:
        text = _(
            "This records what the member behind seat %(seat)s chose about promotional messages. "
            "Saying no works at once. A yes can be taken back in one click."
        )
    elif record["contract"]:
        text = _(
            "This records what a member under contract %(contract)s chose about promotional "
            "messages. Saying no works at once. A yes can be taken back in one click."
        )
    else:
        text = _(
            "This records what member %(pii_principal_id)s chose about promotional messages. "
            "Saying no works at once. A yes can be taken back in one click."
        )
    return text % record


def _row(choice: Choice, say: Phrases) -> dict[str, str]:
    said = {"day": say.day(choice["at"])} if choice["at"] else {}
    return {
        "purpose": choice["purpose"],
        "channel": choice["channel"],
        "choice": _("Yes") if choice["yes"] else _("No"),
        "first": say.day(choice["first_at"]) if choice["first_at"] else NONE,
        "state": word(STATES, choice["state"]) % said,
    }
