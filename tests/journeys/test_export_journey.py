"""An archive holds all of its scope and nothing else: held against the product's own tables."""

from __future__ import annotations

import hashlib
import html
import re
import time
import zlib
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.utils import translation

from tests.desk import Desk
from tests.journeys import truth
from tests.journeys.office import Office, Seat
from tests.journeys.truth import CATEGORIES, Whose
from tests.journeys.unpacked import Unpacked, is_cell_of

EVERYTHING = ("--categories", ",".join(CATEGORIES))
ON_REQUEST = {
    "user-information",
    "saved-leads",
    "crm-sync",
    "assistant-criteria",
    "assistant-messages",
}
NOT_IN_CORE = "seat-management"
# Art. 15(1): (a) why, (b) what, (c) to whom, (d) how long, (g) whence, (h) decisions; and 15(2).
TOLD = ("purpose", "description", "recipients", "retention", "source", "decisions", "safeguards")
PAGE = re.compile(r'.*<html lang="(?P<language>\w+)".*?<main(?P<body>.*)', re.DOTALL)
RIGHTS = ("Have it corrected", "Have it deleted", "Have its use restricted", "Take it with you")
HOW_TO_ASK = "Ask your account representative, or write to %(email)s."
MAILS = "SELECT template FROM compliance_emailmessage"
KNOWN = (b"index.html", b"data/notes", b"%PDF-", b"PK\x03\x04", b"created_at")
DESK = "privacy@larkfield.example"
OLD = "2025-06-01T12:00:00.000001Z"
LATER = "2099-01-01T00:00:00.000000Z"


def holds_exactly(archive: Unpacked, desk: Desk, whose: Whose, delivered: set[str]) -> None:
    """Row by row and column by column, file by file: everything, once, and nobody else's."""
    archive.check_leaflets()
    tables = archive.tables()
    assert tables.keys() <= delivered
    for category in delivered:
        for table in CATEGORIES[category]:
            entries = tables.get(category, {}).pop(table, [])
            expected = truth.rows_of(desk, table, whose)
            # A row written while the archive was made, or later, is for the next one.
            expected = {key: row for key, row in expected.items() if LATER not in row.values()}
            same_rows(archive, table, entries, expected)
        assert not tables.get(category), "a table that is not the category's"
        if category in truth.FOLDERS:
            same_files(archive, desk, category, whose)


def same_rows(
    archive: Unpacked, table: str, entries: list[str], expected: dict[tuple[Any, ...], truth.Row]
) -> None:
    types = truth.columns_of(table)
    found = list(archive.rows(entries))
    assert len(found) == len(expected), table
    for name in entries:
        assert archive.fields(name) == list(types)
    for row in found:
        assert list(row) == list(types)
        key = tuple(
            row[name] if types[name] == "day" else int(row[name]) for name in truth.key_of(table)
        )
        wanted = expected.pop(key)  # each of them once
        for name, type_ in types.items():
            value = wanted[name]
            if (table, name) in truth.MASKED:
                value = truth.masked(value)
            same = csv_shows if entries[0].endswith(".csv") else json_shows
            assert same(row[name], value, type_), (table, key, name, row[name], value)
    assert not expected


def csv_shows(cell: str | None, value: Any, type_: str) -> bool:
    if type_ == "text":
        return is_cell_of(cell, value)
    if isinstance(value, bool):
        return cell == ("true" if value else "false")
    return cell == (None if value is None else str(value))


def json_shows(cell: Any, value: Any, type_: str) -> bool:
    if isinstance(value, Decimal):
        return isinstance(cell, Decimal) and str(cell) == str(value)
    return cell == value and type(cell) is type(value)


