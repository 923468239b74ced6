"""What must be so when a request has come to its end, whatever happened on the way."""

from __future__ import annotations

from collections import Counter
from typing import Any

from compliance.sources import navigator
from tests.journeys import product
from tests.journeys.company import Company, Seat

CATEGORIES = {source.name: source.category for source in navigator.SOURCES}
KEPT_OBJECTS = (
    "SELECT a.object_name FROM compliance_archive a "
    "JOIN compliance_privacyrequest r ON r.id = a.request_id "
    "WHERE r.reference = %s AND a.destroyed_at IS NULL"
)


def exported_once(company: Company, reference: str, seat: Seat) -> product.Delivered:
    """One archive with every row and file of the seat and no other, and one receipt of a kind."""
    facts = company.facts(reference)
    assert [item for item in facts["items"] if item["state"] != "done"] == []
    assert len(facts["files"]) == 1
    assert _kinds(facts)["export_receipt"] == 1
    assert set(_kinds(facts).values()) == {1}
    delivered = product.opened(company.desk, reference)
    asked = facts["categories"]
    there = product.everything_of(company.desk, seat)
    assert delivered.keys() == {
        table: keys for table, keys in there.items() if CATEGORIES[table] in asked
    }
    assert delivered.files() == product.files_of(company.desk, seat)
    return delivered


def nothing_left_over(company: Company, *references: str) -> None:
    """Of all that was written on the way only the archives of these requests are still there."""
    desk = company.desk
    kept = {name for one in references for (name,) in desk.sql("default", KEPT_OBJECTS, [one])}
    exports = desk.exports
    there = {str(path.relative_to(exports)) for path in exports.rglob("*") if path.is_file()}
    assert there == kept
    assert desk.sql("default", "SELECT object_id FROM compliance_wrappedkey") == [
        (name,) for name in sorted(kept)
    ]


def deleted_once(company: Company, reference: str, seat: Seat, before: product.Keys) -> Any:
    """Nothing of the seat is left; the certificate, the only one, counts what was there before."""
    assert product.keys_of(company.desk, seat) == {}
    assert product.files_of(company.desk, seat) == []
    facts = company.facts(reference)
    assert [item for item in facts["items"] if item["state"] != "done"] == []
    assert {item["remaining"] for item in facts["items"] if item["work"] == "erase"} == {0}
    assert _kinds(facts)["deletion_certificate"] == 1
    assert set(_kinds(facts).values()) == {1}
    record = certificate(company, reference)
    assert record["recount"]["remaining"] == 0
    for row in record["categories"]:
        kept = sum(one["records"] for one in row["kept"])
        assert row["found"] == row["deleted"] + row["anonymised"] + kept
    for table, keys in before.items():
        items = [item for item in facts["items"] if item["resource"] == table]
        assert sum(item["found"] for item in items) == len(keys), table
    return record


def certificate(company: Company, reference: str) -> Any:
    """The record of the certificate in force."""
    (record,) = company.call("certificates", reference)
    return record


def _kinds(facts: dict[str, Any]) -> Counter[str]:
    return Counter(receipt["kind"] for receipt in facts["receipts"])
