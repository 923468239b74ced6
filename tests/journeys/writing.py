"""The product at work while we are: somebody goes on writing into a seat that is dealt with."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tests.desk import Desk
from tests.journeys.company import Seat

FIRST = 900_000_000_000_000  # above every id of the sample
NOTE = "INSERT INTO notes VALUES (%s, %s, %s, %s, NULL, 'Written meanwhile', %s, %s)"
INMAIL = (
    "INSERT INTO inmails (id, seat_id, member_id, conversation_id, direction, body, sent_at) "
    "VALUES (%s, %s, %s, %s, 'sent', 'Written meanwhile', %s)"
)
PROFILE = (
    "INSERT INTO seat_profiles (id, seat_id, member_id, headline, created_at) "
    "VALUES (%s, %s, %s, 'Written meanwhile', %s)"
)


def now() -> str:
    """As both kinds of product database take it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Writer:
    """A member who goes on working: notes, mails and profiles, many a second.

    `quiet` names tables to leave alone from now on.
    """

    def __init__(self, desk: Desk, seat: Seat) -> None:
        self.desk, self.owner = desk, (seat.product_id, seat.member_id)
        self.quiet: set[str] = set()
        self.rounds = 0
        self._over = threading.Event()
        self._failed: list[BaseException] = []
        ((self.conversation,),) = desk.sql(
            "product",
            "SELECT max(conversation_id) FROM inmails WHERE seat_id = %s AND member_id = %s",
            self.owner,
        )

    def write(self, key: int) -> None:
        if "notes" not in self.quiet:
            self.desk.sql("product", NOTE, [key, *self.owner, None, False, now()])
        if "inmails" not in self.quiet:
            self.desk.sql("product", INMAIL, [key, *self.owner, self.conversation, now()])
        self.desk.sql("product", PROFILE, [key, *self.owner, now()])

    @contextmanager
    def at_work(self) -> Iterator[Writer]:
        thread = threading.Thread(target=self._write)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()
        if self._failed:
            raise self._failed[0]

    def _write(self) -> None:
        try:
            for key in itertools.count(FIRST):
                if self._over.is_set():
                    break
                self.write(key)
                self.rounds += 1
                time.sleep(0.02)
        except BaseException as error:  # told where the test can see it
            self._failed.append(error)

    def rest(self, *tables: str) -> None:
        """Leave these alone from now on; returns when nothing of theirs is under way."""
        self.quiet.update(tables)
        seen = self.rounds
        while self.rounds < seen + 2 and not self._failed:
            time.sleep(0.01)