def same_files(archive: Unpacked, desk: Desk, category: str, whose: Whose) -> None:
    found = archive.files(category)
    expected = truth.files_of(desk, category, whose)
    assert Counter(map(digest, found.values())) == Counter(
        digest(path.read_bytes()) for path in expected
    )
    # Names are made of the product's ids, so that the index of the same category leads to them.
    for path in expected:
        *_, seat, member, row, _name = path.parts
        own = f"-{path.stem}" if category == "account-list-files" else ""
        entry = next(entry for entry in found if entry.startswith(f"{seat}-{member}-{row}{own}."))
        assert digest(found[entry]) == digest(path.read_bytes())
        assert re.fullmatch(r"[0-9a-z_-]+\.[a-z0-9]+", entry)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def says_what_it_is(archive: Unpacked, desk: Desk, left_out: dict[str, str]) -> None:
    """The page names every category, those left out with the way to ask; and all of Art. 15(1)."""
    assert archive.states.keys() == CATEGORIES.keys()
    assert {slug: archive.states[slug] for slug in left_out} == left_out
    assert set(archive.states.values()) - set(left_out.values()) <= {"delivered", "nothing held"}
    page = PAGE.fullmatch(archive.page)
    assert page
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page["body"])).split())
    told = desk.sql("default", f"SELECT slug, name, {', '.join(TOLD)} FROM compliance_datacategory")
    with translation.override(page["language"]):
        for slug, name, *information in told:
            assert translation.gettext(name) in text
            if left_out.get(slug) == "not applicable":
                continue
            for line in (line for said in information for line in _lines(said)):
                assert line in text, (slug, line)
        for said in (
            *RIGHTS,
            *([HOW_TO_ASK] if "on request" in left_out.values() else []),
            *(["Does not apply"] if "not applicable" in left_out.values() else []),
        ):
            assert translation.gettext(said).replace("%(email)s", DESK) in text, said
        masked = "E-mail addresses of other people are masked (Art. 15(4))."
        delivered = archive.states["inmails-messages"] == "delivered"
        assert text.count(translation.gettext(masked)) == delivered
    assert "Data Protection Commission" in text  # (f): where to complain
    assert DESK in text


def _lines(said: str) -> list[str]:
    return translation.gettext(said).splitlines() if said else []


def plant_what_is_odd(desk: Desk, seat: Seat, stranger: int) -> None:
    """On the seat's licence: a note and a file of somebody who never had it as far as we know; of
    the seat itself a note of the future and, where a database can hold them, notes with NULs."""
    notes = [(stranger, "=1+1", OLD), (seat.person, "too late", LATER)]
    if desk.database_url("product").startswith("sqlite"):
        notes += [(seat.person, body, OLD) for body in ("\0=1+1", 'a\0b, "c"', "\0")]
    columns = "id, seat_id, member_id, body, is_shared, created_at"
    for number, (person, body, written) in enumerate(notes):
        values = [number, seat.licence, person, body, written]
        desk.sql(
            "product", f"INSERT INTO notes ({columns}) VALUES (%s, %s, %s, %s, NULL, %s)", values
        )
    folder = desk.product_files / "smartlinks" / str(seat.licence) / str(stranger) / "1"
    folder.mkdir(parents=True)
    folder.joinpath("left behind.pdf").write_bytes(b"%PDF-1.4 left behind")


def test_every_archive_holds_all_of_its_scope_and_nothing_else(office: Office) -> None:
    desk, contract = office.desk, office.seats[0].contract
    whole = Whose(office.seats_of(contract)[0].customer)
    former = office.handed_over(contract)
    twice = next(
        seat
        for seat in office.seats_of(contract)
        if [other.person for other in office.seats].count(seat.person) == 2
    )
    plant_what_is_odd(desk, former, stranger=office.seats[4].person)
    administrator = office.administrator(contract)
    asked = {
        office.ask("export", former, *EVERYTHING, "--format", "jsonl", by=former.member): former,
        office.ask("export", twice, *EVERYTHING, by=twice.member): twice,
        office.ask("export", contract, *EVERYTHING, "--format", "jsonl", by=administrator): None,
        office.ask("export", contract, "--format", "csv", by="staff:ben"): None,
    }
    office.inside("let_through", *asked)
    office.carry_out(*asked)

    for reference, seat in asked.items():
        shown = office.show(reference)
        file = office.open_archive(reference, seat.member if seat else "staff:ana")
        assert shown["files"][0]["sha256"] == digest(file.read_bytes())
        archive = Unpacked(file)
        whose = Whose(whole.contract, seat) if seat else whole
        holds_exactly(archive, desk, whose, set(shown["categories"]))
        left_out = dict.fromkeys(CATEGORIES.keys() - shown["categories"], "on request")
        says_what_it_is(archive, desk, left_out)
        receipts = Counter(receipt["kind"] for receipt in shown["receipts"])
        assert receipts == {"acknowledgement": 1, "decision": 1, "export_receipt": 1}
    assert shown["categories"] == [slug for slug in CATEGORIES if slug not in ON_REQUEST]


