"""What Sales Assistant keeps of a member: preferences, criteria, messages and their drafts."""

from __future__ import annotations

import json
from collections.abc import Iterator

from compliance.sample.book import Book, Row
from compliance.sample.plan import home_of, person
from compliance.sample.texts import line, passage, rarely_hurting, rarely_opening_badly

TONES = ("warm", "sachlich", "formel", "directo", None, "")
RULES = (
    "employees >= 200 and industry != 'Gambling'",
    "=IF(A1>0;1;0)",
    'title like "%Einkauf%" OR title ~ "achats?"',
    "NOT (region in (DACH, 'Côte d’Ivoire'))",
    "",
)


def assistant_messaging_preferences(book: Book) -> Iterator[Row]:
    rng = book.rng("assistant_messaging_preferences")
    member = book.holding.member
    options = {"length": "short", "emoji": "👋🏾", "avoid": ["synergy", 'the "word"', None]}
    for number in range(book.count("assistant_messaging_preferences")):
        yield (
            *(book.id(number), *book.owner, rng.choice(TONES)),
            rarely_opening_badly(rng, f"Kind regards,\r\n{person(member).name}\r\n-- \r\n☎ +353"),
            *(home_of(book.holding.contract)[1], json.dumps(options), book.at(number, 0.75)),
        )


def assistant_lead_preferences(book: Book) -> Iterator[Row]:
    rng = book.rng("assistant_lead_preferences")
    for number in range(book.count("assistant_lead_preferences")):
        yield (
            *(book.id(number), *book.owner),
            rarely_hurting(rng, "Logistics;Food, Beverage;Énergie"),
            rarely_hurting(rng, "Île-de-France|Österreich|भारत"),
            rng.choice(("CXO,VP", None, "")),
            book.at(number, 0.8),
        )


def assistant_criteria(book: Book) -> Iterator[Row]:
    rng = book.rng("assistant_criteria")
    for number in range(book.count("assistant_criteria")):
        yield (
            *(book.id(number), *book.owner, rarely_hurting(rng, line(rng)), rng.choice(RULES)),
            *(int(rng.random() * 200) - 100 if rng.random() > 0.1 else None, book.at(number, 0.85)),
        )


def assistant_messages(book: Book) -> Iterator[Row]:
    rng = book.rng("assistant_messages")
    leads = book.count("saved_leads")
    for number in range(book.count("assistant_messages")):
        yield (
            *(book.id(number), *book.owner),
            book.id(number % leads) if leads and number % 4 != 3 else None,
            *(rarely_hurting(rng, line(rng)), rarely_opening_badly(rng, passage(rng))),
            book.at(number, 0.9),
        )


def assistant_drafts(book: Book) -> Iterator[Row]:
    """Versions of each message: the first generated, the later ones edited."""
    rng = book.rng("assistant_drafts")
    messages = book.count("assistant_messages")
    for number in range(book.count("assistant_drafts")):
        version, message = divmod(number, messages)
        yield (
            *(book.id(number), book.id(message), version + 1),
            *(rarely_opening_badly(rng, passage(rng)), version == 0, book.at(number, 0.95)),
        )
