"""What two do at the same moment, for real: on PostgreSQL they meet, on SQLite they queue up."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import transaction

from compliance import personal_data as everything
from consent.enums import Act, Channel, Purpose, Reason
from consent.models import (
    Confirmation,
    ConsentEvent,
    Document,
    DocumentVersion,
    Preference,
)
from consent.services import (
    choices,
    consents,
    documents,
    links,
    notices,
    projection,
    suppressions,
    unsubscribing,
)
from consent.services.permission import may_send
from seats.models import Member
from tests.compliance.services.scenes import MeetingPoint, together
from tests.factories import make_document, make_evidence, make_member, make_staff, make_version

pytestmark = pytest.mark.django_db(transaction=True)
NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)


def test_a_confirmation_sent_twice_at_once_is_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    member, version = make_member(), make_version()
    monkeypatch.setattr(notices, "_saved", MeetingPoint().before(notices._saved))

    def confirm() -> notices.Noted:
        return notices.confirm(
            member, version.pk, sha256=version.text_sha256, surface="mobile", key="once"
        )

    first, second = together(confirm, confirm)
    assert Confirmation.objects.get() == first.confirmation == second.confirmation
    assert {first.created, second.created} == {True, False}


def test_a_yes_and_a_stop_at_once_leave_ledger_and_projection_agreed() -> None:
    member = make_member()
    together(
        lambda: choices.save_choices(member, {NEWS: True}, make_evidence()),
        lambda: choices.stop_all(member, make_evidence()),
    )
    assert ConsentEvent.objects.count() == 2
    assert projection.rebuild(check=True).differing == []
    last = ConsentEvent.objects.order_by("at", "pk").last()
    assert last
    assert Preference.objects.get(purpose=NEWS[0], channel=NEWS[1]).event == last


def test_two_clicks_at_once_unsubscribe_once(monkeypatch: pytest.MonkeyPatch) -> None:
    member = make_member()
    choices.save_choices(member, {NEWS: True}, make_evidence())
    token = links.unsubscribe_token(member, *NEWS)
    monkeypatch.setattr(consents, "record", MeetingPoint().before(consents.record))

    together(*[lambda: unsubscribing.unsubscribe(token)] * 2)

    assert ConsentEvent.objects.filter(act=Act.UNSUBSCRIBED).count() == 1


def test_an_opt_out_that_meets_an_erasure_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    member = make_member()
    choices.save_choices(member, {NEWS: True}, make_evidence())
    address, token = member.email, links.unsubscribe_token(member, *NEWS)
    read = links.read_unsubscribe

    def slowly(text: str) -> links.Target:
        target = read(text)
        with transaction.atomic():
            assert everything.erase_member(Member.objects.get(pk=member.pk))
        return target

    monkeypatch.setattr(links, "read_unsubscribe", slowly)
    assert unsubscribing.one_click(token, {"List-Unsubscribe": ["One-Click"]}).again
    assert suppressions.standing(address, *NEWS)


def test_what_was_queued_before_an_opt_out_is_not_sent_after_it() -> None:
    member = make_member()
    choices.save_choices(member, {NEWS: True}, make_evidence())
    assert may_send(member, *NEWS).allowed
    choices.stop_all(member, make_evidence())
    assert may_send(member, *NEWS).reason == Reason.OBJECTED


def test_nothing_is_published_while_its_draft_is_rewritten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document, author = make_document(), make_staff(is_superuser=True)
    begun, published = threading.Event(), threading.Event()

    def write(text: str) -> DocumentVersion:
        return documents.draft(document, language="en", title="T", text=text, actor=author)

    def publish() -> list[DocumentVersion]:
        begun.wait(30)
        done = documents.publish(
            document, effective_on=date(2026, 3, 1), material=True, actor=author
        )
        published.set()
        return done

    write("One.")
    next_number = documents.next_number

    def slowly(document: Document) -> int:
        number = next_number(document)
        begun.set()
        published.wait(0.5)
        return number

    monkeypatch.setattr(documents, "next_number", slowly)
    drafted, (version,) = together(lambda: write("Two."), publish)
    assert drafted == version
    assert version.text == "Two."
