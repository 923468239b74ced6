"""What a search among the requests finds: by whole numbers and addresses, never by a name."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Lower

from compliance.models import PrivacyRequest
from seats.admin.searching import MOST_FOUND
from seats.models import Contract, Member, Seat, StaffUser, member_keys


def found(queryset: QuerySet, search_term: str) -> QuerySet:
    """Those of the rows that a reference, a seat, a contract or members are about.

    What the number is of is found out first: joined by "or", none of the indexes would serve.
    """
    if not (term := search_term.strip()):
        return queryset
    words = term.upper().split()
    if (members := member_keys(words)) or len(words) > 1:
        return queryset.filter(pk__in=_of_members(members, words))
    numbers = {term, term.upper()}
    if seats := list(Seat.objects.filter(number__in=numbers).values_list("pk", flat=True)):
        return queryset.filter(seat__in=seats)
    contracts = Contract.objects.filter(number__in=numbers).values_list("pk", flat=True)
    if contracts := list(contracts):
        return queryset.filter(contract__in=contracts)
    return queryset.filter(reference=term.upper())


def _of_members(members: list[int], references: list[str]) -> QuerySet:
    """What members asked for or what is about their seats, and requests by reference."""
    rows = PrivacyRequest.objects.order_by()
    parts = (
        rows.filter(requester__in=members),
        rows.filter(seat__in=Seat.objects.filter(member__in=members)),
        rows.filter(reference__in=references),
    )
    first, *more = (part.values("pk") for part in parts)
    return first.union(*more)


def numbers_of(rows: QuerySet, address: str, *, user: StaffUser) -> list[str]:
    """Members of that address, and of the rows those to be answered to it that are not theirs."""
    people = Member.objects.visible_to(user).of_address(address).order_by("pk")
    members = list(people[:MOST_FOUND])
    others = rows.alias(to=Lower("contact_email")).filter(to=address.lower())
    others = others.exclude(requester__in=members).order_by("pk")
    references = list(others.values_list("reference", flat=True)[:MOST_FOUND])
    return [member.number for member in members] + references
