from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from django_q.models import Failure, OrmQ, Success

from compliance.enums import MailState, RequestKind, Status
from compliance.models import (
    EmailMessage,
    Evidence,
    InternalNote,
    Message,
    PrivacyRequest,
    Remark,
    WrappedKey,
)
from compliance.services import events, mails, retention
from compliance.services.actors import SYSTEM
from compliance.services.verification import verify
from tests.compliance.services.sealed import is_there, make_evidence
from tests.factories import make_member, make_request, make_staff

pytestmark = pytest.mark.django_db
CLOSED = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAYS_30 = timedelta(days=30)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(CLOSED, tick=False) as traveller:
        yield traveller


def test_a_mail_about_no_request_is_emptied_after_its_time(clock: Any) -> None:
    kept = []
    for state, sent in (
        (MailState.SENT, True),
        (MailState.FAILED, False),
        (MailState.FILED, False),
    ):
        mail = mails.queue("question", to="a@b.example", language="en", member=make_member())
        EmailMessage.objects.filter(pk=mail.pk).update(
            state=state, sent_at=timezone.now() if sent else None, context={"reason": "Why?"}
        )
        kept.append(mail.pk)
    waiting = mails.queue("question", to="a@b.example", language="en", member=make_member())
    clock.shift(DAYS_30)
    assert retention.purge_mails() == 0
    clock.shift(timedelta(seconds=1))
    assert retention.purge_mails() == 3
    assert retention.purge_mails() == 0
    assert set(EmailMessage.objects.filter(to="", context={}).values_list("pk", flat=True)) == {
        *kept
    }
    waiting.refresh_from_db()
    assert waiting.to


def told(status: Status = Status.COMPLETED, **fields: Any) -> PrivacyRequest:
    """A request with letters, words and notes, closed and told just now."""
    request = make_request(status=status, **fields)
    mail = mails.to_requester(request, "closed", context={"status": "cancelled"})
    EmailMessage.objects.filter(pk=mail.pk).update(state=MailState.SENT, sent_at=timezone.now())
    events.record(request, "noted", actor=SYSTEM, text="She said so")
    Message.objects.create(request=request, author_kind="member", author="M-1", text="Hello")
    InternalNote.objects.create(request=request, author=make_staff(), text="Rather sure")
    return request


def has_words(request: PrivacyRequest) -> bool:
    request.refresh_from_db()
    kept = [
        bool(request.contact_email),
        Remark.objects.filter(event__request=request).exists(),
        request.messages.exists(),
        request.notes.exists(),
        request.mails.exclude(to="", context={}).exists(),
        request.contact_purged_at is None,
    ]
    assert len(set(kept)) == 1, kept  # all of it, or none
    return kept[0]


def test_what_was_written_goes_thirty_days_after_the_last_notice_and_not_before(clock: Any) -> None:
    request = told()
    clock.move_to(CLOSED + DAYS_30)
    assert retention.purge_contacts() == 0
    assert has_words(request)
    clock.shift(timedelta(seconds=1))
    assert retention.purge_contacts() == 1
    assert not has_words(request)
    assert retention.purge_contacts() == 0


def test_it_is_the_last_notice_that_counts_not_the_closing(clock: Any) -> None:
    request = told()
    EmailMessage.objects.update(sent_at=CLOSED + timedelta(days=5))
    clock.move_to(CLOSED + DAYS_30 + timedelta(days=4))
    assert retention.purge_contacts() == 0
    clock.shift(timedelta(days=2))
    assert retention.purge_contacts() == 1
    assert not has_words(request)


@pytest.mark.parametrize(
    ("state", "goes"),
    [(MailState.WAITING, False), (MailState.FAILED, True), (MailState.FILED, True)],
)
def test_what_is_still_on_its_way_is_waited_for(state: MailState, goes: bool, clock: Any) -> None:
    request = told()
    EmailMessage.objects.update(state=state, sent_at=None)
    clock.move_to(CLOSED + DAYS_30 + timedelta(days=1))
    assert retention.purge_contacts() == int(goes)
    assert has_words(request) is not goes


def test_an_open_request_keeps_what_it_needs(clock: Any) -> None:
    request = told(Status.WAITING)
    clock.move_to(CLOSED + timedelta(days=400))
    assert retention.purge_contacts() == 0
    assert has_words(request)


def test_the_chain_the_decision_and_the_counts_stay(clock: Any) -> None:
    request = told(Status.REJECTED, refusal="unfounded")
    clock.move_to(CLOSED + DAYS_30 * 2)
    retention.purge_contacts()
    request.refresh_from_db()
    assert (request.refusal, request.events.count()) == ("unfounded", 2)
    assert verify().faults == []


def test_more_than_fit_into_one_round_go_in_the_next(
    clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _request in range(3):
        make_request(status=Status.CANCELLED)
    clock.move_to(CLOSED + DAYS_30 * 2)
    assert retention.purge_contacts() == 3


# --- Evidence ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", sorted(Status))
def test_proof_of_identity_goes_once_it_is_decided(status: Status) -> None:
    undecided = {
        *(Status.RECEIVED, Status.IDENTITY, Status.IN_REVIEW, Status.WAITING),
        Status.AWAITING_APPROVAL,
    }
    evidence = make_evidence(make_request(RequestKind.DELETION, status))
    name = evidence.object_name
    goes = status not in undecided
    assert retention.purge_evidence() == int(goes)
    assert is_there(name) is not goes
    assert WrappedKey.objects.exists() is not goes
    evidence.refresh_from_db()
    assert bool(evidence.purged_at) is goes
    assert evidence.object_name == ("" if goes else name)


def test_evidence_whose_destruction_was_interrupted_is_found_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evidence = make_evidence(make_request(status=Status.COMPLETED))
    name = evidence.object_name

    def fail(name: str) -> None:
        raise OSError("gone away")

    with monkeypatch.context() as patch:
        patch.setattr(retention.objects, "remove", fail)
        with pytest.raises(OSError, match="gone away"):
            retention.purge_evidence()
    assert Evidence.objects.get().purged_at is None
    assert retention.purge_evidence() == 1
    assert not is_there(name)


# --- The queue --------------------------------------------------------------------------------


def test_the_queues_own_rows_are_gone_after_two_days(clock: Any) -> None:
    rows = [
        model.objects.create(
            id=f"{model.__name__}", name="n", func="f", started=CLOSED, stopped=CLOSED,
            success=model is Success,
        )
        for model in (Success, Failure)
    ]  # fmt: skip
    OrmQ.objects.create(key="rightsdesk", payload="p", lock=CLOSED)
    clock.move_to(CLOSED + timedelta(days=2))
    assert retention.prune_queue() == 0
    clock.shift(timedelta(seconds=1))
    assert retention.prune_queue() == len(rows) + 1
