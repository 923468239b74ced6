"""Which data processing agreement each contract signed (Art. 28(3)), and who has yet to sign."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.enums import AtEnd, DocumentKind
from consent.models import Agreement, Document, DocumentVersion
from consent.services import documents
from seats.models import Contract, StaffUser
from seats.services.errors import BadInput, IllegalMove, NotAllowed, NotFound


def in_force(contract: Contract) -> Agreement | None:
    """The newest version the contract signed."""
    return (
        Agreement.objects.signed()
        .filter(contract=contract)
        .select_related("version", "version__document")
        .order_by("-version__number", "-signed_on")
        .first()
    )


def outdated(on: date | None = None) -> QuerySet[Contract]:
    """Running contracts that signed no version since the last material one in force."""
    required = list(
        DocumentVersion.objects.in_force(on)
        .filter(document__kind=DocumentKind.DPA, material=True)
        .order_by("document", "-number")
        .values_list("document", "number")
    )
    newest: dict[int, int] = {}
    for document, number in required:
        newest.setdefault(document, number)
    found = Contract.objects.filter(ended_at=None)
    if not newest:
        return found.none()
    late = Contract.objects.none()
    for document, number in newest.items():
        signed = Agreement.objects.signed().filter(
            contract=OuterRef("pk"), version__document=document, version__number__gte=number
        )
        late = late | found.exclude(Exists(signed))
    return late


@transaction.atomic
def ask(contract: Contract, *, actor: StaffUser, document: Document | None = None) -> Agreement:
    """Ask a contract to sign the version in force, in its language; asked again, the same row.

    Raises NotAllowed, NotFound for a contract of somebody else's, IllegalMove where it signed.
    """
    _check(contract, actor, "consent.ask_agreement")
    version = current(contract, document)
    there = _there(contract, version)
    if there and there.signed_on:
        raise IllegalMove(_("This contract signed that version already."))
    row = there or Agreement(contract=contract, version=version)
    row.asked_at, row.recorded_by = timezone.now(), actor
    row.save()
    return row


@transaction.atomic
def sign(
    contract: Contract,
    version: DocumentVersion,
    *,
    signed_by: str,
    signed_on: date,
    at_end: str = AtEnd.DELETE,
    evidence: str = "",
    actor: StaffUser,
) -> Agreement:
    """Record that a contract signed a version: who (name and function) and on which day.

    `evidence` says where the signed paper is kept.
    Raises NotAllowed, NotFound, BadInput, or IllegalMove where it was recorded before.
    """
    _check(contract, actor, "consent.change_agreement")
    if version.document.kind != DocumentKind.DPA or not version.published_at:
        raise BadInput(_("Only a published data processing agreement can be signed."))
    if not signed_by.strip():
        raise BadInput(_("Say who signed, and when."))
    if signed_on > timezone.now().date():
        raise BadInput(_("That day is in the future."))
    if at_end not in AtEnd.values:
        raise BadInput(_("Name what happens at the end: %(all)s.") % {"all": ", ".join(AtEnd)})
    row = _there(contract, version) or Agreement(contract=contract, version=version)
    if row.signed_on:
        raise IllegalMove(_("This contract signed that version already."))
    row.version = version
    row.signed_by, row.signed_on, row.at_end = signed_by.strip(), signed_on, at_end
    row.evidence, row.recorded_by = evidence.strip(), actor
    row.save()
    return row


def current(contract: Contract, document: Document | None = None) -> DocumentVersion:
    """The agreement a contract should have signed, in its language. Raises NotFound."""
    document = document or Document.objects.filter(kind=DocumentKind.DPA).order_by("pk").first()
    version = documents.current(document, contract.language) if document else None
    if version is None:
        raise NotFound(_("No data processing agreement is in force."))
    return version


def _there(contract: Contract, version: DocumentVersion) -> Agreement | None:
    """The row of the same number, in whichever language."""
    return (
        Agreement.objects.select_for_update(of=("self",))
        .filter(
            contract=contract,
            version__document=version.document_id,
            version__number=version.number,
        )
        .order_by("signed_on", "pk")
        .first()
    )


def _check(contract: Contract, actor: StaffUser, permission: str) -> None:
    if not actor.has_perm(permission):
        raise NotAllowed(_("Your role may not do this."))
    # Locked, so that two who record the same do so one after the other.
    mine = Contract.objects.visible_to(actor).values("pk")
    if not Contract.objects.select_for_update().filter(pk=contract.pk, pk__in=mine).first():
        raise NotFound(_("There is no such contract."))
