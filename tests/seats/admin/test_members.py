from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from seats.models import masked
from seats.roles import Role
from tests import factories

LIST = "admin:seats_member_changelist"


@pytest.mark.parametrize(
    ("address", "shown"),
    [("jane@acme.example", "j***@acme.example"), ("@acme.example", "***@acme.example"), ("", "")],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_no_page_shows_a_whole_address(db: None, client: Client) -> None:
    seat = factories.make_seat()
    client.force_login(factories.make_staff(Role.SUPPORT))
    for url in (reverse(LIST), reverse("admin:seats_member_change", args=[seat.member.pk])):
        assert seat.member.email not in client.get(url).content.decode()


def test_a_member_is_found_by_number_and_by_the_products_id(db: None, client: Client) -> None:
    wanted, _other = factories.make_member(product_id="P-77"), factories.make_member()
    client.force_login(factories.make_staff(Role.SUPPORT))
    for term in (wanted.number, wanted.number.lower(), str(wanted.pk), "P-77"):
        found = client.get(reverse(LIST), {"q": term}).context["cl"].result_list
        assert list(found) == [wanted], term


def test_a_member_is_found_by_address_and_the_address_stands_in_no_url(
    db: None, client: Client
) -> None:
    user = factories.make_staff(Role.REPRESENTATIVE)
    wanted = factories.make_seat(factories.make_contract(representative=user)).member
    foreign = factories.make_seat().member
    client.force_login(user)
    answer = client.post(reverse(LIST), {"q": wanted.email.title()})
    assert answer.url == f"{reverse(LIST)}?q={wanted.number}"
    assert client.post(reverse(LIST), {"q": foreign.email}).url == reverse(LIST)


def test_several_members_are_found_by_their_numbers(db: None, client: Client) -> None:
    two = [factories.make_member() for _ in range(2)]
    factories.make_member()
    client.force_login(factories.make_staff(Role.SUPPORT))
    term = " ".join(member.number for member in two)
    assert list(client.get(reverse(LIST), {"q": term}).context["cl"].result_list) == two


def test_a_representative_counts_only_the_seats_they_see(db: None, client: Client) -> None:
    user = factories.make_staff(Role.REPRESENTATIVE)
    seat = factories.make_seat(factories.make_contract(representative=user))
    factories.make_seat(member=seat.member)
    client.force_login(user)
    (shown,) = client.get(reverse(LIST)).context["cl"].result_list
    assert (shown, shown.seat_count) == (seat.member, 1)
