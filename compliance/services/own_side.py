"""Our own side of a deletion: what we know about the seats themselves, archives, letters."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from compliance import personal_data
from compliance.enums import ItemState
from compliance.models import Archive, DataCategory, PrivacyRequest
from compliance.services import archives, deletions, requests, scopes
from compliance.services.leases import Lease
from seats import personal_data as seats_data
from seats.models import Administration, Member, Seat


def erase(lease: Lease) -> int:
    """Destroy copies, erase seats and, with a last seat, the person; archives and rows erased.

    A seat keeps its ids while a hold keeps any of its data: they are needed to erase the rest.
    """
    request = lease.item.request
    cut = deletions.cutoff_of(request)
    done = _destroy_copies(request, lease)
    with transaction.atomic():
        requests.locked(request.pk)
        if is_whole(request) and not request.items.filter(state=ItemState.HELD).exists():
            for seat in scopes.seats_of(request):
                if seat.assigned_at <= cut:
                    done += _erase_seat(request, seat)
        lease.publish(ItemState.DONE, erased=done)
    return done


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


def _erase_seat(request: PrivacyRequest, seat: Seat) -> int:
    erased = int(seats_data.erase_seat(seat))
    closed = PrivacyRequest.objects.closed().filter(seat=seat, contact_purged_at=None)
    personal_data.erase_correspondence(closed)
    if not request.whole_contract and _nothing_else_of(seat.member, request):
        personal_data.erase_correspondence(
            PrivacyRequest.objects.closed().filter(requester=seat.member, contact_purged_at=None)
        )
        erased += int(seats_data.erase_member(seat.member))
    return erased


def _nothing_else_of(member: Member, request: PrivacyRequest) -> bool:
    """No other seat, no administration in force, and nothing of theirs open but this request."""
    open_ones = PrivacyRequest.objects.open().filter(Q(requester=member) | Q(seat__member=member))
    return not (
        Seat.objects.present().filter(member=member).exists()
        or Administration.objects.in_force().filter(member=member).exists()
        or open_ones.exclude(pk=request.pk).exists()
    )
