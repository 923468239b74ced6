"""What the database itself refuses, whoever writes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from consent.enums import AFFIRMATIVE, Act, Audience, Channel, DocumentKind, Origin, Purpose, Shown
from consent.models import Confirmation, ConsentEvent, Document, DocumentVersion, Preference
from tests.factories import make_document, make_member, make_staff, make_version

pytestmark = pytest.mark.django_db
PAIR = {"purpose": Purpose.TIPS, "channel": Channel.EMAIL}


def refuses(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


def event(**fields: Any) -> ConsentEvent:
    defaults: dict[str, Any] = {
        "act": Act.GIVEN,
        "origin": Origin.PREFERENCE_CENTRE,
        "surface": "desktop",
        "language": "en",
        "text_sha256": "0" * 64,
        "at": timezone.now(),
        **PAIR,
    }
    with transaction.atomic():
        return ConsentEvent.objects.create(**{**defaults, "member": make_member(), **fields})


def confirmation(**fields: Any) -> Confirmation:
    defaults: dict[str, Any] = {"surface": "desktop", "state": "confirmed", "at": timezone.now()}
    with transaction.atomic():
        return Confirmation.objects.create(**{**defaults, **fields})


def test_a_draft_can_be_rewritten_and_thrown_away() -> None:
    draft = make_version(published=False)
    DocumentVersion.objects.filter(pk=draft.pk).update(text="Other words.")
    draft.refresh_from_db()
    assert draft.text == "Other words."
    assert DocumentVersion.objects.filter(pk=draft.pk).delete()[0] == 1


@pytest.mark.parametrize("change", [{"text": "Other."}, {"material": False}, {"title": "Other"},
                                    {"published_at": None}, {"effective_on": date(2030, 1, 1)}],
                         ids=str)  # fmt: skip
def test_a_published_version_never_changes(change: dict[str, Any]) -> None:
    version = make_version()
    with refuses("append-only"), transaction.atomic():
        DocumentVersion.objects.filter(pk=version.pk).update(**change)
    with refuses("append-only"), transaction.atomic():
        DocumentVersion.objects.filter(pk=version.pk)._raw_delete("default")


def test_there_is_one_text_a_version_and_language() -> None:
    version = make_version()
    with refuses("one_text_a_version_and_language|UNIQUE"):
        make_version(version.document, number=version.number)


def test_a_first_version_is_material_and_a_published_one_has_a_date() -> None:
    with refuses("first_version_is_material"), transaction.atomic():
        make_version(material=False)
    with refuses("published_version_has_a_date"), transaction.atomic():
        make_version(effective_on=None)


def test_only_contracts_are_concerned_by_a_dpa() -> None:
    with refuses("contracts_sign_the_dpa"):
        make_document(DocumentKind.DPA, Audience.MEMBERS)


@pytest.mark.parametrize("field", ["kind", "audience"])
def test_a_documents_kind_and_audience_are_known(field: str) -> None:
    document = make_document()
    with refuses(f"document_{field}_is_known"):
        Document.objects.filter(pk=document.pk).update(**{field: "other"})


def test_confirmations_are_evidence() -> None:
    row = confirmation(member=make_member(), version=make_version(), ip="203.0.113.0")
    for change in ({"state": Shown.POSTPONED}, {"at": timezone.now()}, {"ip": "198.51.100.0"}):
        with refuses("append-only"), transaction.atomic():
            Confirmation.objects.filter(pk=row.pk).update(**change)
    with refuses("append-only"), transaction.atomic():
        Confirmation.objects.filter(pk=row.pk)._raw_delete("default")
    assert Confirmation.objects.filter(pk=row.pk).update(ip="", client="") == 1


def test_a_text_is_shown_and_confirmed_once_on_a_surface_and_put_off_often() -> None:
    told = {"member": make_member(), "version": make_version()}
    for state in Shown:
        confirmation(**told, state=state)
    confirmation(**told, state=Shown.POSTPONED)
    confirmation(**told, state=Shown.CONFIRMED, surface="mobile")
    for state in (Shown.SHOWN, Shown.CONFIRMED):
        with refuses("shown_and_confirmed_once|UNIQUE"):
            confirmation(**told, state=state)


def test_the_ledger_of_consent_is_evidence() -> None:
    row = event(ip="203.0.113.0", remark="Because.")
    for change in ({"act": Act.WITHDRAWN}, {"at": timezone.now()}, {"remark": "Or because."}):
        with refuses("append-only"), transaction.atomic():
            ConsentEvent.objects.filter(pk=row.pk).update(**change)
    with refuses("append-only"), transaction.atomic():
        ConsentEvent.objects.filter(pk=row.pk)._raw_delete("default")
    assert ConsentEvent.objects.filter(pk=row.pk).update(ip="", remark="") == 1


@pytest.mark.parametrize("act", [Act.GIVEN, Act.RECONFIRMED, Act.DECLINED])
def test_joining_is_never_an_answer(act: Act) -> None:
    with refuses("joining_is_never_consent"):
        event(act=act, origin=Origin.JOINING)


@pytest.mark.parametrize("act", [Act.GIVEN, Act.RECONFIRMED, Act.DECLINED])
@pytest.mark.parametrize("missing", ["purpose", "channel"])
def test_an_answer_is_about_one_purpose_and_one_channel(act: Act, missing: str) -> None:
    with refuses("answer_is_about_one_purpose_and_channel"):
        event(act=act, **{missing: ""})


def test_consent_names_the_words_agreed_to() -> None:
    with refuses("consent_names_its_words"):
        event(text_sha256="")


def test_accepting_terms_is_about_terms_and_nothing_else() -> None:
    version = make_version(make_document(DocumentKind.TERMS))
    event(act=Act.TERMS_ACCEPTED, version=version, purpose="", channel="")
    for wrong in ({"version": version}, {"version": None, "purpose": "", "channel": ""}):
        with refuses("terms_are_accepted_and_nothing_else"):
            event(act=Act.TERMS_ACCEPTED, **wrong)


def test_support_signs_what_it_records() -> None:
    event(origin=Origin.SUPPORT, recorded_by=make_staff())
    with refuses("support_signs_what_it_records"):
        event(origin=Origin.SUPPORT)


@pytest.mark.parametrize("field", ["act", "purpose", "channel", "origin"])
def test_every_code_of_the_ledger_is_known(field: str) -> None:
    with refuses(f"{field}_is_known"):
        event(**{"act": Act.WITHDRAWN, field: "other"})


@pytest.mark.parametrize("act", sorted(Act))
def test_a_preference_is_a_yes_only_by_an_affirmative_act(act: Act) -> None:
    wide = {"purpose": "", "channel": ""}
    extra = {**wide, "version": make_version()} if act == Act.TERMS_ACCEPTED else {}
    row = event(act=act, **extra)
    with refuses("allowed_only_by_an_affirmative_act"):
        Preference.objects.create(
            member=row.member, **PAIR, act=act, allowed=act not in AFFIRMATIVE,
            since=row.at, event=row,
        )  # fmt: skip
