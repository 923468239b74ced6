from __future__ import annotations

from typing import Any

from django.db import migrations
from django.utils.translation import gettext_noop as _

YOU = _("You, by using the product")
US = _("Our own records of the seat")
OTHERS = _("You, and the people you wrote to")
CRM = _("Your company’s CRM system, through the sync")
ASSISTANT = _("You, and the assistant on your behalf")

NOBODY = _("Your company, which holds the contract\nNorthmere Hosting Ltd, Dublin (processor)")
MAIL = _(
    "Your company, which holds the contract\nThe people you wrote to, each their own copy\n"
    "Northmere Hosting Ltd, Dublin (processor)"
)
VIEWERS = _(
    "Your company, which holds the contract\nThe people you sent a link to\n"
    "Northmere Hosting Ltd, Dublin (processor)"
)
SYNCED = _(
    "Your company, which holds the contract\nTandem CRM Ltd, Cork (your company’s CRM)\n"
    "Northmere Hosting Ltd, Dublin (processor)"
)

NO_DECISIONS = _("No decision is taken about you by a machine alone.")
RECOMMENDS = _(
    "A programme ranks leads by your own rules and shows the best first. It decides nothing about "
    "you, and its ranking binds nobody."
)
NO_TRANSFER = _("The data stays in the European Union.")

SEAT = _("As long as the contract runs and 30 days after, unless deleted earlier")
CONTRACT = _(
    "As long as the contract runs and 30 days after, unless the customer decides otherwise"
)
YEARS = _("24 months after the day, unless deleted earlier")

# slug, name, export, role, what it is, why, source, recipients, retention
CATEGORIES = [
    ("user-information", _("Navigator profile"), "on request", "controller",
     _("Your profile and your settings in the product"),
     _("To set up the seat and show you to colleagues"), US, NOBODY, SEAT),
    ("saved-leads", _("Saved leads"), "on request", "processor",
     _("People you saved as leads, and your lists"),
     _("To keep the leads you follow"), YOU, NOBODY, SEAT),
    ("saved-accounts", _("Saved accounts"), "self-service", "processor",
     _("Companies you saved, and your lists"),
     _("To keep the companies you follow"), YOU, NOBODY, SEAT),
    ("inmails-messages", _("InMails and messages"), "reviewed", "processor",
     _("Your own copy of each message you sent or got"),
     _("To deliver and keep your messages"), OTHERS, MAIL, SEAT),
    ("notes", _("Notes"), "self-service", "processor",
     _("What you wrote about leads and companies"),
     _("To keep your notes"), YOU, NOBODY, SEAT),
    ("smartlinks-presentations", _("SmartLinks presentations"), "reviewed", "processor",
     _("Files you uploaded to share"),
     _("To show your presentations"), YOU, VIEWERS, SEAT),
    ("smartlinks-users", _("SmartLinks viewers"), "reviewed", "processor",
     _("Who looked at your presentations, when and for how long"),
     _("To tell you who looked"), _("The people who opened your links"), NOBODY, SEAT),
    ("seat-management", _("Seat management"), "self-service", "controller",
     _("Invitations, assignments and changes of role of the seat"),
     _("To manage and bill seats"), US, NOBODY, CONTRACT),
    ("usage-reporting", _("Usage reporting"), "self-service", "processor",
     _("How much you used the product, day by day"),
     _("To report usage to your company"), US, NOBODY, YEARS),
    ("crm-sync", _("CRM data"), "on request", "processor",
     _("Contacts, companies and activities your company’s CRM sent us"),
     _("To show CRM data beside leads"), CRM, SYNCED, CONTRACT),
    ("account-list-files", _("Account list files"), "self-service", "processor",
     _("Lists you uploaded, and the report on what matched"),
     _("To match lists of companies"), YOU, NOBODY, SEAT),
    ("assistant-preferences", _("Sales Assistant preferences"), "reviewed", "processor",
     _("How the assistant writes for you, and which leads you prefer"),
     _("To let the assistant work as you like"), YOU, NOBODY, SEAT),
    ("assistant-criteria", _("Sales Assistant criteria"), "on request", "processor",
     _("The rules by which the assistant recommends leads"),
     _("To recommend leads"), ASSISTANT, NOBODY, SEAT),
    ("assistant-messages", _("Sales Assistant messages"), "on request", "processor",
     _("Messages the assistant wrote and you edited, with their drafts"),
     _("To draft messages"), ASSISTANT, NOBODY, SEAT),
]  # fmt: skip

RECOMMENDED = {"assistant-preferences", "assistant-criteria"}


def write(apps: Any, schema_editor: Any) -> None:
    category = apps.get_model("compliance", "DataCategory")
    fields = (
        "slug", "name", "export", "role", "description", "purpose", "source", "recipients",
        "retention",
    )  # fmt: skip
    for position, values in enumerate(CATEGORIES, start=1):
        category.objects.create(
            position=position,
            decisions=RECOMMENDS if values[0] in RECOMMENDED else NO_DECISIONS,
            safeguards=NO_TRANSFER,
            **dict(zip(fields, values, strict=True)),
        )


class Migration(migrations.Migration):
    dependencies = [("compliance", "0002_initial")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
