from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from compliance.sources import reading
from compliance.sources.base import FOREVER, Format, Stream
from compliance.sources.linking import selection
from compliance.sources.selecting import Selection
from tests.compliance.sources import specimens
from tests.compliance.sources.specimens import ANA, BEN, SPECIMENS, content, scope, specimen

Way = Callable[[Selection, Format], Stream]
pytestmark = pytest.mark.usefixtures("specimens_table")
ALL = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
# What hurts: what spreadsheets trim or run, what CSV, COPY and JSON escape, and ordinary letters.
HURTING = list(
    " \t\r\n\u00a0\u200b\ufeff;,|\"'=+-@＝＋－＠aZ0{}[]\\./:_~\x01\x02\x0b\x0c\x1f\x7f\x85àżЖ王👋"
)
HURTING += ["\u2028", "\u2029", "–", "€", "«", "ﬁ", "\ue000", "\U0010ffff", "\\.", "\\N", "NULL"]
texts = st.none() | st.lists(st.sampled_from(HURTING), max_size=6).map("".join)
texts |= st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=8)
moments = st.datetimes(specimens.YEAR_1, specimens.YEAR_2026, timezones=st.timezones())
rows = st.lists(
    st.fixed_dictionaries(
        {
            "words": texts,
            "mail": texts,
            "secret": texts,
            "flag": st.none() | st.booleans(),
            "score": st.none() | st.decimals(-999, 999, places=2),
            "day": st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31)),
        }
    ),
    max_size=12,
).map(lambda listed: [specimen(id, **values) for id, values in enumerate(listed, start=1)])


def ways() -> list[Way]:
    copies = connections["product"].vendor == "postgresql"
    return [reading.rendered, reading.copied] if copies else [reading.rendered]


def read(way: Way, fmt: Format, **values: object) -> bytes:
    return content(way(selection(SPECIMENS, scope(ANA, BEN, **values)), fmt))


@ALL
@given(rows)
@example([])
@example([specimen(words="", mail="", secret=""), specimen(2, words="\\.", mail="@", secret="=")])
@example([specimen(score=Decimal("-0.10"), mail='a@"b"@c.de'), specimen(2, mail="@a@b@c")])
def test_every_row_is_written_the_same_whoever_writes_it(rows: list[specimens.Row]) -> None:
    specimens.fill(rows)
    for fmt in Format:
        assert {read(way, fmt) for way in ways()} == {specimens.expected(rows, fmt)}


