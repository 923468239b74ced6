"""The product is written to while we read and erase it: the cut-off decides."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.journeys import product
from tests.journeys.company import Company, Seat
from tests.journeys.endings import certificate
from tests.journeys.writing import FIRST, NOTE, Writer, now

CREATED = {"notes": "created_at", "inmails": "sent_at", "seat_profiles": "created_at"}


def keys(company: Company, seat: Seat, table: str, sign: str, cutoff: str) -> list[str]:
    """Of the seat's rows written up to the cut-off ("<=") or later (">"), sorted."""
    moment = datetime.fromisoformat(cutoff).isoformat(timespec="microseconds")
    rows = company.desk.sql(
        "product",
        f"SELECT id FROM {table} WHERE seat_id = %s AND member_id = %s "
        f"AND {CREATED[table]} {sign} %s",
        [seat.product_id, seat.member_id, moment.replace("+00:00", "Z")],
    )
    return sorted(str(key) for (key,) in rows)


def test_an_export_holds_the_rows_up_to_its_cut_off_and_no_later_one(company: Company) -> None:
    seat = company.seats[0]

    with company.work(), Writer(company.desk, seat).at_work():
        company.close("inmails.read")
        reference = company.ask("export", seat)
        company.met("inmails.read")
        company.open("inmails.read")
        company.completed(reference)

    cutoff = company.facts(reference)["cutoff_at"]
    delivered = product.opened(company.desk, reference).rows()
    for table in ("notes", "inmails"):
        found = sorted(str(row["id"]) for row in delivered[table])
        assert found == keys(company, seat, table, "<=", cutoff)
        assert any(int(key) >= FIRST for key in found)
        assert keys(company, seat, table, ">", cutoff)


def test_a_deletion_ends_at_its_cut_off_and_names_what_was_written_later(
    company: Company,
) -> None:
    seat = company.seats[0]
    others = product.others(company.desk, seat)
    writer = Writer(company.desk, seat)

    with company.work(), writer.at_work():
        company.close("ledger.erasure_intent")
        reference = company.ask("deletion", seat)
        company.met("ledger.erasure_intent")
        late_file = write_late(company, seat)
        # The first time an item's end, the second the recount.
        for _time in range(2):
            company.close("notes.remaining")
            company.open("ledger.erasure_intent")
            company.met("notes.remaining")
            writer.rest("inmails", *(["notes"] if _time else []))
            company.open("notes.remaining")
        company.completed(reference)

    cutoff = company.facts(reference)["cutoff_at"]
    later = {row["slug"]: row["later"] for row in certificate(company, reference)["categories"]}
    for table, slug in {"notes": "notes", "inmails": "inmails-messages"}.items():
        left = keys(company, seat, table, ">", cutoff)
        assert keys(company, seat, table, "<=", cutoff) == []
        assert later[slug] == len(left) > 0
    profiles = keys(company, seat, "seat_profiles", ">", cutoff)
    assert 0 < later["user-information"] <= len(profiles)
    assert later["smartlinks-presentations"] == 1
    assert late_file.read_text() == "Written meanwhile"
    assert product.others(company.desk, seat) == others


def write_late(company: Company, seat: Seat) -> Path:
    """What stands in the way of what goes: a note on an old lead, a viewer of an old file."""
    owner = [seat.product_id, seat.member_id]
    one = "SELECT max(id) FROM {} WHERE seat_id = %s AND member_id = %s"
    ((lead,),) = company.desk.sql("product", one.format("saved_leads"), owner)
    ((shown,),) = company.desk.sql("product", one.format("smartlinks_presentations"), owner)
    company.desk.sql("product", NOTE, [FIRST - 1, *owner, lead, False, now()])
    company.desk.sql(
        "product",
        "INSERT INTO smartlinks_views (id, presentation_id, viewed_at) VALUES (%s, %s, %s)",
        [FIRST - 1, shown, now()],
    )
    folder = company.desk.product_files.joinpath("smartlinks", *map(str, owner), str(FIRST))
    file = folder / "late.txt"
    file.parent.mkdir()
    file.write_text("Written meanwhile")
    return file
