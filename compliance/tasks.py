"""What the queue calls: a key in, a count out. Safe to run twice, and to be lost."""

from __future__ import annotations

from compliance.services import execution, mails, workers


def advance(pk: int) -> int:
    return execution.run_next(pk) if execution.advance(pk) else 0


def proceed(pk: int) -> int:
    return execution.run_next(pk) if execution.proceed(pk) else 0


def run_item(item_id: int) -> int:
    return execution.run_item(item_id)


def send_mail(mail_id: int) -> int:
    return mails.send(mail_id)


def beat(group: str) -> int:
    return workers.beat(group)