@ALL
@given(moments)
@example(datetime(2026, 1, 1, tzinfo=UTC))
@example(datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
def test_a_moment_is_written_in_utc_to_the_microsecond(moment: datetime) -> None:
    specimens.fill([specimen(at=moment)])
    for way in ways():
        assert json.loads(read(way, Format.JSONL))["at"] == specimens.written(moment)


@ALL
@given(st.lists(texts, min_size=1, max_size=8))
def test_no_cell_can_run_as_a_formula_and_none_is_lost(words: list[str | None]) -> None:
    specimens.fill([specimen(id, words=text) for id, text in enumerate(words)])
    for way in ways():
        for row, text in zip(
            csv.DictReader(io.StringIO(read(way, Format.CSV).decode(), newline="")),
            words,
            strict=True,
        ):
            defused = specimens.is_formula(text or "")
            assert row["words"] == ("'" if defused else "") + (text or "")


@pytest.mark.parametrize(
    "before", ["", " ", "\t", "\r\n", "\u00a0", "\u200b\ufeff", ";", '",|', "'"]
)
@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_a_formula_is_defused_behind_whatever_a_spreadsheet_trims(before: str, sign: str) -> None:
    specimens.fill([specimen(words=f"{before}{sign}cmd|' /C calc'!A0")])
    for way in ways():
        _, row = csv.reader(io.StringIO(read(way, Format.CSV).decode(), newline=""))
        assert row[3] == f"'{before}{sign}cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    "text", ["a=1", "1-2", "Ж=1", "(=1", "\u3000=1", "..", "'", "“=1”", "👋=1"]
)
def test_a_text_that_only_holds_such_a_sign_stays_as_it_is(text: str) -> None:
    specimens.fill([specimen(words=text)])
    for way in ways():
        assert f",{text},".encode() in read(way, Format.CSV)


def test_numbers_stay_numbers() -> None:
    specimens.fill([specimen(-3, score=Decimal("-12.50"))])
    for way in ways():
        assert read(way, Format.CSV).splitlines()[1].startswith(b"-3,7,70,,,,,-12.50,")
        assert b'{"id":-3,' in read(way, Format.JSONL)


def test_json_keeps_formulas_and_hides_what_is_masked() -> None:
    specimens.fill([specimen(words="=1+1", mail="eve@acme.com", secret="1234")])
    for way in ways():
        row = json.loads(read(way, Format.JSONL))
        assert (row["words"], row["mail"], row["secret"]) == ("=1+1", "e***@acme.com", "***")


def test_the_bytes_are_these() -> None:
    specimens.fill(
        [
            specimen(
                words='He said "no",\nthen left',
                mail="józef@example.org",
                flag=False,
                score=Decimal("3.10"),
                day=date(2026, 2, 28),
            ),
            specimen(2, words="", mail=None, secret="", at=datetime(2025, 12, 31, tzinfo=UTC)),
        ]
    )
    for way in ways():
        assert read(way, Format.CSV).decode() == (
            "id,seat_id,member_id,words,mail,secret,flag,score,day,at\n"
            '1,7,70,"He said ""no"",\nthen left",j***@example.org,,false,3.10,2026-02-28,'
            "2026-01-31T23:59:59.000001Z\n"
            '2,7,70,"",,***,,,,2025-12-31T00:00:00.000000Z\n'
        )
        assert read(way, Format.JSONL).decode() == (
            '{"id":1,"seat_id":7,"member_id":70,"words":"He said \\"no\\",\\nthen left",'
            '"mail":"j***@example.org","secret":null,"flag":false,"score":3.10,'
            '"day":"2026-02-28","at":"2026-01-31T23:59:59.000001Z"}\n'
            '{"id":2,"seat_id":7,"member_id":70,"words":"","mail":null,"secret":"***",'
            '"flag":null,"score":null,"day":null,"at":"2025-12-31T00:00:00.000000Z"}\n'
        )


def test_rows_are_counted_not_lines() -> None:
    specimens.fill([specimen(id, words="a\nb\r\n\nc") for id in range(1, 8)])
    for way in ways():
        for fmt in Format:
            stream = way(selection(SPECIMENS, scope()), fmt)
            content(stream)
            assert stream.rows() == 7


def test_rows_come_by_owner_then_key_whatever_the_order_they_were_asked_in() -> None:
    owners = [(10, 1), (7, 70), (7, 9), (9, 70)]
    specimens.fill(
        [
            specimen(10 * place + number, seat_id=seat, member_id=member)
            for number in range(3)
            for place, (seat, member) in enumerate(owners)
        ]
    )
    keys = [specimens.SeatKey(str(seat), str(member)) for seat, member in owners]
    for way in ways():
        found = content(way(selection(SPECIMENS, scope(*keys, *keys)), Format.JSONL))
        rows = [json.loads(line) for line in found.splitlines()]
        assert [(row["seat_id"], row["member_id"], row["id"]) for row in rows] == [
            (seat, member, 10 * owners.index((seat, member)) + number)
            for seat, member in sorted(owners)
            for number in range(3)
        ]


def test_rows_written_after_the_cut_off_are_not_read() -> None:
    specimens.fill([specimen(1, at=specimens.CUTOFF), specimen(2, at=specimens.later())])
    for way in ways():
        assert [json.loads(line)["id"] for line in read(way, Format.JSONL).splitlines()] == [1]


def test_chunks_stay_small_and_nothing_is_lost_between_them() -> None:
    rows = [specimen(id, words="läng" * 2_000) for id in range(1, 301)]
    rows.append(specimen(301, words="é" * 2**20))
    specimens.fill(rows)
    for way in ways():
        for fmt in Format:
            stream = way(selection(SPECIMENS, scope()), fmt)
            chunks = list(stream.chunks)
            assert b"".join(chunks) == specimens.expected(rows, fmt)
            assert max(map(len, chunks)) <= 2**20
            assert sum(map(len, chunks[:-1])) / len(chunks[:-1]) > 2**18


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns"])
def test_the_sessions_own_settings_change_nothing(zone: str) -> None:
    if connections["product"].vendor != "postgresql":
        pytest.skip("SQLite's sessions have no time zone or date style.")
    row = specimen(day=date(2026, 2, 1), at=datetime(2026, 2, 1, 23, 30, tzinfo=UTC))
    specimens.fill([row])
    specimens.run(f"SET LOCAL TimeZone = '{zone}'")
    specimens.run("SET LOCAL DateStyle = 'German'")
    for way in ways():
        assert read(way, Format.CSV) == specimens.expected([row], Format.CSV)


def test_infinity_is_written_not_lost() -> None:
    if connections["product"].vendor != "postgresql":
        pytest.skip("SQLite knows no infinite moment.")
    specimens.run(
        "INSERT INTO specimens (id, seat_id, member_id, day, at) "
        "VALUES (1, 7, 70, 'infinity', '-infinity')"
    )
    for way in ways():
        assert read(way, Format.CSV).endswith(b",infinity,-infinity\n")
        assert b'"day":"infinity","at":"-infinity"' in read(way, Format.JSONL)


def test_a_nul_is_defused_too() -> None:
    if connections["product"].vendor == "postgresql":
        pytest.skip("PostgreSQL's texts hold no NUL.")
    row = specimen(words="\0=1")
    specimens.fill([row])
    for fmt in Format:
        assert read(reading.rendered, fmt) == specimens.expected([row], fmt)


@pytest.mark.django_db(transaction=True)
def test_reading_asks_for_a_snapshot() -> None:
    with pytest.raises(RuntimeError, match="product_snapshot"):
        content(next(SPECIMENS.read(scope(), Format.CSV)))
    with transaction.atomic(using="product"):
        assert content(next(SPECIMENS.read(scope(), Format.JSONL))) == b""
    specimens.run("DROP TABLE specimens")


def test_splitting_leaves_no_gap_and_no_overlap() -> None:
    ids = [*range(1, 40, 3), *range(100, 160)]
    specimens.fill([specimen(id) for id in ids])
    whole = read(reading.rendered, Format.JSONL)
    for size in (1, 7, 20, 73, 74, 1000):
        ranges = SPECIMENS.split(scope(), size)
        assert (ranges[0][0], ranges[-1][1]) == (None, None)
        assert [high for _, high in ranges[:-1]] == [low for low, _ in ranges[1:]]
        parts = [scope(low=low, high=high) for low, high in ranges]
        assert max(SPECIMENS.count(part) for part in parts) <= size
        for way in ways():
            read_parts = (content(way(selection(SPECIMENS, part), Format.JSONL)) for part in parts)
            assert b"".join(read_parts) == whole


def test_without_a_cut_off_every_row_counts_and_is_split() -> None:
    late = specimens.CUTOFF + timedelta(days=1)
    specimens.fill([specimen(id, at=late) for id in range(1, 9)])
    assert SPECIMENS.counts_by_seat(scope()) == {}
    endless = replace(scope(), cutoff=FOREVER)
    assert SPECIMENS.counts_by_seat(endless) == {ANA: 8}
    assert len(SPECIMENS.split(endless, 3)) == 3
    assert SPECIMENS.later(endless) == 0


def test_a_former_holder_and_the_present_one_never_mix() -> None:
    specimens.fill([specimen(1, words="Ana"), specimen(2, words="Ben", member_id=71)])
    for key, word in ((ANA, b"Ana"), (BEN, b"Ben")):
        assert SPECIMENS.counts_by_seat(scope(key)) == {key: 1}
        for way in ways():
            found = content(way(selection(SPECIMENS, scope(key)), Format.JSONL))
            assert word in found
            assert len(found.splitlines()) == 1


def test_later_rows_are_counted_apart() -> None:
    specimens.fill([specimen(id, at=specimens.CUTOFF + timedelta(days=id)) for id in (-1, 0, 1, 2)])
    assert (SPECIMENS.count(scope()), SPECIMENS.later(scope())) == (2, 2)