def test_an_archive_of_three_hundred_seats_is_whole_however_many_parts_it_had(
    office: Office,
) -> None:
    desk, number = office.desk, "C-2026-0006"
    office.inside("take_on", 1, 250, 19, 6)
    # Their agreement says so; else three hundred letters would be part of this.
    desk.sql("default", "UPDATE seats_contract SET tells_members = %s", [False])
    desk.settings.update(PART_ROWS="100")
    assert len(office.seats_of(number)) == 300
    whole = Whose(office.seats_of(number)[0].customer)
    reference = office.ask("export", number, *EVERYTHING, "--format", "jsonl", by="staff:ben")
    office.inside("let_through", reference)

    with desk.work("--until-idle") as process:
        while process.poll() is None:
            nothing_readable(desk)
            time.sleep(0.2)
    shown = office.show(reference)
    assert shown["status"] == "completed", office.log
    archive = Unpacked(office.open_archive(reference, "staff:ana"))
    assert len(archive.tables()["notes"]["notes"]) == 3
    holds_exactly(archive, desk, whole, CATEGORIES.keys() - {NOT_IN_CORE})
    says_what_it_is(archive, desk, {NOT_IN_CORE: "not applicable"})
    assert "told_export" not in {name for (name,) in desk.sql("default", MAILS)}


def nothing_readable(desk: Desk) -> None:
    """Parts and archives are sealed from their first byte on."""
    for path in desk.exports.rglob("*"):
        with suppress(FileNotFoundError, IsADirectoryError):
            sealed = path.read_bytes()
            inflated = b""
            with suppress(zlib.error):
                inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(sealed)
            assert not [known for known in KNOWN if known in sealed + inflated], path


def test_a_copy_of_what_needs_no_review_is_its_owners_alone_and_gone_in_time(
    office: Office,
) -> None:
    desk, seat = office.desk, office.only_seat(office.seats[4].contract)
    reference = office.ask("export", seat, "--categories", "notes,usage-reporting", by=seat.member)
    office.carry_out(reference)

    shown = office.show(reference)
    assert [row["role"] for row in shown["approvals"]] == ["policy"]
    for stranger in strangers_to(office, seat):
        refused = office.refused(
            "open_archive", reference, "--to", desk.folder / "stolen.zip", "--as", stranger
        )
        assert reference in refused
        assert not desk.folder.joinpath("stolen.zip").exists()
    file = office.open_archive(reference, seat.member)
    there = office.refused("open_archive", reference, "--to", file, "--as", seat.member)
    assert "is there already" in there
    archive = Unpacked(file)
    holds_exactly(archive, desk, Whose(seat.customer, seat), {"notes", "usage-reporting"})
    left_out = {
        slug: "on request" if slug in ON_REQUEST else "not asked"
        for slug in CATEGORIES.keys() - {"notes", "usage-reporting"}
    }
    says_what_it_is(archive, desk, left_out)
    office.do("open_archive", reference, "--to", desk.folder / "ana.zip", "--as", "staff:ana")
    assert opened_by(office, reference) == [seat.member, "staff:ana"]
    for receipt in office.show(reference)["receipts"]:
        desk.manage("verify_receipt", receipt["path"])

    ((sealed, key),) = desk.sql("default", "SELECT object_name, key_id FROM compliance_archive")
    backup = desk.exports.joinpath(sealed).read_bytes()
    desk.sql("default", "UPDATE compliance_archive SET expires_at = %s", [OLD])
    assert "no longer" in office.refused(
        "open_archive", reference, "--to", desk.folder / "late.zip", "--as", seat.member
    )
    office.work()
    assert not [path for path in desk.exports.rglob("*") if path.is_file()]
    assert desk.sql("default", "SELECT id FROM compliance_wrappedkey WHERE id = %s", [key]) == []
    desk.exports.joinpath(sealed).parent.mkdir(exist_ok=True)
    desk.exports.joinpath(sealed).write_bytes(backup)  # somebody's copy of it is noise for good
    assert "no longer" in office.refused(
        "open_archive", reference, "--to", desk.folder / "late.zip", "--as", seat.member
    )
    assert [one["data"] for one in office.show(reference)["events"]][-1] == {"because": "expired"}
    office.do("verify_audit")


def strangers_to(office: Office, seat: Seat) -> list[str]:
    """Another member, the contract's administrator, a representative, an auditor, nobody."""
    other = next(one.member for one in office.seats if one.member != seat.member)
    return [
        *(other, office.administrator(seat.contract)),
        *("staff:rita", "staff:stranger", "staff:otto"),
    ]


def opened_by(office: Office, reference: str) -> list[str]:
    events = office.show(reference)["events"]
    return [event["actor"] for event in events if event["action"] == "archive_opened"]
