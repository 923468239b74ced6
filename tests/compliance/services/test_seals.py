from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from compliance.enums import Action, Status
from compliance.models import PrivacyRequest, Remark, RequestEvent, Seal
from compliance.services import events, requests, seals, verification
from compliance.services.actors import SYSTEM, staff_actor
from compliance.services.verification import Report, verify
from seats import append_only, ledger
from seats.roles import Role
from tests.factories import make_request, make_staff

pytestmark = pytest.mark.django_db(transaction=True)


def chained() -> PrivacyRequest:
    """A request with four events, two of them with words."""
    request = make_request(status=Status.IN_REVIEW)
    agent = staff_actor(make_staff(Role.SUPPORT))
    requests.take(Action.ASK, request.pk, actor=agent, reason="Which seat?")
    requests.take(Action.ANSWER, request.pk, actor=agent, reason="The first")
    requests.take(Action.SUBMIT, request.pk, actor=agent)
    return request


def note(request: PrivacyRequest, actor: Any = SYSTEM) -> RequestEvent:
    return events.record(request, "noted", actor=actor)


def tamper(sql: str, *values: Any, model: Any = RequestEvent) -> None:
    """What somebody with the database's password can do."""
    with append_only.lifted(model), connection.cursor() as cursor:
        cursor.execute(sql, values)


def faults() -> str:
    return " ".join(verify().faults)


# --- Sealing ----------------------------------------------------------------------------------


def test_a_seal_names_every_chain_that_moved_since_the_last() -> None:
    first, second = chained(), chained()
    assert seals.seal() == 2
    assert seals.seal() == 0
    note(first)
    # Near the last seal all chains are sealed anew: transactions commit out of order.
    assert seals.seal() in (1, 2)
    (one, two) = ledger.entries(kinds=(ledger.Kind.SEAL,))
    assert {head[0] for head in one.body["heads"]} == {first.reference, second.reference}
    assert [first.reference, 5] in [head[:2] for head in two.body["heads"]]
    assert two.body["previous"] == Seal.objects.get(number=1).digest


def test_sealing_costs_the_same_however_many_chains_moved(
    django_assert_max_num_queries: Any,
) -> None:
    for _request in range(6):
        make_request()
    with django_assert_max_num_queries(16):
        assert seals.seal() == 6


def test_a_seal_that_was_not_committed_is_no_seal() -> None:
    chained()
    with seals.transaction.atomic():
        seals.seal()
        seals.transaction.set_rollback(True)
    assert verify() == Report(chains=1, events=4)
    assert seals.seal() == 1
    assert faults() == ""


# --- What is as it was ------------------------------------------------------------------------


def test_untouched_chains_are_vouched_for_up_to_the_last_seal() -> None:
    first, second = chained(), chained()
    seals.seal()
    newest = RequestEvent.objects.latest("pk").pk
    note(first)
    report = verify()
    assert report.faults == []
    assert (report.chains, report.events, report.sealed) == (2, 9, 8)
    assert report.last_event == newest
    assert second.events.count() == 4


def test_sealing_while_somebody_verifies_looks_like_no_tampering(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = chained()
    seals.seal()
    entries = ledger.entries

    def slowly(*args: Any, **fields: Any) -> Any:
        note(request)
        seals.seal()  # one more, before the ledger is read
        yield from entries(*args, **fields)
        note(request)
        seals.seal()  # and one after

    monkeypatch.setattr(verification.ledger, "entries", slowly)
    assert faults() == ""


def test_a_seal_whose_confirmation_a_crash_swallowed_counts(storages: Any) -> None:
    request = chained()
    seals.seal()
    for path in storages.joinpath("evidence").rglob("*.confirmed"):
        path.unlink()
    assert faults() == ""
    tamper("DELETE FROM compliance_requestevent WHERE sequence = 4")
    assert f"{request.reference}: Events 4 to 4 were sealed and are cut off." in faults()


def test_an_empty_desk_has_nothing_wrong() -> None:
    assert verify() == Report()


# --- What was done to it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "approve"),
        ("actor", "staff:eve"),
        ("data", "{}"),
        ("at", "2026-01-01 00:00:00+00:00"),
        ("text_digest", "0" * 64),
    ],
)
def test_a_changed_event_is_found(column: str, value: str) -> None:
    request = chained()
    sql = f"UPDATE compliance_requestevent SET {column} = %s WHERE sequence = 2 AND request_id = %s"
    tamper(sql, value, request.pk)
    assert f"{request.reference}: Event 2 was changed." in faults()


