"""Conversations and the copies of their messages in mailboxes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

from compliance.sample.book import DAY, GOLDEN, Book, Row, micros, stamp
from compliance.sample.draws import draws
from compliance.sample.names import OUTSIDERS
from compliance.sample.plan import Pair, address, person
from compliance.sample.texts import (
    line,
    passage,
    rarely_hurting,
    rarely_opening_badly,
    very_long,
)

MESSAGES = 3
SHARED_MESSAGES = 2
MOST_SHARED = 20
LONG_CELL = 110_000
LONG_EVERY = 40_000


def shared_with(book: Book) -> list[tuple[Pair, int]]:
    """The conversations of which another mailbox holds copies too: their pair and number in it.

    At most half of the mail, the more the more mail there is; both holders count alike.
    """
    inmails = book.count("inmails")
    each = min(MOST_SHARED, 1 + inmails // 200)
    shared = [(pair, number) for number in range(each) for pair in book.pairs]
    return shared[: max(1, inmails // (2 * SHARED_MESSAGES))] if inmails else []


def conversation_begins(pair: Pair, number: int) -> int:
    return micros(pair.begins) + number * DAY // 5


def shared_conversations(book: Book) -> Iterator[Row]:
    """Rows that the other holder's seeding writes as well: whichever comes first."""
    for pair, number in shared_with(book):
        yield pair.block + number, stamp(conversation_begins(pair, number))


def copies(book: Book) -> Iterator[tuple[int, str, int, str, str | None, str | None]]:
    """Conversation, direction, counterpart, time, subject and body of each message shared."""
    for pair, number in shared_with(book):
        conversation = pair.block + number
        rng = draws(conversation)
        subject = rarely_hurting(rng, line(rng))
        begins = conversation_begins(pair, number)
        for message in range(SHARED_MESSAGES):
            direction = "sent" if pair.leads == (message % 2 == 0) else "received"
            body = rarely_opening_badly(rng, passage(rng))
            sent = stamp(begins + message * int(rng.random() * 9e9))
            yield conversation, direction, pair.other, sent, subject, body


def own_mail(book: Book) -> int:
    inmails = book.count("inmails")
    return inmails - min(inmails, len(shared_with(book)) * SHARED_MESSAGES)


def conversations(book: Book) -> Iterator[Row]:
    for number in range(-(-own_mail(book) // MESSAGES)):
        yield book.id(number), stamp(began(book, number))


def began(book: Book, number: int) -> int:
    return book.begins + int((book.lasts - 2 * DAY) * ((number * GOLDEN + book.phase) % 1.0))


def inmails(book: Book) -> Iterator[Row]:
    """About 500 bytes a row as CSV.  First the shared conversations, then the holder's own."""
    seat, member = book.owner
    total, own = book.count("inmails"), own_mail(book)
    ids = count(book.id(0))
    for conversation, direction, other, sent, subject, body in islice(copies(book), total - own):
        name, email = person(other).name, address(other)
        yield (
            *(next(ids), seat, member, conversation, direction, name, email),
            *(subject, body, True, sent),
        )
    rng = book.rng("inmails")
    draw = rng.random
    long = 1 if book.holding.heavy else LONG_EVERY - 1
    for number in range(own):
        conversation, message = divmod(number, MESSAGES)
        if message == 0:
            begins = began(book, conversation)
            other_side = OUTSIDERS[int(draw() * len(OUTSIDERS))]
            counterpart = rarely_hurting(rng, other_side.name)
            address_known = draw() > 0.02
            subject = rarely_hurting(rng, line(rng))
            first = draw() > 0.5
        text = passage(rng) if number % LONG_EVERY != long else very_long(rng, LONG_CELL)
        yield (
            *(next(ids), seat, member, book.id(conversation)),
            "sent" if first == (message % 2 == 0) else "received",
            *(counterpart, other_side.email if address_known else None),
            f"Re: {subject}" if message and subject else subject,
            rarely_opening_badly(rng, text),
            draw() > 0.1,
            stamp(begins + message * int(draw() * DAY / 2)),
        )
