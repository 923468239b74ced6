from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from compliance import audit
from compliance.enums import Action, Status
from compliance.models import PrivacyRequest, Remark, RequestEvent
from compliance.services import events, requests
from compliance.services.actors import SYSTEM, staff_actor
from compliance.services.verification import verify
from seats import append_only
from seats.roles import Role
from tests.factories import make_request, make_staff

pytestmark = pytest.mark.django_db
WORDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)


def links(request: PrivacyRequest) -> list[audit.Link]:
    """The chain as it was stored, read back from the database."""
    return [
        audit.Link(event.sequence, events.payload(event), event.previous, event.digest)
        for event in RequestEvent.objects.filter(request=request).order_by("sequence")
    ]


def chained() -> PrivacyRequest:
    request = make_request(status=Status.IN_REVIEW)
    agent = staff_actor(make_staff(Role.SUPPORT))
    requests.take(Action.ASK, request.pk, actor=agent, reason="Which of the two seats — “A”?")
    requests.take(Action.ANSWER, request.pk, actor=agent, reason="Die zweite, bitte 🙂")
    return request


def test_events_are_numbered_from_one_and_each_follows_the_one_before() -> None:
    chain = links(chained())
    assert [link.sequence for link in chain] == [1, 2, 3]
    assert chain[0].previous == audit.GENESIS
    assert [link.previous for link in chain[1:]] == [link.digest for link in chain[:-1]]
    assert audit.verify_chain(chain).ok


def test_every_request_has_a_chain_of_its_own() -> None:
    first, second = chained(), chained()
    assert links(first)[0].digest != links(second)[0].digest
    assert audit.verify_chain(links(first)).ok


def test_what_somebody_wrote_is_not_in_the_chain_and_can_go() -> None:
    request = chained()
    assert "seats" not in str(RequestEvent.objects.values())
    assert {remark.text for remark in Remark.objects.all()} == {
        "Which of the two seats — “A”?", "Die zweite, bitte 🙂",
    }  # fmt: skip
    Remark.objects.all().delete()
    assert audit.verify_chain(links(request)).ok
    assert verify().faults == []


def test_the_same_words_leave_different_digests() -> None:
    request = make_request()
    for _time in range(2):
        events.record(request, "noted", actor=SYSTEM, text="Yes")
    first, second = request.events.filter(action="noted")
    assert first.text_digest != second.text_digest


def test_an_event_can_be_neither_changed_nor_taken_out() -> None:
    event = chained().events.latest("sequence")
    for change in (
        lambda: RequestEvent.objects.filter(pk=event.pk).update(actor="staff:eve"),
        lambda: RequestEvent.objects.filter(pk=event.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert append_only.is_append_only(RequestEvent)


@given(
    data=st.dictionaries(WORDS, st.one_of(st.integers(-(2**60), 2**60), WORDS, st.lists(WORDS))),
    text=WORDS,
)
def test_whatever_is_recorded_reads_back_as_it_was_chained(data: dict, text: str) -> None:
    with transaction.atomic():
        request = make_request()
        events.record(request, "noted", actor=SYSTEM, data=data, text=text)
        assert audit.verify_chain(links(request)).ok
        transaction.set_rollback(True)


def test_a_number_that_is_not_whole_is_refused_before_it_is_chained() -> None:
    request = make_request()
    with pytest.raises(ValueError, match="float"):
        events.record(request, "noted", actor=SYSTEM, data={"share": 0.5})
    assert request.events.count() == 1
