"""Writes batches of licences: their holders, and all rows of each, parents before children."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import partial
from itertools import chain

from django.core.files.storage import storages
from django.db import transaction
from django.db.backends.utils import CursorWrapper

from compliance.sample import assistant, crm, desk, files, mail, schema
from compliance.sample.book import Book, Row, micros, stamp
from compliance.sample.mix import allotted
from compliance.sample.plan import CONTRACT_BLOCK, Holding, Plan, handed_on
from compliance.sample.seeded import contract_of, member, members_without_seat
from compliance.sample.writing import insert, insert_missing, product

Progress = Callable[[int, int], None]
Licence = tuple[int, int]
"""A contract's number and the place in it."""
Generator = Callable[[Book], Iterator[Row]]
REPORTED_EVERY = 5_000

# A holder's own rows.
OWN: dict[str, Generator] = {
    "conversations": mail.conversations,
    "inmails": mail.inmails,
    "seat_profiles": desk.seat_profiles,
    "saved_leads": desk.saved_leads,
    "saved_accounts": desk.saved_accounts,
    "notes": desk.notes,
    "smartlinks_views": desk.smartlinks_views,
    "seat_events": desk.seat_events,
    "usage_daily": desk.usage_daily,
    "crm_contacts": crm.crm_contacts,
    "crm_accounts": crm.crm_accounts,
    "crm_activities": crm.crm_activities,
    "crm_links": crm.crm_links,
    "assistant_messaging_preferences": assistant.assistant_messaging_preferences,
    "assistant_lead_preferences": assistant.assistant_lead_preferences,
    "assistant_criteria": assistant.assistant_criteria,
    "assistant_messages": assistant.assistant_messages,
    "assistant_drafts": assistant.assistant_drafts,
}
WITH_FILES = {
    "smartlinks_presentations": files.smartlinks_presentations,
    "account_imports": files.account_imports,
}
# Rows of two holders: the seeding of each writes them, whichever comes first.
SHARED: dict[str, Generator] = {
    "conversations": mail.shared_conversations,
    "crm_contacts": crm.shared_contacts,
}


def seats_there(licences: Sequence[Licence]) -> set[int]:
    ids = [contract * CONTRACT_BLOCK + place for contract, place in licences]
    with product().cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM seats WHERE id IN ({', '.join(['%s'] * len(ids))})",  # noqa: S608
            ids,
        )
        return {int(found) for (found,) in cursor.fetchall()}


class Filling:
    """One run: what it was asked for, and what it has written so far."""

    def __init__(
        self, plan: Plan, rows_per_seat: int, tables: Set[str], progress: Progress | None
    ) -> None:
        self.plan = plan
        self.rows_per_seat = rows_per_seat
        self.tables = tables
        self.progress = progress
        self.total = plan.contracts * self.share(
            (plan.first, place) for place in range(1, plan.seats + 1)
        )
        self.done = self.share_of_batch = self.written = 0
        self.rows: Counter[str] = Counter()
        self.made = self.skipped = 0

    def share(self, licences: Iterable[Licence]) -> int:
        """How many rows these licences get: a former holder as many as the present one."""
        handovers = self.plan.handovers
        holders = sum(1 + (handovers and handed_on(place)) for _, place in licences)
        return holders * self.rows_per_seat

    def fill(self, licences: Sequence[Licence]) -> None:
        """Write those of the licences that are not there yet, in one transaction."""
        self.share_of_batch, self.written = self.share(licences), 0
        there = seats_there(licences)
        missing = [one for one in licences if one[0] * CONTRACT_BLOCK + one[1] not in there]
        if missing:
            holdings = [holding for one in missing for holding in self.plan.holdings(*one)]
            with transaction.atomic("product"), product().cursor() as cursor:
                self.write_people(cursor, holdings)
                self.write_rows(cursor, [self.book(holding) for holding in holdings])
        self.made += len(missing)
        self.skipped += len(there)
        self.written = self.share_of_batch
        self.report()
        self.done += self.share_of_batch

    def book(self, holding: Holding) -> Book:
        counts = allotted(holding, self.rows_per_seat, self.tables)
        return Book.of(holding, tuple(self.plan.pairs(holding)), counts)

    def write_people(self, cursor: CursorWrapper, holdings: Sequence[Holding]) -> None:
        numbers = dict.fromkeys(holding.contract for holding in holdings)
        members = dict.fromkeys(chain.from_iterable(map(members_without_seat, numbers)))
        members.update(dict.fromkeys(holding.member for holding in holdings))
        added = insert_missing(cursor, "contracts", map(self.contract_row, numbers))
        self.rows["contracts"] += added
        self.rows["members"] += insert_missing(cursor, "members", map(self.member_row, members))
        present = (holding for holding in holdings if not holding.former)
        insert(cursor, "seats", self.counted("seats", map(self.seat_row, present)))

    def contract_row(self, number: int) -> Row:
        one = contract_of(self.plan, number)
        return number, one.number, one.company, one.edition, stamp(micros(one.since))

    def member_row(self, number: int) -> Row:
        one = member(self.plan, number)
        return number, one.name, one.email, one.locale, stamp(micros(one.since))

    def seat_row(self, holding: Holding) -> Row:
        """The licence itself is as old as its first holder's time on it."""
        first = next(self.plan.holdings(holding.contract, holding.place))
        return holding.seat, holding.contract, stamp(micros(first.since))

    def write_rows(self, cursor: CursorWrapper, books: Sequence[Book]) -> None:
        storage = storages["product_files"]
        generators: dict[str, Generator] = OWN | {
            table: partial(generator, storage=storage) for table, generator in WITH_FILES.items()
        }
        for table in schema.TABLES:
            counted = "inmails" if table == "conversations" else table
            having = [book for book in books if book.count(counted)]
            if table in SHARED:
                shared = chain.from_iterable(map(SHARED[table], having))
                self.rows[table] += insert_missing(cursor, table, shared)
            if having:
                own = chain.from_iterable(map(generators[table], having))
                insert(cursor, table, self.counted(table, own))

    def counted(self, table: str, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            yield row
            self.rows[table] += 1
            self.written += 1
            if self.written % REPORTED_EVERY == 0:
                self.report()

    def report(self) -> None:
        """What comes on top of a batch's share does not count, or progress would run ahead."""
        if self.progress:
            self.progress(self.done + min(self.written, self.share_of_batch), self.total)
