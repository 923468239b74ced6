"""How a request comes in: from whom, for what, in which capacity. Nothing that came in is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from compliance.enums import (
    Action,
    Capacity,
    Channel,
    DataRole,
    ExportRule,
    RequestKind,
    ScopeKind,
    Status,
)
from compliance.lifecycle import JOINABLE
from compliance.models import DataCategory, Extension, PrivacyRequest
from compliance.services import (
    approvals,
    clock,
    events,
    letters,
    numbers,
    requesters,
    requests,
)
from compliance.services.actors import POLICY, Actor
from compliance.services.errors import BadInput, NotFound
from seats.models import Contract, Member, Seat

FORMATS = ("csv", "jsonl")


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What somebody asks for. `received_at` is when it reached the company (L6), now by default.

    `requester` is who asks, where staff enter it and that is not the seat's holder or the customer.
    """

    kind: RequestKind
    contract: Contract
    seat: Seat | None = None
    requester: Member | None = None
    categories: Sequence[str] = ()
    format: str = "csv"
    channel: Channel = Channel.SELF_SERVICE
    received_at: datetime | None = None
    contact_email: str = ""
    language: str = ""
    copy_first: PrivacyRequest | None = None
    # The customer's own words, where it instructs us to delete a contract's data (Art. 28(3)(a)).
    instruction: str = ""


def target(*, seat: str = "", contract: str = "", actor: Actor) -> tuple[Contract, Seat | None]:
    """The contract and seat of those numbers. Raises NotFound, for foreign ones too."""
    if seat:
        found = Seat.objects.select_related("contract", "member").filter(number=seat).first()
        if found and (found.erased_at is None) and _in_reach(found.contract, found, actor):
            return found.contract, found
        raise NotFound(_("There is no seat %(number)s.") % {"number": seat[:40]})
    row = Contract.objects.filter(number=contract).first()
    if row and _in_reach(row, None, actor):
        return row, None
    raise NotFound(_("There is no contract %(number)s.") % {"number": contract[:40]})


def _in_reach(contract: Contract, seat: Seat | None, actor: Actor) -> bool:
    if actor.staff:
        return Contract.objects.visible_to(actor.staff).filter(pk=contract.pk).exists()
    return actor.administers(contract) or actor.holds(seat)


def categories_of(ask: Ask, capacity: Capacity) -> list[str]:
    """The slugs asked for, in the registry's order. Without any: the article's lists.

    A copy of a member's seat holds for an administrator only what the customer decides on: the rest
    is between the member and us.
    """
    rows = list(DataCategory.objects.all())
    known = {row.slug for row in rows}
    if unknown := sorted(set(ask.categories) - known):
        raise BadInput(
            _("There is no category “%(slug)s”. The categories are: %(all)s.")
            % {"slug": unknown[0][:60], "all": ", ".join(row.slug for row in rows)}
        )
    if ask.kind == RequestKind.DELETION:
        chosen = [row for row in rows if row.slug in ask.categories or not ask.categories]
        if kept := [row.slug for row in chosen if not row.deletable]:
            if ask.categories:
                raise BadInput(_("“%(slug)s” cannot be deleted.") % {"slug": kept[0]})
            chosen = [row for row in chosen if row.deletable]
    else:
        chosen = [
            row
            for row in rows
            if row.slug in ask.categories
            or (not ask.categories and row.export != ExportRule.ON_REQUEST)
        ]
        if ask.seat and capacity == Capacity.ADMINISTRATOR:
            chosen = _of_the_customer(chosen, named=bool(ask.categories))
    return [row.slug for row in chosen]


def _of_the_customer(chosen: list[DataCategory], *, named: bool) -> list[DataCategory]:
    for row in chosen:
        if named and row.role != DataRole.PROCESSOR:
            raise BadInput(_("“%(slug)s” is given to the seat’s holder only.") % {"slug": row.slug})
    return [row for row in chosen if row.role == DataRole.PROCESSOR]


