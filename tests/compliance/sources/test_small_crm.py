"""The worked example of a map: it holds, and what it says of its tables happens to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from compliance.models import DataCategory
from compliance.sources import live, ranges, reading
from compliance.sources.base import BadKey, DataMap, Format, Reach, Scope, SeatKey, Source
from compliance.sources.declared import (
    Anonymise,
    AsParent,
    Child,
    Delete,
    EndOfYear,
    Reference,
    Retain,
    ThroughLinks,
    ThroughParent,
)
from compliance.sources.linking import selection
from compliance.sources.small_crm import (
    ASSIGNMENTS,
    DEAL_NOTES,
    DEALS,
    EDITIONS,
    GROUNDS,
    INVOICE_LINES,
    INVOICES,
    LEADS,
    NUMBER,
    PROFILES,
    SOURCES,
)
from compliance.sources.tables import Table
from tests.compliance.sources import small_crm
from tests.compliance.sources.small_crm import ANA, ANA_TOO, BEN, CARA, DAN, HOLDERS, Tables
from tests.compliance.sources.specimens import content, run

CUTOFF = datetime(2100, 1, 1, tzinfo=UTC)
TABLES = [source for source in SOURCES if isinstance(source, Table)]
NOTE_KEY = ("workspace_id", "deal", "position")


@pytest.fixture(autouse=True)
def crm(db: None) -> Iterator[None]:
    small_crm.create()
    small_crm.fill()
    yield
    live.forget()


def seats(*keys: SeatKey, **fields: Any) -> Scope:
    cutoff = fields.pop("cutoff", timezone.now())
    return Scope(Reach.SEATS, "acme", keys, cutoff, **fields)


def test_the_map_holds(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.DATA_MAP = "compliance.sources.small_crm"
    call_command("check_data_map")
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == ["ok"] * len(SOURCES)


def test_a_category_that_the_registry_does_not_have_is_told(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    DataCategory.objects.filter(slug="notes").delete()
    settings.DATA_MAP = "compliance.sources.small_crm"
    with pytest.raises(CommandError):
        call_command("check_data_map")
    assert (
        "wrong  deal_notes is of the category “notes”, which the registry does not have: no "
        "request would reach it." in capsys.readouterr().out.splitlines()
    )


def test_the_map_covers_every_table_that_is_somebodys() -> None:
    assert {table.name for table in TABLES} == set(small_crm.TABLES) - small_crm.REGISTER


WRONG: list[tuple[Source, str]] = [
    (
        replace(LEADS, references=(Reference("deals", "lead", pk=NUMBER),)),
        "leads: deals.lead must name as many columns as the key workspace_id, number.",
    ),
    (
        replace(LEADS, references=()),
        "leads: deals.workspace_id, lead points at leads, which is erased, and is declared neither "
        "a reference nor a child of it.",
    ),
    (
        replace(DEALS, children=(Child("deal_notes", ("deal", "workspace_id"), pk=NOTE_KEY),)),
        "deals: deal_notes.deal, workspace_id must be in the order workspace_id, deal.",
    ),
    (
        replace(DEALS, references=(Reference("deal_notes", ("workspace_id", "deal"), NOTE_KEY),)),
        "deals: deal_notes.workspace_id, deal may not be NULL: declare it a child.",
    ),
    (
        replace(DEALS, children=(Child("deal_notes", ("workspace_id", "deal"), pk=("id",)),)),
        "deal_notes.id: the product has no such column.",
    ),
    (
        replace(DEAL_NOTES, owner=ThroughParent(DEALS, "deal")),
        "deal_notes.deal must name as many columns as the key workspace_id, number.",
    ),
    (
        replace(DEAL_NOTES, owner=ThroughParent(DEALS, ("deal", "workspace_id"))),
        "deal_notes.deal, workspace_id must be in the order workspace_id, deal.",
    ),
    (
        replace(DEALS, owner=ThroughParent(ASSIGNMENTS, ("workspace_id", "lead"))),
        "deals.lead may be NULL: such a row would belong to nobody.",
    ),
    (
        replace(DEALS, owner=ThroughParent(replace(ASSIGNMENTS, pk=("number",)), "assignment")),
        "deals: assignments has no primary key of number.",
    ),
    (
        replace(DEALS, erasure=Anonymise({"assignment": 0}, "statistics")),
        "deals.assignment is a key: it cannot be anonymised and found again.",
    ),
    (
        replace(LEADS, erasure=AsParent()),
        "leads stays as its parent does, but it has none.",
    ),
    (
        replace(
            INVOICE_LINES,
            owner=ThroughParent(
                replace(INVOICES, erasure=Anonymise({"kind": "x"}, "statistics")),
                ("workspace_id", "invoice"),
            ),
        ),
        "invoice_lines stays as its parent does, which is anonymised: say what becomes of its "
        "columns.",
    ),
    (
        replace(LEADS, owner=ThroughLinks(PROFILES, "person_id")),
        "leads is linked to seats, so its key must be a single column.",
    ),
]


@pytest.mark.parametrize(("source", "sentence"), WRONG)
def test_a_declaration_that_does_not_hold_is_told_in_a_sentence(
    source: Source, sentence: str
) -> None:
    assert sentence in source.check()


def test_rows_to_retain_may_not_go_with_others() -> None:
    lines = replace(INVOICE_LINES, erasure=Retain({}, "accounting"))
    invoices = replace(INVOICES, erasure=Delete())
    assert DataMap((lines, invoices), EDITIONS, GROUNDS).check() == [
        "invoices erases rows of invoice_lines with its own, and invoice_lines retains some."
    ]


@pytest.mark.parametrize("key", [ANA, BEN, ANA_TOO], ids=str)
@pytest.mark.parametrize("limit", [2, 1000])
def test_a_seat_goes_in_bounded_batches_and_nothing_else_is_touched(
    key: SeatKey, limit: int
) -> None:
    before = small_crm.tables()
    retained = {}
    for table in TABLES:
        mine = small_crm.of(before, table.name, [key])
        assert table.count(seats(key)) == len(mine) > 0
        assert table.counts_by_seat(seats(key)) == {key: len(mine)}
        more = True
        while more:
            batch = table.erase(seats(key), limit)
            assert batch.erased <= limit
            more = batch.more
        assert table.remaining(seats(key)) == 0
        retained[table.name] = dict(batch.retained)
    assert small_crm.tables() == small_crm.without(before, [key])
    assert {name: kept for name, kept in retained.items() if kept} == {
        "invoice_lines": {"accounting": 4},
        "invoices": {"accounting": 2},
    }


@pytest.mark.parametrize("known", [(), (ANA, CARA)])
def test_a_workspace_goes_with_the_seats_nobody_knows(known: tuple[SeatKey, ...]) -> None:
    before = small_crm.tables()
    for table in TABLES:
        found = 0
        for reach in table.reaches(whole_contract=True):
            scope = Scope(reach, "acme", known, CUTOFF.replace(year=timezone.now().year))
            found += table.count(scope)
            while table.erase(scope, 3).more:
                pass
        assert found == len(small_crm.of(before, table.name, HOLDERS["acme"]))
    assert small_crm.tables() == small_crm.without(before, HOLDERS["acme"])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("size", [1, 3, 7])
def test_ranges_of_a_composite_key_cover_everything_once_and_in_order(
    table: Table, size: int
) -> None:
    everyone = (ANA, BEN, CARA, ANA_TOO, DAN)
    parts = table.split(seats(*everyone), size)
    assert (parts[0][0], parts[-1][1]) == (None, None)
    found = []
    for low, high in parts:
        rows = small_crm.parsed(rows_of(table, seats(*everyone, low=low, high=high)))
        assert len(rows) <= size
        found += [small_crm.key_of(table.name, row) for row in rows]
    world = small_crm.tables()
    assert sorted(found) == sorted(small_crm.of(world, table.name, everyone))


def rows_of(table: Table, scope: Scope) -> bytes:
    """As every way of writing them has them."""
    ways = [reading.rendered]
    if connections["product"].vendor == "postgresql":
        ways.append(reading.copied)
    for fmt in (Format.CSV, Format.JSONL):
        found = {content(way(selection(table, scope), fmt)) for way in ways}
        assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize("key", HOLDERS["acme"], ids=str)
def test_an_export_has_the_seats_rows_by_key(key: SeatKey) -> None:
    world: Tables = small_crm.tables()
    for table in TABLES:
        rows = small_crm.parsed(rows_of(table, seats(key)))
        mine = small_crm.of(world, table.name, [key])
        assert rows == [mine[one] for one in sorted(mine)]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2017-12-31 14:59:59.999999", False),  # in Tokyo still of 2017
        ("2017-12-31 15:00:00", True),  # there it is new year
        ("2018-12-31 14:59:59", True),
    ],
)
def test_whole_years_are_those_of_the_controllers_zone(
    settings: Any, written: str, kept: bool
) -> None:
    settings.CONTROLLER = {**settings.CONTROLLER, "time_zone": "Asia/Tokyo"}
    run("DELETE FROM invoice_lines")
    run("DELETE FROM invoices")
    moment = datetime.fromisoformat(written).replace(tzinfo=UTC)
    small_crm.add("invoices", "acme", 1, 1, 10, "invoice", 1, moment)
    last_day = datetime(2026, 12, 31, 14, 59, 59, tzinfo=UTC)
    scope = seats(ANA, cutoff=last_day)
    assert INVOICES.retained(scope) == ({"accounting": 1} if kept else {})
    assert INVOICES.retained_until(scope) == ({"accounting": date(2026, 12, 31)} if kept else {})
    over = replace(scope, cutoff=datetime(2026, 12, 31, 15, tzinfo=UTC))
    assert (INVOICES.retained(over), INVOICES.remaining(over)) == ({}, 1)


def test_parts_are_kept_as_long_as_what_they_are_of() -> None:
    run("DELETE FROM invoice_lines")
    run("DELETE FROM invoices")
    small_crm.add("invoices", "acme", 1, 1, 10, "invoice", 1, datetime(2020, 5, 1, tzinfo=UTC))
    later = datetime(2024, 5, 1, tzinfo=UTC)
    small_crm.add("invoice_lines", "acme", 1, 1, "Credits", 1, later)
    scope = seats(ANA, cutoff=datetime(2026, 1, 1, tzinfo=UTC))
    assert INVOICE_LINES.retained_until(scope) == {"accounting": date(2028, 12, 31)}
    assert INVOICE_LINES.grounds == {"accounting"}
    assert INVOICES.erasure == Retain(
        {"kind": ("invoice", "credit note")}, "accounting", EndOfYear(8)
    )


@pytest.mark.parametrize("key", [["acme", "7"], ['a"b', "ä", "1"], ["7"]])
def test_a_range_ends_at_a_key_of_any_texts(key: list[str]) -> None:
    assert ranges.key(ranges.end(key), len(key)) == key


@pytest.mark.parametrize("end", ["7", '["acme"]', '{"a":1}', "acme,7", ""])
def test_an_end_that_is_no_key_of_the_table_is_refused(end: str) -> None:
    with pytest.raises(BadKey):
        LEADS.count(seats(ANA, low=end))