def test_a_missing_event_is_found() -> None:
    request = chained()
    Remark.objects.all().delete()
    tamper("DELETE FROM compliance_requestevent WHERE sequence = 2")
    assert f"{request.reference}: Event 2 is missing." in faults()


def test_events_that_changed_places_are_found() -> None:
    request = chained()
    for before, after in ((2, 99), (3, 2), (99, 3)):
        tamper(
            "UPDATE compliance_requestevent SET sequence = %s WHERE sequence = %s", after, before
        )
    assert f"{request.reference}: " in faults()


def test_an_end_cut_off_is_found_when_it_was_sealed() -> None:
    request = chained()
    seals.seal()
    tamper("DELETE FROM compliance_requestevent WHERE sequence = 4")
    assert f"{request.reference}: Events 4 to 4 were sealed and are cut off." in faults()


def test_a_chain_cut_off_whole_is_found() -> None:
    request = chained()
    seals.seal()
    Remark.objects.all().delete()
    tamper("DELETE FROM compliance_requestevent")
    assert f"{request.reference}: its events were sealed and are cut off." in faults()


def test_a_removed_request_is_found() -> None:
    request = chained()
    kept = chained()
    seals.seal()
    Remark.objects.all().delete()
    tamper("DELETE FROM compliance_requestevent WHERE request_id = %s", request.pk)
    for table in ("compliance_pause", "compliance_emailmessage"):
        tamper(f"DELETE FROM {table} WHERE request_id = %s", request.pk)
    tamper("DELETE FROM compliance_privacyrequest WHERE id = %s", request.pk)
    said = faults()
    assert f"{request.reference} was sealed and is gone." in said
    assert kept.reference not in said


def test_a_chain_written_anew_from_a_forged_event_is_found_when_it_was_sealed() -> None:
    request = chained()
    seals.seal()
    rows = list(RequestEvent.objects.filter(request=request).order_by("sequence"))
    previous = rows[1].digest
    for row in rows[2:]:
        row.actor, row.previous = "staff:eve", previous
        row.digest = previous = events.audit.event_digest(previous, events.payload(row))
        tamper(
            "UPDATE compliance_requestevent SET actor = %s, previous = %s, digest = %s "
            "WHERE id = %s",
            *(row.actor, row.previous, row.digest, row.pk),
        )
    assert "is not the one that was sealed" in faults()


def test_a_request_that_was_moved_past_its_chain_is_found() -> None:
    request = chained()
    assert faults() == ""
    tamper("UPDATE compliance_privacyrequest SET status = 'approved' WHERE id = %s", request.pk)
    assert f"{request.reference} stands at “approved”" in faults()


def test_a_changed_remark_is_found_and_an_erased_one_is_not_missed() -> None:
    request = chained()
    first, second = Remark.objects.order_by("event__sequence")
    first.delete()
    assert faults() == ""
    Remark.objects.filter(pk=second.pk).update(text="The second")
    assert f"{request.reference}: the text of event 3 was changed." in faults()


def test_a_seal_taken_out_of_the_database_is_found() -> None:
    chained()
    seals.seal()
    tamper("DELETE FROM compliance_seal", model=Seal)
    assert "Seal 1 is in the ledger and not in the database." in faults()


def test_a_seal_taken_out_of_the_ledger_is_found(storages: Any) -> None:
    chained()
    seals.seal()
    for path in storages.joinpath("evidence").rglob("*seal*"):
        path.unlink()
        path.with_name(f"{path.name.partition('.')[0]}.confirmed").unlink()
    assert "Seal 1 is in the database and not in the ledger." in faults()


def test_a_forged_seal_is_not_believed(storages: Any) -> None:
    chained()
    seals.seal()
    (path,) = storages.joinpath("evidence").rglob("*seal*.json")
    path.write_text(path.read_text().replace('"number":1', '"number":2'))
    with pytest.raises(ledger.LedgerBroken):
        verify()
