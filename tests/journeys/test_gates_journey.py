"""Nothing is deleted but what the right people agreed to, and what is still right when it runs."""

from __future__ import annotations

from tests.desk import Desk
from tests.journeys import loss
from tests.journeys.office import Office, Seat

LONG = {"COOLING_OFF_SEAT_SECONDS": "3600", "COOLING_OFF_CONTRACT_SECONDS": "3600"}


def test_only_the_right_people_let_a_deletion_through_and_who_asked_can_cancel(
    office: Office,
) -> None:
    desk, number = office.desk, office.seats[4].contract
    desk.settings.update(LONG)
    before, administrator = loss.taken(desk), office.administrator(number)
    by_staff = office.ask("deletion", office.only_seat(office.seats[0].contract), by="staff:ben")
    reference = office.ask("deletion", number, by=administrator)

    foreign = office.refused("take", reference, "verify", "--as", "staff:stranger")
    unknown = office.refused("take", "DEL-2026-999999", "verify", "--as", "staff:stranger")
    assert foreign.replace(reference, "DEL-2026-999999") == unknown
    assert "not possible" in office.refused("take", reference, "submit", "--as", "staff:ana")
    assert "may not" in office.refused("take", reference, "verify", "--as", "staff:otto")
    assert "may not" in office.refused("take", reference, "verify", "--as", administrator)
    assert "may not" in office.refused("take", reference, "start", "--as", "staff:admin")
    office.take(reference, "verify", "staff:ana")
    assert office.take(reference, "submit", "staff:ana") == "awaiting_approval"

    assert office.take(reference, "approve", "staff:rita") == "awaiting_approval"
    assert "second person" in office.refused("take", reference, "approve", "--as", "staff:rita")
    for outsider, said in {
        "staff:otto": "may not",
        "staff:stranger": "no request",
        administrator: "You entered this request",
        office.seats[0].member: "no request",
    }.items():
        assert said in office.refused("take", reference, "approve", "--as", outsider)
    office.take(by_staff, "verify", "staff:ana")
    office.take(by_staff, "submit", "staff:ana")
    own = office.refused("take", by_staff, "approve", "--as", "staff:ben")
    assert "You entered this request" in own
    assert office.take(reference, "approve", "staff:clara") == "approved"
    assert office.take(by_staff, "approve", "staff:ana") == "approved"

    office.work()
    statuses = [office.show(one)["status"] for one in (reference, by_staff)]
    assert statuses == ["cooling_off", "cooling_off"]
    assert told(desk, reference) == addresses(desk, office.seats_of(number))
    refused = office.refused("take", reference, "cancel", "--as", office.seats[0].member)
    assert "no request" in refused
    assert office.take(reference, "cancel", administrator) == "cancelled"
    assert office.take(by_staff, "cancel", "staff:ana") == "cancelled"
    desk.sql("default", "UPDATE compliance_privacyrequest SET cooling_off_until = received_at")
    office.work()
    assert loss.differences(loss.taken(desk), before) == {}
    assert "not possible" in office.refused("take", reference, "cancel", "--as", administrator)
    office.do("verify_audit")


def test_what_changed_since_the_approval_stops_a_deletion_before_it_starts(
    office: Office,
) -> None:
    desk, number = office.desk, office.seats[0].contract
    before = loss.taken(desk)
    administrator = office.administrator(number)
    reference = office.ask("deletion", number, by=administrator)

    office.inside("let_through", reference)
    add_a_seat(desk, office.seats_of(number)[0])
    assert stopped(office, reference) == "Seats were added to the contract since the approval."

    # Agreed to anew, by both: what they agreed to before was another contract.
    assert office.take(reference, "approve", "staff:rita") == "awaiting_approval"
    assert office.take(reference, "approve", "staff:clara") == "approved"
    hold = office.inside("place_hold", number)
    assert stopped(office, reference) == "A legal hold covers everything this would delete."

    office.inside("lift_hold", hold)
    office.inside("let_through", reference)
    ended = "UPDATE seats_administration SET until = since WHERE member_id = %s"
    desk.sql("default", ended, [int(administrator.removeprefix("member:M-"))])
    office.work()
    lapsed = office.show(reference)
    assert lapsed["status"] == "cancelled", office.log
    assert lapsed["events"][-1]["action"] == "lapse"
    assert loss.differences(loss.taken(desk), before) == {}
    stops = [mail for mail in desk.sql("default", STOPS) if mail[0] == reference]
    assert len(stops) == 2
    office.do("verify_audit")


