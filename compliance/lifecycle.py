"""What may follow what in the life of a request: data and pure functions, no database.

Buttons, permissions, commands, tests and the README's diagram read `MOVES`; nothing else decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from compliance.enums import Action, RequestKind, Status


@dataclass(frozen=True, slots=True)
class Move:
    """One legal step.

    `target` is None where the step is a fact beside the status and leaves it alone. `permission` is
    the last part of "compliance.<permission>_request"; "run" belongs to Rightsdesk itself.
    """

    sources: frozenset[Status]
    target: Status | None
    permission: str
    kinds: frozenset[RequestKind] = frozenset(RequestKind)
    needs_reason: bool = False


S = Status
EXPORT, DELETION = frozenset({RequestKind.EXPORT}), frozenset({RequestKind.DELETION})
BEFORE_DECISION = frozenset({S.RECEIVED, S.IDENTITY, S.IN_REVIEW, S.WAITING, S.AWAITING_APPROVAL})
BEFORE_START = BEFORE_DECISION | {S.APPROVED, S.COOLING_OFF}

MOVES: dict[Action, Move] = {
    Action.ASK_IDENTITY: Move(
        frozenset({S.RECEIVED, S.IN_REVIEW}), S.IDENTITY, "review", needs_reason=True
    ),
    Action.VERIFY: Move(frozenset({S.RECEIVED, S.IDENTITY}), S.IN_REVIEW, "review"),
    Action.ASK: Move(
        frozenset({S.IN_REVIEW, S.AWAITING_APPROVAL}), S.WAITING, "review", needs_reason=True
    ),
    Action.ANSWER: Move(frozenset({S.WAITING}), S.IN_REVIEW, "answer", needs_reason=True),
    Action.SUBMIT: Move(frozenset({S.IN_REVIEW}), S.AWAITING_APPROVAL, "review"),
    Action.APPROVE: Move(frozenset({S.AWAITING_APPROVAL}), S.APPROVED, "approve"),
    Action.OBJECT: Move(frozenset({S.AWAITING_APPROVAL}), None, "object", needs_reason=True),
    Action.ESCALATE: Move(BEFORE_DECISION, None, "run"),
    Action.EXTEND: Move(BEFORE_START, None, "extend", needs_reason=True),
    Action.REFUSE: Move(BEFORE_START, S.REJECTED, "refuse", needs_reason=True),
    Action.CANCEL: Move(BEFORE_START, S.CANCELLED, "cancel"),
    Action.ABORT: Move(frozenset({S.RUNNING, S.ATTENTION}), S.CANCELLED, "cancel", kinds=EXPORT),
    Action.EXPIRE: Move(frozenset({S.IDENTITY, S.WAITING}), S.EXPIRED, "run"),
    Action.LAPSE: Move(
        frozenset({S.APPROVED, S.COOLING_OFF}), S.CANCELLED, "run", needs_reason=True
    ),
    Action.WAIVE_COPY: Move(BEFORE_START, None, "answer", kinds=DELETION, needs_reason=True),
    Action.EXPEDITE: Move(
        frozenset({S.COOLING_OFF}), None, "expedite", kinds=DELETION, needs_reason=True
    ),
    Action.SCHEDULE: Move(frozenset({S.APPROVED}), S.COOLING_OFF, "run", kinds=DELETION),
    Action.STOP: Move(
        frozenset({S.APPROVED, S.COOLING_OFF}), S.AWAITING_APPROVAL, "run", needs_reason=True
    ),
    Action.START: Move(frozenset({S.APPROVED, S.COOLING_OFF}), S.RUNNING, "run"),
    Action.FAIL: Move(frozenset({S.RUNNING}), S.ATTENTION, "run", needs_reason=True),
    Action.RETRY: Move(frozenset({S.ATTENTION}), S.RUNNING, "retry"),
    Action.COMPLETE: Move(frozenset({S.RUNNING}), S.COMPLETED, "run"),
    Action.RESUME: Move(frozenset({S.COMPLETED}), S.RUNNING, "run", kinds=DELETION),
}

CLOSED = frozenset({S.COMPLETED, S.REJECTED, S.CANCELLED, S.EXPIRED})
OPEN = frozenset(Status) - CLOSED
# A second request of the same person for the same thing joins the first only while nothing is
# decided on: an approval covers what the approver saw.
JOINABLE = frozenset({S.RECEIVED, S.IDENTITY, S.IN_REVIEW, S.WAITING})
# The way a request usually goes, for the bar above its page.
STAGES: dict[RequestKind, tuple[Status, ...]] = {
    RequestKind.EXPORT: (
        S.RECEIVED, S.IN_REVIEW, S.AWAITING_APPROVAL, S.APPROVED, S.RUNNING, S.COMPLETED,
    ),
    RequestKind.DELETION: (
        S.RECEIVED, S.IN_REVIEW, S.AWAITING_APPROVAL, S.APPROVED, S.COOLING_OFF, S.RUNNING,
        S.COMPLETED,
    ),
}  # fmt: skip
PERMISSIONS = frozenset(move.permission for move in MOVES.values())


def legal(action: Action, *, kind: RequestKind, status: Status) -> bool:
    """Whether `action` exists for this kind of request and may be taken in this status."""
    move = MOVES[action]
    return kind in move.kinds and status in move.sources


def approvals_needed(kind: RequestKind, *, whole_contract: bool) -> int:
    """Distinct people who must approve: two before a whole contract is deleted, else one."""
    return 2 if kind is RequestKind.DELETION and whole_contract else 1
