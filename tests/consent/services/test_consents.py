from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from consent.enums import PAIRS, Act, Channel, DocumentKind, Origin, Purpose, Reason
from consent.models import ConsentEvent, Preference, Wording
from consent.services import choices, consents, notices, projection
from consent.services.documents import fingerprint
from consent.services.permission import may_send, may_send_many, may_send_products
from seats import ledger
from seats.models import Member
from seats.roles import Role
from seats.services.errors import BadInput, NotAllowed, NotFound
from seats.services.signing_in import Spent
from tests.factories import make_document, make_evidence, make_member, make_staff, make_version

pytestmark = pytest.mark.django_db
NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)
TIPS = (Purpose.TIPS, Channel.EMAIL)
INMAIL = (Purpose.INMAIL_MARKETING, Channel.INMAIL)
NOW = timezone.now()


@pytest.fixture
def member() -> Member:
    return make_member()


def say(member: Member, act: Act, pair: tuple[str, str] = NEWS, **how: Any) -> ConsentEvent:
    evidence = make_evidence(how.pop("origin", Origin.PREFERENCE_CENTRE), **how)
    purpose, channel = pair
    return consents.record(member, act, purpose=purpose, channel=channel, evidence=evidence).event


def ask(member: Member, pair: tuple[str, str] = NEWS, at: Any = None) -> str:
    return may_send(member, *pair, at=at).reason


def has_stopped(member: Member, channel: str = "") -> bool:
    return choices.is_stopped(choices.events_of(member), channel)


def announced() -> list[dict[str, Any]]:
    return [entry.body for entry in ledger.entries(kinds=(ledger.Kind.CONSENT_WITHDRAWN,))]


def test_accepting_terms_is_never_consent(member: Member) -> None:
    terms = make_version(make_document(DocumentKind.TERMS))
    first = consents.accept_terms(member, terms, make_evidence(Origin.JOINING))
    again = consents.accept_terms(member, terms, make_evidence(Origin.JOINING))
    assert (first.created, again.created, first.event == again.event) == (True, False, True)
    assert first.event.act == Act.TERMS_ACCEPTED
    assert {ask(member, pair) for pair in PAIRS} == {Reason.NO_CONSENT}
    assert not Preference.objects.exists()
    assert notices.may_start(member, "mobile"), "terms accepted once hold everywhere"


def test_only_published_terms_are_accepted(member: Member) -> None:
    for version in (
        make_version(),
        make_version(make_document(DocumentKind.TERMS), published=False),
    ):
        with pytest.raises(BadInput):
            consents.accept_terms(member, version, make_evidence(Origin.JOINING))
    assert not ConsentEvent.objects.exists()


def test_a_key_that_was_used_accepts_no_terms(member: Member) -> None:
    say(member, Act.GIVEN, key="once")
    terms = make_version(make_document(DocumentKind.TERMS))
    for key in ("once", "k" * 81):
        with pytest.raises(BadInput, match="key"):
            consents.accept_terms(member, terms, make_evidence(Origin.JOINING, key=key))
    assert not notices.may_start(member, "mobile")


def test_a_yes_is_for_one_purpose_and_channel_and_nothing_else(member: Member) -> None:
    event = say(member, Act.GIVEN)
    answer = may_send(member, *NEWS)
    assert answer == (True, Reason.CONSENTED, event.pk)
    assert {ask(member, pair) for pair in PAIRS if pair != NEWS} == {Reason.NO_CONSENT}


def test_what_proves_a_consent_is_kept_with_it(member: Member) -> None:
    event = say(member, Act.GIVEN, text="News, once a month?", ip="2001:db8:1:2::3", language="de")
    event.refresh_from_db()
    assert event.text_sha256 == fingerprint("News, once a month?")
    assert Wording.objects.get(sha256=event.text_sha256).text == "News, once a month?"
    assert (event.ip, event.language, event.surface) == ("2001:db8:1::", "de", "desktop")
    say(make_member(), Act.GIVEN, text="News, once a month?")
    assert Wording.objects.count() == 1


@pytest.mark.parametrize("act", [Act.WITHDRAWN, Act.OBJECTED, Act.UNSUBSCRIBED, Act.DECLINED])
def test_the_latest_act_counts(member: Member, act: Act) -> None:
    say(member, Act.GIVEN)
    say(member, act)
    assert may_send(member, *NEWS)[:2] == (False, Reason(act))
    say(member, Act.GIVEN)
    assert ask(member) == Reason.CONSENTED


