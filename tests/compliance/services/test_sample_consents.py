from __future__ import annotations

import pytest
from django.utils import timezone

from compliance.services import sample_consents, sample_staff
from consent.enums import Reason
from consent.models import Agreement, Confirmation, ConsentEvent, Document
from consent.services import agreements, documents, notices, projection
from consent.services.permission import may_send_many
from tests.factories import make_contract, make_seat

pytestmark = pytest.mark.django_db


def test_the_sample_has_something_of_everything_and_makes_it_once() -> None:
    for _ in range(3):
        contract = make_contract()
        for _ in range(8):
            make_seat(contract, assigned_at=timezone.now())
    officer = sample_staff.engage()["clara"]

    made = sample_consents.adopt(officer)

    assert made["documents"] == 5
    assert set(sample_consents.adopt(officer).values()) == {0}
    current = documents.current(Document.objects.get(slug="data-use"))
    assert current
    share = documents.coverage(current)
    assert 0 < share.confirmed < share.concerned == 24
    members = list(Confirmation.objects.values_list("member", flat=True).distinct())
    answers = may_send_many(members, *sample_consents.NEWS)
    reasons = {answer.reason for answer in answers.values()}
    assert reasons >= {Reason.CONSENTED, Reason.DECLINED, Reason.WITHDRAWN, Reason.OBJECTED}
    assert (Agreement.objects.count(), agreements.outdated().count()) == (3, 1)
    assert projection.rebuild(check=True).differing == []
    assert ConsentEvent.objects.exists()


def test_whose_notice_waits_can_be_shown_it() -> None:
    seats = [make_seat() for _ in range(4)]
    sample_consents.adopt(sample_staff.engage()["clara"])
    (notice,) = notices.pending(seats[1].member, "desktop")
    assert (notice.version.number, notice.before) == (3, 2)
