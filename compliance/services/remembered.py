"""Calls that named themselves: done once, answered alike for a day (`Idempotency-Key`).

A name is taken and committed before the work begins, so that the same call at the same moment is
told so; the answer is kept in the work's own transaction. What was refused wrote nothing: its name
is free again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from compliance.models import ApiKey, RememberedCall
from compliance.services.errors import Refused

KEPT = timedelta(days=1)
LONGEST_NAME = 64


class NameReused(Refused):
    code = "idempotency_key_reused"
    status = 422


class UnderWay(Refused):
    code = "call_under_way"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: a status and a JSON object; `again` when it was given before."""

    status: int
    body: dict[str, Any]
    again: bool = False


def once(key: ApiKey, name: str, content: bytes, work: Callable[[], Answer]) -> Answer:
    """Do the work, unless a call of that name was answered within a day: then its answer again.

    `content` is all the call consists of. Raises NameReused for other content, UnderWay when the
    first is not answered yet, and what `work` raises.
    """
    digest = hashlib.sha256(content).hexdigest()
    call = _taken(key, name, digest)
    if call.digest != digest:
        raise NameReused(
            "This Idempotency-Key came with another call. Use a new one for every new call."
        )
    if call.answer:
        return Answer(call.answer["status"], call.answer["body"], again=True)
    try:
        with transaction.atomic():
            answer = work()
            kept = RememberedCall.objects.filter(pk=call.pk, at=call.at).update(
                answer={"status": answer.status, "body": answer.body}
            )
            if not kept:
                raise UnderWay("This call took too long, and was begun anew. Nothing was done.")
    except BaseException:
        RememberedCall.objects.filter(pk=call.pk, at=call.at).delete()
        raise
    return answer


def due() -> QuerySet[RememberedCall]:
    """The answers of yesterday."""
    return RememberedCall.objects.filter(at__lt=timezone.now() - KEPT)


def purge() -> int:
    """Forget them; how many."""
    return due().delete()[0]


def _taken(key: ApiKey, name: str, digest: str) -> RememberedCall:
    """The call of that name, taken by us, or answered before."""
    now = timezone.now()
    old = RememberedCall.objects.filter(key=key, name=name)
    old.filter(at__lt=now - KEPT).delete()
    # Whoever had it died in the middle: nothing of theirs was committed.
    old.filter(at__lt=now - settings.LEASE, answer={}).delete()
    try:
        with transaction.atomic():
            return RememberedCall.objects.create(key=key, name=name, digest=digest, at=now)
    except IntegrityError:
        there = old.first()
    if there is None or (not there.answer and there.digest == digest):
        raise UnderWay("The same call is under way. Ask again in a moment.")
    return there
