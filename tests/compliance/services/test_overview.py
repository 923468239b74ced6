from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from compliance.enums import RequestKind, Status
from compliance.models import Archive, Heartbeat, PrivacyRequest
from compliance.services import clock, overview, queues
from consent.enums import Audience
from consent.models import Confirmation
from seats.models import Contract, StaffUser
from seats.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> StaffUser:
    return factories.make_staff(Role.SUPPORT)


@pytest.fixture
def rep() -> StaffUser:
    return factories.make_staff(Role.REPRESENTATIVE)


@pytest.fixture
def contract(rep: StaffUser) -> Contract:
    return factories.make_contract(representative=rep)


def ago(**span: float) -> Any:
    return timezone.now() - timedelta(**span)


def test_every_queue_is_counted_and_holds_what_it_says(agent: StaffUser) -> None:
    rows = {
        "mine": factories.make_request(assignee=agent),
        "late": factories.make_request(received_at=ago(days=60)),
        "approval": factories.make_request(status=Status.AWAITING_APPROVAL),
        "paused": factories.make_request(status=Status.WAITING),
        "failed": factories.make_request(status=Status.ATTENTION),
    }
    factories.make_request(status=Status.COMPLETED, received_at=ago(days=60))
    found = queues.of(agent)
    for slug, row in rows.items():
        assert list(found[slug]) == [row], slug
    assert queues.counts(agent) == {
        **dict.fromkeys(rows, 1),
        "free": 4,
        "decide": 1,
        "soon": 0,
        "open": 5,
    }


def test_a_queue_is_counted_to_a_hundred_and_no_further(agent: StaffUser) -> None:
    contract = factories.make_contract()
    for _n in range(101):
        factories.make_request(contract=contract, requester=factories.make_member(), assignee=agent)
    assert queues.counts(agent)["mine"] == 100


def test_what_waits_for_an_answer_of_theirs_is_not_ours_to_decide(agent: StaffUser) -> None:
    factories.make_request(status=Status.WAITING, received_at=ago(days=29))
    decide = factories.make_request(received_at=ago(days=29))
    assert list(queues.of(agent)["decide"]) == [decide]


def test_a_zero_names_what_comes_next(agent: StaffUser) -> None:
    later = factories.make_request()
    shown = overview.tiles(agent)
    assert (shown.counts["late"], shown.counts["soon"], shown.counts["decide"]) == (0, 0, 0)
    assert shown.first == {
        "late": later, "soon": later, "decide": later, "approval": None, "failed": None
    }  # fmt: skip


def test_a_number_names_the_most_urgent(agent: StaffUser) -> None:
    factories.make_request(received_at=ago(days=60))
    oldest = factories.make_request(received_at=ago(days=70))
    assert overview.tiles(agent).first["late"] == oldest


def test_next_are_my_own_then_what_i_may_approve_then_what_nobody_has(agent: StaffUser) -> None:
    free = factories.make_request()

    def following() -> tuple[str, list[PrivacyRequest]]:
        return overview.next_for(agent, queues.counts(agent))

    assert following() == ("free", [free])
    waits = factories.make_request(
        status=Status.AWAITING_APPROVAL, assignee=factories.make_staff(Role.SUPPORT)
    )
    assert following() == ("approval", [waits])
    mine = factories.make_request(assignee=agent)
    assert following() == ("mine", [mine])


def test_stages_are_counted_by_kind(agent: StaffUser) -> None:
    factories.make_request(RequestKind.DELETION, Status.COOLING_OFF)
    factories.make_request(RequestKind.EXPORT, Status.COMPLETED)
    rows = {status: (exports, deletions) for status, exports, deletions in overview.stages(agent)}
    assert rows[Status.COOLING_OFF] == (0, 1)
    assert Status.COMPLETED not in rows
    assert sum(map(sum, rows.values())) == 1


def test_twelve_weeks_end_with_this_one(agent: StaffUser) -> None:
    factories.make_request()
    factories.make_request(status=Status.COMPLETED, received_at=ago(days=15))
    factories.make_request(status=Status.COMPLETED, received_at=ago(weeks=40))
    weeks = overview.weeks(agent)
    assert len(weeks) == 12
    assert weeks[-1].begins <= clock.today() < weeks[-1].begins + timedelta(days=7)
    assert (weeks[-1].received, weeks[-1].completed) == (1, 2)
    assert sum(week.received for week in weeks) == 2


def test_the_median_is_of_what_was_completed(agent: StaffUser) -> None:
    assert overview.median_days(agent) is None
    for days in (3, 8, 30):
        factories.make_request(status=Status.COMPLETED, received_at=ago(days=days, hours=1))
    factories.make_request(status=Status.REJECTED, received_at=ago(days=80))
    assert overview.median_days(agent) == 8


def test_a_representative_counts_own_contracts_only(rep: StaffUser, contract: Contract) -> None:
    mine = factories.make_request(contract=contract, received_at=ago(days=60))
    factories.make_request(received_at=ago(days=70))
    factories.make_request(status=Status.COMPLETED, received_at=ago(days=70))
    assert queues.counts(rep)["late"] == 1
    assert overview.tiles(rep).first["late"] == mine
    assert sum(week.received + week.completed for week in overview.weeks(rep)) == 1
    assert overview.median_days(rep) is None
    assert [one["event"].request for one in overview.activity(rep)] == [mine]


def test_coverage_is_of_the_contracts_one_sees(
    agent: StaffUser, rep: StaffUser, contract: Contract
) -> None:
    version = factories.make_version()
    factories.make_version(published=False)
    own, _foreign = factories.make_seat(contract), factories.make_seat()
    Confirmation.objects.create(
        member=own.member, version=version, surface="mobile", state="confirmed", at=timezone.now()
    )
    (everybody,), (mine,) = overview.notices(agent), overview.notices(rep)
    assert (everybody.coverage.confirmed, everybody.coverage.concerned) == (1, 2)
    assert (mine.coverage.confirmed, mine.coverage.concerned) == (1, 1)
    factories.make_version(factories.make_document(audience=Audience.PUBLIC))
    assert len(overview.notices(agent)) == 1


def test_files_of_this_week_and_month_are_counted(agent: StaffUser) -> None:
    request = factories.make_request()
    for days in (3, 20):
        Archive.objects.create(
            request=factories.make_request(),
            object_name="a",
            size=1,
            sha256="0" * 64,
            expires_at=timezone.now() + timedelta(days=days),
        )
    assert overview.files(agent) == {"expiring": 1, "certificates": 0}
    assert request


def test_workers_are_silent_after_a_minute() -> None:
    assert overview.workers().silent
    Heartbeat.objects.create(name="a", started_at=ago(hours=1), at=ago(seconds=70), workers=2)
    assert overview.workers().silent
    Heartbeat.objects.create(name="b", started_at=ago(hours=1), at=ago(seconds=5), workers=3)
    found = overview.workers()
    assert (found.alive, found.silent, found.oldest) == (3, False, None)


def test_the_oldest_job_is_one_no_worker_took() -> None:
    waits = OrmQ.objects.create(key="q", payload="p", lock=ago(seconds=30))
    OrmQ.objects.create(key="q", payload="p", lock=timezone.now() + timedelta(hours=1))
    assert overview.workers().oldest == waits.lock
