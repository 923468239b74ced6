"""Databases, disks and the mail server go away in the middle: all waits, and nothing is lost."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from tests.journeys import product
from tests.journeys.company import Company, Seat, until
from tests.journeys.endings import deleted_once, exported_once, nothing_left_over
from tests.journeys.failing import apart, small_disk

ERASING, READING = "ledger.erasure_intent", "inmails.read"
LONGER_THAN_SQLITE_WAITS = 22  # seconds, for a lock
LONGER_THAN_A_STRIDE = 6  # seconds: what a worker does at a time on one connection


def waits(company: Company, *references: str) -> None:
    """Wait until an item of each was put off; nothing counts as a failure, nothing is done."""

    def put_off() -> bool:
        errors = [company.items(one, "i.error", "i.error <> ''") for one in references]
        return all(errors)

    until(put_off, lambda: f"{references} to wait:\n{company.log()}")
    for reference in references:
        assert company.status(reference) == "running"
        assert {attempts for (attempts,) in company.items(reference, "i.attempts")} <= {0, 1}


def attempts(company: Company, reference: str) -> set[int]:
    return {item["attempts"] for item in company.facts(reference)["items"]}


def begin(company: Company, gone: Seat, copied: Seat) -> tuple[str, str]:
    """A deletion and a copy, one worker in the middle of each."""
    company.close(ERASING, READING)
    deletion = company.ask("deletion", gone)
    company.met(ERASING)
    copy = company.ask("export", copied)
    company.met(READING)
    return deletion, copy


def test_the_product_database_stops_in_the_middle_and_starts_again(company: Company) -> None:
    copied, gone = company.seats[:2]
    before, others = product.keys_of(company.desk, gone), product.others(company.desk, gone)

    with apart(company, "product") as outage, company.work():
        deletion, copy = begin(company, gone, copied)
        time.sleep(LONGER_THAN_A_STRIDE)
        outage.begin()
        company.open(ERASING)
        company.open(READING)
        waits(company, deletion, copy)
        outage.end()
        company.completed(copy, deletion)
        company.tidy_up()

        exported_once(company, copy, copied)
        deleted_once(company, deletion, gone, before)
        assert product.others(company.desk, gone) == others
        assert attempts(company, copy) == attempts(company, deletion) == {1}
        nothing_left_over(company, copy)


def test_our_own_database_stops_in_the_middle_and_starts_again(company: Company) -> None:
    copied, gone = company.seats[:2]
    before = product.keys_of(company.desk, gone)

    with apart(company, "default") as outage, company.work() as supervisor:
        deletion, copy = begin(company, gone, copied)
        outage.begin()
        company.open(ERASING)
        company.open(READING)
        time.sleep(5 if company.desk.cluster_url else LONGER_THAN_SQLITE_WAITS)
        outage.end()
        company.completed(copy, deletion)
        assert supervisor.poll() is None
        company.tidy_up()

        exported_once(company, copy, copied)
        deleted_once(company, deletion, gone, before)
        assert attempts(company, copy) == attempts(company, deletion) == {1}
        nothing_left_over(company, copy)


def test_an_export_waits_for_room_on_a_full_disk(company: Company) -> None:
    seat = company.seats[0]

    with small_disk(company, company.desk.exports) as disk, company.work():
        company.close("inmails.read")
        reference = company.ask("export", seat)
        company.met("inmails.read")
        disk.begin()
        company.open("inmails.read")
        waits(company, reference)
        assert company.facts(reference)["files"] == []
        disk.end()
        company.completed(reference)
        company.tidy_up()

        exported_once(company, reference, seat)
        assert attempts(company, reference) == {1}
        nothing_left_over(company, reference)


def test_nothing_is_erased_whose_intent_cannot_be_written(company: Company) -> None:
    seat = company.seats[0]
    before = product.keys_of(company.desk, seat)

    with small_disk(company, company.desk.evidence) as disk, company.work():
        company.close("inmails.counts_by_seat")
        reference = company.ask("deletion", seat)
        company.met("inmails.counts_by_seat")
        disk.begin()
        company.open("inmails.counts_by_seat")
        waits(company, reference)
        time.sleep(LONGER_THAN_A_STRIDE)
        assert product.keys_of(company.desk, seat) == before
        disk.end()
        company.completed(reference)

        deleted_once(company, reference, seat, before)
        assert attempts(company, reference) == {1}


class Postman(Message):
    """A mail server that refuses until it is told to take what comes."""

    def __init__(self) -> None:
        super().__init__(EmailMessage)
        self.refuses = True
        self.refused = 0
        self.taken: list[EmailMessage] = []

    async def handle_RCPT(self, *arguments: Any) -> str:
        _server, _session, envelope, address, _options = arguments
        if self.refuses:
            self.refused += 1
            return "451 Come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message: EmailMessage) -> None:
        self.taken.append(message)


@pytest.fixture
def postman() -> Iterator[tuple[Postman, str]]:
    with _delivering(Postman()) as (postman, url):
        yield postman, url


@contextmanager
def _delivering(postman: Postman) -> Iterator[tuple[Postman, str]]:
    controller = Controller(postman, hostname="127.0.0.1", port=_free_port())
    controller.start()
    try:
        yield postman, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
    return port


def test_a_mail_server_that_refuses_delays_letters_and_nothing_else(
    company: Company, postman: tuple[Postman, str]
) -> None:
    server, company.desk.settings["EMAIL_URL"] = postman
    seat = company.seats[0]
    of_mails = "SELECT state FROM compliance_emailmessage"

    with company.work():
        reference = company.ask("export", seat)
        company.completed(reference)
        mails = len(company.desk.sql("default", of_mails))
        until(lambda: server.refused >= mails, lambda: f"all refusals:\n{company.log()}")
        assert server.taken == []
        exported_once(company, reference, seat)
        server.refuses = False
        # Nobody waits here for as long as the outbox does.
        company.desk.sql(
            "default",
            "UPDATE compliance_emailmessage SET next_try_at = received_at "
            "FROM compliance_privacyrequest WHERE request_id = compliance_privacyrequest.id",
        )
        until(lambda: len(server.taken) == mails, lambda: f"the letters:\n{company.log()}")

    assert set(company.desk.sql("default", of_mails)) == {("sent",)}
    arrived = [(str(mail["Subject"]), str(mail["To"])) for mail in server.taken]
    assert len(set(arrived)) == len(arrived)
    assert (f"Your copy is ready: {reference}", "requester@customer.example") in arrived