def test_what_was_true_on_a_day_can_be_asked(member: Member) -> None:
    days = [NOW - timedelta(days=day) for day in (30, 20, 10)]
    say(member, Act.GIVEN, at=days[0])
    choices.stop_all(member, make_evidence(at=days[1]))
    say(member, Act.GIVEN, at=days[2])
    hour = timedelta(hours=1)
    asked = [ask(member, at=moment) for moment in (days[0] - hour, *(day + hour for day in days))]
    assert asked == [Reason.NO_CONSENT, Reason.CONSENTED, Reason.OBJECTED, Reason.CONSENTED]
    assert consents.state(member, at=days[1])[TIPS].act == Act.OBJECTED
    assert set(consents.state(member, at=days[0])) == {NEWS}


def test_what_arrives_late_does_not_overrule_what_happened_later(member: Member) -> None:
    say(member, Act.WITHDRAWN)
    say(member, Act.GIVEN, at=NOW - timedelta(days=5))
    assert ask(member) == Reason.WITHDRAWN
    assert projection.rebuild(check=True).differing == []


def test_an_objection_is_absolute_and_immediate(member: Member) -> None:
    say(member, Act.GIVEN)
    say(member, Act.GIVEN, INMAIL)
    changes = choices.stop_all(member, make_evidence())
    assert {(change.purpose, change.channel, change.allowed) for change in changes} == {
        (*NEWS, False),
        (*INMAIL, False),
    }
    assert {ask(member, pair) for pair in PAIRS} == {Reason.OBJECTED}
    assert has_stopped(member)
    for origin in (Origin.API, Origin.IMPORT, Origin.SUPPORT):
        with pytest.raises(NotAllowed, match="opted out"):
            say(member, Act.GIVEN, origin=origin)
        say(member, Act.DECLINED, origin=origin)
        with pytest.raises(NotAllowed, match="opted out"):
            say(member, Act.GIVEN, origin=origin)
    assert ask(member) == Reason.OBJECTED


def test_never_inmail_holds_for_customers_too_and_for_nothing_else(member: Member) -> None:
    say(member, Act.GIVEN)
    say(member, Act.GIVEN, INMAIL)
    choices.never_inmail(member, make_evidence())
    inmail = {pair for pair in PAIRS if pair[1] == Channel.INMAIL}
    assert {ask(member, pair) for pair in inmail} == {Reason.OBJECTED}
    assert ask(member) == Reason.CONSENTED
    assert has_stopped(member, Channel.INMAIL)
    assert not has_stopped(member)


def test_allowing_again_gives_back_what_the_stop_took_and_no_more(member: Member) -> None:
    say(member, Act.GIVEN)
    say(member, Act.GIVEN, TIPS)
    say(member, Act.WITHDRAWN, TIPS)
    choices.stop_all(member, make_evidence())
    assert choices.restorable(member) == [NEWS]
    changes = choices.allow_again(member, make_evidence())
    assert [(change.purpose, change.channel, change.allowed) for change in changes] == [
        (*NEWS, True)
    ]
    assert ask(member, TIPS) == Reason.OBJECTED
    assert not has_stopped(member)


def test_the_button_that_allows_inmail_allows_inmail(member: Member) -> None:
    choices.never_inmail(member, make_evidence())
    (change,) = choices.allow_again(member, make_evidence(), Channel.INMAIL)
    assert (change.purpose, change.channel) == INMAIL
    assert ask(member, INMAIL) == Reason.CONSENTED


def test_saved_choices_say_what_changed_and_repeat_nothing(member: Member) -> None:
    words = {NEWS: "News?", TIPS: "Tips?"}
    first = choices.save_choices(member, {NEWS: True, TIPS: False}, make_evidence(), words)
    assert [(change.purpose, change.allowed) for change in first] == [(NEWS[0], True)]
    assert choices.save_choices(member, {NEWS: True, TIPS: False}, make_evidence(), words) == []
    last = choices.save_choices(member, {NEWS: False, TIPS: True}, make_evidence(), words)
    assert {(change.purpose, change.allowed) for change in last} == {
        (NEWS[0], False),
        (TIPS[0], True),
    }
    acts = ConsentEvent.objects.order_by("pk").values_list("purpose", "act", "text_sha256")
    assert set(acts) == {
        (NEWS[0], Act.GIVEN, fingerprint("News?")),
        (TIPS[0], Act.DECLINED, fingerprint("Tips?")),
        (NEWS[0], Act.WITHDRAWN, fingerprint("News?")),
        (TIPS[0], Act.GIVEN, fingerprint("Tips?")),
    }


