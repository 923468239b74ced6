from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from seats.canonical import canonical
from seats.keys import verifying_keys
from seats.ledger_entry import (
    Entry,
    Kind,
    LedgerBroken,
    decode,
    encode,
    floor_of,
    is_id,
    moment_of,
    signed,
)

NOON = datetime(2026, 7, 31, 12, tzinfo=UTC)
OTHER = base64.b64encode(b"x" * 32).decode()


@pytest.fixture
def entry() -> Entry:
    with time_machine.travel(NOON, tick=False):
        return signed(Kind.HOLD_PLACED, {"contract": "C-7", "seats": [1, 2]}, after="")


def read(content: bytes, name: str) -> Entry:
    return decode(content, name, confirmed=False)


def test_an_entry_reads_back_as_it_was_written(entry: Entry) -> None:
    assert decode(encode(entry), entry.name, confirmed=True) == entry
    assert decode(encode(entry), entry.name, confirmed=True).confirmed
    assert (entry.at, entry.kind) == (NOON, Kind.HOLD_PLACED)
    assert entry.body == {"contract": "C-7", "seats": [1, 2]}


def test_a_name_says_when_and_what(entry: Entry) -> None:
    assert is_id(entry.id)
    assert moment_of(entry.id) == NOON
    assert entry.name == f"ledger/2026/07/31/{entry.id}.hold_placed.json"
    assert entry.id.startswith("20260731T120000000000Z-")


def test_a_body_is_kept_as_it_will_be_read() -> None:
    body: dict[str, Any] = {"seats": (1, 2), "b": True}
    entry = signed(Kind.SEAL, body, after="")
    body["b"] = False
    assert entry.body == {"seats": [1, 2], "b": True}
    assert read(encode(entry), entry.name) == entry


def test_an_entry_sorts_after_what_its_writer_knew_even_with_a_slow_clock(entry: Entry) -> None:
    with time_machine.travel(NOON.replace(hour=3), tick=False):
        later = signed(Kind.HOLD_LIFTED, {}, after=entry.id)
    assert later.id > entry.id
    assert later.at == NOON.replace(hour=3)
    assert read(encode(later), later.name) == later


def test_a_floor_parts_earlier_ids_from_later_ones(entry: Entry) -> None:
    assert floor_of(NOON) < entry.id < floor_of(NOON.replace(microsecond=1))


@pytest.mark.parametrize(
    "change",
    [
        {"body": {"contract": "C-8", "seats": [1, 2]}},
        {"body": []},
        {"at": "2026-07-31T12:00:00.000001+00:00"},
        {"at": "2026-07-31T12:00:00.000000"},
        {"at": "yesterday"},
        {"at": None},
        {"kind": "hold_lifted"},
        {"kind": "unheard_of"},
        {"id": "20260731T120000000000Z-0000000000000000"},
        {"id": None},
        {"key": "s-unknown"},
        {"signature": ""},
        {"signature": "%%%"},
        {"signature": base64.b64encode(bytes(64)).decode()},
        {"format": "rightsdesk receipt 1"},
        {"extra": 1},
    ],
)
def test_a_changed_field_breaks_the_entry_and_the_message_names_it(
    entry: Entry, change: dict[str, Any]
) -> None:
    forged = canonical({**json.loads(encode(entry)), **change}).encode()
    with pytest.raises(LedgerBroken, match=entry.id):
        read(forged, entry.name)


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b"\xff", b"1.5", b"[" * 100_000])
def test_what_is_no_entry_is_broken(entry: Entry, content: bytes) -> None:
    with pytest.raises(LedgerBroken, match=entry.id):
        read(content, entry.name)


def test_another_spelling_of_the_same_entry_is_broken(entry: Entry) -> None:
    with pytest.raises(LedgerBroken, match="not written as an entry is"):
        read(encode(entry) + b"\n", entry.name)


def test_an_entry_under_another_name_is_broken(entry: Entry) -> None:
    for name in (
        entry.name.replace("/31/", "/30/"),
        entry.name.replace("hold_placed", "hold_lifted"),
    ):
        with pytest.raises(LedgerBroken, match="its own name is"):
            read(encode(entry), name)


def test_an_entry_verifies_after_its_key_was_followed_by_another_or_retired(
    entry: Entry, settings: Settings
) -> None:
    old = settings.SIGNING_KEYS[0]
    settings.SIGNING_KEYS = [f"{old}:2026-07-31", f"s-next:{OTHER}:2026-08-01"]
    assert read(encode(entry), entry.name) == entry
    public = verifying_keys()["s-test"].public.public_bytes_raw()
    settings.SIGNING_KEYS = [f"s-next:{OTHER}:2026-08-01"]
    settings.RETIRED_SIGNING_KEYS = [
        f"s-test:{base64.b64encode(public).decode()}:2020-01-01:2026-07-31"
    ]
    assert read(encode(entry), entry.name) == entry


def test_a_key_counts_on_its_own_days_only(entry: Entry, settings: Settings) -> None:
    settings.SIGNING_KEYS = [f"{settings.SIGNING_KEYS[0]}:2026-07-30", f"s-next:{OTHER}:2026-07-31"]
    with pytest.raises(LedgerBroken, match="not valid on 2026-07-31"):
        read(encode(entry), entry.name)


def test_a_key_of_the_same_name_is_not_the_same_key(entry: Entry, settings: Settings) -> None:
    settings.SIGNING_KEYS = [f"s-test:{OTHER}:2020-01-01"]
    with pytest.raises(LedgerBroken, match="signature does not match"):
        read(encode(entry), entry.name)


@pytest.mark.parametrize(
    "body",
    [
        {"member": "ana@example.com"},
        {"reason": "because she asked us to"},
        {"deep": [{"note": "two\nlines"}]},
        {"ana@example.com": 1},
    ],
)
def test_addresses_and_written_text_stay_out_and_are_not_repeated(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="codes and opaque ids only") as refusal:
        signed(Kind.CONSENT_WITHDRAWN, body, after="")
    assert "ana" not in str(refusal.value)
    assert "lines" not in str(refusal.value)


def test_numbers_of_contracts_may_hold_spaces_and_any_script() -> None:
    assert signed(Kind.HOLD_PLACED, {"contract": "Œ 2026 / 7"}, after="").body


@pytest.mark.parametrize("body", [{"found": 1.5}, {"at": NOON}, {1: 2}])
def test_a_body_is_json_of_one_spelling(body: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        signed(Kind.SEAL, body, after="")


def test_the_kinds_are_a_closed_list() -> None:
    with pytest.raises(ValueError, match="gossip"):
        signed("gossip", {}, after="")  # type: ignore[arg-type]
