from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from seats import personal_data
from seats.enums import TombstoneKind
from seats.models import Contract, Member, Seat, Tombstone
from seats.roles import Role
from tests.factories import (
    make_administration,
    make_contract,
    make_member,
    make_seat,
    make_staff,
)

pytestmark = pytest.mark.django_db


def refuses(constraint: str) -> Any:
    """The database, not a form: whatever wrote the row."""
    return pytest.raises(IntegrityError, match=constraint)


@pytest.mark.parametrize(
    "left", [{"name": "Ana"}, {"email": "ana@b.example"}, {"product_id": "17"}], ids=str
)
def test_an_erased_member_has_neither_name_nor_address_nor_id(left: dict[str, str]) -> None:
    member = make_member()
    personal_data.erase_member(member)
    with refuses("erased_member_has_no_identity"), transaction.atomic():
        Member.objects.filter(pk=member.pk).update(**left)


def test_a_member_cannot_be_called_erased_and_keep_their_name() -> None:
    member = make_member()
    with refuses("erased_member_has_no_identity"), transaction.atomic():
        Member.objects.filter(pk=member.pk).update(erased_at=timezone.now())


def test_an_erased_seat_has_no_id_in_the_product() -> None:
    seat = make_seat()
    with refuses("erased_seat_has_no_product_id"), transaction.atomic():
        Seat.objects.filter(pk=seat.pk).update(erased_at=timezone.now())
    personal_data.erase_seat(seat)
    with refuses("erased_seat_has_no_product_id"), transaction.atomic():
        Seat.objects.filter(pk=seat.pk).update(product_id="17")


def test_a_licence_has_one_holder_at_a_time_and_many_one_after_the_other() -> None:
    first = make_seat(product_id="9")
    with refuses(r"one_holder_a_licence|seats_seat.product_id"), transaction.atomic():
        make_seat(product_id="9")
    Seat.objects.filter(pk=first.pk).update(released_at=timezone.now())
    make_seat(product_id="9")


def test_a_licence_that_comes_back_to_its_first_holder_is_the_same_seat() -> None:
    first = make_seat(product_id="9", released_at=timezone.now())
    with refuses("one_seat_a_licence_and_member|member_id"), transaction.atomic():
        make_seat(member=first.member, product_id="9")


def test_any_number_of_seats_may_be_erased() -> None:
    for _seat in range(3):
        personal_data.erase_seat(make_seat())
    assert Seat.objects.filter(product_id="").count() == 3


def test_a_member_administers_a_contract_once_at_a_time() -> None:
    contract, member = make_contract(), make_member()
    former = make_administration(contract, member)
    with refuses("one_administration_in_force|member_id"), transaction.atomic():
        make_administration(contract, member)
    former.until = timezone.now()
    former.save()
    make_administration(contract, member)


def test_the_deputy_is_somebody_else() -> None:
    user = make_staff(Role.REPRESENTATIVE)
    with refuses("deputy_is_not_the_representative"), transaction.atomic():
        make_contract(representative=user, deputy=user)
    contract = make_contract(representative=user)
    contract.deputy = user
    with pytest.raises(ValidationError, match="must be somebody else"):
        contract.full_clean()


def test_numbers_and_ids_are_given_once() -> None:
    contract, seat, member = make_contract(), make_seat(), make_member()
    for make in (
        lambda: make_contract(number=contract.number),
        lambda: make_contract(product_id=contract.product_id),
        lambda: make_seat(number=seat.number),
        lambda: make_member(product_id=member.product_id),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            make()


def test_members_of_whom_the_product_has_no_id_do_not_clash() -> None:
    for _member in range(2):
        make_member(product_id=None)


# --- Erased for good --------------------------------------------------------------------------


def test_erasing_a_member_leaves_a_number_and_a_keyed_trace() -> None:
    member = make_member(email="  Ána@B.example", locale="de")
    product_id = member.product_id or ""
    assert personal_data.erase_member(member)
    assert not personal_data.erase_member(member)

    row = Member.objects.get(pk=member.pk)
    assert (row.name, row.email, row.product_id, row.locale) == ("", "", None, "en")
    assert str(row) == f"M-{row.pk}"
    assert personal_data.is_buried(TombstoneKind.MEMBER, product_id)
    assert personal_data.is_buried(TombstoneKind.EMAIL, "ána@b.example")
    assert not personal_data.is_buried(TombstoneKind.EMAIL, "ana@b.example")


def test_who_had_no_address_leaves_no_trace_of_one() -> None:
    personal_data.erase_member(make_member(email="", product_id=None))
    assert not Tombstone.objects.exists()


def test_one_address_erased_twice_leaves_one_trace() -> None:
    for _member in range(2):
        personal_data.erase_member(make_member(email="a@b.example", product_id=None))
    assert Tombstone.objects.count() == 1


def test_a_seat_is_buried_with_the_person_who_had_it() -> None:
    seat = make_seat(released_at=timezone.now())
    person = seat.member.product_id or ""
    licence = seat.product_id
    next_holder = make_seat(product_id=licence)
    assert personal_data.erase_seat(seat)
    assert not personal_data.erase_seat(seat)
    assert personal_data.is_buried(TombstoneKind.SEAT, f"{licence}/{person}")
    assert not personal_data.is_buried(
        TombstoneKind.SEAT, f"{licence}/{next_holder.member.product_id}"
    )


# --- What ends up in logs and histories -------------------------------------------------------


def test_people_are_shown_by_their_numbers() -> None:
    seat = make_seat(member=make_member(name="Ana Kovač"))
    administration = make_administration(seat.contract, seat.member)
    for row in (seat, seat.member, administration):
        assert "Ana" not in str(row)
        assert seat.member.email not in str(row)


def test_a_contracts_history_says_who_represented_it_and_when() -> None:
    first, second = (make_staff(Role.REPRESENTATIVE) for _ in range(2))
    contract = make_contract(representative=first)
    contract.representative = second
    contract.save()
    history = Contract.history.filter(id=contract.pk).order_by("history_id")
    assert [row.representative_id for row in history] == [first.pk, second.pk]


def test_who_left_plays_no_role_and_a_superuser_plays_every() -> None:
    agent = make_staff(Role.SUPPORT)
    assert agent.plays(Role.SUPPORT)
    assert not agent.plays(Role.COMPLIANCE)
    assert all(make_staff(is_superuser=True).plays(role) for role in Role)
