"""Rows as a test needs them: every function fills what it is not told, and saves."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from compliance.enums import Capacity, Channel, RequestKind, ScopeKind, Status, Work
from compliance.lifecycle import CLOSED
from compliance.models import DataCategory, PrivacyRequest, RequestItem
from compliance.services import clock, events
from compliance.services.actors import Actor
from consent.enums import Audience, DocumentKind, Origin, Surface
from consent.models import Certification, Document, DocumentVersion, SubProcessor
from consent.services import suppressions
from consent.services.documents import fingerprint, next_number
from consent.services.evidence import Evidence
from seats import keys
from seats.models import Administration, Contract, Member, Seat, StaffUser
from seats.roles import Role

_numbers = itertools.count(1)
STARTED = {Status.RUNNING, Status.ATTENTION, Status.COMPLETED}
APPROVED = STARTED | {Status.APPROVED, Status.COOLING_OFF}


def make_staff(role: Role | str | None = None, **fields: Any) -> StaffUser:
    """Somebody who works here, in the role's group; None is in no group."""
    number = next(_numbers)
    username = fields.pop("username", f"{role or 'staff'}{number}")
    user = StaffUser.objects.create(
        **{
            "username": username,
            "email": f"{username}@larkfield.example",
            "is_staff": True,
            **fields,
        }
    )
    if role:
        user.groups.add(Group.objects.get(name=str(role)))
    return user


def make_contract(**fields: Any) -> Contract:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "number": f"C-{number}",
        "product_id": str(number),
        "customer": f"Customer {number}",
        "edition": "advanced_plus",
        "country": "IE",
    }
    return Contract.objects.create(**{**defaults, **fields})


def make_member(**fields: Any) -> Member:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "product_id": str(number),
        "name": f"Member {number}",
        "email": f"member{number}@customer.example",
    }
    return Member.objects.create(**{**defaults, **fields})


def make_seat(
    contract: Contract | None = None, member: Member | None = None, **fields: Any
) -> Seat:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "number": f"S-{number}",
        "product_id": str(number),
        "assigned_at": timezone.now() - timedelta(days=400),
    }
    return Seat.objects.create(
        **{
            **defaults,
            "contract": contract or make_contract(),
            "member": member or make_member(),
            **fields,
        }
    )


def make_administration(contract: Contract, member: Member, **fields: Any) -> Administration:
    since = fields.pop("since", timezone.now() - timedelta(days=300))
    return Administration.objects.create(contract=contract, member=member, since=since, **fields)


def make_request(
    kind: RequestKind = RequestKind.EXPORT, status: Status = Status.RECEIVED, **fields: Any
) -> PrivacyRequest:
    """A request in any state of its life, with its first event; of a seat unless `seat=None`.

    What a request must have in that state, it has. It did not go through the service that would
    have brought it there, so nothing is queued or mailed.
    """
    contract = fields.pop("contract", None)
    seat = fields.pop("seat", ...)
    if seat is ...:
        seat = make_seat(contract)
    whole = seat is None
    contract = contract or (make_contract() if whole else seat.contract)
    now = timezone.now()
    received_at = fields.get("received_at", now)
    requester = None if whole else seat.member
    defaults: dict[str, Any] = {
        "reference": f"{kind.prefix}-{now:%Y}-{500_000 + next(_numbers)}",
        "scope": ScopeKind.CONTRACT if whole else ScopeKind.SEAT,
        "categories": list(
            DataCategory.objects.filter(slug__in=("notes", "saved-accounts")).values_list(
                "slug", flat=True
            )
        ),
        "requester": requester,
        "capacity": Capacity.COMPANY if whole else Capacity.HOLDER,
        "channel": Channel.EMAIL,
        "entered_by": "staff:somebody",
        "contact_email": requester.email if requester else "",
        "received_at": received_at,
        "closed_at": now if status in CLOSED else None,
        **_approved(kind, status),
        **clock.dates(received_at, kind, whole_contract=whole),
    }
    request = PrivacyRequest.objects.create(
        kind=kind, status=status, contract=contract, seat=seat, **{**defaults, **fields}
    )
    entered_by = Actor(*request.entered_by.split(":", 1))
    events.record(request, "received", actor=entered_by, data={"status": request.status})
    return request


