"""Requests in any status with all a step asks for, and what can be seen to have been written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.db import connections
from django.utils import timezone
from django_q.models import OrmQ

from compliance.enums import Action, ItemState, RequestKind, Status
from compliance.lifecycle import MOVES
from compliance.models import (
    Approval,
    EmailMessage,
    Extension,
    Pause,
    PrivacyRequest,
    Remark,
    RequestEvent,
    RequestItem,
)
from compliance.services import execution
from tests.factories import make_item, make_request

REASON = "Because it was asked for by telephone"
TABLES = (RequestEvent, Remark, EmailMessage, OrmQ, Approval, Extension, Pause)


def written() -> dict[str, Any]:
    """Every row that a step may write, so that two moments can be compared."""
    tables = (PrivacyRequest, RequestItem)
    return {
        **{table.__name__: table.objects.count() for table in TABLES},
        **{table.__name__: list(table.objects.order_by("pk").values()) for table in tables},
    }


def ready(action: Action, kind: RequestKind, status: Status, **fields: Any) -> PrivacyRequest:
    """A request in which nothing but its status, or who acts, stands in the way of `action`."""
    if kind == RequestKind.DELETION:
        fields = {"counted_at": timezone.now(), **fields}
    if action == Action.WAIVE_COPY:
        fields = {"copy_first": make_request(RequestKind.EXPORT), **fields}
    if action == Action.START and status == Status.COOLING_OFF:
        fields = {"cooling_off_until": timezone.now(), **fields}
    request = make_request(kind, status, **fields)
    if status in (Status.RUNNING, Status.ATTENTION):
        done = {"state": ItemState.DONE, "remaining": 0} if action == Action.COMPLETE else {}
        make_item(request, **done)
    return request


def worked(request: PrivacyRequest, most: int = 100) -> PrivacyRequest:
    """The request, once its items were done as the workers would, one by one."""
    for _item in range(most):
        waiting = RequestItem.objects.free().filter(request=request, enqueued_at__isnull=False)
        item = waiting.order_by("stage", "pk").first()
        if item is None:
            break
        execution.run_item(item.pk)
    request.refresh_from_db()
    return request


def details(action: Action, request: PrivacyRequest) -> dict[str, str]:
    if action == Action.APPROVE:
        return {"reference": request.reference}
    return {"ground": "claims"} if action == Action.REFUSE else {}


def reason(action: Action) -> str:
    return REASON if MOVES[action].needs_reason else ""


def together(*doing: Callable[[], Any]) -> list[Any]:
    """What each gave, or the exception it raised; all begin at once, each on its own connection."""
    ready_to_go = threading.Barrier(len(doing))

    def run(one: Callable[[], Any]) -> Any:
        ready_to_go.wait(30)
        try:
            return one()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(doing)) as pool:
        return list(pool.map(run, doing))


class MeetingPoint:
    """Makes threads meet in the middle of what they do, where nothing keeps one of them out."""

    def __init__(self, parties: int = 2, patience: float = 1.0) -> None:
        self._barrier = threading.Barrier(parties)
        self._patience = patience

    def __call__(self) -> None:
        with suppress(threading.BrokenBarrierError):
            self._barrier.wait(self._patience)

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def met(*args: Any, **fields: Any) -> Any:
            self()
            return function(*args, **fields)

        return met
