from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from compliance.sample import schema
from compliance.sources import columns
from compliance.sources.base import DataMap, Source, _load, data_map
from compliance.sources.declared import (
    Anonymise,
    Child,
    ContractColumn,
    LicenceTable,
    Orphan,
    OwnColumns,
    Reference,
    Retain,
    ThroughLinks,
    ThroughParent,
)
from compliance.sources.files import Files
from compliance.sources.navigator import (
    CRM_CONTACTS,
    CRM_LINKS,
    EDITIONS,
    GROUNDS,
    INMAILS,
    NOTES,
    PRESENTATIONS,
    SAVED_LEADS,
    SEAT_EVENTS,
    SOURCES,
    USAGE,
    VIEWS,
)
from tests.compliance.sources.specimens import run

pytestmark = pytest.mark.usefixtures("db")


def test_the_sample_products_map_holds() -> None:
    assert [wrong for source in SOURCES for wrong in source.check()] == []
    assert data_map().check() == []


def test_the_map_covers_every_table_that_is_somebodys() -> None:
    covered = {source.name for source in SOURCES}
    parents = {"contracts", "members", "seats", "conversations"}
    assert covered >= set(schema.TABLES) - parents


WRONG: list[tuple[Source, str]] = [
    (replace(NOTES, name="nots"), "nots: the product has no such table."),
    (replace(NOTES, created="made_at"), "notes.made_at: the product has no such column."),
    (
        replace(NOTES, columns={**NOTES.columns, "body": columns.INTEGER}),
        "notes.body is declared integer, but it is text.",
    ),
    (
        replace(USAGE, columns={**USAGE.columns, "score": columns.decimal(3)}),
        "usage_daily.score is declared decimal(3), but it is numeric(5,2).",
    ),
    (
        replace(NOTES, columns={key: kind for key, kind in NOTES.columns.items() if key != "body"}),
        "notes.body is not in the map: declare it, or leave it out on purpose.",
    ),
    (
        replace(INMAILS, masks={"counterpart_email": "rot13"}),
        "inmails.counterpart_email has a mask that does not exist: “rot13”.",
    ),
    (replace(NOTES, masks={"id": "hide"}), "notes.id is masked, but it is no text in the export."),
    (
        replace(NOTES, created="body"),
        "notes.body is no moment: a cut-off cannot be held against it.",
    ),
    (
        replace(NOTES, created="body"),
        "notes.body may be NULL: such a row would never be in a scope.",
    ),
    (replace(NOTES, pk=("lead_id",)), "notes has no primary key of lead_id."),
    (
        replace(USAGE, children=(Child("smartlinks_views", "presentation_id"),)),
        "usage_daily: smartlinks_views.presentation_id must name as many columns as the key "
        "seat_id, member_id, day.",
    ),
    (
        replace(NOTES, owner=OwnColumns(seat="lead_id")),
        "notes.lead_id may be NULL: such a row would belong to nobody.",
    ),
    (
        replace(CRM_CONTACTS, owner=OwnColumns("contract_id", "id")),
        "crm_contacts has no index that begins with contract_id, id: whole tables would be read.",
    ),
    (
        replace(NOTES, owner=ThroughParent(SAVED_LEADS, "lead_id")),
        "notes.lead_id may be NULL: such a row would belong to nobody.",
    ),
    (
        replace(VIEWS, owner=ThroughParent(PRESENTATIONS, "seconds")),
        "smartlinks_views has no index that begins with seconds: whole tables would be read.",
    ),
    (
        replace(CRM_CONTACTS, contract=LicenceTable()),
        "crm_contacts is shared between seats, so it must name its contract itself.",
    ),
    (
        replace(CRM_CONTACTS, owner=ThroughLinks(VIEWS, "presentation_id")),
        "crm_contacts is linked by smartlinks_views, which does not name the seat itself.",
    ),
    (
        replace(CRM_CONTACTS, owner=ThroughLinks(CRM_LINKS, "contact_id", ((NOTES, "lead_id"),))),
        "crm_contacts is used by notes, which is not reached through links.",
    ),
    (
        replace(NOTES, contract=ContractColumn("account_id")),
        "notes.account_id may be NULL: such a row would belong to no contract.",
    ),
    (
        replace(NOTES, contract=LicenceTable(table="licences")),
        "licences: the product has no such table.",
    ),
    (
        replace(NOTES, erasure=Anonymise({"seat_id": 0}, "statistics")),
        "notes.seat_id is a key: it cannot be anonymised and found again.",
    ),
    (
        replace(PRESENTATIONS, erasure=Anonymise({"file_key": None}, "statistics")),
        "smartlinks_presentations.file_key cannot be anonymised to NULL: it may not be NULL.",
    ),
    (replace(NOTES, erasure=Retain({}, "")), "notes keeps rows without a ground."),
    (
        replace(NOTES, erasure=Retain({"sort": ("invoice",)}, "accounting")),
        "notes.sort: the product has no such column.",
    ),
    (
        replace(SAVED_LEADS, references=(Reference("notes", "lead_id"),)),
        "saved_leads: assistant_messages.lead_id points at saved_leads, which is erased, and is "
        "declared neither a reference nor a child of it.",
    ),
    (
        replace(PRESENTATIONS, references=(Reference("smartlinks_views", "presentation_id"),)),
        "smartlinks_presentations: smartlinks_views.presentation_id may not be NULL: declare it a "
        "child.",
    ),
    (
        replace(PRESENTATIONS, children=(Child("smartlinks_views", "seconds"),)),
        "smartlinks_presentations: smartlinks_views has no index that begins with seconds: whole "
        "tables would be read.",
    ),
    (
        replace(NOTES, children=(Child("saved_leads", "employees"),)),
        "saved_leads.employees: the product has no such column.",
    ),
    (
        replace(PRESENTATIONS, children=(Child("saved_leads", "id"),)),
        "smartlinks_presentations: notes.lead_id points at saved_leads, which is erased, and is "
        "declared neither a reference nor a child of it.",
    ),
    (
        replace(CRM_LINKS, orphans=(Orphan("crm_contacts", "contact_id"),)),
        "crm_links: crm_activities.contact_id keeps rows of crm_contacts alive and is not "
        "declared.",
    ),
    (
        replace(NOTES, columns={**NOTES.columns, 'a"b': columns.TEXT}),
        'notes.a"b: the product has no such column.',
    ),
    (
        Files(category="notes", folder="notes/{member}/{seat}/"),
        "notes-files: the folder must be like some/path/{seat}/{member}/.",
    ),
    (
        Files(category="notes", folder="notes/{seat}/{member}/", storage="attic"),
        "notes-files: there is no storage attic.",
    ),
    (
        Files(
            category="notes", folder="notes/{seat}/{member}/", licences=LicenceTable(key="number")
        ),
        "notes-files: seats.number: the product has no such column.",
    ),
]