def _approved(kind: RequestKind, status: Status) -> dict[str, Any]:
    now = timezone.now()
    facts: dict[str, Any] = {}
    if status in APPROVED:
        facts |= {"approved_at": now, "seats_approved": 1}
    if status in APPROVED and kind == RequestKind.DELETION:
        facts |= {"cutoff_at": now}
    if status in APPROVED - {Status.APPROVED} and kind == RequestKind.DELETION:
        facts |= {"cooling_off_until": now + timedelta(hours=72)}
    if status in STARTED:
        facts |= {"started_at": now, "cutoff_at": now, "cooling_off_until": None}
    return facts


def make_item(request: PrivacyRequest, **fields: Any) -> RequestItem:
    """A piece of the request's work that waits to be done."""
    erasing = request.kind == RequestKind.DELETION
    defaults: dict[str, Any] = {
        "work": Work.ERASE if erasing else Work.EXPORT,
        "stage": 0,
        "category": "notes",
        "resource": "notes",
        "part": next(_numbers),
        "reach": "seats",
        "seats": [request.seat_id] if request.seat_id else [],
    }
    return RequestItem.objects.create(request=request, **{**defaults, **fields})


def make_document(
    kind: DocumentKind = DocumentKind.DATA_USE_NOTICE,
    audience: Audience = Audience.MEMBERS,
    **fields: Any,
) -> Document:
    """A document without any version."""
    number = next(_numbers)
    defaults: dict[str, Any] = {"slug": f"document-{number}", "name": f"Document {number}"}
    return Document.objects.create(kind=kind, audience=audience, **{**defaults, **fields})


def make_version(
    document: Document | None = None, *, published: bool = True, **fields: Any
) -> DocumentVersion:
    """The next version, in force since a month and material unless told otherwise."""
    document = document or make_document()
    number = fields.pop("number", None) or next_number(document)
    language = fields.pop("language", "en")
    text = fields.pop("text", f"Text {next(_numbers)} of {document.slug} in {language}.")
    defaults: dict[str, Any] = {
        "title": f"{document.name} {number}",
        "text": text,
        "text_sha256": fingerprint(text),
        "material": True,
    }
    if published:
        now = timezone.now()
        defaults |= {"effective_on": date(now.year - 1, 1, 1), "published_at": now}
    return DocumentVersion.objects.create(
        document=document, number=number, language=language, **{**defaults, **fields}
    )


def suppress(address: str, *, purpose: str = "", channel: str = "", origin: Origin) -> None:
    """As an opt-out of somebody who was erased leaves it."""
    trace = keys.pseudonym(keys.EMAIL, address)
    suppressions.add_key(trace, purpose=purpose, channel=channel, origin=origin)


def make_evidence(origin: Origin = Origin.PREFERENCE_CENTRE, **fields: Any) -> Evidence:
    """How a choice reached us, with words to agree to."""
    defaults: dict[str, Any] = {
        "surface": Surface.DESKTOP,
        "language": "en",
        "text": "Send me news about the product by e-mail.",
        "ip": "203.0.113.77",
    }
    if origin == Origin.SUPPORT:
        defaults |= {"recorded_by": make_staff(Role.SUPPORT), "remark": "Asked on the phone."}
    return Evidence(origin=origin, **{**defaults, **fields})


def make_certification(**fields: Any) -> Certification:
    defaults: dict[str, Any] = {
        "name": f"ISO {next(_numbers)}",
        "issuer": "Nordcert",
        "scope": "Everything we run.",
        "valid_from": date(2026, 1, 1),
    }
    return Certification.objects.create(**{**defaults, **fields})


def make_sub_processor(**fields: Any) -> SubProcessor:
    defaults: dict[str, Any] = {
        "name": f"Helper {next(_numbers)} GmbH",
        "service": "Hosting",
        "place": "Frankfurt, Germany",
        "since": date(2026, 1, 1),
    }
    return SubProcessor.objects.create(**{**defaults, **fields})