def test_a_deletion_waits_for_the_copy_that_comes_first(office: Office) -> None:
    desk = office.desk
    opened, waived, expired = office.seats_of(office.seats[4].contract)[:3]
    copies = {
        office.ask("export", seat, "--categories", "notes", by=seat.member): seat
        for seat in (opened, waived, expired)
    }
    deletions = {copies[copy]: office.inside("ask_to_delete_after", copy) for copy in copies}
    office.inside("let_through", *deletions.values())
    before = loss.taken(desk)
    office.work()
    assert {office.show(copy)["status"] for copy in copies} == {"completed"}
    assert {office.show(one)["status"] for one in deletions.values()} == {"approved"}
    assert loss.differences(loss.taken(desk), before) == {}

    copy_of = {seat: copy for copy, seat in copies.items()}
    office.open_archive(copy_of[opened], opened.member)
    reason = ("--reason", "They wrote that they need none.")
    assert office.take(deletions[waived], "waive_copy", "staff:ana", *reason) == "approved"
    query = (
        "UPDATE compliance_archive SET expires_at = created_at WHERE request_id = "
        "(SELECT id FROM compliance_privacyrequest WHERE reference = %s)"
    )
    desk.sql("default", query, [copy_of[expired]])
    office.carry_out(*deletions.values())
    gone = [loss.of_seat(before, seat) for seat in deletions]
    for own in gone:
        before = loss.left(before, own)
    assert loss.taken(desk).tables["notes"] == before.tables["notes"]
    assert loss.taken(desk).files == before.files


def test_who_asks_twice_for_the_same_is_answered_once(office: Office) -> None:
    seat = office.only_seat(office.seats[0].contract)
    first = office.ask("deletion", seat, "--categories", "notes", by=seat.member)
    due = office.show(first)["due"]
    assert (
        office.ask("deletion", seat, "--categories", "notes,saved-leads", by=seat.member) == first
    )
    shown = office.show(first)
    assert (shown["categories"], shown["due"]) == (["saved-leads", "notes"], due)
    assert [one["action"] for one in shown["events"]] == ["received", "joined"]

    assert office.ask("export", seat, by=seat.member) != first
    assert office.ask("deletion", seat, by="staff:ana") == first  # for the same person
    office.inside("let_through", first)
    later = office.ask("deletion", seat, by=seat.member)
    assert later != first  # what is agreed to is not widened
    linked = "SELECT linked_to_id FROM compliance_privacyrequest WHERE reference = %s"
    ((link,),) = office.desk.sql("default", linked, [later])
    assert link


STOPS = (
    "SELECT r.reference FROM compliance_emailmessage m "
    "JOIN compliance_privacyrequest r ON r.id = m.request_id WHERE m.template = 'stopped'"
)


def stopped(office: Office, reference: str) -> str:
    """Let the workers come to it; the reason for which they did not start."""
    office.work()
    shown = office.show(reference)
    assert shown["status"] == "awaiting_approval", office.log
    assert shown["events"][-1]["action"] == "stop"
    query = (
        "SELECT m.text FROM compliance_remark m JOIN compliance_requestevent e "
        "ON e.id = m.event_id WHERE e.action = 'stop' ORDER BY m.id DESC"
    )
    return str(office.desk.sql("default", query)[0][0])


def add_a_seat(desk: Desk, like: Seat) -> None:
    """Another licence of the contract, for the same person, as the directory sync would."""
    columns = "member_id, contract_id, assigned_at"
    desk.sql(
        "default",
        f"INSERT INTO seats_seat (number, product_id, {columns}) "
        f"SELECT 'S-NEW', '999999', {columns} FROM seats_seat WHERE number = %s",
        [like.number],
    )


def told(desk: Desk, reference: str) -> set[str]:
    query = (
        'SELECT m."to" FROM compliance_emailmessage m JOIN compliance_privacyrequest r '
        "ON r.id = m.request_id WHERE m.template = 'told_deletion' AND m.state = 'sent' "
        "AND r.reference = %s"
    )
    return {address for (address,) in desk.sql("default", query, [reference])}


def addresses(desk: Desk, seats: list[Seat]) -> set[str]:
    found = dict(desk.sql("default", "SELECT id, email FROM seats_member"))
    return {found[int(seat.member.removeprefix("member:M-"))] for seat in seats}
