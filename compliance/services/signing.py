"""Asking customers to sign the data processing agreement in force, and who has yet to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.services import mails
from compliance.services.errors import IllegalMove, NotAllowed, NotFound, Refused
from consent.models import Agreement, DocumentVersion
from consent.services import agreements
from seats.models import Administration, Contract, StaffUser

EVERY = timedelta(days=7)  # a customer is asked no more often


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a contract stands: what it signed last, what is in force, and when it was asked."""

    signed: Agreement | None
    due: DocumentVersion | None
    is_outdated: bool
    asked_at: datetime | None


def standing(contract: Contract) -> Standing:
    try:
        due = agreements.current(contract)
    except NotFound:
        due = None
    return Standing(
        signed=agreements.in_force(contract),
        due=due,
        is_outdated=agreements.outdated().filter(pk=contract.pk).exists(),
        asked_at=_asked_at(contract, due) if due else None,
    )


def why_not_ask(contract: Contract, *, actor: StaffUser) -> Refused | None:
    """For people's eyes before they try; `ask` decides again, under its lock."""
    if not actor.has_perm("consent.ask_agreement"):
        return NotAllowed(_("Your role does not include this."))
    if contract.ended_at:
        return IllegalMove(_("This contract has ended."))
    now = standing(contract)
    if now.due is None:
        return NotFound(_("No data processing agreement is in force."))
    if not now.is_outdated:
        return IllegalMove(_("This contract signed what is in force."))
    if now.asked_at and now.asked_at > timezone.now() - EVERY:
        return IllegalMove(_("This contract was asked less than a week ago."))
    if not _administrators(contract):
        return IllegalMove(_("This contract has no administrator with an address: call them."))
    return None


@transaction.atomic
def ask(contract: Contract, *, actor: StaffUser) -> int:
    """Ask a contract's administrators to sign the version in force; to how many it is sent.

    Raises NotAllowed, NotFound, or IllegalMove where there is nothing or nobody to ask.
    """
    contract = Contract.objects.select_for_update(of=("self",)).get(pk=contract.pk)
    if why := why_not_ask(contract, actor=actor):
        raise why
    version = agreements.ask(contract, actor=actor).version
    asked = _administrators(contract)
    for administration in asked:
        member = administration.member
        mails.queue(
            "agreement_due",
            to=member.email,
            language=member.locale,
            member=member,
            context={
                "title": version.title,
                "number": version.number,
                "contract": contract.number,
                "path": f"/legal/{version.document.slug}/",
            },
        )
    return len(asked)


def last_signed(contracts: Iterable[Contract]) -> dict[int, Agreement]:
    """The newest version each contract signed, by the contract's key. One query."""
    rows = Agreement.objects.signed().filter(contract__in=contracts).select_related("version")
    return {row.contract_id: row for row in rows.order_by("version__number", "signed_on")}


def last_asked(contracts: Iterable[Contract]) -> dict[int, datetime]:
    """When each contract was last asked to sign anything. One query."""
    rows = Agreement.objects.filter(contract__in=contracts).order_by("asked_at")
    return {row.contract_id: row.asked_at for row in rows if row.asked_at}


def _administrators(contract: Contract) -> list[Administration]:
    in_force = Administration.objects.in_force().filter(contract=contract)
    return list(
        in_force.filter(member__erased_at=None).exclude(member__email="").select_related("member")
    )


def _asked_at(contract: Contract, version: DocumentVersion) -> datetime | None:
    rows = Agreement.objects.filter(
        contract=contract,
        version__document=version.document_id,
        version__number=version.number,
        asked_at__isnull=False,
    )
    return rows.order_by("-asked_at").values_list("asked_at", flat=True).first()
