"""Our own side of a deletion: what we know about the seats themselves, archives, letters."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Q

from compliance import personal_data
from compliance.enums import Action, ItemState, ReceiptKind
from compliance.models import Archive, DataCategory, PrivacyRequest
from compliance.services import (
    archives,
    deletions,
    mails,
    receipts,
    replay,
    requests,
    scopes,
    scrubbing,
)
from compliance.services.actors import SYSTEM
from compliance.services.leases import Lease
from compliance.sources.product import ALIAS as PRODUCT
from seats import ledger
from seats.models import Administration, Member, Seat


def erase(lease: Lease) -> int:
    """Destroy copies, erase seats and, with a last seat, the person; then certify the deletion.

    Returns archives and rows erased.

    A seat keeps its ids while a hold keeps any of its data: they are needed to erase the rest.
    """
    request = lease.item.request
    done = _destroy_copies(request, lease)
    scrubbing.scrub(PRODUCT)
    lease.renew()
    with transaction.atomic():
        requests.locked(request.pk)
        seats = _seats_to_erase(request)
        members = _members_to_erase(request)
        if seats or members:
            ledger.append(
                ledger.Kind.ERASURE_INTENT,
                {
                    "reference": request.reference,
                    "resource": replay.OWN_SIDE,
                    "seats": [seat.number for seat in seats],
                    "members": replay.sealed_members(members, request.reference),
                },
            )
        for seat in seats:
            lease.keep()
            done += int(personal_data.erase_seat(seat))
        for member in members:
            done += int(personal_data.erase_member(member))
        lease.publish(ItemState.DONE, erased=done)
        receipt = receipts.issue(request, ReceiptKind.DELETION)
        requests.take(Action.COMPLETE, request.pk, actor=SYSTEM)
        mails.to_requester(request, "deleted", receipt=receipt)
    scrubbing.scrub(DEFAULT_DB_ALIAS)
    return done


def _seats_to_erase(request: PrivacyRequest) -> list[Seat]:
    """Those whose data is all gone: none while a hold keeps some, or when not all was asked for."""
    if not _everything_is_gone(request):
        return []
    cutoff = deletions.cutoff_of(request)
    return [seat for seat in scopes.seats_of(request) if seat.assigned_at <= cutoff]


def _members_to_erase(request: PrivacyRequest) -> list[Member]:
    """The seat's person, with their last seat; accounts are no part of a contract's deletion.

    The seat itself may have been erased by an earlier request, which this one kept from erasing
    the person.
    """
    seat = request.seat
    if seat is None or not _everything_is_gone(request) or not _nothing_else_of(seat, request):
        return []
    return [] if seat.member.erased_at else [seat.member]


def _everything_is_gone(request: PrivacyRequest) -> bool:
    return is_whole(request) and not request.items.filter(state=ItemState.HELD).exists()


def is_whole(request: PrivacyRequest) -> bool:
    """Whether everything deletable of the seat was asked to go, not only some categories."""
    deletable = DataCategory.objects.filter(deletable=True).values_list("slug", flat=True)
    return set(deletable) <= set(request.categories)


def _destroy_copies(request: PrivacyRequest, lease: Lease) -> int:
    """Archives that hold a deleted category of the scope: a copy kept by us is not deleted."""
    live = Archive.objects.live().filter(
        request__in=PrivacyRequest.objects.filter(scopes.overlapping(request))
    )
    count = 0
    for archive in live.select_related("request", "key"):
        if set(archive.request.categories) & set(request.categories):
            lease.keep()
            archives.destroy(archive, because=request.reference)
            count += 1
    return count


def _nothing_else_of(seat: Seat, request: PrivacyRequest) -> bool:
    """No other seat, no administration in force, and nothing of theirs open but this request."""
    member = seat.member
    open_ones = PrivacyRequest.objects.open().filter(Q(requester=member) | Q(seat__member=member))
    return not (
        Seat.objects.present().filter(member=member).exclude(pk=seat.pk).exists()
        or Administration.objects.in_force().filter(member=member).exists()
        or open_ones.exclude(pk=request.pk).exists()
    )
