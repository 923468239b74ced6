"""Rows that an erasure keeps on purpose: anonymised, or for a time the law asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connections

from compliance.sample import schema
from compliance.sources.base import Erased, Format
from compliance.sources.clauses import Clause
from compliance.sources.declared import Anonymise, Child, Reference, Retain
from compliance.sources.product import counted
from compliance.sources.tables import Table
from tests.compliance.sources import specimens
from tests.compliance.sources.specimens import BEN, CUTOFF, SPECIMENS, content, run, scope, specimen

pytestmark = pytest.mark.usefixtures("specimens_table")
YEARS = timedelta(days=6 * 365)
ANONYMISED = replace(
    SPECIMENS,
    erasure=Anonymise({"words": "gone", "mail": None, "flag": False}, "statistics", YEARS),
)
INVOICES = replace(
    SPECIMENS, erasure=Retain({"words": ("invoice", "credit note")}, "accounting", YEARS)
)
EVERYTHING = replace(SPECIMENS, erasure=Retain({}, "claims"))


def words() -> list[tuple[object, ...]]:
    return run("SELECT id, words FROM specimens ORDER BY id")


def drain(table: Table, limit: int = 2) -> Erased:
    erased = anonymised = 0
    more = True
    while more:
        batch = table.erase(scope(), limit)
        erased, anonymised = erased + batch.erased, anonymised + batch.anonymised
        more = batch.more
        assert batch.retained == {} or not more
    return replace(batch, erased=erased, anonymised=anonymised)


def test_anonymised_rows_stay_and_tell_nothing() -> None:
    specimens.fill(
        [
            specimen(1, words="Ana", mail="ana@acme.com", flag=True, secret="kept"),
            specimen(2, words=None, flag=None),
            specimen(3, words="gone", mail=None, flag=False),
            specimen(4, words="Ben", member_id=71),
            specimen(5, words="later", at=specimens.later()),
        ]
    )
    assert (ANONYMISED.count(scope()), ANONYMISED.remaining(scope())) == (3, 2)
    done = drain(ANONYMISED)
    assert done == Erased(erased=0, anonymised=2, retained={"statistics": 3})
    assert ANONYMISED.remaining(scope()) == 0
    assert (ANONYMISED.count(scope()), ANONYMISED.retained(scope())) == (3, {"statistics": 3})
    assert run("SELECT id, words, mail, secret FROM specimens ORDER BY id") == [
        (1, "gone", None, "kept"),
        (2, "gone", None, None),
        (3, "gone", None, None),
        (4, "Ben", None, None),
        (5, "later", None, None),
    ]
    assert drain(ANONYMISED).anonymised == 0
    assert ANONYMISED.grounds == {"statistics"}


def test_what_the_law_keeps_stays_until_its_time_is_over() -> None:
    old = CUTOFF - YEARS
    specimens.fill(
        [
            specimen(1, words="invoice"),
            specimen(2, words="credit note", at=old + timedelta(days=1)),
            specimen(3, words="invoice", at=old),
            specimen(4, words="letter"),
            specimen(5, words=None),
            specimen(6, words="invoice", member_id=71),
        ]
    )
    assert (INVOICES.count(scope()), INVOICES.remaining(scope())) == (5, 3)
    assert INVOICES.retained_until(scope()) == {"accounting": date(2032, 1, 30)}
    assert drain(INVOICES) == Erased(erased=3, retained={"accounting": 2})
    assert words() == [(1, "invoice"), (2, "credit note"), (6, "invoice")]
    assert (INVOICES.remaining(scope()), INVOICES.retained(scope())) == (0, {"accounting": 2})
    assert INVOICES.retained_until(scope(BEN)) == {"accounting": date(2032, 1, 30)}


def test_all_rows_can_be_kept() -> None:
    specimens.fill([specimen(1), specimen(2)])
    assert drain(EVERYTHING) == Erased(retained={"claims": 2})
    assert EVERYTHING.remaining(scope()) == 0
    assert EVERYTHING.retained_until(scope()) == {}


def test_what_is_kept_is_still_exported() -> None:
    specimens.fill([specimen(1, words="invoice"), specimen(2, words="letter")])
    (stream,) = INVOICES.read(scope(), Format.JSONL)
    assert len(content(stream).splitlines()) == 2


def test_children_of_children_go_first_and_in_bounded_batches() -> None:
    kind = schema.TYPES[connections["product"].vendor]
    for name, above in (("branches", "specimens"), ("leaves", "branches"), ("birds", "branches")):
        run(
            "CREATE TABLE {} (id {pk}, {}_id {ref} {} REFERENCES {}(id))".format(
                name, above, "" if name == "birds" else "NOT NULL", above, **kind
            )
        )
    tree = replace(
        SPECIMENS,
        children=(
            Child(
                "branches",
                "specimens_id",
                children=(Child("leaves", "branches_id"),),
                references=(Reference("birds", "branches_id"),),
            ),
        ),
    )
    specimens.fill([specimen(1), specimen(2, member_id=71)])
    for id in range(1, 13):
        run("INSERT INTO branches VALUES (%s, %s)", id, 1 + id % 2)
        run("INSERT INTO leaves VALUES (%s, %s), (%s, %s)", id, id, 100 + id, id)
        run("INSERT INTO birds VALUES (%s, %s)", id, id)
    left = [Clause("FROM branches"), Clause("FROM leaves"), Clause("FROM birds")]
    carried: dict[str, int] = {}
    more = True
    while more:
        before = sum(map(counted, left))
        batch = tree.erase(scope(), 3)
        assert before - sum(map(counted, left)) <= 6
        for name, count in batch.carried.items():
            carried[name] = carried.get(name, 0) + count
        more = batch.more
    assert carried == {"branches": 6, "leaves": 12}
    assert list(map(counted, left)) == [6, 12, 12]
    assert run("SELECT count(*) FROM birds WHERE branches_id IS NULL") == [(6,)]
    assert tree.carries == {"branches", "leaves"}
