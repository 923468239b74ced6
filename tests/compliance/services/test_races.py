"""What two do at the same moment, for real: on PostgreSQL they meet, on SQLite they queue up."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from compliance.enums import Action, ReceiptKind, RequestKind, Status
from compliance.models import EmailMessage, PrivacyRequest, Seal
from compliance.services import (
    execution,
    intake,
    mails,
    numbers,
    preview,
    receipts,
    requests,
    seals,
)
from compliance.services.actors import member_actor, staff_actor
from compliance.services.errors import IllegalMove
from compliance.services.intake import Ask
from seats.models import Seat
from seats.roles import Role
from tests.compliance.services.scenes import MeetingPoint, together
from tests.factories import make_contract, make_request, make_seat, make_staff

pytestmark = pytest.mark.django_db(transaction=True)
EXPORT, DELETION = RequestKind.EXPORT, RequestKind.DELETION


def ask(seat: Seat, *categories: str) -> PrivacyRequest:
    asked = Ask(kind=EXPORT, contract=seat.contract, seat=seat, categories=categories)
    return intake.open_request(asked, actor=member_actor(seat.member))


def test_a_double_submit_files_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    seat = make_seat()
    monkeypatch.setattr(intake, "_file", MeetingPoint().before(intake._file))
    first, second = together(lambda: ask(seat, "notes"), lambda: ask(seat, "saved-accounts"))

    assert first.pk == second.pk
    assert PrivacyRequest.objects.get().categories == ["saved-accounts", "notes"]
    assert EmailMessage.objects.count() == 2  # the acknowledgement, and the one of more


def test_a_double_submit_beside_a_decided_request_files_one_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seat = make_seat()
    decided = make_request(EXPORT, Status.APPROVED, seat=seat)
    monkeypatch.setattr(intake, "_file", MeetingPoint().before(intake._file))
    first, second = together(lambda: ask(seat), lambda: ask(seat))

    assert first.pk == second.pk
    assert list(PrivacyRequest.objects.exclude(pk=decided.pk)) == [first]


def test_numbers_are_given_out_once_however_many_ask() -> None:
    given = together(*[lambda: [numbers.issue("EXP") for _ in range(5)] for _ in range(4)])
    drawn = [number for some in given for number in some]
    assert sorted(drawn) == [f"EXP-{timezone.now():%Y}-{n:06d}" for n in range(1, 21)]


def test_of_two_who_decide_at_once_one_does() -> None:
    request = make_request(EXPORT, Status.AWAITING_APPROVAL)
    officer = staff_actor(make_staff(Role.COMPLIANCE))
    other = staff_actor(make_staff(Role.COMPLIANCE))
    results = together(
        lambda: requests.take(Action.APPROVE, request.pk, actor=officer),
        lambda: requests.take(Action.CANCEL, request.pk, actor=other),
    )
    request.refresh_from_db()
    taken = [one for one in results if isinstance(one, PrivacyRequest)]
    # A cancellation after the approval is legal; an approval after the cancellation is not.
    assert len(taken) == request.version
    assert request.events.count() == 1 + len(taken)
    assert all(isinstance(one, PrivacyRequest | IllegalMove) for one in results)


def test_two_approvals_at_once_count_as_two() -> None:
    people = [make_staff(Role.REPRESENTATIVE) for _ in range(2)]
    contract = make_contract(representative=people[0], deputy=people[1])
    request = make_request(
        DELETION,
        Status.AWAITING_APPROVAL,
        contract=contract,
        seat=None,
        counted_at=timezone.now(),
    )

    def approve(actor: Any) -> PrivacyRequest:
        return requests.take(Action.APPROVE, request.pk, actor=actor, reference=request.reference)

    actors = [staff_actor(user) for user in people]
    together(*(lambda actor=actor: approve(actor) for actor in actors))
    request.refresh_from_db()
    assert (request.status, request.approvals.count()) == (Status.APPROVED, 2)


def test_one_person_clicking_twice_approves_once() -> None:
    request = make_request(EXPORT, Status.AWAITING_APPROVAL)
    officer = staff_actor(make_staff(Role.COMPLIANCE))
    results = together(*[lambda: requests.take(Action.APPROVE, request.pk, actor=officer)] * 2)
    assert sorted(type(one).__name__ for one in results) == ["IllegalMove", "PrivacyRequest"]
    assert request.approvals.count() == 1


def test_the_queue_and_the_sweep_do_not_trip_over_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = ask(make_seat())
    monkeypatch.setattr(requests, "take", MeetingPoint(3).before(requests.take))
    results = together(*[lambda: execution.advance(request.pk)] * 3)
    assert results == [0, 0, 0]
    request.refresh_from_db()
    assert (request.status, request.version) == (Status.IN_REVIEW, 1)


def test_a_letter_and_the_end_of_the_work_do_not_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A document's row points to its request, which the end of the work has locked."""
    request = make_request(EXPORT, Status.RUNNING)
    mail = mails.to_requester(request, "acknowledged", document=ReceiptKind.ACKNOWLEDGEMENT)
    meet = MeetingPoint()

    def printed(record: dict[str, Any], *, language: str) -> Any:
        meet()
        return rendered(record["number"])

    monkeypatch.setattr(receipts.pdf, "render", printed)
    monkeypatch.setattr(receipts, "BODIES", {kind: lambda *_: {} for kind in ReceiptKind})

    def end() -> None:
        with receipts.transaction.atomic():
            requests.locked(request.pk)
            meet()
            receipts.issue(request, ReceiptKind.EXPORT)

    results = together(lambda: receipts.issue_for(mail), end)
    assert [one for one in results if isinstance(one, Exception)] == []
    assert request.receipts.count() == 2


def rendered(number: str) -> Any:
    return receipts.pdf.Rendered(
        pdf=number.encode(),
        record=b"{}",
        record_sha256="0" * 64,
        pdf_sha256="0" * 64,
        key_id="s-test",
        record_signature=b"",
        pdf_signature=b"",
    )


def test_a_count_made_while_more_was_asked_for_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    seat = make_seat()
    request = make_request(EXPORT, seat=seat, categories=["notes"])
    monkeypatch.setattr(preview, "data_map", lambda: widened())

    def widened() -> Any:
        ask(seat, "saved-accounts")
        return type("Map", (), {"sources": ()})

    with pytest.raises(preview.Stale):
        preview.refresh(request)
    request.refresh_from_db()
    assert request.counted_at is None


def test_two_hosts_that_seal_the_same_moment_make_one_seal() -> None:
    make_request()
    made = together(seals.seal, seals.seal)
    assert sorted(made) == [0, 1]
    assert list(Seal.objects.values_list("number", flat=True)) == [1]
    assert seals.ledger.newest(seals.ledger.Kind.SEAL)


def test_a_mail_is_sent_once_however_many_workers_take_it(mailoutbox: list[Any]) -> None:
    mail = mails.to_requester(make_request(), "question", context={"reason": "Which?"})
    assert sorted(together(*[lambda: mails.send(mail.pk)] * 3)) == [0, 0, 1]
    assert len(mailoutbox) == 1