def open_request(ask: Ask, *, actor: Actor) -> PrivacyRequest:
    """File a request; a second one by the same person for the same joins the first (one due date).

    Raises BadInput, NotAllowed or NotFound; nothing is written then.
    """
    received_at = ask.received_at or timezone.now()
    if received_at > timezone.now():
        raise BadInput(_("A request cannot have been received in the future."))
    if ask.format not in FORMATS:
        raise BadInput(_("Choose one of these formats: %(all)s.") % {"all": ", ".join(FORMATS)})
    if ask.seat and (ask.seat.contract_id != ask.contract.pk or ask.seat.erased_at):
        raise NotFound(_("There is no seat %(number)s.") % {"number": ask.seat.number})
    if actor.staff and ask.channel == Channel.SELF_SERVICE:
        raise BadInput(_("Say on which way the request came in."))
    if ask.contact_email and not _is_address(ask.contact_email):
        raise BadInput(_("“%(text)s” is no e-mail address.") % {"text": ask.contact_email[:80]})
    capacity, requester = requesters.of(actor, ask.contract, ask.seat, ask.requester)
    slugs = categories_of(ask, capacity)
    for _attempt in range(2):
        try:
            with transaction.atomic():
                earlier, first = _open_already(ask, requester)
                if first:
                    return _join(first, ask, slugs, received_at, actor=actor)
                return _file(ask, actor, capacity, requester, slugs, received_at, earlier)
        except IntegrityError:
            # Somebody filed the same a moment ago: now it is there to be joined.
            continue
    raise BadInput(_("This was just asked for. Look at your requests."))


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254


def _open_already(
    ask: Ask, requester: Member | None
) -> tuple[PrivacyRequest | None, PrivacyRequest | None]:
    """The earliest open request for the same, and the one that can still be joined; both locked.

    Who files the same at this moment waits for the first lock, and then finds the other's.
    """
    same = PrivacyRequest.objects.select_for_update(of=("self",), no_key=True).filter(
        kind=ask.kind, contract=ask.contract, seat=ask.seat, requester=requester
    )
    earliest = same.open().order_by("pk").first()
    return earliest, same.filter(status__in=JOINABLE).order_by("-pk").first()


def _join(
    first: PrivacyRequest, ask: Ask, slugs: list[str], received_at: datetime, *, actor: Actor
) -> PrivacyRequest:
    """Widen the open request by what is new in the second; its number stays, and so does its date.

    Unless the second reached us before the first: then the month began with it.
    """
    added = [slug for slug in slugs if slug not in first.categories]
    if added:
        known = DataCategory.objects.values_list("slug", flat=True)
        first.categories = [slug for slug in known if slug in {*first.categories, *added}]
        first.preview, first.counted_at = {}, None
        letters.acknowledge(first, again=True)
    if ask.copy_first and not first.copy_first_id:
        first.copy_first = ask.copy_first
    if received_at < first.received_at:
        first.received_at = received_at
        extended = Extension.objects.filter(request=first).exists()
        dates = clock.dates(
            received_at, first.kind, whole_contract=first.whole_contract, extended=extended
        )
        for name, value in dates.items():
            setattr(first, name, value)
    first.version += 1
    first.save()
    data = {"added": added, "due": first.due_on.isoformat()}
    events.record(first, "joined", actor=actor, data=data, text=ask.instruction)
    return first


def _file(
    ask: Ask,
    actor: Actor,
    capacity: Capacity,
    requester: Member | None,
    slugs: list[str],
    received_at: datetime,
    earlier: PrivacyRequest | None,
) -> PrivacyRequest:
    whole = ask.seat is None
    request = PrivacyRequest.objects.create(
        reference=numbers.issue(ask.kind.prefix),
        kind=ask.kind,
        scope=ScopeKind.CONTRACT if whole else ScopeKind.SEAT,
        contract=ask.contract,
        seat=ask.seat,
        categories=slugs,
        format=ask.format,
        requester=requester,
        capacity=capacity,
        channel=ask.channel,
        entered_by=str(actor),
        contact_email=ask.contact_email or (requester.email if requester else ""),
        language=ask.language or (requester.locale if requester else ask.contract.language),
        received_at=received_at,
        copy_first=ask.copy_first,
        linked_to=earlier,
        **clock.dates(received_at, ask.kind, whole_contract=whole),
    )
    events.record(
        request,
        "received",
        actor=actor,
        data={
            "kind": request.kind,
            "scope": request.scope,
            "capacity": request.capacity,
            "channel": request.channel,
            "categories": slugs,
            "due": request.due_on.isoformat(),
        },
        text=ask.instruction,
    )
    letters.acknowledge(request)
    async_task("compliance.tasks.advance", request.pk)
    return request


def let_through(request: PrivacyRequest) -> PrivacyRequest:
    """Take the steps nobody has to think about: a session proves identity, policy approves."""
    if request.channel != Channel.SELF_SERVICE or request.status != Status.RECEIVED:
        return request
    request = requests.take(Action.VERIFY, request.pk, actor=POLICY)
    if not approvals.approved_by_policy(request):
        return request
    with transaction.atomic():
        requests.take(Action.SUBMIT, request.pk, actor=POLICY)
        return requests.take(Action.APPROVE, request.pk, actor=POLICY)