@pytest.mark.parametrize("ticked", [True, False])
def test_an_address_is_verified_whatever_is_ticked(member: Member, ticked: bool) -> None:
    page = make_evidence(Origin.VERIFICATION_PAGE, key="page-1")
    (event,) = choices.verify_address(member, {NEWS: ticked}, page)
    (again,) = choices.verify_address(member, {NEWS: ticked}, page)
    member.refresh_from_db()
    assert member.verified_at
    assert (event.act, again.pk) == (Act.GIVEN if ticked else Act.DECLINED, event.pk)
    assert may_send(member, *NEWS).allowed is ticked


def test_an_address_that_changed_meanwhile_is_not_verified(member: Member) -> None:
    """Between the look at the link and the answer, the product told of another address."""
    Member.objects.filter(pk=member.pk).update(email="new@customer.example")
    with pytest.raises(Spent):
        choices.verify_address(member, {NEWS: True}, make_evidence(Origin.VERIFICATION_PAGE))
    assert not ConsentEvent.objects.exists()
    assert not Member.objects.get(pk=member.pk).verified_at


def test_verifying_again_grants_nothing_by_itself(member: Member) -> None:
    say(member, Act.GIVEN)
    choices.stop_all(member, make_evidence())
    choices.verify_address(member, {NEWS: False}, make_evidence(Origin.VERIFICATION_PAGE))
    assert ask(member) == Reason.OBJECTED
    choices.verify_address(member, {}, make_evidence(Origin.VERIFICATION_PAGE))
    assert ask(member) == Reason.OBJECTED


def test_a_second_yes_is_a_reconfirmation(member: Member) -> None:
    say(member, Act.GIVEN)
    (event,) = choices.verify_address(member, {NEWS: True}, make_evidence(Origin.VERIFICATION_PAGE))
    assert event.act == Act.RECONFIRMED
    assert ask(member) == Reason.CONSENTED


@pytest.mark.parametrize("origin", [Origin.API, Origin.SUPPORT, Origin.IMPORT, Origin.JOINING])
def test_nobody_else_fills_in_a_members_pages(member: Member, origin: Origin) -> None:
    with pytest.raises(NotAllowed):
        choices.save_choices(member, {NEWS: True}, make_evidence(origin))
    assert not ConsentEvent.objects.exists()


def test_staff_record_on_behalf_with_their_name_and_a_reason(member: Member) -> None:
    agent = make_staff(Role.SUPPORT)
    event = say(member, Act.WITHDRAWN, origin=Origin.SUPPORT, recorded_by=agent)
    assert (event.recorded_by, event.remark) == (agent, "Asked on the phone.")
    with pytest.raises(BadInput, match="why"):
        say(member, Act.GIVEN, origin=Origin.SUPPORT, remark=" ")
    for nobody in (None, make_staff(Role.AUDITOR), make_staff(Role.REPRESENTATIVE)):
        with pytest.raises(NotAllowed):
            say(member, Act.GIVEN, origin=Origin.SUPPORT, recorded_by=nobody)
    assert ConsentEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "how"),
    [
        ({"act": "maybe"}, {}),
        ({"act": Act.TERMS_ACCEPTED}, {}),
        ({"purpose": "lottery"}, {}),
        ({"channel": "pigeon"}, {}),
        ({"purpose": ""}, {}),
        ({"channel": ""}, {}),
        ({"purpose": Purpose.INMAIL_MARKETING}, {}),
        ({"act": Act.OBJECTED, "purpose": "lottery", "channel": ""}, {}),
        ({"act": Act.OBJECTED, "purpose": "", "channel": "pigeon"}, {}),
        ({}, {"text": " "}),
        ({}, {"origin": Origin.JOINING}),
        ({}, {"origin": "nowhere"}),
        ({}, {"at": NOW + timedelta(days=1)}),
    ],
)
def test_what_is_wrong_is_refused_and_writes_nothing(
    member: Member, wrong: dict[str, str], how: dict[str, Any]
) -> None:
    fields = {"act": Act.GIVEN, "purpose": NEWS[0], "channel": NEWS[1], **wrong}
    act = fields.pop("act")
    evidence = make_evidence(**how)
    with pytest.raises(BadInput):
        consents.record(member, act, **fields, evidence=evidence)
    assert not ConsentEvent.objects.exists()
    assert not Preference.objects.exists()
    assert announced() == []