@pytest.mark.parametrize(("source", "sentence"), WRONG)
def test_a_declaration_that_does_not_hold_is_told_in_a_sentence(
    source: Source, sentence: str
) -> None:
    assert sentence in source.check()


def test_moments_that_do_not_sort_like_time_are_told() -> None:
    if connections["product"].vendor != "sqlite":
        pytest.skip("Only SQLite keeps moments as texts.")
    run("INSERT INTO conversations VALUES (1, '2026-01-01T00:00:00.000000Z')")
    conversations: Any = replace(
        NOTES,
        name="conversations",
        columns={**columns.integers("id"), **columns.moments("started_at")},
        created="started_at",
    )
    assert not [wrong for wrong in conversations.check() if "moments" in wrong]
    run("INSERT INTO conversations VALUES (2, '2026-01-01 00:00:00')")
    assert [wrong for wrong in conversations.check() if "moments in started_at" in wrong]


def test_a_map_is_held_against_itself() -> None:
    wrong = DataMap(
        (PRESENTATIONS, VIEWS, NOTES, NOTES, replace(SEAT_EVENTS, erasure=Retain({}, "tax"))),
        {"advanced": "Advanced"},
        GROUNDS,
    ).check()
    assert wrong == [
        "smartlinks_presentations erases rows of smartlinks_views with its own: smartlinks_views "
        "must come before it.",
        "notes is declared twice.",
        "seat_events retains rows on the ground “tax”, which GROUNDS does not say.",
        "seat_events applies to the edition “advanced_plus”, which EDITIONS does not name.",
    ]


def test_the_map_finds_its_sources() -> None:
    assert data_map().source("notes") is NOTES
    assert [source.name for source in data_map().for_category("smartlinks-presentations")] == [
        "smartlinks-presentations-files",
        "smartlinks_presentations",
    ]
    assert data_map().editions == EDITIONS
    with pytest.raises(KeyError):
        data_map().source("sources")


def answer(*arguments: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("check_data_map", *arguments, stdout=out, no_color=True)
    except CommandError as error:
        return f"{out.getvalue()}{error}", error.returncode
    return out.getvalue(), 0


def test_the_command_says_of_each_source_that_it_holds() -> None:
    said, code = answer()
    assert code == 0
    assert len(said.splitlines()) == len(SOURCES)
    assert "ok     notes (notes, rows)" in said.splitlines()


def test_the_command_says_what_is_wrong_and_fails() -> None:
    run("DROP INDEX notes_1_idx")
    said, code = answer()
    assert code == 1
    assert (
        "wrong  saved_leads (saved-leads, rows): saved_leads: notes has no index that begins with "
        "lead_id: whole tables would be read." in said.splitlines()
    )
    assert said.endswith("1 thing is wrong in the data map.")
    said, code = answer("--json")
    told = json.loads(said.splitlines()[0])
    assert (told["ok"], code) == (False, 1)
    assert [source["name"] for source in told["sources"] if source["wrong"]] == ["saved_leads"]


@pytest.mark.parametrize("name", ["no.such.module", "compliance.sources.base"])
def test_a_setting_that_names_no_map_is_told(settings: Any, name: str) -> None:
    settings.DATA_MAP = name
    _load.cache_clear()
    said, code = answer()
    assert code == 1
    assert said.startswith(f"DATA_MAP is {name}, which is no data map")
    _load.cache_clear()
