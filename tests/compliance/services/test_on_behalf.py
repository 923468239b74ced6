"""No member consents without knowing: what staff record goes out to them, or is not recorded."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from compliance import personal_data
from compliance.models import EmailMessage
from compliance.services import mails, on_behalf
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, NotFound
from compliance.services.on_behalf import Said
from consent.enums import Act
from consent.models import ConsentEvent, Preference
from consent.services import choices, consents, permission
from seats.models import Member, StaffUser
from seats.roles import Role
from tests.factories import make_contract, make_evidence, make_member, make_seat, make_staff

pytestmark = pytest.mark.django_db
PROJECT = Path(__file__).resolve().parent.parent.parent.parent
YES = Said(
    act=Act.GIVEN,
    purpose="tips",
    channel="email",
    way="phone",
    reason="She rang and asked for the tips.",
    question="May we send you tips for your work by e-mail?",
)
NO = replace(YES, act=Act.OBJECTED, purpose="", channel="", question="")


@pytest.fixture
def agent() -> StaffUser:
    return make_staff(Role.SUPPORT, first_name="Ana", last_name="Kovač", username="ana")


@pytest.fixture
def member() -> Member:
    return make_seat().member


def nothing_written() -> bool:
    return not ConsentEvent.objects.exists() and not EmailMessage.objects.exists()


def test_what_a_member_said_is_recorded_with_its_evidence(member: Member, agent: StaffUser) -> None:
    event = on_behalf.record(member, YES, actor=agent).event
    assert (event.act, event.origin, event.recorded_by) == ("given", "support", agent)
    assert event.remark == "phone: She rang and asked for the tips."
    # No screen was in it, and the evidence claims none.
    assert event.surface == "other"
    assert event.text_sha256
    assert permission.may_send(member, "tips", "email").allowed


@pytest.mark.parametrize("said", [YES, NO], ids=["yes", "no"])
def test_the_member_is_told_what_by_whom_and_how_to_change_it(
    member: Member, agent: StaffUser, said: Said, mailoutbox: list[Any]
) -> None:
    on_behalf.record(member, said, actor=agent)
    mail = EmailMessage.objects.get()
    assert (mail.to, mail.member) == (member.email, member)
    mails.send(mail.pk)
    (sent,) = mailoutbox
    assert ("you do not want these messages" in sent.body) is (said is NO)
    assert ("Tips for your work" in sent.body) is (said is YES)
    assert "Our support team recorded this for you. You told us by telephone." in sent.body
    assert f"{settings.BASE_URL}/p/" in sent.body
    for name in (agent.username, "Ana", "Kovač", "She rang"):
        assert name not in sent.body


def test_a_yes_is_not_recorded_where_its_mail_cannot_be_queued(
    member: Member, agent: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **more: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(mails, "queue", full)
    with pytest.raises(OSError, match="No space"):
        on_behalf.record(member, YES, actor=agent)
    assert nothing_written()
    assert not Preference.objects.exists()


def test_staff_have_no_other_way_into_the_ledger() -> None:
    """Whoever calls the ledger for somebody else is this service; pages of the desk call none."""
    naming = {
        str(path.relative_to(PROJECT))
        for app in ("config", "compliance", "consent", "seats")
        for path in (PROJECT / app).rglob("*.py")
        if any(_is_support(node) for node in ast.walk(ast.parse(path.read_text())))
    }
    assert naming - {"compliance/services/sample_consents.py"} == {
        "compliance/services/on_behalf.py",
        "consent/services/consents.py",  # refuses it without a reason and a name
        "consent/models/choices.py",  # so does the database, without a name
    }
    desk = [
        node
        for app in ("config", "compliance", "consent", "seats")
        for path in (PROJECT / app).rglob("admin/**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
    ]
    assert not [node for node in desk if _writes_consent(node)]


def _writes_consent(node: ast.AST) -> bool:
    """Whether it calls, or brings in, what members themselves use."""
    if isinstance(node, ast.ImportFrom) and node.module == "consent.services":
        return bool({"choices", "unsubscribing"} & {name.name for name in node.names})
    written = {"consents.record", "consents.accept_terms", "consents.write"}
    return isinstance(node, ast.Attribute) and ast.unparse(node) in written


def _is_support(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "Origin.SUPPORT"


@pytest.mark.parametrize("opted_out", ["objected", "suppressed"])
def test_after_an_opt_out_only_the_member_can_allow_it(
    member: Member, agent: StaffUser, opted_out: str
) -> None:
    if opted_out == "objected":
        choices.stop_all(member, make_evidence())
    else:
        before = make_member(email=member.email)
        choices.stop_all(before, make_evidence())
        personal_data.erase_member(before)
    events = ConsentEvent.objects.filter(member=member).count()
    with pytest.raises(NotAllowed, match="only they can allow it again"):
        on_behalf.record(member, YES, actor=agent)
    assert ConsentEvent.objects.filter(member=member).count() == events
    assert not EmailMessage.objects.exists()
    on_behalf.record(member, NO, actor=agent)  # a no is always taken
    assert EmailMessage.objects.get().to == member.email


def test_an_erased_member_said_nothing(member: Member, agent: StaffUser) -> None:
    personal_data.erase_member(member)
    for said in (YES, NO):
        with pytest.raises(NotFound):
            on_behalf.record(member, said, actor=agent)
    assert nothing_written()


def test_who_cannot_be_told_cannot_be_made_to_consent(agent: StaffUser) -> None:
    member = make_seat(member=make_member(email="")).member
    with pytest.raises(IllegalMove):
        on_behalf.record(member, YES, actor=agent)
    assert nothing_written()
    assert on_behalf.record(member, NO, actor=agent).created


def test_the_same_form_sent_twice_records_and_tells_once(member: Member, agent: StaffUser) -> None:
    said = replace(YES, key="desk-1")
    assert on_behalf.record(member, said, actor=agent).created
    assert not on_behalf.record(member, said, actor=agent).created
    assert ConsentEvent.objects.count() == EmailMessage.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": " "},
        {"way": ""},
        {"way": "telepathy"},
        {"way": "self_service"},
        {"question": " "},
        {"purpose": ""},
        {"channel": ""},
        {"purpose": "spam"},
        {"act": "reconfirmed"},
        {"act": "terms_accepted"},
        {"act": "maybe"},
        {"at": timezone.now() + timedelta(days=1)},
    ],
)
def test_a_yes_without_all_of_its_evidence_is_none(
    member: Member, agent: StaffUser, wrong: dict[str, Any]
) -> None:
    with pytest.raises(BadInput):
        on_behalf.record(member, replace(YES, **wrong), actor=agent)
    assert nothing_written()


@pytest.mark.parametrize("role", [Role.REPRESENTATIVE, Role.AUDITOR, None])
def test_others_record_nothing(role: Role | None) -> None:
    user = make_staff(role)
    member = make_seat(make_contract(representative=user)).member
    for said in (YES, NO):
        with pytest.raises(NotAllowed):
            on_behalf.record(member, said, actor=user)
    assert nothing_written()


def test_it_counts_from_when_they_said_it(member: Member, agent: StaffUser) -> None:
    last_week = timezone.now() - timedelta(days=7)
    on_behalf.record(member, replace(NO, at=last_week), actor=agent)
    state = consents.state(member, at=last_week + timedelta(minutes=1))
    assert {one.act for one in state.values()} == {Act.OBJECTED}
