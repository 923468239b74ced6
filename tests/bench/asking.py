"""Members with choices, asked about by us and by bare SQL, in one process of an installation."""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from consent.enums import AFFIRMATIVE, Act, Channel, Origin, Purpose, Reason
from consent.models import ConsentEvent, Suppression
from consent.services import permission, projection
from consent.services.permission import Answer
from seats import keys
from seats.models import Member
from tests.bench.measuring import in_turns

ASKED = 1_000
BATCHES = 20  # a run
PAIR = (Purpose.PRODUCT_NEWS, Channel.EMAIL)
OTHER = (Purpose.TIPS, Channel.EMAIL)
# Of ten members: six said yes, one of them took it back; three were asked, one never was.
ACTS = [Act.GIVEN] * 5 + [Act.WITHDRAWN] + [Act.DECLINED] * 3 + [None]
SUPPRESSED_ONE_IN = 50
QUERY = """
    SELECT m.product_id, m.erased_at, p.act, p.since, p.event_id
    FROM seats_member m LEFT JOIN consent_preference p
    ON p.member_id = m.id AND p.purpose = %s AND p.channel = %s
    WHERE m.product_id IN ({})
"""


def compare(members: int, runs: int) -> None:
    """Ask about a thousand members again and again, in turns; seconds a run and what is wrong."""
    _fill(members)
    ids = [str(number) for number in range(members)]
    step = max(1, (members - ASKED) // BATCHES)
    batches = [ids[start : start + ASKED] for start in range(0, step * BATCHES, step)]
    query = QUERY.format(", ".join(["%s"] * ASKED))
    baseline: list[float] = []
    product: list[float] = []
    bare: list[list[tuple[Any, ...]]] = []
    ours: list[dict[str, Answer]] = []

    def ask_bare() -> None:
        began = time.perf_counter()
        bare[:] = [_rows(query, batch) for batch in batches]
        baseline.append(time.perf_counter() - began)

    def ask_us() -> None:
        began = time.perf_counter()
        ours[:] = [permission.may_send_products(batch, *PAIR) for batch in batches]
        product.append(time.perf_counter() - began)

    in_turns(runs, ask_bare, ask_us, lambda: (baseline.clear(), product.clear()))
    answers = [answer for batch in ours for answer in batch.values()]
    found = {
        "baseline": baseline,
        "product": product,
        "batches": len(batches),
        "allowed": sum(answer.allowed for answer in answers),
        "suppressed": sum(answer.reason == Reason.SUPPRESSED for answer in answers),
        "problems": _problems(bare, ours),
    }
    json.dump(found, sys.stdout)


def _fill(count: int) -> None:
    then = timezone.now() - timedelta(days=30)
    Member.objects.bulk_create(
        [Member(product_id=str(number), email=_address(number)) for number in range(count)],
        batch_size=2_000,
    )
    pks = dict(Member.objects.values_list("product_id", "pk"))
    ConsentEvent.objects.bulk_create(
        [
            ConsentEvent(
                member_id=pks[str(number)],
                act=act,
                purpose=purpose,
                channel=channel,
                origin=Origin.PREFERENCE_CENTRE,
                surface="desktop",
                language="en",
                text_sha256="0" * 64,
                at=then,
            )
            for number in range(count)
            for purpose, channel in (PAIR, OTHER)
            if (act := ACTS[number % len(ACTS)])
        ],
        batch_size=2_000,
    )
    projection.rebuild()
    Suppression.objects.bulk_create(
        Suppression(key=keys.pseudonym(keys.EMAIL, _address(number)), since=timezone.now())
        for number in range(0, count, SUPPRESSED_ONE_IN)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _address(number: int) -> str:
    return f"member.{number}@customer-{number % 97}.example"


def _rows(query: str, batch: list[str]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [*PAIR, *batch])
        return list(cursor.fetchall())


def _problems(bare: list[list[tuple[Any, ...]]], ours: list[dict[str, Answer]]) -> list[str]:
    """Everybody is answered, and as bare SQL says, but for the suppressed."""
    wrong = 0
    for rows, answers in zip(bare, ours, strict=True):
        expected = {
            name: act in AFFIRMATIVE and int(name) % SUPPRESSED_ONE_IN != 0
            for name, _erased, act, _since, _event in rows
        }
        said = {name: answer.allowed for name, answer in answers.items()}
        wrong += len(expected.items() ^ said.items())
    return [f"{wrong} members got another answer than SQL gives."] if wrong else []
