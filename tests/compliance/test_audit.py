from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import audit
from compliance.audit import GENESIS, Fault, Head, Link, Verdict, verify_chain


def payload(sequence: int, **changes: Any) -> dict[str, Any]:
    return {
        "request": "EXP-2026-000001",
        "sequence": sequence,
        "at": f"2026-07-0{sequence}T10:00:00+00:00",
        "action": "approve",
        "actor": "staff:7",
        "data": {"round": 1, "seen": {"inmails": 12}},
        "text_digest": "",
        **changes,
    }


def chain(payloads: list[dict[str, Any]], first: int = 1, previous: str = GENESIS) -> list[Link]:
    links = []
    for sequence, body in enumerate(payloads, first):
        digest = audit.event_digest(previous, body)
        links.append(Link(sequence, body, previous, digest))
        previous = digest
    return links


@pytest.fixture
def links() -> list[Link]:
    return chain([payload(sequence) for sequence in range(1, 6)])


def found(verdict: Verdict) -> tuple[Fault | None, int, int]:
    return verdict.fault, verdict.at, verdict.sound


def test_a_whole_chain_is_vouched_for_up_to_its_last_seal(links: list[Link]) -> None:
    verdict = verify_chain(iter(links), {2: links[1].digest, 4: links[3].digest})
    assert verdict == Verdict(sound=5, head=links[4].digest, sealed=4)
    assert verdict.ok


def test_an_empty_chain_holds_and_ends_where_a_chain_begins() -> None:
    assert verify_chain([]) == Verdict(sound=0, head=GENESIS)


@pytest.mark.parametrize("place", [1, 3, 5])
@pytest.mark.parametrize(
    "change", [{"at": "2026-07-01T10:00:01+00:00"}, {"actor": "staff:8"}, {"data": {"round": 2}}]
)
def test_a_changed_event_is_named(links: list[Link], place: int, change: dict[str, Any]) -> None:
    links[place - 1] = links[place - 1]._replace(payload=payload(place, **change))
    verdict = verify_chain(links)
    assert found(verdict) == (Fault.CHANGED, place, place - 1)
    assert verdict.sentence == f"Event {place} was changed."


def test_a_payload_that_was_never_chained_is_a_change(links: list[Link]) -> None:
    links[1] = links[1]._replace(payload=payload(2, data={"round": 1.5}))
    assert found(verify_chain(links)) == (Fault.CHANGED, 2, 1)


def test_an_event_replaced_with_its_digest_is_named(links: list[Link]) -> None:
    links[2] = chain([payload(3, action="object")], 3, links[1].digest)[0]
    verdict = verify_chain(links)
    assert found(verdict) == (Fault.CHANGED, 3, 3)
    assert verdict.sentence == "Event 3 was replaced: event 4 follows another."


@pytest.mark.parametrize("place", [1, 3, 4])
def test_a_missing_event_is_named(links: list[Link], place: int) -> None:
    del links[place - 1]
    verdict = verify_chain(links)
    assert found(verdict) == (Fault.MISSING, place, place - 1)
    assert verdict.sentence == f"Event {place} is missing."


def test_a_missing_event_is_found_when_the_others_are_renumbered(links: list[Link]) -> None:
    del links[2]
    renumbered = [link._replace(sequence=place) for place, link in enumerate(links, 1)]
    assert found(verify_chain(renumbered)) == (Fault.CHANGED, 2, 2)


def test_events_in_another_order_are_named(links: list[Link]) -> None:
    links[2], links[3] = links[3], links[2]
    assert found(verify_chain(links)) == (Fault.MISSING, 3, 2)
    assert found(verify_chain([*links[:2], links[1]])) == (Fault.REORDERED, 2, 2)


def test_events_that_swapped_places_and_numbers_are_named(links: list[Link]) -> None:
    links[2], links[3] = links[3]._replace(sequence=3), links[2]._replace(sequence=4)
    verdict = verify_chain(links)
    assert (verdict.fault, verdict.sound) == (Fault.CHANGED, 2)


def test_a_chain_that_lost_its_beginning_with_its_numbers_is_found(links: list[Link]) -> None:
    shifted = [link._replace(sequence=place) for place, link in enumerate(links[1:], 1)]
    verdict = verify_chain(shifted)
    assert found(verdict) == (Fault.CHANGED, 1, 0)
    assert verdict.sentence == "Event 1 does not begin the chain."


def test_an_end_cut_off_shows_against_the_seal_only(links: list[Link]) -> None:
    seals = {4: links[3].digest}
    assert verify_chain(links[:3]).ok
    verdict = verify_chain(links[:3], seals)
    assert found(verdict) == (Fault.CUT_OFF, 4, 3)
    assert verdict.sentence == "Events 4 to 4 were sealed and are cut off."
    assert verify_chain(links[:4], seals).ok


def test_a_chain_written_anew_shows_against_any_older_seal(links: list[Link]) -> None:
    forged = chain([payload(place, actor="staff:9") for place in range(1, 6)])
    assert verify_chain(forged).ok
    # A later seal over the forged chain does not hide it.
    verdict = verify_chain(forged, {2: links[1].digest, 5: forged[4].digest})
    assert found(verdict) == (Fault.CHANGED, 2, 1)


