"""A member's page: what they decided and were told, and recording what they said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance import personal_data
from compliance.models import EmailMessage
from consent.enums import PAIRS, Act, Channel, Purpose
from consent.models import Confirmation, ConsentEvent, Preference
from consent.services import choices, consents
from seats.models import Contract, Member, StaffUser
from seats.roles import Role
from tests import factories
from tests.compliance.admin import world

pytestmark = pytest.mark.django_db
TIPS = Purpose.TIPS, Channel.EMAIL


def at(name: str, member: Member) -> str:
    return reverse(f"admin:seats_member_{name}", args=[member.pk])


def said(client: Client, member: Member, **fields: str) -> dict[str, str]:
    """What a browser posts: the form as it came, with what somebody typed into it."""
    form = client.get(at("record", member)).context["form"]
    return {
        "key": form["key"].value(),
        "act": "given",
        "purpose": "tips",
        "channel": "email",
        "way": "phone",
        "question": "May we send you tips by e-mail?",
        "reason": "She rang.",
        **fields,
    }


@pytest.fixture
def member(contract: Contract) -> Member:
    return factories.make_seat(contract).member


def state_of(page: Any, pair: tuple[Purpose, Channel] = TIPS) -> Act | None:
    found = {(purpose, channel): state for purpose, channel, state in page.context["states"]}
    assert tuple(found) == PAIRS
    state = found[pair]
    return state.act if state else None


def test_what_was_true_on_a_day_can_be_asked(desk: Client, member: Member) -> None:
    given, taken = datetime(2026, 5, 1, 9, tzinfo=UTC), datetime(2026, 5, 3, 9, tzinfo=UTC)
    for moment, act in ((given, "given"), (taken, "withdrawn")):
        evidence = factories.make_evidence(at=moment)
        consents.record(member, act, purpose="tips", channel="email", evidence=evidence)
    page = at("change", member)
    for on, act in (
        ("2026-04-30", None),
        ("2026-05-01", Act.GIVEN),
        ("2026-05-02", Act.GIVEN),
        ("2026-05-03", Act.WITHDRAWN),
    ):
        assert state_of(desk.get(page, {"on": on})) == act, on
    assert state_of(desk.get(page)) == Act.WITHDRAWN


def test_a_day_ends_when_it_ends_where_the_company_is(
    desk: Client, member: Member, settings: Any
) -> None:
    settings.CONTROLLER = {**settings.CONTROLLER, "time_zone": "Pacific/Auckland"}
    moment = datetime(2026, 5, 2, 13, tzinfo=UTC)  # 3 May there
    evidence = factories.make_evidence(at=moment)
    consents.record(member, "given", purpose="tips", channel="email", evidence=evidence)
    assert state_of(desk.get(at("change", member), {"on": "2026-05-02"})) is None
    assert state_of(desk.get(at("change", member), {"on": "2026-05-03"})) == Act.GIVEN


@pytest.mark.parametrize("on", ["soon", "2026-02-30", "9999-12-31", "0001-01-01"])
def test_a_day_there_is_not_is_said_or_answered(desk: Client, member: Member, on: str) -> None:
    assert desk.get(at("change", member), {"on": on}).status_code == 200


def test_the_page_says_what_they_were_told_and_where(desk: Client, member: Member) -> None:
    version = factories.make_version(title="How we use your data")
    for state in ("shown", "confirmed"):
        Confirmation.objects.create(
            member=member, version=version, surface="mobile", state=state, at=timezone.now()
        )
    page = desk.get(at("change", member)).content.decode()
    assert "How we use your data" in page
    assert "Mobile app" in page


def test_ledger_and_projection_are_compared(desk: Client, member: Member) -> None:
    choices.stop_all(member, factories.make_evidence())
    agree = "Ledger and projection agree."
    assert agree in desk.get(at("change", member)).content.decode()
    Preference.objects.filter(member=member, purpose="tips", channel="email").delete()
    assert agree not in desk.get(at("change", member)).content.decode()


def test_an_erased_members_page_still_says_what_is_kept(desk: Client, member: Member) -> None:
    choices.stop_all(member, factories.make_evidence())
    personal_data.erase_member(member)
    page = desk.get(at("change", member)).content.decode()
    assert "Ledger and projection agree." in page
    assert "This member was erased" in page
    assert desk.post(at("record", member), said_nothing()).status_code == 404


def said_nothing() -> dict[str, str]:
    return {"act": "objected", "way": "phone", "reason": "He rang.", "key": "desk-1"}


def test_what_a_member_said_is_recorded_and_they_are_told(
    desk: Client, agent: StaffUser, member: Member
) -> None:
    page = desk.get(at("record", member)).content.decode()
    assert "They get an e-mail that says what was recorded" in page
    assert not ConsentEvent.objects.exists()
    answer = desk.post(at("record", member), said(desk, member), follow=True)
    assert "It is recorded, and the member is told." in answer.content.decode()
    assert ConsentEvent.objects.get().recorded_by == agent
    assert EmailMessage.objects.get().member == member
    assert state_of(answer) == Act.GIVEN


def test_the_same_form_posted_twice_is_recorded_once(desk: Client, member: Member) -> None:
    form = said(desk, member)
    for _ in range(2):
        assert desk.post(at("record", member), form).status_code == 302
    assert ConsentEvent.objects.count() == EmailMessage.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"way": ""},
        {"act": ""},
        {"act": "declined"},
        {"question": ""},
        {"purpose": ""},
        {"channel": "inmail", "purpose": "surveys", "question": "\0"},
        {"at_0": "3026-01-01", "at_1": "10:00"},
    ],
)
def test_too_little_is_not_recorded(desk: Client, member: Member, wrong: dict[str, str]) -> None:
    assert desk.post(at("record", member), said(desk, member, **wrong)).status_code == 400
    assert not ConsentEvent.objects.exists()
    assert not EmailMessage.objects.exists()


def test_an_objection_stands(desk: Client, member: Member) -> None:
    choices.stop_all(member, factories.make_evidence())
    answer = desk.post(at("record", member), said(desk, member))
    assert answer.status_code == 403
    assert "only they can allow it again" in answer.content.decode()
    assert not EmailMessage.objects.exists()


@pytest.mark.parametrize("role", [Role.REPRESENTATIVE, Role.AUDITOR])
def test_others_look_and_record_nothing(
    client: Client, contract: Contract, member: Member, role: Role
) -> None:
    client.force_login(world.person(role, contract))
    assert "Your role does not include this." in client.get(at("change", member)).content.decode()
    assert client.get(at("record", member)).status_code == 200
    assert client.post(at("record", member), said_nothing()).status_code == 403
    assert not ConsentEvent.objects.exists()


def test_a_strangers_member_is_not_there(client: Client, member: Member) -> None:
    client.force_login(factories.make_staff(Role.REPRESENTATIVE))
    assert client.get(at("record", member)).status_code == 404
    assert client.post(at("record", member), said_nothing()).status_code == 404


def test_the_page_costs_the_same_whatever_they_decided(
    desk: Client, member: Member, queries: Callable[[Callable[[], Any]], int]
) -> None:
    costs = []
    now = timezone.now()
    for many in (1, 29):
        for number in range(many):
            with time_machine.travel(now + timedelta(minutes=number), tick=False):
                choices.stop_all(member, factories.make_evidence())
            Confirmation.objects.create(
                member=member,
                version=factories.make_version(),
                surface="mobile",
                state="confirmed",
                at=now,
            )
        costs.append(queries(lambda: desk.get(at("change", member))))
    assert costs[0] == costs[1] <= 20
