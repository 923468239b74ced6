"""After the restore of either database, what was done since is done again, once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.journeys import loss, planting
from tests.journeys.backups import Backup
from tests.journeys.loss import Product
from tests.journeys.office import Office
from tests.journeys.searching import dumped, sightings
from tests.journeys.test_deletion_journey import EMPTIED, traces_of

COUNTERS = re.compile(r'INSERT INTO "sqlite_sequence"|SELECT pg_catalog.setval|\\')
OLD = "2025-06-01 12:00:00.000001+00:00"
HOLDS = "SELECT seat_id, categories, lifted_at IS NULL FROM compliance_hold ORDER BY entry"
NEWER = "INSERT INTO notes (id, seat_id, member_id, body, created_at) VALUES (9, %s, %s, 'new', %s)"


class Story:
    """What happened before the backup and after it, at two seats of three customers."""

    def __init__(self, office: Office) -> None:
        self.office, self.desk, self.words = office, office.desk, planting.Words()
        self.gone = office.only_seat(office.seats[0].contract)
        self.held = office.only_seat(office.seats[4].contract)
        self.third = office.seats[-1]
        self.before_the_backup()
        self.start = Backup(self.desk, "start")
        self.then = loss.taken(self.desk)
        self.after_the_backup()
        self.end = Backup(self.desk, "end")
        self.now = loss.taken(self.desk)
        self.holds = self.desk.sql("default", HOLDS)
        everything = loss.of_seat(self.then, self.held)
        self.lost = loss.of_seat(self.then, self.gone)
        self.notes = loss.narrowed(everything, ["notes"])

    def before_the_backup(self) -> None:
        office, gone = self.office, self.gone
        planting.in_person(office, self.words, gone)
        planting.in_product(self.desk, self.words, loss.of_seat(loss.taken(self.desk), gone))
        earlier = office.ask("export", gone, by=gone.member)
        office.take(earlier, "cancel", gone.member, "--reason", f"Because {self.words.earlier}.")
        self.copy = office.ask(
            "export", self.held, "--categories", "usage-reporting", by=self.held.member
        )
        office.carry_out(self.copy)
        self.old_hold = office.inside("place_hold", self.third.contract)
        session = (
            "INSERT INTO django_session VALUES ('someone', 'signed in', '2999-01-01 00:00:00')"
        )
        self.desk.sql("default", session)

    def after_the_backup(self) -> None:
        office, held = self.office, self.held
        expired = "UPDATE compliance_archive SET expires_at = %s"
        self.desk.sql("default", expired, [OLD])
        deletions = (
            office.ask("deletion", self.gone, by=self.gone.member),
            office.ask("deletion", held, "--categories", "saved-leads,notes", by=held.member),
        )
        office.inside("let_through", *deletions)
        office.carry_out(*deletions)
        self.new_hold = office.inside("place_hold", held.contract, held.number, ("saved-leads",))
        office.inside("lift_hold", self.old_hold)
        self.last = office.ask("deletion", self.third, by=self.third.member)

    def restore(self, *aliases: str) -> Product:
        """The databases of these names as they were at the backup, the others as they are now."""
        self.end.restore("default", "product")
        self.start.restore(*aliases)
        self.desk.sql("product", NEWER, [*self.gone.owner, "2099-01-01T00:00:00.000000Z"])
        return loss.taken(self.desk)

    def drop(self) -> None:
        self.start.drop()
        self.end.drop()


@pytest.fixture
def story(office: Office) -> Any:
    story = Story(office)
    yield story
    story.drop()


def test_a_restore_brings_back_nothing_that_was_done_away_with(story: Story) -> None:
    office, desk = story.office, story.desk

    restored = story.restore("product")
    report = replayed_twice(office)
    assert report["erased"] > 0
    assert report["kept_by_hold"] == 1
    assert {report[name] for name in ("seats", "members", "holds", "archives")} == {0}
    only_the_held_is_back(story, restored)

    restored = story.restore("default")
    refuses_to_start(office)
    report = replayed_twice(office)
    assert report["erased"] == 0
    assert loss.differences(loss.taken(desk), restored) == {}
    everything_is_as_it_was(story, report)

    restored = story.restore("default", "product")
    refuses_to_start(office)
    report = replayed_twice(office)
    assert report["erased"] > 0
    assert report["kept_by_hold"] == 1
    only_the_held_is_back(story, restored)
    everything_is_as_it_was(story, report)

    assert "not a day" in office.refused("replay", "--since", "yesterday")
    office.work()
    fresh = office.ask("deletion", story.third, by=story.third.member)
    assert fresh > story.last
    words = story.words
    still = sightings(office, words.product, words.name, words.address, words.earlier)
    assert {word: places for word, places in still.items() if places} == {}
    office.do("verify_audit")


def only_the_held_is_back(story: Story, restored: Product) -> None:
    """Both deletions were done again, but for the leads that are under a hold by now; what was
    written after the cut-off, by whom the seat belonged to, is none of their business."""
    without = loss.left(loss.left(restored, story.lost, EMPTIED), story.notes, EMPTIED)
    assert loss.differences(loss.taken(story.desk), without) == {}


def refuses_to_start(office: Office) -> None:
    assert "Run “manage.py replay” first." in office.refused("work", "--until-idle")
    web = office.desk.manage("shell", "--command", "import config.wsgi", check=False)
    assert web.returncode
    assert "Run “manage.py replay” first." in web.stderr


def replayed_twice(office: Office) -> dict[str, Any]:
    """The report of the first time; the second one changed nothing."""
    report: dict[str, Any] = office.do("replay")
    assert report.pop("audit") == []
    once = state_of(office)
    again = office.do("replay")
    assert {name for name, count in again.items() if count} <= {"kept_by_hold"}
    assert state_of(office) ^ once == set()
    office.do("verify_audit")
    return report


def state_of(office: Office) -> set[str]:
    """All rows of both databases; where they count their keys from says nothing."""
    return {
        line
        for alias in ("default", "product")
        for line in dumped(office.desk, alias)
        if not COUNTERS.match(line)
    }


def everything_is_as_it_was(story: Story, report: dict[str, Any]) -> None:
    """On our side: the seat and the person erased, holds, keys, numbers and sessions."""
    desk = story.desk
    assert report["numbers"] >= 1
    assert report["lost"] >= 1
    assert {
        name: report[name] for name in ("seats", "members", "holds", "archives", "sessions")
    } == {
        "seats": 1,
        "members": 1,
        "holds": 2,
        "archives": 1,
        "sessions": 1,
    }
    assert traces_of(desk, story.gone) == [(None, "", "", "")]
    assert desk.sql("default", HOLDS) == story.holds
    assert desk.sql("default", "SELECT key_id FROM compliance_archive") == [(None,)]
    assert desk.sql("default", "SELECT id FROM compliance_wrappedkey") == []
    assert desk.sql("default", "SELECT session_key FROM django_session") == []
