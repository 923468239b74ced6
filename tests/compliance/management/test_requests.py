"""Filing, moving and showing requests from the command line, as people and checks do."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from compliance.models import PrivacyRequest
from seats.models import Seat, StaffUser
from seats.roles import Role
from tests import factories


def _run(command: str, *words: str) -> dict[str, Any]:
    out = StringIO()
    call_command(command, *words, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.fixture
def ana(db: None) -> StaffUser:
    return factories.make_staff(Role.SUPPORT, username="ana")


@pytest.fixture
def ben(db: None) -> StaffUser:
    return factories.make_staff(Role.SUPPORT, username="ben")


@pytest.fixture
def seat(db: None) -> Seat:
    return factories.make_seat()


def test_an_export_without_categories_takes_the_articles_list(ana: StaffUser, seat: Seat) -> None:
    told = _run("open_request", "--kind", "export", "--seat", seat.number, "--as", "staff:ana")
    assert told["status"] == "received"
    assert len(told["categories"]) == 9
    assert "saved-leads" not in told["categories"]


def test_a_deletion_without_categories_takes_all(ana: StaffUser, seat: Seat) -> None:
    told = _run("open_request", "--kind", "deletion", "--seat", seat.number, "--as", "staff:ana")
    assert told["reference"].startswith("DEL-")
    assert len(told["categories"]) == 14


def test_a_contract_can_be_named_instead_of_a_seat(ana: StaffUser, seat: Seat) -> None:
    number = seat.contract.number
    told = _run("open_request", "--kind", "export", "--contract", number, "--as", "staff:ana")
    assert _run("show_request", told["reference"])["scope"] == "contract"


def test_a_holder_is_known_by_the_session_and_reviewed_by_people(seat: Seat) -> None:
    actor = f"member:{seat.member.number}"
    told = _run("open_request", "--kind", "deletion", "--seat", seat.number, "--as", actor)
    shown = _run("show_request", told["reference"])
    assert [event["action"] for event in shown["events"]][:1] == ["received"]


def test_a_request_goes_from_review_to_approval_by_two_people(
    ana: StaffUser, ben: StaffUser, seat: Seat
) -> None:
    words = ("--kind", "export", "--seat", seat.number, "--format", "jsonl", "--as", "staff:ana")
    reference = _run("open_request", *words)["reference"]
    assert _run("take", reference, "verify", "--as", "staff:ana")["status"] == "in_review"
    assert _run("take", reference, "submit", "--as", "staff:ana")["status"] == "awaiting_approval"
    with pytest.raises(CommandError, match="somebody else has to approve"):
        _run("take", reference, "approve", "--as", "staff:ana")
    assert _run("take", reference, "approve", "--as", "staff:ben")["status"] == "approved"


def test_the_reference_is_found_however_it_is_typed(ana: StaffUser, seat: Seat) -> None:
    told = _run("open_request", "--kind", "export", "--seat", seat.number, "--as", "staff:ana")
    assert _run("show_request", f" {told['reference'].lower()} ")["reference"] == told["reference"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("open_request", "--kind", "export", "--seat", "S-0", "--as", "staff:ana"), "no seat S-0"),
        (("open_request", "--kind", "export", "--contract", "C-0", "--as", "staff:ana"), "C-0"),
        (("open_request", "--kind", "export", "--seat", "S-0", "--as", "ana"), "There is no “ana”"),
        (("open_request", "--kind", "export", "--seat", "S-0", "--as", "staff:eve"), "staff:eve"),
        (("open_request", "--kind", "export", "--seat", "S-0", "--as", "member:x"), "member:x"),
        (("show_request", "EXP-1999-000001"), "no request EXP-1999-000001"),
        (("take", "nonsense", "verify", "--as", "staff:ana"), "no request nonsense"),
        (
            ("open_archive", "EXP-1999-000001", "--to", "/nowhere", "--as", "staff:ana"),
            "no request",
        ),
    ],
)
def test_what_is_not_there_is_said_and_nothing_is_written(
    ana: StaffUser, words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        _run(*words)
    assert not PrivacyRequest.objects.exists()


def test_an_unknown_category_is_named_with_those_there_are(ana: StaffUser, seat: Seat) -> None:
    words = ("--kind", "export", "--seat", seat.number, "--categories", "notes,diaries")
    with pytest.raises(CommandError, match=r"“diaries”.*user-information"):
        _run("open_request", *words, "--as", "staff:ana")
    assert not PrivacyRequest.objects.exists()


def test_a_foreign_seat_is_answered_like_an_unknown_one(seat: Seat) -> None:
    stranger = factories.make_staff(Role.REPRESENTATIVE, username="rita")
    words = ("--kind", "export", "--as", f"staff:{stranger.username}", "--seat")
    with pytest.raises(CommandError) as foreign:
        _run("open_request", *words, seat.number)
    with pytest.raises(CommandError) as unknown:
        _run("open_request", *words, "S-404")
    assert str(foreign.value).replace(seat.number, "S-404") == str(unknown.value)


def test_an_archive_is_not_written_over_a_file(ana: StaffUser, seat: Seat, tmp_path: Any) -> None:
    told = _run("open_request", "--kind", "export", "--seat", seat.number, "--as", "staff:ana")
    there = tmp_path / "there.zip"
    there.write_text("mine")
    with pytest.raises(CommandError, match="there already"):
        _run("open_archive", told["reference"], "--to", str(there), "--as", "staff:ana")
    assert there.read_text() == "mine"
