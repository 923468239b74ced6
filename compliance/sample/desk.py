"""What a member keeps in the product: profile, leads, notes; and what it keeps of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from compliance.sample.book import DAY, Book, Row, stamp
from compliance.sample.names import FIRMS, OUTSIDERS
from compliance.sample.plan import ADMINISTRATORS, CONTRACT_BLOCK, person
from compliance.sample.texts import (
    HURTING,
    line,
    passage,
    rarely_hurting,
    rarely_opening_badly,
    very_long,
)

TITLES = (
    "Head of Procurement",
    "Einkaufsleiterin, Süd",
    "Directeur général délégué",
    "Jefa de Operaciones",
    "VP, Sales & Marketing",
    "Owner/Operator",
    "Διευθύντρια Πωλήσεων",
    "Начальник відділу",
    "مدير المشتريات",
    "סמנכ״ל כספים",
    "采购总监",
    "営業部長",
    "ผู้จัดการฝ่ายขาย",
    "मुख्य अभियंता",
    "+1 for everything",
)
LISTS = (
    "Q3 prospects",
    "Messe; Halle 7",
    "À rappeler",
    "Norte & Sur",
    "-2nd tier",
    "展示会",
    None,
    "",
)
INDUSTRIES = (
    "Logistics",
    "Food & Beverage",
    "Maschinenbau",
    "Énergies renouvelables",
    "Textil, calzado",
    "Public Sector",
    None,
    "",
)
TERRITORIES = ("DACH", "Île-de-France", "EMEA; APAC", "Nordics", "Andalucía", None, "")
ZONES = ("Europe/Dublin", "Europe/Berlin", "Europe/Paris", "America/Argentina/Ushuaia", None, "")
LONG_NOTE = 130_000
LONG_EVERY = 40_000


def seat_profiles(book: Book) -> Iterator[Row]:
    rng = book.rng("seat_profiles")
    settings: dict[str, object] = {
        "digest": rng.choice(["daily", "weekly", None]),
        "theme": "dark 🌒",
        "beta": [],
    }
    for number in range(book.count("seat_profiles")):
        yield (
            *(book.id(number), *book.owner, rarely_hurting(rng, rng.choice(TITLES))),
            *(rng.choice(TERRITORIES), rng.choice(ZONES), rarely_opening_badly(rng, passage(rng))),
            *(json.dumps(settings, ensure_ascii=rng.random() < 0.5), book.at(number)),
        )


def saved_leads(book: Book) -> Iterator[Row]:
    rng = book.rng("saved_leads")
    draw = rng.random
    seat, member = book.owner
    # Each holder's first lead has a title that hurts, so that a small sample has all of them.
    hurting = HURTING[(book.holding.contract * 20 + book.holding.place) % len(HURTING)]
    for number in range(book.count("saved_leads")):
        title = rarely_hurting(rng, TITLES[int(draw() * len(TITLES))]) if number else hurting
        lead = OUTSIDERS[int(draw() * len(OUTSIDERS))]
        yield (
            *(book.id(number), seat, member, rarely_hurting(rng, lead.name)),
            *(title, rarely_hurting(rng, lead.firm.name)),
            f"https://profiles.example/in/{lead.slug}-{int(draw() * 1e6)}?trk=a,b&q=%22x%22",
            *(LISTS[int(draw() * len(LISTS))], draw() > 0.8, book.at(number, 0.1)),
        )


def saved_accounts(book: Book) -> Iterator[Row]:
    rng = book.rng("saved_accounts")
    draw = rng.random
    seat, member = book.owner
    for number in range(book.count("saved_accounts")):
        firm = FIRMS[int(draw() * len(FIRMS))]
        yield (
            *(book.id(number), seat, member, rarely_hurting(rng, firm.name)),
            *(f"https://www.{firm.domain}/", INDUSTRIES[int(draw() * len(INDUSTRIES))]),
            int(1.0001 ** (draw() * 120_000)) if draw() > 0.1 else None,
            *(LISTS[int(draw() * len(LISTS))], book.at(number, 0.2)),
        )


def notes(book: Book) -> Iterator[Row]:
    """On a lead, on an account, on both, or on nothing."""
    rng = book.rng("notes")
    leads, accounts = book.count("saved_leads"), book.count("saved_accounts")
    seat, member = book.owner
    long = 0 if book.holding.heavy else LONG_EVERY - 1
    for number in range(book.count("notes")):
        kind = (number + seat) % 5
        text = passage(rng) if number % LONG_EVERY != long else very_long(rng, LONG_NOTE)
        yield (
            *(book.id(number), seat, member),
            book.id(number % leads) if leads and kind in {0, 1, 3} else None,
            book.id(number % accounts) if accounts and kind in {2, 3} else None,
            *(rarely_opening_badly(rng, text), kind == 2, book.at(number, 0.3)),
        )


def smartlinks_views(book: Book) -> Iterator[Row]:
    """Third parties who looked at a presentation: some with a name, some without."""
    rng = book.rng("smartlinks_views")
    presentations = book.count("smartlinks_presentations")
    for number in range(book.count("smartlinks_views")):
        viewer = OUTSIDERS[int(rng.random() * len(OUTSIDERS))]
        known = rng.random() > 0.2
        yield (
            *(book.id(number), book.id(number % presentations)),
            rarely_hurting(rng, viewer.name) if known else None,
            viewer.email if known else "",
            *(rarely_hurting(rng, viewer.firm.name), int(rng.random() * 900)),
            book.at(number, 0.4),
        )


KINDS = ("invited", "assigned", "role_changed", "signed_in_first", "suspended", "restored")


def seat_events(book: Book) -> Iterator[Row]:
    rng = book.rng("seat_events")
    seat, member = book.owner
    actor = person(book.holding.contract * CONTRACT_BLOCK + ADMINISTRATORS)
    for number in range(book.count("seat_events")):
        kind = KINDS[number % len(KINDS)]
        detail = rarely_hurting(rng, f"{kind.replace('_', ' ')}: {line(rng)}")
        yield (
            *(book.id(number), book.holding.contract, seat, member, kind, detail),
            *(actor.name if rng.random() > 0.1 else None, book.at(number, 0.5)),
        )


def usage_daily(book: Book) -> Iterator[Row]:
    """A row a day from the first one on, written in the night after."""
    rng = book.rng("usage_daily")
    draw = rng.random
    seat, member = book.owner
    first = book.holding.since.date()
    midnight = book.begins - book.begins % DAY
    for number in range(book.count("usage_daily")):
        yield (
            *(seat, member, (first + timedelta(days=number)).isoformat()),
            *(int(draw() * 80), int(draw() * 200), int(draw() * 25) if draw() > 0.1 else None),
            f"{draw() * 100:.2f}" if draw() > 0.05 else None,
            stamp(midnight + (number + 1) * DAY + int(draw() * DAY / 8)),
        )
