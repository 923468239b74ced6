"""Another product's data map through the planner and the workers: exported whole, erased whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from compliance.enums import RequestKind, Status
from compliance.models import DataCategory, PrivacyRequest
from compliance.services import archives, execution, receipts
from compliance.services.actors import staff_actor
from compliance.sources import live
from compliance.sources.base import SeatKey
from seats.models import Contract, Seat
from tests.compliance.services.scenes import worked
from tests.compliance.sources import small_crm
from tests.compliance.sources.small_crm import ANA, ANA_TOO, HOLDERS
from tests.factories import make_contract, make_member, make_request, make_seat, make_staff
from tests.journeys.unpacked import Unpacked

Record = dict[str, Any]
CATEGORIES = {
    "user-information": ["profiles"],
    "saved-leads": ["leads"],
    "saved-accounts": ["deals"],
    "notes": ["deal_notes"],
    "seat-management": ["invoices", "invoice_lines"],
}


@pytest.fixture(autouse=True)
def crm(db: None, settings: Any) -> Iterator[None]:
    # Small parts: each of a few rows, many cut in the middle of a key.
    settings.DATA_MAP, settings.PART_ROWS = "compliance.sources.small_crm", 3
    settings.ERASE_BATCH_ROWS = 2
    small_crm.create()
    small_crm.fill()
    yield
    live.forget()


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    """The records of the receipts, which are not printed."""
    records: list[Record] = []

    def render(record: Record, *, language: str) -> receipts.pdf.Rendered:
        records.append(record)
        return receipts.pdf.Rendered(b"%PDF-1.7", b"{}", "0" * 64, "0" * 64, "s-test", b"", b"")

    monkeypatch.setattr(receipts.pdf, "render", render)
    return records


def directory() -> dict[SeatKey, Seat]:
    """The same seats and contracts on our side."""
    persons = {key.member for keys in HOLDERS.values() for key in keys}
    people = {person: make_member(product_id=person) for person in persons}
    found = {}
    for workspace, keys in HOLDERS.items():
        contract = make_contract(product_id=workspace, edition="team")
        for key in keys:
            member = people[key.member]
            released = timezone.now() if key == ANA else None
            found[key] = make_seat(contract, member, product_id=key.seat, released_at=released)
    return found


def done(kind: RequestKind, seat: Seat | None, contract: Contract) -> PrivacyRequest:
    slugs = DataCategory.objects.values_list("slug", flat=True)
    deletion = kind == RequestKind.DELETION
    request = make_request(
        kind,
        Status.COOLING_OFF if deletion else Status.APPROVED,
        contract=contract,
        seat=seat,
        categories=list(slugs),
        format="jsonl",
        seats_approved=1 if seat else len(HOLDERS[contract.product_id]),
        **({"cooling_off_until": timezone.now()} if deletion else {}),
    )
    assert execution.start(request.pk) == 1
    execution.proceed(request.pk)
    worked(request, most=1000)
    states = request.items.values_list("work", "resource", "part", "state", "error")
    assert request.status == Status.COMPLETED, list(states)
    return request


@pytest.mark.parametrize("whole", [False, True])
def test_an_archive_has_each_row_and_file_once_and_nobody_elses(
    whole: bool, printed: list[Record], tmp_path: Path
) -> None:
    seat = directory()[ANA]
    before = small_crm.tables()
    request = done(RequestKind.EXPORT, None if whole else seat, seat.contract)
    owners = HOLDERS["acme"] if whole else [ANA]
    file = tmp_path / "archive.zip"
    archives.write_to(request, file, actor=staff_actor(make_staff(is_superuser=True)))
    archive = Unpacked(file)
    archive.check_leaflets()
    tables = archive.tables()
    assert {slug: sorted(parts) for slug, parts in tables.items()} == {
        slug: sorted(names) for slug, names in CATEGORIES.items()
    }
    assert len(tables["notes"]["deal_notes"]) > 1  # in parts
    for parts in tables.values():
        for table, names in parts.items():
            rows = list(archive.rows(names))
            assert {small_crm.key_of(table, row): row for row in rows} == small_crm.of(
                before, table, owners
            )
            assert len(rows) == len(small_crm.of(before, table, owners))
    assert sorted(archive.files("account-list-files").values()) == sorted(
        f"acme {key}".encode() for key in owners for _ in ("raw", "report")
    )
    without = {slug for slug, state in archive.states.items() if state == "not applicable"}
    assert without == archive.states.keys() - CATEGORIES.keys() - {"account-list-files"}
    assert small_crm.tables() == before


@pytest.mark.parametrize("whole", [False, True])
def test_a_deletion_leaves_others_and_what_law_keeps_and_the_certificate_says_so(
    whole: bool, printed: list[Record], storages: Path
) -> None:
    seat = directory()[ANA]
    before = small_crm.tables()
    request = done(RequestKind.DELETION, None if whole else seat, seat.contract)
    owners = HOLDERS["acme"] if whole else [ANA]
    assert small_crm.tables() == small_crm.without(before, owners)
    left = {path.parts[-4:-2] for path in (storages / "product_files").rglob("*.csv")}
    everyone = {key for keys in HOLDERS.values() for key in keys}
    assert left == {(key.seat, key.member) for key in everyone - set(owners)}
    assert not request.items.filter(remaining__gt=0).exists()
    (record,) = (one for one in printed if "categories" in one)
    told = {one["slug"]: one for one in record["categories"]}
    assert [slug for slug, one in told.items() if one["kept"]] == ["seat-management"]
    invoices = told["seat-management"]
    assert invoices["kept"] == [
        {
            "records": 6 * len(owners),  # two invoices and their four lines
            "ground": "accounting",
            "text": "Accounting law requires these records to be kept.",
            "until": date(timezone.now().year + 7, 12, 31).isoformat(),
        }
    ]
    assert (invoices["found"], invoices["deleted"]) == (12 * len(owners), 6 * len(owners))
    assert told["notes"]["deleted"] == 6 * len(owners)


def test_the_other_workspaces_rows_of_the_same_person_stay(printed: list[Record]) -> None:
    seats = directory()
    before = small_crm.tables()
    done(RequestKind.DELETION, seats[ANA_TOO], seats[ANA_TOO].contract)
    assert small_crm.tables() == small_crm.without(before, [ANA_TOO])
