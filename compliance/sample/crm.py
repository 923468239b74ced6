"""What the CRM sync wrote: contacts, accounts and activities, and which seats they belong to.

A row belongs to a seat by its links alone: one seat, two (colleagues, or a licence's former and
present holder), or none, when it is the contract's alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, cycle, islice
from random import Random

from compliance.sample.book import Book, Row, micros, stamp
from compliance.sample.draws import draws
from compliance.sample.names import FIRMS, OUTSIDERS
from compliance.sample.plan import STRAY, Pair
from compliance.sample.texts import line, passage, rarely_hurting, rarely_opening_badly

KINDS = ("call", "email", "meeting", "task", None)
STRAY_EVERY = 4


def strays(book: Book, table: str) -> int:
    """Rows of the contract that no seat is linked to, beside every fourth licence."""
    return int(book.holding.place % STRAY_EVERY == 0 and book.count(table) > 0)


def ids(book: Book, table: str) -> Iterator[int]:
    yield from range(book.id(0), book.id(book.count(table)))
    yield from range(book.id(STRAY), book.id(STRAY + strays(book, table)))


def in_contract(book: Book) -> list[Pair]:
    return [pair for pair in book.pairs if pair.same_contract]


def contact(rng: Random, row: int, contract: int, synced: str) -> Row:
    one = OUTSIDERS[int(rng.random() * len(OUTSIDERS))]
    return (
        *(row, contract, f"003{row:015d}", rarely_hurting(rng, one.name), one.email),
        rarely_hurting(rng, f"+353 1 555 {int(rng.random() * 9999):04d}"),
        *(rarely_hurting(rng, "Buyer"), synced),
    )


def shared_contacts(book: Book) -> Iterator[Row]:
    """Rows that the other holder's seeding writes as well: whichever comes first.

    Of two, the first is linked to both holders; the second to who leads, while an activity linked
    to the other one hangs on it.
    """
    if book.count("crm_contacts"):
        for pair in in_contract(book):
            for row in range(pair.block, pair.block + 2):
                yield contact(draws(row), row, book.holding.contract, stamp(micros(pair.begins)))


def crm_contacts(book: Book) -> Iterator[Row]:
    rng = book.rng("crm_contacts")
    for number, row in enumerate(ids(book, "crm_contacts")):
        yield contact(rng, row, book.holding.contract, book.at(number, 0.55))


def crm_accounts(book: Book) -> Iterator[Row]:
    rng = book.rng("crm_accounts")
    revenues = cycle(("0.10", None, "999999999999.99", "-1250.00", "0.00"))
    for number, row in enumerate(ids(book, "crm_accounts")):
        firm = FIRMS[int(rng.random() * len(FIRMS))]
        revenue = next(revenues) if rng.random() < 0.3 else f"{rng.random() * 1e8:.2f}"
        yield (
            *(row, book.holding.contract, f"001{row:015d}" if rng.random() > 0.05 else None),
            *(rarely_hurting(rng, firm.name), f"https://{firm.domain}", revenue),
            book.at(number, 0.6),
        )


def activity_contacts(book: Book) -> Iterator[int | None]:
    """On whom the activities hang, one after the other: a contact of the holder's own, one that
    is also, or only, a colleague's, or nobody."""
    contacts = book.count("crm_contacts")
    pairs = in_contract(book) if contacts else []
    for number in count():
        match (number + book.holding.place // 2) % 3:
            case 0:
                yield None
            case 1 if pairs:
                yield pairs[0].block + (0 if pairs[0].leads else 1)
            case _:
                yield book.id(number % contacts) if contacts else None


def crm_activities(book: Book) -> Iterator[Row]:
    rng = book.rng("crm_activities")
    on_whom = activity_contacts(book)
    for number, row in enumerate(ids(book, "crm_activities")):
        yield (
            *(row, book.holding.contract),
            next(on_whom) if row < book.id(STRAY) else None,
            *(KINDS[int(rng.random() * len(KINDS))], rarely_hurting(rng, line(rng))),
            *(rarely_opening_badly(rng, passage(rng)), book.at(number, 0.65)),
        )


def linked(book: Book) -> Iterator[Row]:
    """Contact, account and activity of each link: first one row that names all three, then those
    shared with a colleague, then the holder's own in turn, and again when all had their turn."""
    contacts, accounts = book.count("crm_contacts"), book.count("crm_accounts")
    activities = book.count("crm_activities")
    yield tuple(book.id(0) if rows else None for rows in (contacts, accounts, activities))
    for pair in in_contract(book):
        yield pair.block, None, None
        if pair.leads:
            yield pair.block + 1, None, None
    turns = max(contacts, accounts, activities)
    for number in cycle(range(turns)):
        yield book.id((number + 1) % contacts), None, None
        if accounts:
            yield None, book.id((number + 1) % accounts), None
        if activities:
            yield None, None, book.id((number + 1) % activities)


def crm_links(book: Book) -> Iterator[Row]:
    for number, targets in enumerate(islice(linked(book), book.count("crm_links"))):
        yield (book.id(number), *book.owner, *targets, book.at(number, 0.7))
