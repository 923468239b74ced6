from __future__ import annotations

import itertools

import pytest

from compliance.enums import Action, RequestKind, Status
from compliance.lifecycle import (
    BEFORE_DECISION,
    CLOSED,
    JOINABLE,
    MOVES,
    OPEN,
    STAGES,
    approvals_needed,
    legal,
)

KINDS = list(RequestKind)


def reachable(kind: RequestKind) -> set[Status]:
    found = {Status.RECEIVED}
    while True:
        further = {
            move.target
            for move in MOVES.values()
            if kind in move.kinds and move.target and move.sources & found
        }
        if further <= found:
            return found
        found |= further


def test_every_action_has_a_move_and_every_move_an_action() -> None:
    assert set(MOVES) == set(Action)


@pytest.mark.parametrize("kind", KINDS)
def test_every_status_can_be_reached(kind: RequestKind) -> None:
    unreached = set(Status) - reachable(kind)
    assert unreached == ({Status.COOLING_OFF} if kind == RequestKind.EXPORT else set())


@pytest.mark.parametrize("kind", KINDS)
def test_no_open_request_is_a_dead_end(kind: RequestKind) -> None:
    for status in OPEN & reachable(kind):
        moves = [move for action, move in MOVES.items() if legal(action, kind=kind, status=status)]
        assert any(move.target not in (None, status) for move in moves), status


def test_a_closed_request_stays_closed_but_for_what_a_lifted_hold_resumes() -> None:
    leaving = {action for action, move in MOVES.items() if move.sources & CLOSED}
    assert leaving == {Action.RESUME}
    assert MOVES[Action.RESUME].kinds == {RequestKind.DELETION}


def test_an_export_cools_off_never_and_is_never_resumed() -> None:
    for action in (Action.SCHEDULE, Action.EXPEDITE, Action.WAIVE_COPY, Action.RESUME):
        assert not any(legal(action, kind=RequestKind.EXPORT, status=status) for status in Status)


def test_a_running_deletion_can_no_longer_be_ended() -> None:
    ending = {Status.CANCELLED, Status.REJECTED, Status.EXPIRED}
    for status in (Status.RUNNING, Status.ATTENTION):
        assert not any(
            move.target in ending
            for action, move in MOVES.items()
            if legal(action, kind=RequestKind.DELETION, status=status)
        )


def test_whatever_is_said_to_people_needs_a_reason() -> None:
    told = {Action.ASK, Action.ASK_IDENTITY, Action.REFUSE, Action.EXTEND, Action.OBJECT}
    assert {action for action in told if not MOVES[action].needs_reason} == set()


def test_starting_and_completing_are_not_for_people() -> None:
    own = {action for action, move in MOVES.items() if move.permission == "run"}
    assert own == {
        *(Action.ESCALATE, Action.EXPIRE, Action.SCHEDULE, Action.STOP, Action.START),
        *(Action.FAIL, Action.COMPLETE, Action.RESUME, Action.LAPSE),
    }


def test_a_request_can_be_joined_only_while_nobody_was_asked_to_approve_it() -> None:
    assert BEFORE_DECISION - {Status.AWAITING_APPROVAL} == JOINABLE


def test_only_the_deletion_of_a_contract_needs_two_people() -> None:
    needed = {
        (kind, whole): approvals_needed(kind, whole_contract=whole)
        for kind in KINDS
        for whole in (False, True)
    }
    assert [case for case, people in needed.items() if people == 2] == [
        (RequestKind.DELETION, True)
    ]
    assert set(needed.values()) == {1, 2}


@pytest.mark.parametrize("kind", KINDS)
def test_the_usual_way_is_a_way_the_table_knows(kind: RequestKind) -> None:
    way = STAGES[kind]
    for before, after in itertools.pairwise(way):
        assert any(
            kind in move.kinds and before in move.sources and move.target == after
            for move in MOVES.values()
        ), (before, after)
