"""Fills the sample product: its database and its files."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import datetime
from itertools import islice
from itertools import product as every

from django.utils import timezone

from compliance.sample import schema
from compliance.sample.filling import Filling, Licence, Progress
from compliance.sample.mix import MIX, NEEDS
from compliance.sample.plan import MOST_ROWS, MOST_SEATS, YEARS, Plan
from compliance.sample.seeded import Seeded
from compliance.sample.writing import analyze, bulk_loading, product

ROWS_AT_ONCE = 20_000
LICENCES_AT_ONCE = 1_000


def seed(
    *,
    contracts: int = 3,
    seats: int = 20,
    rows_per_seat: int = 40,
    first: int = 1,
    handovers: bool = True,
    only: Set[str] | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> Seeded:
    """Fill the product database and the storage `product_files`, the same way each time.

    Makes the contracts numbered `first` to `first + contracts - 1` with `seats` licences each.
    Every holder of a licence gets `rows_per_seat` rows, spread over the tables of `mix.MIX` (one in
    each when there are that many), most of them mail; conversations, the CRM contacts two holders
    share and the CRM rows of no seat come on top.  A licence in five had an earlier holder, unless
    `handovers` is False.

    `only` names the tables of `mix.MIX` to fill.  With `{"inmails"}` and no handovers there are
    exactly `contracts * seats * rows_per_seat` InMails, of about 500 bytes each as CSV.
    `progress(done, total)` is called every few thousand rows, in rows.
    `now` (default: the present) ends the three years over which rows are spread; a contract that
    is already there keeps its own.

    A licence that is already there is left as it is, whatever has since been deleted from it: a
    second run changes nothing, an interrupted one goes on, a larger one adds.  One transaction a
    batch; memory depends on none of the numbers.  ValueError says which argument makes no sense.
    """
    tables = checked(contracts, seats, rows_per_seat, first, only)
    moment = now or timezone.now()
    if timezone.is_naive(moment):
        raise ValueError("Give `now` with its time zone.")
    schema.create()
    plan = Plan(first, contracts, seats, handovers, clocks(first, contracts), moment)
    filling = Filling(plan, rows_per_seat, tables, progress)
    with bulk_loading():
        for batch in batches(plan, rows_per_seat):
            filling.fill(batch)
    analyze(table for table in schema.TABLES if filling.rows[table])
    return Seeded(plan, +filling.rows, filling.made, filling.skipped)


def checked(
    contracts: int, seats: int, rows_per_seat: int, first: int, only: Set[str] | None
) -> Set[str]:
    if contracts < 1 or first < 1 or not 1 <= seats <= MOST_SEATS:
        raise ValueError(f"Ask for at least one contract, and for 1 to {MOST_SEATS} seats in each.")
    if not 0 <= rows_per_seat <= MOST_ROWS:
        raise ValueError(f"A seat can be given 0 to {MOST_ROWS} rows.")
    tables = MIX.keys() if only is None else only
    if unknown := tables - MIX.keys():
        raise ValueError(f"No such table to fill: {', '.join(sorted(unknown))}.")
    for table, needed in NEEDS.items():
        if table in tables and needed not in tables:
            raise ValueError(f"{table} cannot be filled without {needed}.")
    return tables


def clocks(first: int, contracts: int) -> dict[int, datetime]:
    """When it is "now" for each contract that is there, and for the two beside the asked ones."""
    found = {}
    with product().cursor() as cursor:
        cursor.execute(
            "SELECT id, created_at FROM contracts WHERE id BETWEEN %s AND %s",
            [first - 1, first + contracts],
        )
        for number, created in cursor.fetchall():
            moment = datetime.fromisoformat(created) if isinstance(created, str) else created
            found[int(number)] = moment + YEARS
    return found


def batches(plan: Plan, rows_per_seat: int) -> Iterator[list[Licence]]:
    """The licences, as many at a time as make a good transaction."""
    size = max(1, min(LICENCES_AT_ONCE, ROWS_AT_ONCE // max(1, rows_per_seat)))
    licences = every(plan.numbers, range(1, plan.seats + 1))
    while batch := list(islice(licences, size)):
        yield batch
