"""What the sample company tells people: its texts, certificates and helpers. All of it invented."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from compliance.services import sample_texts
from consent.enums import Audience, DocumentKind


class Text(NamedTuple):
    title: str
    summary: str
    text: str
    change: str = ""


class Edition(NamedTuple):
    """One version: its day or how far off it is, whether it is material, its words by language."""

    effective_on: date | timedelta
    material: bool
    texts: dict[str, Text]


class Paper(NamedTuple):
    slug: str
    name: str
    kind: DocumentKind
    audience: Audience
    editions: list[Edition]


_NOTICE = (
    "Larkfield Software Ltd, 14 Hanover Quay, Dublin, decides how your account data is used.\n"
    "For the data you create in a seat, your company decides and we act for it.\n"
    "\n"
    "We keep leads, notes and messages for as long as your company pays for the seat.\n"
    "Your company sees how often you use the product, and what you share with your team.\n"
    "It never sees your private messages.\n"
)
_CRM = "\nIf your company connects a CRM, we copy accounts, leads and notes between both.\n"
_ASSISTANT = (
    "\nThe assistant suggests leads from your searches. No decision about you is automatic.\n"
)
_RIGHTS = "\nYou can get a copy of your data, have it corrected, or have it deleted, at any time.\n"
_HINWEIS = (
    "Larkfield Software Ltd, 14 Hanover Quay, Dublin, entscheidet, wie Ihre Kontodaten verwendet "
    "werden.\nÜber die Daten, die Sie in einem Platz anlegen, entscheidet Ihr Unternehmen.\n"
    "\nLeads, Notizen und Nachrichten bleiben, solange Ihr Unternehmen den Platz bezahlt.\n"
    "\nVerbindet Ihr Unternehmen ein CRM, gleichen wir Accounts, Leads und Notizen damit ab.\n"
    "\nDer Assistent schlägt Leads nach Ihren Suchen vor. Nichts wird automatisch entschieden.\n"
    "\nSie können jederzeit eine Kopie, eine Berichtigung oder die Löschung verlangen.\n"
)

PAPERS = [
    Paper(
        "data-use",
        "How we use your data",
        DocumentKind.DATA_USE_NOTICE,
        Audience.MEMBERS,
        [
            Edition(
                date(2024, 3, 1),
                True,
                {"en": Text("How Larkfield uses your data", "We keep what you make.\n"
                            "Your company sees some of it.\nYou stay in charge.",
                            _NOTICE + _RIGHTS)},
            ),
            Edition(
                date(2025, 6, 1),
                True,
                {"en": Text("How Larkfield uses your data", "We keep what you make.\n"
                            "Your company sees some of it.\nThe assistant suggests leads.\n"
                            "You stay in charge.", _NOTICE + _ASSISTANT + _RIGHTS,
                            "The assistant is new.")},
            ),
            Edition(
                date(2026, 11, 16),
                True,
                {
                    "en": Text("How Larkfield uses your data", "We keep what you make.\n"
                               "Your company sees some of it.\nWe copy between Larkfield and your "
                               "CRM.\nThe assistant suggests leads.\nYou stay in charge.",
                               _NOTICE + _CRM + _ASSISTANT + _RIGHTS,
                               "It says how we work with your company’s CRM."),
                    "de": Text("Wie Larkfield Ihre Daten nutzt", "Wir bewahren auf, was Sie "
                               "anlegen.\nIhr Unternehmen sieht einen Teil davon.\nWir gleichen "
                               "Larkfield mit Ihrem CRM ab.\nDer Assistent schlägt Leads vor.\n"
                               "Sie behalten die Kontrolle.", _HINWEIS,
                               "Wie wir mit dem CRM Ihres Unternehmens arbeiten."),
                },
            ),
        ],
    ),
    Paper(
        "terms",
        "Terms of use",
        DocumentKind.TERMS,
        Audience.MEMBERS,
        [
            Edition(
                date(2024, 3, 1),
                True,
                {"en": Text("Terms of use", "Use the product as it is meant.\n"
                            "What you make is yours and your company’s.", sample_texts.TERMS)},
            )
        ],
    ),
    Paper(
        "privacy-policy",
        "Privacy policy",
        DocumentKind.PRIVACY_POLICY,
        Audience.PUBLIC,
        [
            Edition(
                date(2024, 3, 1),
                True,
                {"en": Text("Privacy policy", "", sample_texts.POLICY_2024)},
            ),
            Edition(
                date(2026, 5, 2),
                False,
                {
                    "en": Text("Privacy policy", "", sample_texts.POLICY_2026,
                               "It names the one click."),
                    "de": Text("Datenschutzerklärung", "", sample_texts.RICHTLINIE_2026,
                               "Der eine Klick wird genannt."),
                },
            ),
            Edition(
                timedelta(days=45),
                True,
                {
                    "en": Text("Privacy policy", "", sample_texts.POLICY_NEXT,
                               "The assistant has a section of its own."),
                    "de": Text("Datenschutzerklärung", "", sample_texts.RICHTLINIE_NEXT,
                               "Der Assistent hat einen eigenen Abschnitt."),
                },
            ),
        ],
    ),
    Paper(
        "inmail-rules",
        "Messages to people outside your company",
        DocumentKind.DATA_USE_NOTICE,
        Audience.ADMINISTRATORS,
        [
            Edition(
                date(2025, 1, 15),
                True,
                {"en": Text("What your team sends is your responsibility",
                            "You answer for the messages your team sends.\n"
                            "Who says no gets no InMail, from anybody.\nAsk your own counsel.",
                            "What a member of your team writes by InMail is electronic mail.\n"
                            "Your company is responsible for it, and for the law that applies to "
                            "it.\nWe do not deliver to people who said no to InMail.\n"
                            "This is general information and not legal advice.\n")},
            )
        ],
    ),
    Paper(
        "dpa",
        "Data processing agreement",
        DocumentKind.DPA,
        Audience.CONTRACTS,
        [
            Edition(
                date(2024, 3, 1),
                True,
                {"en": Text("Data processing agreement", "", sample_texts.DPA_2024)},
            ),
            Edition(
                date(2026, 9, 1),
                True,
                {"en": Text("Data processing agreement", "", sample_texts.DPA_2026,
                            "The customer may object, and chooses what happens at the end.")},
            ),
        ],
    ),
]  # fmt: skip

# name, meaning, issuer, number, scope, from, until
CERTIFICATES = [
    ("ISO/IEC 27001:2022", "How we manage security.", "Nordcert", "IS 771204",
     "Development and operation of the product.", date(2025, 5, 1), date(2028, 4, 30)),
    ("ISO/IEC 27701:2025", "How we manage privacy.", "Nordcert", "PM 771205",
     "Development and operation of the product.", date(2025, 5, 1), date(2028, 4, 30)),
    ("SOC 2 Type II", "Controls over security, tested for a year.", "Hollis & Vane LLP", "",
     "April 2025 to March 2026.", date(2026, 3, 31), None),
    ("TISAX", "For customers in the car industry.", "Nordcert", "AL 2",
     "The Dublin office. The renewal is under way.", date(2023, 11, 1), date(2026, 10, 31)),
]  # fmt: skip


class Helper(NamedTuple):
    """A sub-processor; a day that is not there yet is given by how far off it is."""

    name: str
    service: str
    place: str
    safeguards: str
    since: date | timedelta
    until: date | None = None


HELPERS = [
    Helper("Elbe Cloud GmbH", "Hosting", "Frankfurt, Germany", "", date(2023, 1, 1)),
    Helper("Postbode BV", "E-mail", "Utrecht, Netherlands", "", date(2023, 1, 1)),
    Helper("Deskside Ltd", "Support tools", "Cork, Ireland", "", date(2024, 6, 1)),
    Helper("Northlight Inc.", "Translations of support requests", "Toronto, Canada",
           "Adequacy decision of the European Commission", timedelta(days=45)),
    Helper("Meridian Ltd", "Support tools", "Leeds, United Kingdom",
           "Adequacy decision of the European Commission", date(2023, 1, 1), date(2024, 6, 30)),
]  # fmt: skip
