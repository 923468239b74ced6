"""One row of every model that has a page on the desk, on a contract or on nobody's."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.urls import get_resolver
from django.utils import timezone

from compliance import models as ours
from compliance.enums import Chore, RequestKind, Status
from compliance.services import api_keys
from consent import models as consents
from consent.enums import Audience, DocumentKind, KeepingGround
from consent.services.consents import record
from seats import models as seats
from seats.enums import Entry, TombstoneKind
from seats.roles import Role
from tests import factories

PEOPLE = [*Role, None, "superuser"]
OF_NOBODY = {
    *(
        ours.DataCategory,
        ours.Heartbeat,
        ours.Round,
        ours.Seal,
        ours.NumberSeries,
        ours.ExecutionLock,
    ),
    ours.ApiKey,
    ours.DeskEvent,
    *(seats.LedgerHead, seats.Tombstone, seats.StaffUser),
    *(consents.Suppression, consents.KeptEvidence, consents.Certification, consents.SubProcessor),
    *(consents.Document, consents.DocumentVersion),
}
_numbers = itertools.count(1)


def person(role: Role | str | None, contract: seats.Contract | None = None) -> seats.StaffUser:
    """Somebody of that role; a representative represents the contract."""
    if role == "superuser":
        return factories.make_staff(None, is_superuser=True)
    user = factories.make_staff(role)
    if role == Role.REPRESENTATIVE and contract:
        contract.representative = user
        contract.save()
    return user


def rows_on(contract: seats.Contract) -> dict[type[Model], Model]:
    """One row of every model whose rows belong to a customer, on this one."""
    now, number = timezone.now(), next(_numbers)
    seat = factories.make_seat(contract)
    request = factories.make_request(
        RequestKind.DELETION, Status.AWAITING_APPROVAL, contract=contract, seat=seat
    )
    staff = factories.make_staff(Role.COMPLIANCE)
    made: list[Model] = [
        contract,
        seat,
        seat.member,
        factories.make_administration(contract, seat.member),
        request,
        request.events.get(),
        factories.make_item(request),
        request.approvals.create(actor="staff:somebody", role="support"),
        request.pauses.create(kind="identity", asked_at=now),
        ours.Extension.objects.create(request=request, until=request.due_on),
        request.messages.create(author_kind="member", author="M-1", text="Is it done?"),
        request.notes.create(author=staff, text="Looks fine."),
        request.evidence.create(what="identity", size=1, sha256="0" * 64, added_by="staff:x"),
        request.archives.create(
            object_name="archives/none", size=1, sha256="0" * 64, expires_at=now + timedelta(days=7)
        ),
        request.mails.create(template="question", to="a@b.example", language="en", next_try_at=now),
        receipt_of(request, f"RC-{number}"),
        contract.holds.create(
            ground="claims",
            case=f"4 O {number}/26",
            review_on=now.date(),
            placed_by=staff,
            entry=f"h{number}",
        ),
        *consents_of(seat.member),
        consents.Agreement.objects.create(
            contract=contract,
            version=factories.make_version(
                factories.make_document(DocumentKind.DPA, Audience.CONTRACTS)
            ),
            asked_at=now,
        ),
    ]
    return {type(row): row for row in made}


def consents_of(member: seats.Member) -> list[Model]:
    shown = consents.Confirmation.objects.create(
        member=member,
        version=factories.make_version(),
        surface="mobile",
        state="shown",
        at=timezone.now(),
    )
    evidence = factories.make_evidence()
    given = record(member, "given", purpose="tips", channel="email", evidence=evidence).event
    return [shown, given, consents.Preference.objects.get(event=given)]


def receipt_of(request: ours.PrivacyRequest, number: str) -> ours.Receipt:
    receipt: ours.Receipt = request.receipts.create(
        kind="acknowledgement",
        number=number,
        code=number,
        language="en",
        issued_at=timezone.now(),
        record=b"{}",
        record_sha256="0" * 64,
        record_signature=b"",
        pdf_name=f"receipts/{number}.pdf",
        pdf_size=1,
        pdf_sha256="0" * 64,
        pdf_signature=b"",
        key_id="s-test",
    )
    return receipt


def rows_of_nobody(request: ours.PrivacyRequest) -> dict[type[Model], Model]:
    """One row of every model whose rows belong to no customer."""
    now, number = timezone.now(), next(_numbers)
    made: list[Model] = [
        ours.DataCategory.objects.first(),
        ours.Heartbeat.objects.create(name=f"host-{number}", started_at=now, at=now, workers=2),
        ours.Round.objects.create(chore=Chore.values[number % len(Chore)], every=60, done_at=now),
        ours.Seal.objects.create(
            number=number, at=now, last_event=1, heads=1, entry="e", previous="0" * 64, digest="1"
        ),
        ours.DeskEvent.objects.create(action="list_downloaded", actor="staff:somebody"),
        ours.NumberSeries.objects.create(name=f"EXP-{number}"),
        api_keys.create(f"CRM {number}", ["directory"])[0],
        ours.ExecutionLock.objects.create(request=request, seat=request.seat),
        seats.LedgerHead.objects.create(entry=f"2026/{number}"),
        seats.SignInLink.objects.create(
            entry=Entry.EMAIL, token_hash=f"t{number}", made_at=now, expires_at=now
        ),
        seats.MemberSession.objects.create(
            member=factories.make_member(),
            key_hash=f"k{number}",
            entry=Entry.PRODUCT,
            began_at=now,
            expires_at=now,
        ),
        seats.Tombstone.objects.create(kind=TombstoneKind.EMAIL, key=f"k{number}", erased_at=now),
        factories.make_staff(),
        consents.Suppression.objects.create(key=f"k{number}", since=now),
        consents.KeptEvidence.objects.create(
            member=factories.make_member(),
            ground=KeepingGround.values[0],
            since=now,
            until=now.date(),
        ),
        factories.make_certification(),
        factories.make_sub_processor(),
        version := factories.make_version(),
        version.document,
    ]
    return {type(row): row for row in made}


def everything() -> dict[str, list[Any]]:
    """Every row of our tables, to say afterwards that nothing was changed."""
    tables = [
        model
        for label in ("seats", "consent", "compliance", "admin", "django_q")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    return {
        model._meta.db_table: sorted(map(repr, model._base_manager.values_list()))
        for model in tables
    }


def names_of_pages() -> dict[str, int]:
    """Every named address of the desk, with the number of its arguments."""
    resolver = get_resolver().namespace_dict["admin"][1]
    return {
        name: len(resolver.reverse_dict[name][0][0][1])
        for name in resolver.reverse_dict
        if isinstance(name, str)
    }
