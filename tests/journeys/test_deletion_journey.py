"""After a certificate nothing of the scope is left anywhere, and everything else is untouched."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf

from tests.desk import Desk
from tests.journeys import loss, planting
from tests.journeys.loss import Loss
from tests.journeys.office import Office, Seat
from tests.journeys.searching import in_letters, sightings
from tests.journeys.truth import CATEGORIES

EVERYTHING = ("--categories", ",".join(CATEGORIES))
# Columns of rows that stay and may point at rows that go.
EMPTIED = {
    "notes": {"lead_id": "saved_leads", "account_id": "saved_accounts"},
    "assistant_messages": {"lead_id": "saved_leads"},
    "crm_links": {
        "contact_id": "crm_contacts",
        "account_id": "crm_accounts",
        "activity_id": "crm_activities",
    },
}
# What lives until the last notice was delivered and 30 days: contact and correspondence.
FOR_A_MONTH = {
    "default.compliance_privacyrequest",
    "default.compliance_emailmessage",
    "default.compliance_message",
    "default.compliance_remark",
    "default.compliance_internalnote",
    "rightsdesk.sqlite3",
    "rightsdesk.sqlite3-wal",
}


def test_nothing_of_a_person_is_left_after_their_last_seat_was_deleted(office: Office) -> None:
    desk, seat = office.desk, office.only_seat(office.seats[0].contract)
    words = planting.Words()
    planting.in_person(office, words, seat)
    planting.in_product(desk, words, loss.of_seat(loss.taken(desk), seat))
    copy, deletion = (
        office.ask(kind, seat, *EVERYTHING, by=seat.member) for kind in ("export", "deletion")
    )
    for reference, text in ((copy, words.earlier), (deletion, words.written)):
        office.take(reference, "verify", "staff:ana")
        office.take(reference, "ask", "staff:ana", "--reason", f"What about {text}?")
        office.take(reference, "answer", seat.member, "--reason", f"This about {text}.")
    office.inside("write_down", deletion, words.written)
    office.inside("let_through", copy, deletion)
    before, others = loss.taken(desk), people_but(desk, seat)
    everywhere = sightings(office, *vars(words).values())
    assert all(everywhere.values()), "a canary was not planted"

    office.carry_out(copy, deletion)

    gone = loss.of_seat(before, seat)
    assert loss.differences(loss.taken(desk), loss.left(before, gone)) == {}
    assert people_but(desk, seat) == others
    assert traces_of(desk, seat) == [(None, "", "", "")]
    certified(office, deletion, gone, set(CATEGORIES))
    ids = f"{seat.licence}-{seat.person}"  # as entries of the copy were called
    still = sightings(office, *vars(words).values(), ids)
    assert still[words.product] == still[words.name] == still[words.earlier] == set()
    assert still[ids] == set()
    assert still[words.address] | still[words.written] <= FOR_A_MONTH
    assert {place.split(".")[0] for place in still[words.shared]} <= {"product"}
    assert in_letters(desk, words.product, words.shared) == set()

    a_month_later(desk)
    office.work()
    still = sightings(office, *vars(words).values())
    assert {word for word, places in still.items() if places} == {words.shared}
    assert [path for path in desk.exports.rglob("*") if path.is_file()] == []
    assert office.show(deletion)["status"] == "completed"
    office.do("verify_audit")


def test_a_contract_goes_whole_and_its_members_stay(office: Office) -> None:
    desk, number = office.desk, office.seats[4].contract
    seats = office.seats_of(number)
    held, customer = seats[0], seats[0].customer
    words = planting.Words()
    planting.by_nobody_we_know(desk, office.handed_over(number), office.seats[0].person)
    planting.in_product(desk, words, loss.of_contract(loss.taken(desk), customer))
    people = desk.sql("default", "SELECT * FROM seats_member ORDER BY id")
    administrator = office.administrator(number)
    other_copy = office.ask("export", office.only_seat(office.seats[0].contract), by="staff:ana")
    copy = office.ask("export", number, *EVERYTHING, by=administrator)
    reference = office.ask("deletion", number, by=administrator)
    hold = office.inside("place_hold", number, held.number, ("notes", "crm-sync"))
    office.inside("let_through", copy, reference, other_copy)
    before = loss.taken(desk)

    office.carry_out(copy, reference, other_copy)

    whole = loss.of_contract(before, customer)
    # What the held notes point at stays too, or they would no longer be what they were.
    pointed_at = ("saved-leads", "saved-accounts")
    kept = loss.without(whole, before, held, ("notes", "crm-sync", *pointed_at))
    assert sum(map(len, kept.shared.values())) > 5
    assert loss.differences(loss.taken(desk), loss.left(before, kept, EMPTIED)) == {}
    first = certified(office, reference, kept, set(CATEGORIES), ground="hold")
    assert ids_of(desk, number) == {str(seat.licence) for seat in seats}

    office.inside("lift_hold", hold)
    office.carry_out(reference)
    assert loss.differences(loss.taken(desk), loss.left(before, whole)) == {}
    second = certified(office, reference, whole, set(CATEGORIES))
    assert second["replaces"] == first["number"]
    assert ids_of(desk, number) == {""}
    assert desk.sql("default", "SELECT * FROM seats_member ORDER BY id") == people
    assert sightings(office, words.product) == {words.product: set()}
    assert in_letters(desk, words.product) == set()
    assert archives_of(desk) == {copy: "destroyed", other_copy: "there"}
    assert sorted(told_by_letter(desk)) == sorted({address for _, address in members(desk, seats)})
    office.do("verify_audit")


def test_two_categories_go_and_what_points_at_them_stays(office: Office) -> None:
    desk, seat = office.desk, office.only_seat(office.seats[0].contract)
    administrator = office.administrator(seat.contract)
    leads = office.ask("export", seat, "--categories", "saved-leads", by=seat.member)
    notes = office.ask("export", seat, "--categories", "notes", by=administrator)
    office.inside("let_through", leads)
    office.carry_out(leads, notes)
    doomed = ("saved-leads", "saved-accounts")
    reference = office.ask("deletion", seat, "--categories", ",".join(doomed), by=seat.member)
    office.inside("let_through", reference)
    before = loss.taken(desk)
    rows, people = ids_of(desk, seat.contract), people_but(desk, office.seats[-1])

    office.carry_out(reference)

    gone = loss.narrowed(loss.of_seat(before, seat), doomed)
    after = loss.left(before, gone, EMPTIED)
    assert after.tables["notes"] != before.tables["notes"]
    assert loss.differences(loss.taken(desk), after) == {}
    certified(office, reference, gone, set(doomed))
    assert (ids_of(desk, seat.contract), people_but(desk, office.seats[-1])) == (rows, people)
    assert archives_of(desk) == {leads: "destroyed", notes: "there"}
    assert office.ask("deletion", seat, by=seat.member)  # the rest can still be asked for


def members(desk: Desk, seats: list[Seat]) -> set[tuple[str, str]]:
    addresses = dict(desk.sql("default", "SELECT id, email FROM seats_member"))
    return {(seat.member, addresses[int(seat.member.removeprefix("member:M-"))]) for seat in seats}


def told_by_letter(desk: Desk) -> list[str]:
    """Who was told, in a letter that left, that their data will be deleted."""
    query = 'SELECT "to" FROM compliance_emailmessage WHERE template = %s AND state = %s'
    told = [address for (address,) in desk.sql("default", query, ["told_deletion", "sent"])]
    assert {mail["To"] for mail in desk.mails()} >= set(told)
    return told


def ids_of(desk: Desk, contract: str) -> set[str]:
    """What our seats of the contract are called in the product."""
    query = (
        "SELECT s.product_id FROM seats_seat s JOIN seats_contract c ON c.id = s.contract_id "
        "WHERE c.number = %s"
    )
    return {product_id for (product_id,) in desk.sql("default", query, [contract])}


def archives_of(desk: Desk) -> dict[str, str]:
    query = (
        "SELECT r.reference, a.object_name, a.destroyed_at FROM compliance_archive a "
        "JOIN compliance_privacyrequest r ON r.id = a.request_id"
    )
    found = {}
    for reference, name, destroyed in desk.sql("default", query):
        assert desk.exports.joinpath(name).exists() == (destroyed is None)
        found[reference] = "destroyed" if destroyed else "there"
    return found


def people_but(desk: Desk, seat: Seat) -> list[tuple[Any, ...]]:
    """Our rows about all other seats and members."""
    member = seat.member.removeprefix("member:M-")
    seats = desk.sql("default", "SELECT * FROM seats_seat WHERE number <> %s", [seat.number])
    people = desk.sql("default", "SELECT * FROM seats_member WHERE id <> %s", [int(member)])
    return sorted([*seats, *people], key=repr)


def traces_of(desk: Desk, seat: Seat) -> list[tuple[Any, ...]]:
    return desk.sql(
        "default",
        "SELECT m.product_id, m.name, m.email, s.product_id FROM seats_seat s "
        "JOIN seats_member m ON m.id = s.member_id WHERE s.number = %s",
        [seat.number],
    )


def certified(
    office: Office, reference: str, gone: Loss, categories: set[str], ground: str = "shared"
) -> dict[str, Any]:
    """The certificate's numbers are those counted here; its file is genuine. Its record."""
    receipts = reversed(office.show(reference)["receipts"])
    path = next(one["path"] for one in receipts if one["kind"] == "deletion_certificate")
    office.desk.manage("verify_receipt", path)
    with pikepdf.open(path) as pdf:
        record: dict[str, Any] = json.loads(pdf.attachments["receipt.json"].get_file().read_bytes())
    assert record["recount"]["remaining"] == 0
    assert {row["slug"] for row in record["categories"]} == categories
    for row in record["categories"]:
        deleted, kept = gone.counts(row["slug"])
        grounds = {one["ground"]: one["records"] for one in row["kept"]}
        said = (row["found"], row["deleted"], grounds)
        assert said == (deleted + kept, deleted, {ground: kept} if kept else {}), row["slug"]
        assert row["anonymised"] == row["later"] == 0
    return record


def a_month_later(desk: Desk) -> None:
    """Everything that happened to requests and letters happened 31 days earlier than it did."""
    then = datetime.now(UTC) - timedelta(days=31)
    stamp = then.replace(tzinfo=None).isoformat(" ") if is_sqlite(desk) else then
    desk.sql("default", "UPDATE compliance_privacyrequest SET closed_at = %s", [stamp])
    desk.sql("default", "UPDATE compliance_emailmessage SET sent_at = %s", [stamp])


def is_sqlite(desk: Desk) -> bool:
    return desk.database_url().startswith("sqlite")
