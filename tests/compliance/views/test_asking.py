"""Asking for a copy, a deletion, or both, as somebody who is signed in: every page, every slip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.http import urlencode

from compliance.enums import Capacity, RequestKind, Status
from compliance.models import PrivacyRequest
from compliance.services import preview
from compliance.sources.product import ProductUnavailable
from seats.models import Contract, Member, MemberSession, Seat
from tests import factories
from tests.compliance.views.test_cases import text_of
from tests.visits import signed_in

pytestmark = pytest.mark.django_db
SELF_SERVICE = ["saved-accounts", "notes"]


@pytest.fixture
def seat() -> Seat:
    return factories.make_seat(factories.make_contract(customer="Brennan Freight GmbH"))


@pytest.fixture
def member(seat: Seat) -> Member:
    found: Member = seat.member
    return found


@pytest.fixture
def visitor(client: Client, member: Member) -> Client:
    return signed_in(client, member)


@pytest.fixture
def administrator(client: Client, seat: Seat) -> Iterator[Member]:
    found = factories.make_member()
    factories.make_administration(seat.contract, found)
    signed_in(client, found)
    return found


def page(part: str = "", **answers: Any) -> str:
    return f"/privacy/ask/{part}?{urlencode(answers, doseq=True)}"


def check(what: str, about: str, *slugs: str, **more: str) -> str:
    return page("check/", what=what, about=about, category=slugs or SELF_SERVICE, **more)


def of(seat: Seat) -> str:
    return f"seat:{seat.number}"


def whole(contract: Contract) -> str:
    return f"contract:{contract.number}"


def send(client: Client, address: str, **fields: str) -> Any:
    return client.post(address, {"ticket": "t1", **fields})


# --- The way ------------------------------------------------------------------------------------


def test_who_is_not_signed_in_comes_back_to_the_answers_they_gave(client: Client) -> None:
    address = check("copy", "seat:S-1")
    response = client.get(address)
    assert response.status_code == 302
    assert response.url == f"/privacy/sign-in/?{urlencode({'next': address})}"


def test_a_copy_is_asked_for_in_four_pages(visitor: Client, seat: Seat) -> None:
    assert "What would you like?" in text_of(visitor.get(page()))

    only = visitor.get(page("about/", what="copy"))
    assert only.url == page("included/", what="copy", about=of(seat))

    chosen = visitor.get(only.url)
    assert "What should we copy?" in text_of(chosen)
    assert "Ready at once" in text_of(chosen)
    assert "We check these first" in text_of(chosen)
    assert re.search(r'value="notes" checked', chosen.content.decode())
    assert not re.search(r'value="saved-leads" checked', chosen.content.decode())

    address = check("copy", of(seat), format="jsonl")
    said = text_of(visitor.get(address))
    assert "Check your answers" in said
    assert "Notes" in said
    assert "Records for programs (JSON Lines)" in said
    assert "Usually ready in a minute." in said
    assert not PrivacyRequest.objects.exists()

    response = send(visitor, address)
    filed = PrivacyRequest.objects.get()
    assert response.url == f"/r/{filed.public_id}/received/"
    assert filed.kind == RequestKind.EXPORT
    assert filed.format == "jsonl"
    assert filed.categories == ["saved-accounts", "notes"]
    assert (filed.requester, filed.capacity) == (seat.member, Capacity.HOLDER)


def test_what_is_not_self_service_says_who_decides_and_by_when(visitor: Client, seat: Seat) -> None:
    said = text_of(visitor.get(check("copy", of(seat), "notes", "saved-leads")))
    assert "A person of ours looks at it." in said
    assert "ready in a minute" not in said
    assert "That is the legal deadline." in said


def test_the_customers_administrator_decides_where_the_contract_says_so(
    visitor: Client, seat: Seat
) -> None:
    Contract.objects.filter(pk=seat.contract_id).update(instruction="administrator")
    said = text_of(visitor.get(check("copy", of(seat))))
    assert "Your company decides about this data. We ask its administrator." in said


def test_every_answer_can_be_changed_and_the_others_stay(visitor: Client, seat: Seat) -> None:
    body = visitor.get(check("copy", of(seat), format="jsonl")).content.decode()
    ways = [way.replace("&amp;", "&") for way in re.findall(r'href="(/privacy/ask/[^"]*)"', body)]
    for way in ways:
        again = visitor.get(way)
        assert again.status_code == 200
        assert "what=copy" in way
    back = next(way for way in ways if "included" in way)
    body = visitor.get(back).content.decode()
    assert re.search(r'value="notes" checked', body)
    assert not re.search(r'value="usage-reporting" checked', body)
    assert re.search(r'value="jsonl" checked', body)


def test_a_copy_and_then_deletion_are_two_requests_and_the_copy_comes_first(
    visitor: Client, seat: Seat
) -> None:
    address = check("both", of(seat))
    assert "The copy comes first." in text_of(visitor.get(address))
    response = send(visitor, address, typed=seat.number)
    copy, deletion = PrivacyRequest.objects.order_by("pk")
    assert (copy.kind, deletion.kind) == (RequestKind.EXPORT, RequestKind.DELETION)
    assert deletion.copy_first == copy
    assert response.url == f"/r/{copy.public_id}/received/"
    assert deletion.reference in text_of(visitor.get(response.url))


def test_everything_that_applies_is_everything(visitor: Client, seat: Seat) -> None:
    """Only a deletion of all categories empties a seat for good, whatever the edition has."""
    Contract.objects.filter(pk=seat.contract_id).update(edition="core")
    body = visitor.get(page("included/", what="delete", about=of(seat))).content.decode()
    slugs = re.findall(r'name="category" value="([\w-]+)" checked', body)
    assert "Does not apply" in body
    send(visitor, check("delete", of(seat), *slugs), typed=seat.number)
    filed = PrivacyRequest.objects.get()
    assert len(filed.categories) == 14 > len(slugs)


# --- A deletion, with open eyes -----------------------------------------------------------------


def test_a_deletion_shows_what_is_lost_kept_and_copied_in_that_order(
    visitor: Client, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = preview.Counted(found=1204, applies=True)
    counted.grounds["shared"] = 4
    monkeypatch.setattr(preview, "of", lambda request, seconds: {"notes": counted})
    said = text_of(visitor.get(check("delete", of(seat), "notes")))
    order = [
        *("What you lose", "Notes 1,204 1,200 deleted, 4 kept", "What we keep, and why"),
        *("Another seat of the contract holds them too.", "Backups", "Do you have a copy?"),
        *("Type the number of the seat", "Delete my data", "Keep my data", "You can cancel until"),
    ]
    places = [said.index(words) for words in order]
    assert places == sorted(places)


def test_the_page_survives_a_product_that_is_down(
    visitor: Client, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(request: PrivacyRequest, seconds: float) -> None:
        raise ProductUnavailable("down")

    monkeypatch.setattr(preview, "of", away)
    response = visitor.get(check("delete", of(seat)))
    assert response.status_code == 200
    assert "We cannot count it right now." in text_of(response)
    assert send(visitor, check("delete", of(seat)), typed=seat.number).status_code == 302


@pytest.mark.parametrize("typed", ["", "S-0", "delete", "\x00", "x" * 5000])
def test_nothing_is_deleted_by_a_slip(visitor: Client, seat: Seat, typed: str) -> None:
    response = send(visitor, check("delete", of(seat)), typed=typed)
    assert response.status_code == 400
    assert "Type the number exactly as it is shown" in text_of(response)
    assert "<title>Error:" in response.content.decode()
    assert not PrivacyRequest.objects.exists()


def test_the_typed_number_is_read_as_people_type_it(visitor: Client, seat: Seat) -> None:
    typed = f"  {seat.number.lower()} "
    assert send(visitor, check("delete", of(seat)), typed=typed).status_code == 302


def test_it_says_whether_the_account_goes_too(visitor: Client, seat: Seat) -> None:
    body = visitor.get(page("included/", what="delete", about=of(seat))).content.decode()
    everything = re.findall(r'name="category" value="([\w-]+)" checked', body)
    last = "It is your last seat. Your account with us goes with it."
    assert last in text_of(visitor.get(check("delete", of(seat), *everything)))
    assert last not in text_of(visitor.get(check("delete", of(seat), "notes")))
    factories.make_seat(member=seat.member)
    said = text_of(visitor.get(check("delete", of(seat), *everything)))
    assert last not in said
    assert "Only this seat is emptied." in said


def test_the_last_copy_is_named_while_it_can_be_had(visitor: Client, seat: Seat) -> None:
    done = factories.make_request(RequestKind.EXPORT, Status.COMPLETED, seat=seat)
    said = text_of(visitor.get(check("delete", of(seat))))
    assert "We no longer have it." in said
    done.archives.create(
        object_name="a", size=1, sha256="0" * 64, expires_at=timezone.now() + timedelta(days=1)
    )
    said = text_of(visitor.get(check("delete", of(seat))))
    assert "You can download it until" in said
    assert done.reference in said


# --- Sent once ----------------------------------------------------------------------------------


def test_a_double_click_files_one_request(visitor: Client, seat: Seat) -> None:
    address = check("copy", of(seat))
    first, second = send(visitor, address), send(visitor, address)
    assert first.url == second.url
    assert PrivacyRequest.objects.count() == 1
    assert PrivacyRequest.objects.get().events.count() == 1


def test_a_double_click_files_one_even_when_the_first_is_under_way(
    visitor: Client, seat: Seat
) -> None:
    address = check("copy", of(seat))
    first = send(visitor, address)
    PrivacyRequest.objects.update(status=Status.APPROVED)
    assert send(visitor, address).url == first.url
    assert PrivacyRequest.objects.count() == 1


def test_two_tabs_do_not_mix(visitor: Client, seat: Seat) -> None:
    other = factories.make_seat(member=seat.member)
    here, there = check("copy", of(seat), "notes"), check("copy", of(other), "saved-accounts")
    visitor.get(here)
    visitor.get(there)
    visitor.post(here, {"ticket": "here"})
    visitor.post(there, {"ticket": "there"})
    first, second = PrivacyRequest.objects.order_by("pk")
    assert (first.seat, first.categories) == (seat, ["notes"])
    assert (second.seat, second.categories) == (other, ["saved-accounts"])


def test_asking_again_joins_and_says_so_before_and_after(visitor: Client, seat: Seat) -> None:
    send(visitor, check("copy", of(seat), "notes"))
    first = PrivacyRequest.objects.get()
    again = check("copy", of(seat), "saved-leads")
    said = text_of(visitor.get(again))
    assert f"{first.reference} is still open. We add to it what is new" in said

    response = visitor.post(again, {"ticket": "t2"})
    first.refresh_from_db()
    assert response.url == f"/r/{first.public_id}/received/"
    assert first.categories == ["saved-leads", "notes"]
    assert "We added it to this request" in text_of(visitor.get(response.url))


def test_asking_again_for_what_is_under_way_is_linked_and_says_so(
    visitor: Client, seat: Seat
) -> None:
    earlier = factories.make_request(RequestKind.EXPORT, Status.RUNNING, seat=seat)
    address = check("copy", of(seat))
    assert f"{earlier.reference} is decided or under way" in text_of(visitor.get(address))
    response = send(visitor, address)
    filed = PrivacyRequest.objects.exclude(pk=earlier.pk).get()
    assert filed.linked_to == earlier
    assert f"You asked for the same before, as {earlier.reference}." in text_of(
        visitor.get(response.url)
    )


def test_a_form_left_open_overnight_files_nothing_and_says_where_to_go_on(
    visitor: Client, seat: Seat
) -> None:
    address = check("copy", of(seat))
    MemberSession.objects.update(expires_at=timezone.now() - timedelta(hours=9))
    referer = f"http://testserver{address}"
    response = visitor.post(address, {"ticket": "t1"}, headers={"referer": referer})
    assert response.status_code == 403
    assert "You are signed out" in text_of(response)
    way_back = urlencode({"next": address}).replace("&", "&amp;")
    assert f'href="/privacy/sign-in/?{way_back}"' in response.content.decode()
    assert not PrivacyRequest.objects.exists()


# --- As an administrator ------------------------------------------------------------------------


def test_an_administrator_asks_for_the_whole_contract_and_instructs_us(
    client: Client, administrator: Member, seat: Seat
) -> None:
    said = text_of(client.get(page("about/", what="delete")))
    assert f"The whole contract {seat.contract.number}, Brennan Freight GmbH" in said
    address = check("delete", whole(seat.contract))
    said = text_of(client.get(address))
    assert "Brennan Freight GmbH instructs us to delete" in said
    assert "Two people decide, one of them your account representative." in said
    assert "Accounts, consents and message choices of the members stay." in said

    response = send(client, address, typed=seat.contract.number)
    filed = PrivacyRequest.objects.get()
    assert (filed.seat, filed.capacity) == (None, Capacity.ADMINISTRATOR)
    assert "instructs us to delete" in filed.events.get().remark.text
    assert filed.events.get().text_digest
    assert client.get(response.url).status_code == 200


def test_an_administrator_gets_of_a_members_seat_what_the_company_decides_about(
    client: Client, administrator: Member, seat: Seat
) -> None:
    body = client.get(page("included/", what="copy", about="other", number=seat.number))
    said = text_of(body)
    assert "The rest is between the member and us." in said
    assert 'value="user-information"' not in body.content.decode()
    refused = client.get(check("copy", of(seat), "user-information"))
    assert refused.status_code == 400
    assert "Choose at least one category." in text_of(refused)

    send(client, check("copy", of(seat)))
    filed = PrivacyRequest.objects.get()
    assert filed.capacity == Capacity.ADMINISTRATOR
    assert filed.mails.filter(template="told_export", to=seat.member.email).exists()


def test_who_administers_no_more_is_told_so_and_nothing_is_filed(
    client: Client, administrator: Member, seat: Seat
) -> None:
    for about in (whole(seat.contract), of(seat)):
        assert client.get(check("copy", about)).status_code == 200
    administrator.administrations.update(until=timezone.now())
    # Unknown and foreign numbers answer alike.
    for about in (whole(seat.contract), of(seat), "seat:S-0", "contract:C-0"):
        response = send(client, check("copy", about))
        assert response.status_code == 403
        assert "You were an administrator of Brennan Freight GmbH until" in text_of(response)
    assert not PrivacyRequest.objects.exists()


# --- Bad input ----------------------------------------------------------------------------------


def test_what_is_not_mine_and_what_there_is_not_answer_alike(visitor: Client) -> None:
    foreign = factories.make_seat()
    said = set()
    for about in (of(foreign), "seat:S-0", whole(foreign.contract), "contract:C-0", "nonsense"):
        for address in (page("included/", what="copy", about=about), check("delete", about)):
            response = visitor.get(address)
            assert response.status_code == 404
            said.add(re.sub(r"[0-9A-Z]{4}-[0-9A-Z]{4}", "", text_of(response)))
        assert send(visitor, check("copy", about)).status_code == 404
    assert len(said) == 1
    assert "You have no seat or contract with this number." in said.pop()


def test_a_seat_released_meanwhile_is_still_its_makers(visitor: Client, seat: Seat) -> None:
    address = check("copy", of(seat))
    visitor.get(address)
    Seat.objects.filter(pk=seat.pk).update(released_at=timezone.now())
    response = send(visitor, address)
    assert PrivacyRequest.objects.get().capacity == Capacity.HOLDER
    said = text_of(visitor.get(response.url))
    assert f"Seat {seat.number} is yours no longer" in said
    assert "This is about what you made in it." in said


def test_an_erased_seat_has_nothing_left(visitor: Client, seat: Seat) -> None:
    Seat.objects.filter(pk=seat.pk).update(erased_at=timezone.now(), product_id="")
    for response in (visitor.get(check("copy", of(seat))), send(visitor, check("copy", of(seat)))):
        assert response.status_code == 410
        assert "This seat is empty already" in text_of(response)
    assert not PrivacyRequest.objects.exists()


@pytest.mark.parametrize("what", ["", "everything", "COPY", "\x00", "<script>", "copy\r\nX: y"])
def test_what_nobody_offered_is_asked_again(visitor: Client, what: str) -> None:
    for part in ("about/", "included/", "check/"):
        response = visitor.get(page(part, what=what, about="seat:S-1"))
        assert response.status_code == 400
        said = text_of(response)
        assert "There is a problem Choose what you would like" in said
        assert "<script>" not in response.content.decode()


@pytest.mark.parametrize(
    "number", ["\x00", "' OR 1=1 --", "<b>x</b>", "x" * 4000, "S-1\r\nSet-Cookie: a=b", "²", "‮S-1"]
)
def test_numbers_that_try_something_do_nothing(
    client: Client, administrator: Member, number: str
) -> None:
    response = client.get(page("included/", what="copy", about="other", number=number))
    assert response.status_code == 404
    assert "<b>x" not in response.content.decode()
    assert "Set-Cookie" not in response.content.decode()


def test_open_questions_are_asked_again(visitor: Client, seat: Seat, member: Member) -> None:
    factories.make_administration(seat.contract, member)
    nothing = visitor.get(page("included/", what="copy"))
    assert nothing.status_code == 400
    assert "Choose what it is about" in text_of(nothing)
    no_number = visitor.get(page("included/", what="copy", about="other", number=" "))
    assert no_number.status_code == 400
    assert "Enter the number of the seat" in text_of(no_number)
    for more in ({}, {"category": "nonsense"}, {"category": "notes", "format": "xls"}):
        response = visitor.get(page("check/", what="copy", about=of(seat), **more))
        assert response.status_code == 400
        assert "Error:" in text_of(response)


def test_who_has_no_seat_and_administers_nothing_is_told_so(client: Client) -> None:
    signed_in(client, factories.make_member())
    response = client.get(page("about/", what="copy"))
    assert "You hold no seat, and held none before." in text_of(response)


def test_looking_files_nothing_and_costs_ten_queries_at_most(
    visitor: Client, seat: Seat, django_assert_max_num_queries: Any
) -> None:
    factories.make_administration(seat.contract, seat.member)
    factories.make_request(RequestKind.DELETION, Status.RUNNING, seat=seat)
    addresses = [
        page(),
        page("about/", what="both"),
        page("included/", what="both", about=of(seat)),
        check("copy", of(seat)),
        check("copy", whole(seat.contract)),
    ]
    for address in addresses:
        with django_assert_max_num_queries(10):
            assert visitor.get(address).status_code == 200
    assert PrivacyRequest.objects.count() == 1
