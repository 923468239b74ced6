"""What two do at the same moment, for real: on PostgreSQL they meet, on SQLite they queue up."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from consent.enums import Channel, Purpose, Reason
from consent.models import (
    Confirmation,
    ConsentEvent,
    Document,
    DocumentVersion,
    Preference,
)
from consent.services import choices, documents, notices, projection
from consent.services.permission import may_send
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