def test_a_verdict_reads_its_links_once() -> None:
    def endless() -> Any:
        yield Link(2, payload(2), GENESIS, GENESIS)
        raise AssertionError("read on after the fault")

    assert verify_chain(endless()).fault is Fault.MISSING


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), json_values, max_size=5), json_values)
def test_a_digest_survives_a_database_and_changes_with_any_value(
    data: dict[str, Any], other: Any
) -> None:
    body = payload(1, data=data)
    digest = audit.event_digest(GENESIS, body)
    stored = dict(reversed(json.loads(json.dumps(body)).items()))
    assert audit.event_digest(GENESIS, stored) == digest
    assert audit.event_digest("1" * 64, body) != digest
    if json.dumps(data) != json.dumps(other):
        assert audit.event_digest(GENESIS, payload(1, data=other)) != digest


@pytest.mark.parametrize("value", [1.0, b"x", {1, 2}, {1: "a"}, "\ud800", object()])
def test_a_payload_without_one_spelling_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        audit.event_digest(GENESIS, payload(1, data={"value": value}))


def test_the_digest_of_a_text_needs_its_salt() -> None:
    digest = audit.text_digest("Ana’s reason", "5a17")
    assert digest == audit.text_digest("Ana’s reason", "5a17")
    assert len(digest) == 64
    others = [("Ana’s reason", "5a18"), ("Ana’s reason.", "5a17"), ("", "5a17")]
    assert digest not in [audit.text_digest(*other) for other in others]


# --- Seals --------------------------------------------------------------------------------------


def sealed(count: int) -> list[dict[str, Any]]:
    bodies: list[dict[str, Any]] = []
    previous = GENESIS
    for number in range(1, count + 1):
        heads = [Head("EXP-2026-000002", number, "b" * 64), Head("DEL-2026-000001", 1, "a" * 64)]
        body = audit.seal_body(number, previous, heads, last_event=number * 10)
        previous = audit.seal_digest(body)
        bodies.append(json.loads(json.dumps(body)))
    return bodies


def read(bodies: list[dict[str, Any]]) -> list[audit.Seal]:
    return [audit.read_seal(body) for body in bodies]


def test_a_seal_reads_back_as_it_was_made() -> None:
    heads = [Head("EXP-2026-000002", 3, "b" * 64), Head("DEL-2026-000001", 1, "a" * 64)]
    gone = {"purged": ["EXP-2019-000007"], "lost": [Head("EXP-2026-000001", 5, "c" * 64)]}
    body = audit.seal_body(1, GENESIS, heads, last_event=10, **gone)
    assert audit.read_seal(body) == audit.Seal(
        number=1,
        previous=GENESIS,
        last_event=10,
        heads=(heads[1], heads[0]),
        purged=("EXP-2019-000007",),
        lost=(Head("EXP-2026-000001", 5, "c" * 64),),
        digest=audit.seal_digest(body),
    )
    again = audit.seal_body(1, GENESIS, reversed(heads), last_event=10, **gone)
    assert audit.seal_digest(again) == audit.seal_digest(body)


@pytest.mark.parametrize("body", [{}, {"number": 1}, {**sealed(1)[0], "heads": [["EXP"]]}])
def test_what_is_no_seal_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not the body of a seal"):
        audit.read_seal(body)


def test_seals_that_follow_each_other_hold() -> None:
    seals = read(sealed(3))
    assert audit.verify_seals(seals) == Verdict(sound=3, head=seals[2].digest, sealed=3)
    assert audit.verify_seals([]).ok


def test_a_missing_seal_is_named() -> None:
    bodies = sealed(4)
    verdict = audit.verify_seals(read([bodies[0], bodies[2], bodies[3]]))
    assert found(verdict) == (Fault.MISSING, 2, 1)
    assert verdict.sentence == "Seal 2 is missing."


def test_seals_out_of_order_or_twice_are_named() -> None:
    bodies = sealed(3)
    assert found(audit.verify_seals(read([bodies[0], bodies[0]]))) == (Fault.REORDERED, 1, 1)
    assert found(audit.verify_seals(read(bodies[::-1]))) == (Fault.MISSING, 1, 0)


def test_a_changed_seal_is_named() -> None:
    bodies = sealed(3)
    bodies[1]["heads"].pop()
    assert found(audit.verify_seals(read(bodies))) == (Fault.CHANGED, 2, 2)


def test_sealed_heads_are_compared_with_what_is_stored() -> None:
    heads = [Head("A", 2, "a" * 64), Head("B", 3, "b" * 64), Head("C", 1, "c" * 64)]
    stored = {("A", 2): "a" * 64, ("B", 3): "f" * 64, ("C", 2): "c" * 64}
    assert list(audit.compare_heads(heads, stored)) == [
        (heads[1], Fault.CHANGED),
        (heads[2], Fault.CUT_OFF),
    ]
