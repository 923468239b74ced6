from __future__ import annotations

from django.utils.translation import gettext as _

from compliance.pdf.pages.consent_receipt import shown, whose
from compliance.pdf.pages.page import Page, tongue
from compliance.pdf.phrases import Fact, Phrases
from compliance.pdf.records import ConfirmationReceipt


def page(record: ConfirmationReceipt, say: Phrases) -> Page:
    done = _("Accepted") if record["accepted"] else _("Confirmed")
    facts = [
        whose(record),
        Fact(done, [say.moment(record["confirmed_at"])]),
        Fact(_("Where"), [record["surface"]]),
        Fact(_("Language"), [tongue(record["text"]["language"])]),
    ]
    if record["received_at"] != record["confirmed_at"]:
        # A device that was offline: two clocks, and both are said.
        facts.append(Fact(_("Reached us"), [say.moment(record["received_at"])]))
    return Page(
        title=_("Confirmation receipt"),
        statement=_statement(record),
        foot=_("keep this receipt for your records"),
        facts=facts,
        body={
            "text": shown(record["text"], say),
            "accepted": record["accepted"],
            "kept_years": record["kept_years"],
        },
    )


def _statement(record: ConfirmationReceipt) -> str:
    if record["accepted"]:
        by_seat = _(
            "This records that the member behind seat %(seat)s accepted the terms named below. "
            "It is no consent to promotional messages: those are asked about separately."
        )
        by_number = _(
            "This records that member %(pii_principal_id)s accepted the terms named below. "
            "It is no consent to promotional messages: those are asked about separately."
        )
    else:
        by_seat = _(
            "This records that the member behind seat %(seat)s was shown the text named below, "
            "and confirmed having read it. It is no consent, and allows no advertising."
        )
        by_number = _(
            "This records that member %(pii_principal_id)s was shown the text named below, "
            "and confirmed having read it. It is no consent, and allows no advertising."
        )
    return (by_seat if record["seat"] else by_number) % record
