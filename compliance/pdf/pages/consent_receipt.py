from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.pdf.pages.page import Page, word
from compliance.pdf.phrases import NONE, Fact, Phrases
from compliance.pdf.records import Choice, ConsentReceipt

STATES: dict[str, str | Promise] = {
    "given": gettext_lazy("Given %(day)s"),
    "withdrawn": gettext_lazy("Withdrawn %(day)s"),
    "never": gettext_lazy("Never given"),
}


def page(record: ConsentReceipt, say: Phrases) -> Page:
    text = record["text"]
    digest = text["sha256"]
    scope = _("%(seat)s, contract %(contract)s") % record if record["seat"] else record["contract"]
    return Page(
        title=_("Consent receipt"),
        statement=_statement(record),
        foot=_("keep this receipt for your records"),
        facts=[
            Fact(_("Seat") if record["seat"] else _("Contract"), [scope]),
            Fact(_("Chosen"), [say.moment(record["chosen_at"])]),
            Fact(_("Where"), [record["surface"]]),
            Fact(_("Language"), [record["spoken"]]),
        ],
        body={
            "choices": [_row(choice, say) for choice in record["choices"]],
            "text": {
                "named": _("%(title)s, version %(version)s, %(language)s") % text,
                "effective": say.day(text["effective_on"]),
                "sha256": [digest[start : start + 8] for start in range(0, len(digest), 8)],
            },
            "withdraw_url": record["withdraw_url"].partition("://")[2] or record["withdraw_url"],
            "kept_years": record["kept_years"],
        },
    )


def _statement(record: ConsentReceipt) -> str:
    if record["seat"]:
        text = _(
            "This records what the member behind seat %(seat)s chose about promotional messages. "
            "Saying no works at once. A yes can be taken back in one click."
        )
    else:
        text = _(
            "This records what a member under contract %(contract)s chose about promotional "
            "messages. Saying no works at once. A yes can be taken back in one click."
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
