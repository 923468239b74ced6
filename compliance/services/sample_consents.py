"""The sample company's documents, and what its members confirmed, chose and signed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django.utils import timezone

from compliance.services import clock, sample_certificates
from compliance.services.sample_documents import CERTIFICATES, HELPERS, PAPERS, Paper
from consent.enums import Channel, DocumentKind, Origin, Purpose, Shown, Surface
from consent.models import (
    Certification,
    Confirmation,
    Document,
    DocumentVersion,
    SubProcessor,
)
from consent.services import agreements, certifications, choices, consents, documents
from consent.services.evidence import Evidence
from seats.models import Contract, Member, Seat, StaffUser

# Choices are made one by one, as in life: these many members are enough to look at.
CHOOSERS = 24
NEWS = (Purpose.PRODUCT_NEWS, Channel.EMAIL)
TIPS = (Purpose.TIPS, Channel.EMAIL)
WORDS = {
    NEWS: "Product news by e-mail: “New in Larkfield this month.” About once a month.",
    TIPS: "Tips for your work by e-mail: “Three ways to save a lead.” At most weekly.",
}


def adopt(officer: StaffUser) -> dict[str, int]:
    """Publish, certify and confirm what is missing; done before, it changes nothing. Rows made."""
    before = _counts()
    for paper in PAPERS:
        _publish(paper, officer)
    _certify(officer)
    _name_helpers()
    if not Confirmation.objects.exists():
        _confirm()
        _choose()
        _sign(officer)
    return {kind: count - before[kind] for kind, count in _counts().items()}


def _publish(paper: Paper, officer: StaffUser) -> None:
    document, created = Document.objects.get_or_create(
        slug=paper.slug,
        defaults={"name": paper.name, "kind": paper.kind, "audience": paper.audience},
    )
    for edition in paper.editions if created else ():
        for language, text in edition.texts.items():
            documents.draft(
                document,
                language=language,
                title=text.title,
                summary=text.summary,
                text=text.text,
                change_summary=text.change,
                actor=officer,
            )
        documents.publish(
            document,
            effective_on=_day(edition.effective_on),
            material=edition.material,
            actor=officer,
        )


def _certify(officer: StaffUser) -> None:
    """Every certification has its evidence, as every real one should."""
    for place, (name, meaning, issuer, number, scope, first, last) in enumerate(CERTIFICATES):
        facts = {"meaning": meaning, "issuer": issuer, "number": number, "scope": scope,
                 "valid_from": first, "valid_until": last, "position": place}  # fmt: skip
        row, created = Certification.objects.get_or_create(name=name, defaults=facts)
        if created:
            certifications.attach(row, sample_certificates.printed(row), actor=officer)


def _name_helpers() -> None:
    for place, helper in enumerate(HELPERS):
        facts = {"service": helper.service, "place": helper.place, "safeguards": helper.safeguards,
                 "since": _day(helper.since), "until": helper.until, "position": place}  # fmt: skip
        SubProcessor.objects.get_or_create(name=helper.name, defaults=facts)


def _day(day: date | timedelta) -> date:
    return clock.today() + day if isinstance(day, timedelta) else day


def _confirm() -> None:
    """Most confirmed the notice before the newest; every third the newest; every fifth put it off.

    On a seat's first day, or on the version's where that is later.
    """
    versions = {
        version.number: version
        for version in DocumentVersion.objects.filter(
            document__slug="data-use", language="en"
        ).order_by("number")
    }
    newest = max(versions)
    seats = Seat.objects.present().filter(member__erased_at=None).order_by("pk")
    rows: list[Confirmation] = []
    seen: set[int] = set()
    for place, seat in enumerate(seats.iterator(2_000)):
        if seat.member_id in seen:
            continue
        seen.add(seat.member_id)
        where = Surface.MOBILE if place % 4 == 0 else Surface.DESKTOP
        for number, version in versions.items():
            if number < newest or place % 3 == 0:
                rows.append(_row(seat, version, where, Shown.CONFIRMED))
            elif place % 5 == 0:
                rows.append(_row(seat, version, where, Shown.POSTPONED))
    Confirmation.objects.bulk_create(rows, batch_size=2_000, ignore_conflicts=True)


def _row(seat: Seat, version: DocumentVersion, where: Surface, state: Shown) -> Confirmation:
    begins = cast(date, version.effective_on)  # as every published version has it
    first = datetime.combine(begins, time(9, 12), timezone.get_current_timezone())
    return Confirmation(
        member_id=seat.member_id,
        version=version,
        surface=where,
        state=state,
        at=min(max(first, seat.assigned_at), timezone.now()),
        client="Larkfield for iPhone" if where == Surface.MOBILE else "Firefox",
        ip="203.0.113.0",
    )


def _choose() -> None:
    """Everybody accepted the terms; some want messages, some took it back, one stopped all."""
    terms = DocumentVersion.objects.get(document__slug="terms", number=1, language="en")
    members = Member.objects.filter(erased_at=None, seats__erased_at=None).distinct()
    for place, member in enumerate(members.order_by("pk")[:CHOOSERS]):
        joined = timezone.now() - timedelta(days=300 - place)
        consents.accept_terms(member, terms, _seen(Origin.JOINING, joined, member))
        asked = _seen(Origin.VERIFICATION_PAGE, joined + timedelta(minutes=14), member)
        choices.verify_address(member, {NEWS: place % 2 == 0, TIPS: place % 4 == 0}, asked, WORDS)
        later = _seen(Origin.PREFERENCE_CENTRE, joined + timedelta(days=200), member)
        if place % 6 == 2:
            choices.save_choices(member, {NEWS: False}, later, WORDS)
        elif place % 8 == 5:
            choices.never_inmail(member, later)
        elif place == 6:
            choices.stop_all(member, later)


def _seen(origin: Origin, at: datetime, member: Member) -> Evidence:
    return Evidence(
        origin=origin, surface=Surface.DESKTOP, language=member.locale, ip="203.0.113.40", at=at
    )


def _sign(officer: StaffUser) -> None:
    """Two of three contracts signed the newest agreement, the others the one before."""
    versions = list(
        DocumentVersion.objects.filter(document__kind=DocumentKind.DPA, language="en")
        .select_related("document")
        .order_by("number")
    )
    for place, contract in enumerate(Contract.objects.order_by("pk")[:CHOOSERS]):
        version: Any = versions[0] if place % 3 == 1 else versions[-1]
        agreements.sign(
            contract,
            version,
            signed_by="Eva Roth, Chief Financial Officer",
            signed_on=version.effective_on,
            actor=officer,
        )


def _counts() -> dict[str, int]:
    return {
        "documents": Document.objects.count(),
        "versions": DocumentVersion.objects.count(),
        "confirmations": Confirmation.objects.count(),
    }