def test_a_key_makes_a_repetition_harmless(member: Member) -> None:
    first = say(member, Act.GIVEN, origin=Origin.API, key="k-1")
    assert say(member, Act.GIVEN, origin=Origin.API, key="k-1") == first
    with pytest.raises(BadInput, match="key"):
        say(member, Act.WITHDRAWN, origin=Origin.API, key="k-1")
    assert ConsentEvent.objects.count() == 1


def test_an_erased_member_decides_nothing() -> None:
    gone = make_member(erased_at=NOW, name="", email="", product_id=None)
    with pytest.raises(NotFound):
        say(gone, Act.GIVEN)
    assert ask(gone) == Reason.ERASED


def test_opt_outs_go_to_the_ledger_first_and_name_nobody(member: Member) -> None:
    say(member, Act.GIVEN)
    say(member, Act.DECLINED, TIPS)
    assert announced() == []
    event = say(member, Act.WITHDRAWN)
    choices.stop_all(member, make_evidence())
    first, second = announced()
    assert (first["act"], first["purpose"], first["channel"]) == (Act.WITHDRAWN, *NEWS)
    assert (second["act"], second["purpose"], second["channel"]) == (Act.OBJECTED, "", "")
    assert member.email not in str(first)
    assert event.entry


def test_an_opt_out_that_cannot_be_announced_is_not_recorded(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(member, Act.GIVEN)

    def full(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("seats.evidence.put", full)
    with pytest.raises(OSError, match="disk full"):
        say(member, Act.WITHDRAWN)
    assert ask(member) == Reason.CONSENTED


def test_many_are_answered_in_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    yes, no, never = make_member(), make_member(), make_member()
    gone = make_member(erased_at=NOW, name="", email="", product_id=None)
    say(yes, Act.GIVEN)
    say(no, Act.GIVEN)
    say(no, Act.WITHDRAWN)
    wanted = {
        yes.pk: Reason.CONSENTED,
        no.pk: Reason.WITHDRAWN,
        never.pk: Reason.NO_CONSENT,
        gone.pk: Reason.ERASED,
        0: Reason.UNKNOWN_MEMBER,
    }
    with django_assert_num_queries(2):
        answers = may_send_many(list(wanted), *NEWS)
    assert {pk: answer.reason for pk, answer in answers.items()} == wanted
    by_product = may_send_products([yes.product_id or "", "no-such"], *NEWS)
    assert [answer.reason for answer in by_product.values()] == [
        Reason.CONSENTED,
        Reason.UNKNOWN_MEMBER,
    ]
    later = may_send_many(list(wanted), *NEWS, at=timezone.now())
    assert {pk: answer.reason for pk, answer in later.items()} == wanted


@pytest.mark.parametrize(
    "pair", [("lottery", "email"), ("tips", "pigeon"), ("inmail_marketing", "email"), ("", "")]
)
def test_nothing_is_answered_about_purposes_and_channels_there_are_not(
    member: Member, pair: tuple[str, str]
) -> None:
    with pytest.raises(BadInput):
        may_send(member, *pair)


def test_recording_costs_the_same_whatever_the_ledger_holds(member: Member) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            say(member, Act.GIVEN)
        return len(captured)

    before = queries()
    for _ in range(5):
        say(member, Act.GIVEN)
        for other in (make_member(), make_member()):
            choices.stop_all(other, make_evidence())
    assert queries() == before


def test_a_rebuild_finds_and_corrects_what_differs(member: Member) -> None:
    other = make_member()
    say(member, Act.GIVEN)
    say(member, Act.WITHDRAWN, TIPS)
    choices.stop_all(other, make_evidence())
    assert projection.rebuild(check=True) == projection.Drift(2, 2 + len(PAIRS))

    Preference.objects.filter(member=member, purpose=TIPS[0]).update(act=Act.GIVEN, allowed=True)
    Preference.objects.filter(member=other).delete()

    assert projection.rebuild(check=True).differing == [member.number, other.number]
    assert ask(other) == Reason.NO_CONSENT, "a check changes nothing"
    assert projection.rebuild().corrected
    assert projection.rebuild(check=True).differing == []
    assert (ask(member, TIPS), ask(other)) == (Reason.WITHDRAWN, Reason.OBJECTED)


@pytest.mark.parametrize(
    "fields",
    [
        {"language": "x" * 11},
        {"language": ""},
        {"text": "a\0b"},
        {"key": "\0"},
        {"key": "k" * 81},
    ],
    ids=repr,
)
def test_what_no_column_can_hold_is_no_evidence(fields: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        make_evidence(**fields)
